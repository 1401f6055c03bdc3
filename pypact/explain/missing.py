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
    """List interactions that nobody asked for, with their places of definition."""
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
    """Write all that is wrong; `unexpected` are the errors of the calls."""
    if not unexpected and not missing:
        return f"pypact: {name}: all calls as declared"
    parts = []
    if len(unexpected) != 1 or missing:
        parts.append(_headline(name, unexpected, len(missing)))
    parts += [str(error) for error in unexpected[:_MOST_IN_FULL]]
    more = len(unexpected) - _MOST_IN_FULL
    if more > 0:
        rest = unexpected[_MOST_IN_FULL:]
        parts.append(f"and {' and '.join(_counts(rest))} more")
    if missing:
        parts.append(f"  never asked for\n{missing_block(missing)}")
    return "\n\n".join(parts)


def _headline(name: str, unexpected: Sequence[object], missing: int) -> str:
    wrong = _counts(unexpected)
    if missing:
        wrong.append(f"{_count(missing, 'interaction')} never asked for")
    return f"pypact: {name}: {', '.join(wrong)}"


def _counts(errors: Sequence[object]) -> list[str]:
    undeclared = sum(isinstance(one, VerificationFailed) for one in errors)
    counted = {
        "unexpected request": len(errors) - undeclared,
        "undeclared answer": undeclared,
    }
    return [_count(number, noun) for noun, number in counted.items() if number]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_MOST_LISTED = 20
_MOST_IN_FULL = 5
