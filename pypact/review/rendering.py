"""Render the changes of contracts as text, JSON, and Markdown for pull requests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from pypact.explain.markdown import escape_markdown
from pypact.explain.mismatches import align_columns, format_count, truncate
from pypact.explain.requests import format_state
from pypact.formats import interaction_to_json
from pypact.model.interactions import Contract, Interaction
from pypact.model.json import Json, dump_pretty_json
from pypact.review.changes import Change, ContractChanges, Verdict

NO_CHANGES = "no changes"


def render_text(contracts: Sequence[ContractChanges]) -> str:
    """Return the changes as lines, grouped by contract and interaction."""
    lines = []
    for contract in contracts:
        lines.append(f"{contract.name}: {summarize_changes(contract.changes)}")
        lines += format_changes(contract.changes)
    return "\n".join(lines or [NO_CHANGES]) + "\n"


def format_changes(changes: Iterable[Change]) -> list[str]:
    """Return the changes of one contract as indented lines."""
    lines = []
    for title, group in _group_by_interaction(changes):
        lines.append(f"  {title}")
        rows = [[_describe_verdict(one), f"{one.place} {one.text}"] for one in group]
        lines += align_columns([[left, right.strip()] for left, right in rows], "    ")
    return lines


def render_json(contracts: Sequence[ContractChanges]) -> str:
    """Return the changes as a JSON document."""
    data: dict[str, Json] = {
        "needsProvider": any(one.needs_provider for one in contracts),
        "contracts": [
            {
                "consumer": contract.consumer,
                "provider": contract.provider,
                "needsProvider": contract.needs_provider,
                "changes": list(map(_change_to_dict, contract.changes)),
            }
            for contract in contracts
        ],
    }
    return dump_pretty_json(data) + "\n"


def render_markdown(contracts: Sequence[ContractChanges]) -> str:
    """Return the changes as Markdown tables."""
    lines = []
    for contract in contracts:
        summary = summarize_changes(contract.changes)
        lines += [f"### {escape_markdown(contract.name)}: {summary}", ""]
        lines += ["| interaction | | change |", "|---|---|---|"]
        changes = sorted(contract.changes, key=lambda one: not one.needs_provider)
        for one in changes[:_MOST_ROWS]:
            verdict = _describe_verdict(one)
            text = escape_markdown(f"{one.place} {one.text}".strip())
            mark = f"**{verdict}**" if one.needs_provider else verdict
            lines.append(
                f"| {escape_markdown(_describe_owner(one))} | {mark} | {text} |"
            )
        if more := len(changes) - _MOST_ROWS:
            lines += [f"| … {more} more | | |"] if more > 0 else []
        lines.append("")
    return "\n".join(lines or ["No changes of contracts.", ""])


# GitHub shows no comment above 64 KiB.
_MOST_ROWS = 100


def summarize_changes(changes: Iterable[Change]) -> str:
    """Return how many changes need the provider, and how many are harmless."""
    verdicts = [change.verdict for change in changes]
    needed = verdicts.count(Verdict.NEEDS_PROVIDER)
    harmless = verdicts.count(Verdict.HARMLESS)
    parts = []
    if needed:
        verb = "needs" if needed == 1 else "need"
        parts.append(f"{format_count(needed, 'change')} {verb} the provider")
    if harmless:
        parts.append(f"{format_count(harmless, 'harmless change')}")
    return ", ".join(parts) or NO_CHANGES


def _group_by_interaction(
    changes: Iterable[Change],
) -> Iterator[tuple[str, list[Change]]]:
    for _, group in groupby(changes, key=lambda one: id(one.interaction)):
        found = list(group)
        yield _describe_owner(found[0]), found


def _describe_owner(change: Change) -> str:
    if change.interaction is None:
        return "the contract"
    return describe_interaction(change.interaction)


def describe_interaction(interaction: Interaction) -> str:
    """Return the description and the provider states as one line."""
    states = " and ".join(map(format_state, interaction.states))
    given = f" given {states}" if states else ""
    return f'"{truncate(interaction.description)}"{given}'


def format_removed(interaction: Interaction, contract: Contract) -> list[str]:
    """Return an interaction as in its pact file, from which it can be restored."""
    data = interaction_to_json(interaction, contract.version, lossy=True)
    return dump_pretty_json(data, sort_keys=True).splitlines()


def _describe_verdict(change: Change) -> str:
    note = " (cannot be decided)" if change.is_undecided else ""
    return f"{change.verdict.value}{note}"


def _change_to_dict(change: Change) -> dict[str, Json]:
    one = change.interaction
    return {
        "interaction": None if one is None else one.description,
        "states": [] if one is None else [state.name for state in one.states],
        "place": change.place,
        "text": change.text,
        "verdict": change.verdict.value,
        "undecided": change.is_undecided,
    }


RENDERERS = {"text": render_text, "json": render_json, "markdown": render_markdown}
