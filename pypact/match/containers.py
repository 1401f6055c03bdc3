"""How does a user ask for arrays and objects of some kind?

Source: semantics section 6.2, "Collections", 6.5 and 6.6.
"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.match.nodes import Children, Matcher
from pypact.model.json_text import Json
from pypact.model.rules import Rule

__all__ = ["each_like"]


def each_like(
    example: Json,
    min: int = 1,  # noqa: A002 -- the specification's own word
    *,
    max: int | None = None,  # noqa: A002 -- the specification's own word
    examples: int | None = None,
) -> Matcher:
    """Ask for an array of at least `min` and at most `max` items like the example.

    The contract shows `examples` copies, by default as few as are allowed, but one.
    """
    copies = (min or 1) if examples is None else examples
    if min < 0 or (max is not None and max < min):
        raise InvalidExpectation(f"each_like: no array has from {min} to {max} items")
    if copies < (min or 1) or (max is not None and copies > max):
        raise InvalidExpectation(
            f"each_like: {copies} examples, but from {min or 1} to {max} are allowed"
        )
    lengths = {"min": min or None, "max": max}
    attributes = {name: value for name, value in lengths.items() if value is not None}
    rule = Rule("type", attributes)
    return Matcher([example] * copies, (rule,), children=Children.SHARED)
