"""Read and write JSON without losing the form of numbers.

A number with a point or an exponent is read as `decimal.Decimal`: `1` and `1.0` differ,
and `1.50` and `1e2` keep their form (docs/internals/specification.md, "4.4 JSON"). JSON
is read strictly: no NaN, no Infinity, no unescaped control characters.
"""

from __future__ import annotations

import json
import marshal
import os
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from json.encoder import (  # type: ignore[attr-defined]  # missing in typeshed
    c_make_encoder,
    encode_basestring,
)
from typing import Any, TypeAlias

from pypact._lazy import compile_later
from pypact._process import pause_garbage_collection

Json: TypeAlias = Any
"""A JSON value: None, bool, int, Decimal, str, list, or dict with str keys.

Values passed in by users may also contain float and tuple.
"""


class WrittenDecimal(Decimal):
    """A decimal number with the form it has in JSON, such as `1e2` or `0.0000001`.

    `Decimal` alone writes these two as `1E+2` and `1E-7`.
    """

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[type[WrittenDecimal], tuple[str]]:
        return WrittenDecimal, (self.text,)


def parse_json(text: str | bytes) -> Json:
    """Parse JSON strictly; bytes are UTF-8, and a byte-order mark is skipped.

    Raises: ValueError, with the position, if the text is not valid JSON.
    """
    if isinstance(text, bytes):
        text = text.removeprefix(_BYTE_ORDER_MARK).decode()
    try:
        if len(text) < _LARGE:
            value, end = _SCAN(text, 0)
        else:
            with pause_garbage_collection():
                value, end = _SCAN(text, 0)
        if end == len(text):
            return value
    except StopIteration:
        pass  # whitespace at the beginning, or no JSON
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None


def is_identical(one: Json, other: Json) -> bool:
    """Return whether two values surely have the same JSON, key order included.

    False says nothing, as values with decimals are not compared.
    """
    try:
        return marshal.dumps(one, _PLAIN) == marshal.dumps(other, _PLAIN)
    except ValueError:
        return False


_PLAIN = 2  # the version of the marshal format in which equal data has equal bytes
_LARGE = 100_000  # characters


def dump_json(value: Json) -> str:
    """Return `value` as JSON without whitespace; keys keep their order."""
    try:
        return _encode(value)
    except _HasDecimal:
        text = _COMPACT_WITH_MARKS.encode(value)
    except RecursionError:
        # The encoder of the standard library finds out whether a value contains itself.
        return _COMPACT.encode(value)
    return _MARKED.sub(r"\1", text)


def is_larger(value: Json, limit: int) -> bool:
    """Return whether a value has more than about `limit` characters."""
    size, waiting = 0, [value]
    while waiting and size <= limit:
        one = waiting.pop()
        size += 1
        if isinstance(one, (str, bytes, bytearray)):
            size += len(one)
        elif isinstance(one, Mapping):
            size += sum(map(len, one))
            waiting.extend(one.values())
        elif isinstance(one, (list, tuple)):
            waiting.extend(one)
    return size > limit


def render_once(value: Json, kind: str, render: Callable[[Json], str]) -> str:
    """Return `render(value)`, a short string, which is cached for a large value.

    `kind` identifies the function. Each report shows the values of all mismatches, and
    many mismatches can have a part of one large value.
    """
    if not isinstance(value, (dict, list)):
        return render(value)
    known = _RENDERED.get((id(value), kind))
    if known is not None and known[0] is value:
        return known[1]
    text = render(value)
    if is_larger(value, _LARGE):
        if len(_RENDERED) >= _MOST_RENDERED:
            _RENDERED.clear()
        _RENDERED[id(value), kind] = value, text
    return text


def forget_rendered() -> None:
    """Clear the cache of `render_once`, which also holds the values."""
    _RENDERED.clear()


_MOST_RENDERED = 128
# The values are kept with their texts, so that no other value can get the same `id`.
_RENDERED: dict[tuple[int, str], tuple[Json, str]] = {}


def _encode(value: Json) -> str:
    """Encode as `_COMPACT` does, which creates an encoder in C for each value."""
    if _ENCODE is None:
        return _COMPACT.encode(value)
    return "".join(_ENCODE(value, 0))


def dump_pretty_json(value: Json, *, sort_keys: bool = False) -> str:
    """Return `value` as JSON, indented by two spaces."""
    return "".join(_encode_parts(value, "\n", sort_keys=sort_keys))


def decimals_to_floats(value: Json) -> Any:
    """Convert each `Decimal` in a JSON value to a float."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: decimals_to_floats(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [decimals_to_floats(item) for item in value]
    return value


def _encode_parts(value: Json, newline: str, *, sort_keys: bool) -> Iterator[str]:
    # The encoder of the standard library cannot write a Decimal.
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a JSON number")
        yield str(value)
    elif isinstance(value, dict):
        if not value:
            yield "{}"
            return
        inner = f"{newline}  " if newline else ""
        colon = ": " if newline else ":"
        names = sorted(value) if sort_keys else value
        lead = "{"
        for name in names:
            if not isinstance(name, str):
                raise TypeError(f"keys of a JSON object must be strings, got {name!r}")
            yield f"{lead}{inner}{encode_basestring(name)}{colon}"
            yield from _encode_parts(value[name], inner, sort_keys=sort_keys)
            lead = ","
        yield f"{newline}}}"
    elif isinstance(value, (list, tuple)):
        if not value:
            yield "[]"
            return
        inner = f"{newline}  " if newline else ""
        lead = "["
        for item in value:
            yield f"{lead}{inner}"
            yield from _encode_parts(item, inner, sort_keys=sort_keys)
            lead = ","
        yield f"{newline}]"
    elif isinstance(value, str):
        yield encode_basestring(value)
    else:
        yield _COMPACT.encode(value)


class _HasDecimal(Exception):
    pass


def _read_decimal(text: str) -> Decimal:
    try:
        if "e" in text or "E" in text or "0.000000" in text:
            return WrittenDecimal(text)
        return Decimal(text)
    except InvalidOperation:
        raise ValueError(f"the exponent of {text[:40]} is too large") from None


def _reject_constant(text: str) -> Json:
    raise ValueError(f"{text} is not JSON")


def _reject_non_json(value: object) -> Json:
    if isinstance(value, Decimal):
        raise _HasDecimal
    raise _describe_non_json(value)


def _describe_non_json(value: object) -> TypeError:
    return TypeError(f"{type(value).__name__} is not JSON: {value!r}")


def _mark_decimal(value: object) -> str:
    """Return a decimal as a marked string, which `dump_json` turns into a number."""
    if not isinstance(value, Decimal):
        raise _describe_non_json(value)
    if not value.is_finite():
        raise ValueError(f"{value} is not a JSON number")
    return _MARK + str(value)


# The encoder of the standard library cannot write a Decimal. The mark is random, so
# that no other string begins with it.
_MARK = f"pypact-{os.urandom(16).hex()}:"
_MARKED = compile_later(rf'"{_MARK}([^"]+)"')


_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_DECODER = json.JSONDecoder(parse_float=_read_decimal, parse_constant=_reject_constant)
_SCAN: Callable[[str, int], tuple[Json, int]]
_SCAN = _DECODER.scan_once  # type: ignore[attr-defined]  # missing in typeshed
_COMPACT_FORM: dict[str, Any]
_COMPACT_FORM = {"ensure_ascii": False, "allow_nan": False, "separators": (",", ":")}
_COMPACT = json.JSONEncoder(**_COMPACT_FORM, default=_reject_non_json)
_ENCODE = c_make_encoder and c_make_encoder(
    None, _reject_non_json, encode_basestring, None, ":", ",", False, False, False
)
_COMPACT_WITH_MARKS = json.JSONEncoder(**_COMPACT_FORM, default=_mark_decimal)
