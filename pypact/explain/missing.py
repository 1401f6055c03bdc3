"""What is said of a block that did not go as declared?

Source: design, decision 6; verification.md, section 7.
"""

from __future__ import annotations

from collections.abc import Sequence

from pypact.errors import VerificationFailed
from pypact.explain.interactions import name_of
from pypact.explain.mismatches import columns
from pypact.model.interactions import HttpInteraction

__all__ = ["explain_verdict", "missing_block"]


def missing_block(
    interactions: Sequence[HttpInteraction], *, indent: str = "    "
) -> str:
    """Return interactions that were not requested as lines, with method and path."""
    rows = [
        [name_of(one), f"{one.request.method} {one.request.path}"]
        for one in interactions[:_MOST_LISTED]
    ]
    more = len(interactions) - len(rows)
    lines = columns(rows, indent)
    return "\n".join([*lines, f"{indent}and {more} more"] if more else lines)


def explain_verdict(
    name: str,
    unexpected: Sequence[object],
    missing: Sequence[HttpInteraction],
) -> str:
    """Return a text that describes all problems of a block.

    `unexpected` are the errors of requests; `missing` the interactions that were not
    requested.
    """
    if not unexpected and not missing:
        return f"pypact: {name}: all requests matched"
    parts = []
    if len(unexpected) != 1 or missing:
        parts.append(_verdict_headline(name, unexpected, len(missing)))
    parts += [str(error) for error in unexpected[:_MOST_IN_FULL]]
    more = len(unexpected) - _MOST_IN_FULL
    if more > 0:
        rest = unexpected[_MOST_IN_FULL:]
        parts.append(f"and {' and '.join(_count_errors(rest))} more")
    if missing:
        parts.append(f"  not requested\n{missing_block(missing)}")
    return "\n\n".join(parts)


def _verdict_headline(name: str, unexpected: Sequence[object], missing: int) -> str:
    wrong = _count_errors(unexpected)
    if missing:
        wrong.append(f"{_count_of(missing, 'interaction')} not requested")
    return f"pypact: {name}: {', '.join(wrong)}"


def _count_errors(errors: Sequence[object]) -> list[str]:
    mismatched = sum(isinstance(one, VerificationFailed) for one in errors)
    counted = {
        "unexpected request": len(errors) - mismatched,
        "mismatched response": mismatched,
    }
    return [_count_of(number, noun) for noun, number in counted.items() if number]


def _count_of(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_MOST_LISTED = 20
_MOST_IN_FULL = 5
