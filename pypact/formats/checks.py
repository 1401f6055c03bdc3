"""Check the shape of the JSON in pact files.

A wrong shape is an `InvalidPact` with the place, what was expected and what was found.
A place is a string such as `pacts/web-users.json: interactions[0].response`.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from pypact.errors import InvalidPact
from pypact.model.json_text import Json, compact
from pypact.model.mismatches import kind_name

__all__ = [
    "described",
    "encoded",
    "json_text",
    "list_at",
    "object_at",
    "optional_object",
    "rest",
    "text_of",
]


def object_at(data: dict[str, Json], name: str, place: str) -> dict[str, Json]:
    """Return the member `name`, which must be an object; `data` is at `place`.

    Raises: InvalidPact.
    """
    value = data.get(name)
    if isinstance(value, dict):
        return value
    at_top = not place or place.endswith(" ")
    raise InvalidPact(
        f"{place}{name}" if at_top else f"{place}.{name}",
        read=described(value) if name in data else "nothing",
        wanted="an object",
    )


def optional_object(data: dict[str, Json], name: str, place: str) -> dict[str, Json]:
    """Return the member `name`, which must be an object; empty if absent or null.

    Raises: InvalidPact.
    """
    return {} if data.get(name) is None else object_at(data, name, place)


def list_at(data: dict[str, Json], name: str, place: str) -> list[Json]:
    """Return the member `name`, which must be a list; empty if absent or null.

    Raises: InvalidPact.
    """
    value = data.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise InvalidPact(place, read=described(value), wanted="a list")


def text_of(value: Json) -> str:
    """Return a string unchanged, any other value as JSON."""
    return value if isinstance(value, str) else compact(value)


def json_text(value: Json, place: str) -> str:
    """Return the JSON of a value that a program passed in.

    Raises: InvalidPact if it is not a JSON value.
    """
    try:
        return compact(value)
    except (TypeError, ValueError) as error:
        problem = f"an invalid one ({error})"
        raise InvalidPact(place, read=problem, wanted="a JSON value") from None


def encoded(text: str) -> bytes:
    """Encode JSON as UTF-8, with lone surrogates, which UTF-8 lacks, escaped."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(_escape_surrogate, text).encode("utf-8")


def rest(data: dict[str, Json], known: Collection[str]) -> dict[str, Json]:
    """Return the members of `data` whose names are not in `known`."""
    return {name: value for name, value in data.items() if name not in known}


def described(value: Json) -> str:
    """Describe a value for an error message: its type, and a scalar itself."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    shown = repr(value) if isinstance(value, str) else str(value)
    if len(shown) > _LONGEST_VALUE:
        shown = f"{shown[:_LONGEST_VALUE]}…"
    return f"the {_TYPE_NAMES[kind_name(value)]} {shown}"


def _escape_surrogate(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_VALUE = 60
_TYPE_NAMES = {
    "Boolean": "boolean",
    "Integer": "number",
    "Decimal": "number",
    "String": "string",
}
