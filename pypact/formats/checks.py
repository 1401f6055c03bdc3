"""Is this piece of JSON of the shape that a pact needs there?

Whatever is not is an `InvalidPact` that names the place, what was read and what was
wanted. A place is a text such as `pacts/web-users.json: interactions[0].response`.
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
    """The object that the member `name` of what is at `place` must be.

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
    """The object that the member `name` is; empty where it is absent or null."""
    return {} if data.get(name) is None else object_at(data, name, place)


def list_at(data: dict[str, Json], name: str, place: str) -> list[Json]:
    """The list that the member `name` must be; empty where it is absent or null.

    Raises: InvalidPact.
    """
    value = data.get(name)
    if value is None:
        return []
    if isinstance(value, list):
        return value
    raise InvalidPact(place, read=described(value), wanted="a list")


def text_of(value: Json) -> str:
    """A text as it is, anything else as its JSON text."""
    return value if isinstance(value, str) else compact(value)


def json_text(value: Json, place: str) -> str:
    """Write a value of a mapping that a program handed in as JSON text.

    Raises: InvalidPact when JSON cannot hold it.
    """
    try:
        return compact(value)
    except (TypeError, ValueError) as error:
        raise InvalidPact(place, read=str(error), wanted="a JSON value") from None


def encoded(text: str) -> bytes:
    """The bytes of JSON text; a lone surrogate, which UTF-8 lacks, is escaped."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return _SURROGATE.sub(_escape, text).encode("utf-8")


def rest(data: dict[str, Json], known: Collection[str]) -> dict[str, Json]:
    """The members whose names are not known; they are kept."""
    return {name: value for name, value in data.items() if name not in known}


def described(value: Json) -> str:
    """Name a value for a reader: its kind, and itself where it is short."""
    if value is None:
        return "null"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, (list, tuple)):
        return "a list"
    shown = repr(value) if isinstance(value, str) else str(value)
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}…"
    return f"the {_KINDS[kind_name(value)]} {shown}"


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST = 60
_KINDS = {
    "Boolean": "boolean",
    "Integer": "number",
    "Decimal": "number",
    "String": "text",
}
