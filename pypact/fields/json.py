"""List the fields of JSON, and change its values.

A field is the whole document, a member of an object, or the elements of an array, all
at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from typing import TypeAlias

from pypact.fields.base import (
    FORM,
    FRACTION,
    OTHER,
    REMOVED,
    VALUE,
    Change,
    ContentField,
    replace_all,
    replace_last,
)
from pypact.model.body import encode_text
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import PathToken, Wildcard, render_path

ValueChange: TypeAlias = Callable[[Json], Json]
_Tokens: TypeAlias = tuple[PathToken, ...]


def list_json_fields(content: bytes) -> list[ContentField]:
    """Return the fields of JSON; containing fields come first.

    Raises: ValueError for content that is not JSON.
    """
    return [
        _make_field(tokens, value) for tokens, value in _walk([parse_json(content)], ())
    ]


def list_value_changes(value: Json) -> dict[str, tuple[ValueChange, ...]]:
    """Return functions that change a value, alternatives for each kind."""
    changes: dict[str, tuple[ValueChange, ...]] = {"type": (_change_type,)}
    if _swap_number(value) is not value:
        changes["type"] = (_swap_number, _change_type)
    if isinstance(value, int) and not isinstance(value, bool):
        changes[FRACTION] = (_add_fraction,)
    if value is not None:
        changes["null"] = (lambda _: None,)
        # Clients read a value of the same form, such as another date, in any case.
        changes[VALUE] = (_replace_last, _extend)
    if isinstance(value, (str, list, dict)) and value:
        changes["empty"] = (lambda one: type(one)() if one else one,)
    if isinstance(value, list):
        lengths = range(1, min(len(value), _MOST_LENGTHS))
        changes["shorter"] = tuple(partial(_shorten, length) for length in lengths)
    if isinstance(value, str):
        changes[OTHER] = (_replace_all,)
        if value:
            changes[FORM] = (lambda one: "text" if isinstance(one, str) else one,)
    return changes


def describe_type(value: Json) -> str:
    """Return the name of a value's type, with an article."""
    if isinstance(value, bool):
        return "a boolean"
    return _TYPE_NAMES.get(type(value), "a decimal number")


def _make_field(tokens: _Tokens, value: Json) -> ContentField:
    changes = {
        kind: [
            Change(_bind(tokens, one), describe_type(one(value)))
            for one in alternatives
        ]
        for kind, alternatives in list_value_changes(value).items()
    }
    is_element = bool(tokens) and tokens[-1] is Wildcard.INDEX
    if tokens and not is_element:
        changes[REMOVED] = [Change(_bind(tokens, None))]
    parents = tuple(render_path(tokens[:length]) for length in range(len(tokens)))
    before = describe_type(value)
    return ContentField(render_path(tokens), parents, changes, before, is_element)


def _walk(values: list[Json], tokens: _Tokens) -> Iterator[tuple[_Tokens, Json]]:
    """Iterate over the paths and examples; all elements of an array have one path."""
    yield tokens, next((one for one in values if one is not None), None)
    members: dict[str, list[Json]] = {}
    elements: list[Json] = []
    for value in values:
        if isinstance(value, dict):
            for name, member in value.items():
                members.setdefault(name, []).append(member)
        elif isinstance(value, list):
            elements += value
    for name, found in members.items():
        yield from _walk(found, (*tokens, name))
    if elements:
        yield from _walk(elements, (*tokens, Wildcard.INDEX))


def _bind(tokens: _Tokens, change: ValueChange | None) -> Callable[[bytes], bytes]:
    """Return a function that changes the field in JSON, or removes it without one."""
    return lambda content: encode_text(
        dump_json(_edit(parse_json(content), tokens, change))
    )


def _edit(value: Json, tokens: _Tokens, change: ValueChange | None) -> Json:
    if not tokens:
        return value if change is None else change(value)
    first, *rest = tokens
    if first is Wildcard.INDEX and isinstance(value, list):
        return [_edit(one, tuple(rest), change) for one in value]
    if not isinstance(value, dict) or first not in value:
        return value
    if not rest and change is None:
        return {name: one for name, one in value.items() if name != first}
    return {**value, first: _edit(value[first], tuple(rest), change)}


def _swap_number(value: Json) -> Json:
    """Return an equal number of the other kind (23 → 23.0), if there is one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(f"{value}.0")
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return int(value)
    return value


def _change_type(value: Json) -> Json:
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdigit() else 1
    if isinstance(value, dict):
        return []
    if isinstance(value, list):
        return {}
    if value is None or isinstance(value, bool):
        # The rule for booleans accepts "true", which no provider would send.
        return "text"
    return dump_json(value)


def _add_fraction(value: Json) -> Json:
    return value + Decimal("0.5") if isinstance(value, int) else value


def _shorten(length: int, value: Json) -> Json:
    return value[:length] if isinstance(value, list) else value


def _extend(value: Json) -> Json:
    """Return another value of the same type."""
    if value is None:
        return None
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, list):
        return [*value, *value[-1:]]
    if isinstance(value, dict):
        last = next(reversed(value), "pypactOtherMember")
        name = replace_last(last)
        return {name: value.get(last), **value}
    return value + 1


def _replace_last(value: Json) -> Json:
    """Replace only the last character of a string, for formats of a fixed length."""
    return replace_last(value) if isinstance(value, str) else _extend(value)


def _replace_all(value: Json) -> Json:
    return replace_all(value) if isinstance(value, str) else _extend(value)


_MOST_LENGTHS = 10
_TYPE_NAMES: dict[type, str] = {
    int: "an integer",
    str: "a string",
    list: "an array",
    dict: "an object",
    type(None): "null",
}
