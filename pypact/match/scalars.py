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
    """Match a value of the example's type; values inside it are matched by type too."""
    return matcher(example, Rule("type"), generator=generator)


def equal_to(example: Json) -> Matcher:
    """Match exactly this value, even inside a structure that is matched by type."""
    if has_matchers(example):
        raise InvalidExpectation(
            "equal_to() compares whole values; it cannot contain matchers"
        )
    return matcher(example, Rule("equality"))


def integer(example: int = 1, *, generator: AnyGenerator = None) -> Matcher:
    """Match a number without decimal point and exponent."""
    return matcher(example, Rule("integer"), generator=generator)


def decimal(
    example: Decimal | float = Decimal("1.5"), *, generator: AnyGenerator = None
) -> Matcher:
    """Match a number with a decimal point or an exponent."""
    return matcher(example, Rule("decimal"), generator=generator)


def number(
    example: Decimal | float = 1,
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match any number."""
    return matcher(example, Rule("number"), generator=generator)


def boolean(
    example: bool = True,  # noqa: FBT001, FBT002 -- the example itself is a boolean
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match true or false."""
    return matcher(example, Rule("boolean"), generator=generator)


def null() -> Matcher:
    """Match null."""
    return matcher(None, Rule("null"))


def string(example: str = "text", *, generator: AnyGenerator = None) -> Matcher:
    """Match any string."""
    if not isinstance(example, str):
        raise InvalidExpectation(
            f"string() takes a string as its example, got {example!r}"
        )
    return matcher(example, Rule("type"), generator=generator)


def not_empty(example: Json) -> Matcher:
    """Match any value except null and an empty string, array or object."""
    if example in ({}, [], ()):
        raise InvalidExpectation("not_empty() cannot have an empty example")
    return matcher(example, Rule("notEmpty"))


def status_code(
    status: str | int | Sequence[int] = "success", example: int | None = None
) -> Matcher:
    """Match a class of status codes ("success"), one status code, or one of several.

    The classes are info, success, redirect, clientError, serverError, nonError and
    error.
    """
    expected: Json = status
    if isinstance(status, str):
        if status not in STATUS_CLASSES:
            known = ", ".join(STATUS_CLASSES)
            raise InvalidExpectation(
                f"unknown status class {status!r}; known classes: {known}"
            )
        _, low, high = STATUS_CLASSES[status]
        allowed: Sequence[int] = range(
            max(low, _LOWEST_EXAMPLES.get(status, 0)), high + 1
        )
    else:
        allowed = expected = [status] if isinstance(status, int) else list(status)
        if not expected:
            raise InvalidExpectation(
                "status_code() needs at least one code, got an empty list"
            )
    shown = allowed[0] if example is None else example
    if shown not in allowed:
        raise InvalidExpectation(
            f"the example status {shown} does not match {status!r}"
        )
    return matcher(shown, Rule("statusCode", {"status": expected}))


def content_type(content_type: str, example: bytes | str) -> Matcher:
    """Match bytes whose content is detected as the content type ("image/png").

    The example is bytes if it is the whole body, else a base64 string.
    """
    return matcher(example, Rule("contentType", {"value": content_type}))


# The lowest example of a class whose lower bound is not a valid status code.
_LOWEST_EXAMPLES = {"nonError": 200}
