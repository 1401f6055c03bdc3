"""List the fields of forms, and of plain text, which is one field."""

from __future__ import annotations

from collections.abc import Callable

from pypact.fields.base import (
    REMOVED,
    Change,
    ContentField,
    describe_text,
    make_text_changes,
)
from pypact.model.body import encode_text
from pypact.model.http import encode_pairs, split_pairs
from pypact.model.rules import render_path


def list_form_fields(content: bytes) -> list[ContentField]:
    """Return the fields of a form; all values of a name are one field.

    Raises: ValueError for content that is not UTF-8.
    """
    values: dict[str, list[str]] = {}
    for name, value in split_pairs(content.decode("utf-8")):
        values.setdefault(name, []).append(value or "")
    return [_make_form_field(name, found) for name, found in values.items()]


def list_text_fields(content: bytes) -> list[ContentField]:
    """Return the whole text as one field.

    Raises: ValueError for content that is not UTF-8.
    """
    text = content.decode("utf-8")

    def bind(change: Callable[[str], str]) -> Callable[[bytes], bytes]:
        return lambda content: encode_text(change(content.decode("utf-8")))

    changes = make_text_changes([text], bind)
    return [ContentField("$", (), changes, describe_text(text))]


def _make_form_field(name: str, values: list[str]) -> ContentField:
    def bind(change: Callable[[str], str] | None) -> Callable[[bytes], bytes]:
        def apply(content: bytes) -> bytes:
            pairs = split_pairs(content.decode("utf-8"))
            changed = [
                (one, change(value or "") if one == name and change else value)
                for one, value in pairs
                if one != name or change is not None
            ]
            return encode_pairs(changed).encode()

        return apply

    changes = make_text_changes(values, bind)
    changes[REMOVED] = [Change(bind(None))]
    before = describe_text(values[0])
    return ContentField(render_path((name,)), ("$",), changes, before)
