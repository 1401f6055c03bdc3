"""Check that data are a JSON report that pages can show."""

from __future__ import annotations

from typing import Any, TypeAlias

from pypact.errors import InvalidPact
from pypact.formats.base import describe_member, describe_value
from pypact.model.json import Json

_Type: TypeAlias = type | tuple[type, ...]


def is_run(data: Json) -> bool:
    """Return whether data are meant as a JSON report, and not as a contract."""
    return isinstance(data, dict) and isinstance(data.get("counts"), dict)


def check_run(data: dict[str, Json], place: str) -> None:
    """Raise InvalidPact unless the members of a JSON report that pages need are there.

    `place` is the name of the file.
    """
    for number, one in enumerate(_get_list(data, "interactions", place)):
        inside = f"{place}: interactions[{number}]"
        _check_members(one, _RESULT, inside)
        for name in _STRING_LISTS:
            for text in _get_list(one, name, inside, required=False):
                if not isinstance(text, str):
                    read, wanted = describe_value(text), "only strings"
                    raise InvalidPact(f"{inside}.{name}", read=read, wanted=wanted)
        for state in _get_list(one, "providerStates", inside):
            _check_members(state, _STATE, f"{inside}.providerStates")


def _check_members(
    data: Json, members: dict[str, tuple[_Type, str, bool]], place: str
) -> None:
    if not isinstance(data, dict):
        raise InvalidPact(place, read=describe_value(data), wanted="an object")
    for name, (kind, wanted, required) in members.items():
        if (name in data or required) and not isinstance(data.get(name), kind):
            read = describe_member(data, name)
            raise InvalidPact(f"{place}.{name}", read=read, wanted=wanted)


def _get_list(
    data: dict[str, Json], name: str, place: str, *, required: bool = True
) -> list[Any]:
    if name not in data and not required:
        return []
    found = data.get(name)
    if isinstance(found, list):
        return found
    read = describe_member(data, name)
    raise InvalidPact(f"{place}.{name}", read=read, wanted="a list")


# Name → type, its name, and whether the member is required.
_STATE: dict[str, tuple[_Type, str, bool]] = {"name": (str, "a string", True)}
_RESULT: dict[str, tuple[_Type, str, bool]] = {
    "consumer": (str, "a string", True),
    "provider": (str, "a string", True),
    "description": (str, "a string", True),
    "place": (str, "a string", True),
    "result": (str, "a string", True),
    "pending": (bool, "true or false", True),
    "headline": (str, "a string", False),
    "duration": ((int, float), "a number", False),
}
_STRING_LISTS = ("text", "remarks", "changes")
