"""What is said of a block that did not go as declared?

Source: design, decision 6; verification.md, section 7.
"""

from __future__ import annotations

from collections.abc import Sequence

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
        parts.append(_headline(name, len(unexpected), len(missing)))
    parts += [str(error) for error in unexpected[:_MOST_IN_FULL]]
    more = len(unexpected) - _MOST_IN_FULL
    if more > 0:
        parts.append(f"and {_count(more, 'unexpected request')} more")
    if missing:
        parts.append(f"  never asked for\n{missing_block(missing)}")
    return "\n\n".join(parts)


def _headline(name: str, unexpected: int, missing: int) -> str:
    wrong = []
    if unexpected:
        wrong.append(_count(unexpected, "unexpected request"))
    if missing:
        wrong.append(f"{_count(missing, 'interaction')} never asked for")
    return f"pypact: {name}: {', '.join(wrong)}"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_MOST_LISTED = 20
_MOST_IN_FULL = 5
