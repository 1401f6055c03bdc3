"""Describe the fields of a content, and change strings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from pypact._dataclasses import dataclass

REMOVED = "removed"

FRACTION = "fraction"
"""A decimal number that is not equal to the integer in its place."""

FORM = "form"
"""A string that has another form, such as a word in place of a date."""

KINDS = (REMOVED, "null", "type", FRACTION, "empty", "shorter", FORM, "status")
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
    """Return the string with another last digit, or else another last letter.

    In a string with a date, the day is changed to one that each month has.
    """
    if _DATE.search(value):
        return _DATE.sub(lambda found: f"{found[1]}-{_replace_pair(found[2])}", value)
    pattern = _DIGIT if _DIGIT.search(value) else _LETTER
    return pattern.sub(partial(_replace, value), value[::-1], count=1)[::-1]


def replace_all(value: str) -> str:
    """Return the string with other letters and digits of the same kinds.

    Dates, times and hexadecimal numbers are others of the same form.
    """
    if _DATE.search(value) or _TIME.search(value):
        # Each pair of digits is a valid month, day, hour, minute and second.
        return _PAIR.sub(lambda found: _replace_pair(found[0]), value)
    return _CHARACTER.sub(partial(_replace, value), value)


def _change_type(value: str) -> str:
    return "text" if _NUMBER.fullmatch(value) else "1"


def _replace_pair(pair: str) -> str:
    return "12" if pair == "11" else "11"


def _replace(value: str, found: re.Match[str]) -> str:
    character = found[0]
    is_hexadecimal = _HEXADECIMAL.fullmatch(value) and _DIGIT.search(value)
    for first, last in ("09", "af", "AF") if is_hexadecimal else ("09", "az", "AZ"):
        if first <= character <= last:
            # The end of the range goes on at its second character, as a number with
            # a leading zero would be another kind of value.
            return chr(ord(character) + 1) if character < last else chr(ord(first) + 1)
    return character


_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
_CHARACTER = re.compile("[0-9a-zA-Z]")
_DIGIT = re.compile("[0-9]")
_LETTER = re.compile("[a-zA-Z]")
_PAIR = re.compile("[0-9]{2}")
_DATE = re.compile(r"(?<!\d)([0-9]{4}-[0-9]{2})-([0-9]{2})(?!\d)")
_TIME = re.compile(r"(?<!\d)[0-9]{2}:[0-9]{2}(?!\d)")
_HEXADECIMAL = re.compile("[0-9a-f-]+|[0-9A-F-]+")
