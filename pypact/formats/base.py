"""Define what the readers and writers of all specification versions share.

Each version is one row of functions. A part that the written version cannot express
raises `NotExpressible`, or issues a warning with `lossy=True`; a part that was read in
the same version is written back as it was read. A place is a string such as
`pacts/web-users.json: interactions[0].response`.

Source: docs/internals/design.md, "Decision 1: One model";
docs/internals/specification.md, "2. Reading, writing and converting versions".
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.errors import (
    InvalidPact,
    LossWarning,
    NotExpressible,
    PactWarning,
    tolerate,
)
from pypact.model.body import Body
from pypact.model.http import Headers, Query
from pypact.model.interactions import Interaction, ProviderState, SpecificationVersion
from pypact.model.json import Json, dump_json
from pypact.model.mismatches import name_json_type
from pypact.model.rules import Generators, MatchingRules
from pypact.similar_names import find_similar_name

JsonObject: TypeAlias = dict[str, Json]
"""A JSON object in a pact file."""


def get_object(data: JsonObject, name: str, place: str) -> JsonObject:
    """Return the member `name`, which must be an object; `data` is at `place`."""
    value = data.get(name)
    if isinstance(value, dict):
        return value
    read = describe_member(data, name)
    raise InvalidPact(join_place(place, name), read=read, wanted="an object")


def get_optional_object(data: JsonObject, name: str, place: str) -> JsonObject:
    """Return the member `name`, which must be an object; empty if absent or empty."""
    value = data.get(name)
    if value is None:
        return {}
    return (
        value
        if isinstance(value, dict)
        else check_object(value, join_place(place, name))
    )


def check_object(value: Json, place: str) -> JsonObject:
    """Return an object, or an empty one for a value that is absent or empty."""
    if isinstance(value, dict):
        return value
    if value is None or is_empty(value, place, "an object"):
        return {}
    raise InvalidPact(place, read=describe_value(value), wanted="an object")


def get_annotations(data: JsonObject, name: str, place: str) -> JsonObject:
    """Return the member `name`, an object on which no verdict depends."""
    if name not in data:
        return {}
    try:
        return get_optional_object(data, name, place)
    except InvalidPact as error:
        tolerate(str(error), "left out")
        return {}


def is_empty(value: Json, place: str, wanted: str) -> bool:
    """Return whether a value is empty but not what is `wanted`: it counts as absent.

    Other tools write `[]` or `""` where an object has no members. A warning names it.
    """
    if value not in ("", [], {}):
        return False
    tolerate(place, f"expected {wanted}, got {_EMPTY[type(value)]}; read as absent")
    return True


def join_place(place: str, name: str) -> str:
    """Return the place of the member `name` of what is at `place`."""
    return f"{place}{name}" if not place or place.endswith(" ") else f"{place}.{name}"


def get_list(data: JsonObject, name: str, place: str) -> list[Json]:
    """Return the member `name`, which must be a list; empty if absent or empty."""
    value = data.get(name)
    if isinstance(value, list):
        return value
    if value is None or is_empty(value, place, "a list"):
        return []
    raise InvalidPact(place, read=describe_value(value), wanted="a list")


def read_string(value: Json) -> str:
    """Return a string unchanged, any other value as JSON."""
    return value if isinstance(value, str) else dump_json(value)


def dump_checked_json(value: Json, place: str) -> str:
    """Return the JSON of a value that a program passed in."""
    try:
        return dump_json(value)
    except (TypeError, ValueError) as error:
        problem = f"an invalid one ({error})"
        raise InvalidPact(place, read=problem, wanted="a JSON value") from None


def encode_json(text: str) -> bytes:
    """Encode JSON as UTF-8, with lone surrogates, which UTF-8 lacks, escaped."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub(_escape_surrogate, text).encode()


def pick_unknown(data: JsonObject, known: AbstractSet[str]) -> JsonObject:
    """Return the members of `data` whose names are not in `known`."""
    return {name: value for name, value in data.items() if name not in known}


def read_unknown(data: JsonObject, known: AbstractSet[str], place: str) -> JsonObject:
    """Return the members of `data` as `pick_unknown` does; warn of misspelt names."""
    unknown = pick_unknown(data, known)
    missing = known - data.keys()
    for name in unknown:
        near = find_similar_name(name, missing, least_similarity=0.75)
        if near is not None:
            tolerate(f"{place}.{name}", f"unknown, and kept; did you mean {near!r}?")
    return unknown


def is_nested_too_deeply(value: Json) -> bool:
    """Return whether a value has more levels of lists and objects than `MOST_LEVELS`.

    Python's parser reads twice as many, at which recursive functions would fail.
    """
    level = [value]
    for _ in range(MOST_LEVELS):
        level = [
            item
            for one in level
            for item in (one.values() if isinstance(one, dict) else one)
            if isinstance(item, (dict, list))
        ]
        if not level:
            return False
    return True


MOST_LEVELS = 400


def describe_value(value: Json) -> str:
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
    return f"the {_TYPE_NAMES[name_json_type(value)]} {shown}"


def describe_member(data: JsonObject, name: str) -> str:
    """Describe the member `name` of an object for an error message."""
    return describe_value(data[name]) if name in data else "nothing"


def _escape_surrogate(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_SURROGATE = compile_later("[\ud800-\udfff]")
_EMPTY: dict[type[object], str] = {
    str: "an empty string",
    list: "an empty list",
    dict: "an empty object",
}
_LONGEST_VALUE = 60
_TYPE_NAMES = {
    "Boolean": "boolean",
    "Integer": "number",
    "Decimal": "number",
    "String": "string",
}


@dataclass(frozen=True, slots=True)
class VersionFormat:
    """The functions with which one specification version reads and writes each part.

    `read` reads all interactions of a file. `write` writes one interaction and returns
    None if all of it is left out. With `can_mix` a file may hold both HTTP interactions
    and messages.
    """

    version: SpecificationVersion
    read_query: Callable[[Json, str], Query]
    write_query: Callable[[Query, Conversion], Json]
    write_headers: Callable[[Headers, Conversion], JsonObject]
    read_body: Callable[[Json, str | None, str], Body]
    write_body: Callable[[Body, str | None, Conversion], Json]
    write_rules: Callable[[MatchingRules, Conversion], JsonObject]
    write_generators: Callable[[Generators, Conversion], JsonObject]
    write_states: Callable[[tuple[ProviderState, ...], Conversion], JsonObject]
    read: Callable[[JsonObject, PactSource], list[Interaction]]
    write: Callable[[Interaction, Conversion], JsonObject | None]
    has_messages: bool = False
    can_mix: bool = False


@dataclass(frozen=True, slots=True)
class PactSource:
    """The file that interactions are read from; its name may be empty."""

    file: str
    version_format: VersionFormat

    @property
    def prefix(self) -> str:
        return f"{self.file}: " if self.file else ""


@dataclass(frozen=True, slots=True)
class Conversion:
    """The conversion of one interaction to the specification version to be written.

    `is_same_version` is true if it was read from that version. With `keeps_unknown`
    unknown members are written back; in a conversion they are dropped
    (docs/internals/specification.md, "1.7 Unknown fields").
    """

    version_format: VersionFormat
    place: str = ""
    lossy: bool = False
    is_same_version: bool = False
    keeps_unknown: bool = True

    @property
    def version(self) -> SpecificationVersion:
        return self.version_format.version

    def drop(self, part: str) -> None:
        """Leave out `part`, with a `LossWarning`."""
        version = str(self.version)
        if not self.lossy:
            raise NotExpressible(part, version=version, place=self.place)
        warnings.warn(
            LossWarning(part, version=version, place=self.place), stacklevel=3
        )

    def warn(self, text: str) -> None:
        """Issue a `PactWarning`, unless the interaction was read from this version."""
        if not self.is_same_version:
            warnings.warn(PactWarning(f"{self.place}: {text}"), stacklevel=3)
