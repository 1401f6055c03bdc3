"""Describe the fields of a content, and change strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from pypact._dataclasses import dataclass

REMOVED = "removed"

KINDS = (REMOVED, "null", "type", "empty", "status")
"""The kinds of changes, in the order in which they are tried."""

VALUE = "value"
"""Another value of the same type, with the same beginning if it is a string."""

OTHER = "other"
"""A string of the same form, but with other characters at all places."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a content; `after` describes the changed field."""

    apply: Callable[[bytes], bytes]
    after: str = ""


@dataclass(frozen=True, slots=True)
class ContentField:
    """A field of a content, with alternative changes for each kind.

    `parents` are the paths of the fields that contain it, `before` describes it. An
    `is_element` field cannot be removed.
    """

    path: str
    parents: tuple[str, ...]
    changes: Mapping[str, Sequence[Change]]
    before: str
    is_element: bool = False


def make_text_changes(
    values: Iterable[str], bind: Callable[[Callable[[str], str]], Callable[..., bytes]]
) -> dict[str, Sequence[Change]]:
    """Return the changes of the strings of one field.

    `bind` returns a function that applies a change of strings to the whole content.
    """
    value = next(iter(values), "")
    return {
        kind: [Change(bind(change), describe_text(change(value)))]
        for kind, change in list_text_changes(value).items()
    }


def list_text_changes(value: str) -> dict[str, Callable[[str], str]]:
    """Return the functions that change a string, for each kind."""
    changes: dict[str, Callable[[str], str]] = {
        "type": _change_type,
        VALUE: replace_last,
        OTHER: replace_all,
    }
    if value:
        changes["empty"] = lambda _: ""
    return changes


def describe_text(value: str) -> str:
    """Return "a number" or "text", for a string."""
    return "a number" if _NUMBER.fullmatch(value) else "text"


def replace_last(value: str) -> str:
    """Return the string with another last letter or digit, of the same kind."""
    return _CHARACTER.sub(_replace, value[::-1], count=1)[::-1]


def replace_all(value: str) -> str:
    """Return the string with other letters and digits of the same kinds."""
    return _CHARACTER.sub(_replace, value)


def _change_type(value: str) -> str:
    return "text" if _NUMBER.fullmatch(value) else "1"


def _replace(found: re.Match[str]) -> str:
    character = found[0]
    for first, last in ("09", "az", "AZ"):
        if first <= character <= last:
            # The end of the range goes on at its second character, as a number with
            # a leading zero would be another kind of value.
            return chr(ord(character) + 1) if character < last else chr(ord(first) + 1)
    return character


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_CHARACTER = re.compile("[0-9a-zA-Z]")
