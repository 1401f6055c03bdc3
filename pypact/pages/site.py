"""Build the data of pages: contracts, with the results of their interactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pypact._lazy import compile_later
from pypact.formats.store import get_pact_file_name
from pypact.masking import escape_control_characters, mask_text
from pypact.pages.contents import (
    clean_strings,
    describe_interaction,
    find_interaction_secrets,
)
from pypact.sources import LoadedPact


def build_site(
    pacts: Iterable[LoadedPact], runs: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Return the data of the pages of contracts and of runs that verified them.

    `runs` are JSON reports. Of several results of an interaction the last one counts;
    results of interactions that no contract has are left out.
    """
    results = _index_results(runs)
    contracts = [_describe_pact(pact, results) for pact in pacts]
    return _finish_site(contracts, [])


def build_report(run: Mapping[str, Any]) -> dict[str, Any]:
    """Return the data of the page of one run.

    Its interactions have the member `contents`, as `describe_interaction` returns it.
    """
    contracts: dict[tuple[str, ...], dict[str, Any]] = {}
    for one in run["interactions"]:
        names = one["consumer"], one["provider"], one["pact"]
        contract = contracts.setdefault(names, _start_contract(*names))
        contract["interactions"].append(
            {**one["contents"], "result": _describe_result(one)}
        )
    notes = [run["problem"]] if run["problem"] else []
    counts = run["counts"]
    if counts["leftOut"]:
        by = f" ({run['selection']})" if run["selection"] else ""
        notes.append(f"Left out by selection{by}: {counts['leftOut']}")
    if counts["notRun"]:
        notes.append(f"Not verified: {counts['notRun']}")
    return _finish_site(list(contracts.values()), notes, run["result"])


def _describe_pact(
    pact: LoadedPact, find_result: Callable[..., Mapping[str, Any] | None]
) -> dict[str, Any]:
    contract = pact.contract
    shown = _start_contract(contract.consumer, contract.provider, pact.place)
    for number, interaction in enumerate(contract.interactions, start=1):
        states = [state.name for state in interaction.states]
        names = contract.consumer, contract.provider, interaction.description
        found = find_result(names, states, number)
        result = _describe_result(found) if found else None
        mask = partial(mask_text, secrets=find_interaction_secrets(interaction))
        shown["interactions"].append(
            {
                **describe_interaction(interaction),
                "result": clean_strings(result, mask),
            }
        )
    return shown


def _start_contract(consumer: str, provider: str, place: str) -> dict[str, Any]:
    return {
        "consumer": consumer,
        "provider": provider,
        "place": place,
        "interactions": [],
    }


def _index_results(
    runs: Sequence[Mapping[str, Any]],
) -> Callable[..., Mapping[str, Any] | None]:
    """Return a function that finds the result of an interaction.

    Interactions with equal descriptions and states are distinguished by their numbers.
    """
    by_number: dict[Any, Mapping[str, Any]] = {}
    by_name: dict[Any, dict[int | None, Mapping[str, Any]]] = {}
    for run in runs:
        for one in run["interactions"]:
            states = tuple(state["name"] for state in one["providerStates"])
            name = one["consumer"], one["provider"], one["description"], states
            found = _NUMBER.search(one["place"])
            number = int(found[1]) if found else None
            by_number[name, number] = one
            by_name.setdefault(name, {})[number] = one

    def find(
        names: tuple[str, ...], states: Iterable[str], number: int
    ) -> Mapping[str, Any] | None:
        name = (*names, tuple(states))
        if (name, number) in by_number:
            return by_number[name, number]
        others = list(by_name.get(name, {}).values())
        return others[0] if len(others) == 1 else None

    return find


_NUMBER = compile_later(r", interaction (\d+)$")


def _describe_result(one: Mapping[str, Any]) -> dict[str, Any]:
    outcome = "ok"
    if one["result"] != "ok":
        outcome = "pending" if one["pending"] else "failed"
    notes = [*one.get("remarks", ()), *one.get("changes", ())]
    return {
        "outcome": outcome,
        "headline": one.get("headline", ""),
        "lines": [
            {"sign": _get_sign(line), "text": line} for line in one.get("text", ())
        ],
        "notes": notes if outcome == "ok" else [],
        "duration": f"{one.get('duration', 0.0) * 1000:.0f} ms",
    }


def _get_sign(line: str) -> str:
    """Return "removed" or "added" for a line of a diff, else an empty string."""
    return _SIGNS.get(line.lstrip()[:2], "")


_SIGNS = {"- ": "removed", "+ ": "added"}


def _finish_site(
    contracts: list[dict[str, Any]], notes: list[str], result: str = ""
) -> dict[str, Any]:
    """Add counts, anchors and file names; return the cleaned data of a site."""
    taken: set[str] = set()
    for index, contract in enumerate(contracts, start=1):
        contract["file"] = _choose_file(contract, taken)
        contract["anchor"] = f"c{index}"
        for number, one in enumerate(contract["interactions"], start=1):
            one["anchor"] = f"c{index}-{number}"
        contract["counts"] = _count_outcomes(contract["interactions"])
    every = [one for contract in contracts for one in contract["interactions"]]
    data: dict[str, Any] = clean_strings(
        {
            "result": result,
            "notes": notes,
            "contracts": contracts,
            "counts": _count_outcomes(every),
            "total": len(every),
        }
    )
    return data


def _choose_file(contract: Mapping[str, Any], taken: set[str]) -> str:
    """Return a file name that no other page has, also where case does not count."""
    name = get_pact_file_name(contract["consumer"], contract["provider"])
    stem = escape_control_characters(name.removesuffix(".json")).replace("\\", "_")
    names = (f"{stem}{f'-{n}' if n > 1 else ''}.html" for n in range(1, len(taken) + 3))
    name = next(one for one in names if one.casefold() not in {*taken, "index.html"})
    taken.add(name.casefold())
    return name


def _count_outcomes(interactions: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Return how many interactions have each outcome, without zeros."""
    counts = Counter(
        one["result"]["outcome"] if one["result"] else "none" for one in interactions
    )
    return {name: counts[name] for name in OUTCOMES if counts[name]}


OUTCOMES = {
    "failed": "failed",
    "pending": "pending",
    "ok": "ok",
    "none": "not verified",
}
