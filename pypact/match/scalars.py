"""How does a user ask for one value of some kind?

Source: semantics section 6.3, "Scalars".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pypact.errors import InvalidExpectation
from pypact.match.nodes import AnyGenerator, Matcher, has_matchers, matcher
from pypact.model.json_text import Json
from pypact.model.rules import Rule
from pypact.rules.scalars import STATUS_CLASSES

__all__ = [
    "boolean",
    "content_type",
    "decimal",
    "equal_to",
    "integer",
    "like",
    "not_empty",
    "null",
    "number",
    "status_code",
    "string",
]


def like(example: Json, *, generator: AnyGenerator = None) -> Matcher:
    """Ask for a value of the same type; inside a structure for the same types."""
    return matcher(example, Rule("type"), generator=generator)


def equal_to(example: Json) -> Matcher:
    """Ask for exactly this value, also inside a structure that asks for types only."""
    if has_matchers(example):
        raise InvalidExpectation("equal_to() compares whole values: no matchers inside")
    return matcher(example, Rule("equality"))


def integer(example: int = 1, *, generator: AnyGenerator = None) -> Matcher:
    """Ask for a number without point and exponent."""
    return matcher(example, Rule("integer"), generator=generator)


def decimal(
    example: Decimal | float = Decimal("1.5"), *, generator: AnyGenerator = None
) -> Matcher:
    """Ask for a number with a point or an exponent."""
    return matcher(example, Rule("decimal"), generator=generator)


def number(
    example: Decimal | float = 1,
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Ask for any number."""
    return matcher(example, Rule("number"), generator=generator)


def boolean(
    example: bool = True,  # noqa: FBT001, FBT002 -- the example itself is a boolean
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Ask for true or false."""
    return matcher(example, Rule("boolean"), generator=generator)


def null() -> Matcher:
    """Ask for null."""
    return matcher(None, Rule("null"))


def string(example: str = "text", *, generator: AnyGenerator = None) -> Matcher:
    """Ask for any text."""
    if not isinstance(example, str):
        raise InvalidExpectation(f"string() wants a text as example, not {example!r}")
    return matcher(example, Rule("type"), generator=generator)


def not_empty(example: Json) -> Matcher:
    """Ask for anything but null and an empty text, array or object."""
    if example in ({}, [], ()):
        raise InvalidExpectation("not_empty() has an empty example")
    return matcher(example, Rule("notEmpty"))


def status_code(
    status: str | int | Sequence[int] = "success", example: int | None = None
) -> Matcher:
    """Ask for a class of status codes ("success", "clientError", …) or for some codes.

    The classes are info, success, redirect, clientError, serverError, nonError and
    error.
    """
    wanted: Json = status
    if isinstance(status, str):
        if status not in STATUS_CLASSES:
            known = ", ".join(STATUS_CLASSES)
            raise InvalidExpectation(f"no status class {status!r}; known are {known}")
        _, low, high = STATUS_CLASSES[status]
        allowed: Sequence[int] = range(max(low, _LOWEST.get(status, 0)), high + 1)
    else:
        allowed = wanted = [status] if isinstance(status, int) else list(status)
        if not wanted:
            raise InvalidExpectation("status_code() was given an empty list of codes")
    shown = allowed[0] if example is None else example
    if shown not in allowed:
        raise InvalidExpectation(f"the status {shown} does not satisfy {status!r}")
    return matcher(shown, Rule("statusCode", {"status": wanted}))


def content_type(content_type: str, example: bytes | str) -> Matcher:
    """Ask for contents whose bytes show that they are of a type ("image/png").

    The example is bytes where it is a whole body, else text in base64.
    """
    return matcher(example, Rule("contentType", {"value": content_type}))


# The lowest example of a class whose lower bound is no status.
_LOWEST = {"nonError": 200}
