"""The command `pypact states`: list the provider states that contracts use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import click

from pypact._dataclasses import dataclass, field
from pypact.cli.options import (
    BROKER_SOURCE_OPTIONS,
    add_options,
    build_broker,
    option,
)
from pypact.cli.verifiers import (
    add_working_directory,
    import_states,
    import_verifier,
    split_import_string,
)
from pypact.errors import InvalidExpectation, PactError, UnknownState
from pypact.explain.mismatches import align_columns, format_count, truncate
from pypact.masking import escape_control_characters
from pypact.model.interactions import ProviderState
from pypact.model.json import decimals_to_floats
from pypact.sources import BrokerSource, LoadedPact, ReadableSource, list_sources
from pypact.targets.base import describe_exception
from pypact.verifier import Verifier
from pypact.verifier.exceptions import format_traceback
from pypact.verifier.flow import USER_ERRORS
from pypact.verifier.states import StateFunctions, write_template


@click.command("states")
@click.argument("pacts", nargs=-1)
@add_options(
    [
        option("--provider NAME", "Only states of this provider; needed for a broker."),
        option(
            "--consumer NAME",
            "Only states of this consumer. Repeatable.",
            multiple=True,
        ),
        option(
            "--states MODULE:NAME",
            "Show which states have a function in this mapping, function for all "
            "states, or Verifier.",
        ),
        option("--check", "Exit with 1 if a state has no function."),
        option(
            "--output -o",
            "Format of the list.",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
        ),
        *BROKER_SOURCE_OPTIONS,
    ]
)
@click.pass_context
def states_command(
    context: click.Context, /, pacts: Sequence[str], **given: Any
) -> None:
    """List the provider states of contracts, with the state functions that are missing.

    PACTS are files, directories, patterns or URLs; the default is the directory
    `pacts`, or the broker of the broker options. One of them can be MODULE:NAME, the
    import string of a `pypact.Verifier`, to show its state functions; its pacts are the
    default then. For each state without a function, a skeleton of one is shown.
    """
    named, paths = split_import_string(pacts)
    broker = build_broker(given, has_pacts=bool(paths))
    add_working_directory()
    try:
        verifier = import_verifier(named) if named else None
        functions = _find_functions(verifier, given["states"])
    except (PactError, click.ClickException):
        raise
    except USER_ERRORS as error:  # importing runs code of the team
        lines = [describe_exception(error), *format_traceback(error)]
        raise click.ClickException("\n  ".join(lines)) from error
    sources: list[Any] = [*paths, *([broker] if broker else ())]
    provider = given["provider"]
    if verifier is not None and not sources:
        sources, provider = [verifier.source], provider or verifier.provider
    pacts_read = _read_pacts(sources or ["pacts"], provider)
    uses = _collect_uses(pacts_read, given["consumer"], functions)
    if given["output"] == "json":
        data = [use.to_json() for use in uses]
        click.echo(json.dumps(data, indent=2, default=str))
    else:
        for line in _format_uses(uses, has_functions=functions is not None):
            click.echo(escape_control_characters(line))
    if given["check"] and any(use.missing or use.problem for use in uses):
        context.exit(1)


@dataclass(slots=True)
class StateUse:
    """A provider state with its uses in contracts.

    `function` is the file and line of its state function, or None; `missing` are the
    consumers for which there is none. `params` has all values of each parameter that
    the contracts have. `problem` is the reason why no function can be chosen.
    """

    provider: str
    name: str
    consumers: dict[str, int] = field(default_factory=dict)
    params: dict[str, list[Any]] = field(default_factory=dict)
    function: str | None = None
    missing: list[str] = field(default_factory=list)
    problem: str = ""

    def add(self, consumer: str, state: ProviderState) -> None:
        """Count one interaction of a consumer."""
        self.consumers[consumer] = self.consumers.get(consumer, 0) + 1
        for key, value in decimals_to_floats(dict(state.params)).items():
            values = self.params.setdefault(key, [])
            if value not in values:
                values.append(value)

    @property
    def count(self) -> int:
        """The number of interactions that need the state."""
        return sum(self.consumers.values())

    def to_json(self) -> dict[str, Any]:
        """Return the state as JSON data."""
        return {
            "provider": self.provider,
            "state": self.name,
            "interactions": self.count,
            "consumers": self.consumers,
            "params": self.params,
            "function": self.function,
            "missing": self.missing,
            "problem": self.problem or None,
        }


def _find_functions(
    verifier: Verifier | None, states: str | None
) -> StateFunctions | None:
    """Return the state functions that the command line names, or None."""
    if verifier is not None and states:
        raise click.UsageError("give either MODULE:NAME or --states")
    if verifier is not None:
        return verifier.states
    if not states:
        return None
    found = import_states(states)
    if isinstance(found, Verifier):
        return found.states
    functions = StateFunctions()
    functions.add_all(found)
    return functions


def _read_pacts(sources: Sequence[Any], provider: str | None) -> Iterable[LoadedPact]:
    for source in list_sources(sources):
        if provider is not None:
            yield from source.load(provider)
        elif isinstance(source, ReadableSource):
            yield from source.read_all()
        else:
            assert isinstance(source, BrokerSource)  # noqa: S101 -- the only other kind
            raise click.UsageError("a broker needs --provider")


def _collect_uses(
    pacts: Iterable[LoadedPact],
    consumers: Sequence[str],
    functions: StateFunctions | None,
) -> list[StateUse]:
    uses: dict[tuple[str, str], StateUse] = {}
    contracts = [one.contract for one in pacts]
    for contract in contracts:
        if consumers and contract.consumer not in consumers:
            continue
        for interaction in contract.interactions:
            for state in interaction.states:
                key = contract.provider, state.name
                uses.setdefault(key, StateUse(*key)).add(contract.consumer, state)
    for use in uses.values():
        _look_up(use, functions or StateFunctions())
    return [uses[key] for key in sorted(uses)]


def _look_up(use: StateUse, functions: StateFunctions) -> None:
    for consumer in use.consumers:
        try:
            use.function = functions.find(ProviderState(use.name), consumer).place
        except UnknownState:  # noqa: PERF203 -- the other consumers may have one
            use.missing.append(consumer)
        except InvalidExpectation as error:
            use.problem = str(error)


def _format_uses(uses: Sequence[StateUse], *, has_functions: bool) -> list[str]:
    if not uses:
        return ["the contracts have no provider states"]
    lines: list[str] = []
    for provider in dict.fromkeys(use.provider for use in uses):
        own = [use for use in uses if use.provider == provider]
        lines += [""] if lines else []
        lines.append(f"{provider}: {format_count(len(own), 'state')}")
        rows = [_build_row(use, has_functions=has_functions) for use in own]
        lines += align_columns(rows, "  ")
        missing = [use for use in own if use.missing]
        lines += _format_skeletons(missing)
    return lines


def _build_row(use: StateUse, *, has_functions: bool) -> list[str]:
    consumers = ", ".join(use.consumers)
    row = [
        json.dumps(use.name, ensure_ascii=False),
        format_count(use.count, "interaction"),
        f"of {truncate(consumers)}",
    ]
    if has_functions:
        some = f" for {', '.join(use.missing)}" if use.function else ""
        without = f"no function{some}" if use.missing else ""
        row.append(use.problem or without or use.function or "")
    return row


def _format_skeletons(missing: Sequence[StateUse]) -> list[str]:
    """Return a function for each missing state; similar states share one."""
    found: dict[str, str] = {}
    for use in missing:
        decorator, function = write_template(ProviderState(use.name, use.params))
        found.setdefault(decorator, function)
    if not found:
        return []
    count = format_count(len(found), "function")
    lines = ["", f"{count} to add:"]
    for decorator, function in found.items():
        lines += ["", decorator, function]
    return lines
