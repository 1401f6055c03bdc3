"""Describe the outcome of a block: the errors of requests, and what is missing.

Source: docs/internals/verification.md, "Mock-up (a)".
"""

from __future__ import annotations

from collections.abc import Sequence

from pypact._dataclasses import dataclass
from pypact.errors import VerificationFailed
from pypact.explain.mismatches import align_columns, format_count, truncate
from pypact.explain.requests import (
    MOST_LISTED,
    UnexpectedExplanation,
    describe_interaction,
    label_lines,
)
from pypact.model.interactions import HttpInteraction


def format_missing(
    interactions: Sequence[HttpInteraction], *, indent: str = "    "
) -> str:
    """Return lines with the method and path of interactions that were not requested."""
    rows = [
        [describe_interaction(one), f"{one.request.method} {one.request.path}"]
        for one in interactions[:MOST_LISTED]
    ]
    more = len(interactions) - len(rows)
    lines = align_columns(rows, indent)
    return "\n".join([*lines, f"{indent}and {more} more"] if more else lines)


@dataclass(frozen=True, slots=True)
class RareRequests:
    """An interaction requested `count` times, but at least `least` times expected."""

    interaction: HttpInteraction
    count: int
    least: int


def _format_rare(rare: Sequence[RareRequests]) -> str:
    rows = [
        [
            describe_interaction(one.interaction),
            f"{one.interaction.request.method} {one.interaction.request.path}",
            f"requested {format_count(one.count, 'time')}, expected {one.least}",
        ]
        for one in rare[:MOST_LISTED]
    ]
    more = len(rare) - len(rows)
    lines = align_columns(rows, "    ")
    return "\n".join([*lines, f"    and {more} more"] if more else lines)


def explain_verdict(
    name: str,
    unexpected: Sequence[object],
    missing: Sequence[HttpInteraction],
    rare: Sequence[RareRequests] = (),
    unfinished: Sequence[str] = (),
    *,
    note: str = "",
) -> str:
    """Describe the errors of requests and the interactions not requested.

    `note` states what the clients of unexpected requests got, if no error was raised
    there. An interaction that an error shows as the closest one is not listed again.
    """
    missing = drop_closest(missing, unexpected)
    if not (unexpected or missing or rare):
        return f"pypact: {name}: all requests matched"
    texts = [str(error) for error in unexpected[:_MOST_IN_FULL]]
    parts = []
    if len(texts) != 1:
        headline = _write_headline(name, unexpected, missing, rare)
        if texts:
            # pytest's summary shows only the first line.
            first = texts[0].partition("\n")[0].removeprefix("pypact: ")
            headline += f"; first: {first}"
        parts.append(headline)
    parts += texts
    more = len(unexpected) - _MOST_IN_FULL
    if more > 0:
        rest = unexpected[_MOST_IN_FULL:]
        parts.append(f"and {' and '.join(_count_errors(rest))} more")
    if unexpected:
        parts.append("\n".join(label_lines("note", [note or _CAUGHT])))
    if missing:
        parts.append(f"  not requested\n{format_missing(missing)}")
    if rare:
        parts.append(f"  requested too few times\n{_format_rare(rare)}")
    if unfinished and not unexpected:
        parts.append("\n".join(label_lines("unfinished", unfinished)))
    return "\n\n".join(parts)


def drop_closest(
    missing: Sequence[HttpInteraction], errors: Sequence[object]
) -> Sequence[HttpInteraction]:
    """Return the interactions that no error shows as the closest one."""
    if not missing:
        return missing
    shown = [
        closest
        for error in errors
        if isinstance(found := getattr(error, "message", None), UnexpectedExplanation)
        and (closest := found.find_closest()) is not None
    ]
    return tuple(one for one in missing if not any(one is other for other in shown))


def _write_headline(
    name: str,
    unexpected: Sequence[object],
    missing: Sequence[HttpInteraction],
    rare: Sequence[RareRequests],
) -> str:
    wrong = _count_errors(unexpected)
    if missing:
        wrong.append(f"{format_count(len(missing), 'interaction')} not requested")
    if rare:
        wrong.append(
            f"{format_count(len(rare), 'interaction')} requested too few times"
        )
    listed = [*missing, *(one.interaction for one in rare)]
    first = listed[0].request if listed and not unexpected else None
    which = f": {first.method} {truncate(first.path)}" if first else ""
    others = f" and {len(listed) - 1} more" if first and len(listed) > 1 else ""
    return f"pypact: {name}: {', '.join(wrong)}{which}{others}"


def _count_errors(errors: Sequence[object]) -> list[str]:
    mismatched = sum(isinstance(one, VerificationFailed) for one in errors)
    counted = {
        "unexpected request": len(errors) - mismatched,
        "mismatched response": mismatched,
    }
    return [format_count(number, noun) for noun, number in counted.items() if number]


_MOST_IN_FULL = 5
_CAUGHT = (
    "raised at the call as well; it did not end the test, because the consumer caught "
    "it, or called in another thread or process"
)
