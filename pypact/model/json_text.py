"""How does JSON text become values, and values text, without losing anything?

A number with a point or an exponent is read as `decimal.Decimal`, so that `1` and `1.0`
stay apart, `1.50` keeps its form and large values survive (semantics 4.4: the lexical
class counts). JSON is read strictly: no NaN, no Infinity, no unescaped control
characters.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, TypeAlias

__all__ = ["Json", "compact", "parse", "plain", "pretty"]

Json: TypeAlias = Any
"""What JSON text can hold: None, bool, int, Decimal, str, list and dict with str keys.

Values that users hand in may hold float and tuple as well.
"""


def parse(text: str | bytes) -> Json:
    """Read JSON text strictly; bytes are UTF-8, a byte-order mark is skipped.

    Raises: ValueError, with the place, when the text is not JSON.
    """
    if isinstance(text, bytes):
        text = text.decode("utf-8-sig")
    try:
        return _DECODER.decode(text)
    except RecursionError:
        raise ValueError("the JSON text is nested too deeply") from None


def compact(value: Json) -> str:
    """Write `value` as JSON text without blanks, keys in their order.

    Raises: ValueError for NaN and infinities, TypeError for what JSON cannot hold.
    """
    try:
        return _COMPACT.encode(value)
    except _HasDecimal:
        return "".join(_pieces(value, "", sort_keys=False))


def pretty(value: Json, *, sort_keys: bool = False) -> str:
    """Write `value` as JSON text with two blanks of indentation.

    Raises: ValueError for NaN and infinities, TypeError for what JSON cannot hold.
    """
    return "".join(_pieces(value, "\n", sort_keys=sort_keys))


def plain(value: Json) -> Any:
    """Turn the decimals of JSON into floats, as people expect them of JSON."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _pieces(value: Json, newline: str, *, sort_keys: bool) -> Iterator[str]:
    # A writer of our own, because the standard one has no way to write a Decimal.
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
                raise TypeError(f"a JSON object has text as keys, not {name!r}")
            yield f"{lead}{inner}{encode_basestring(name)}{colon}"
            yield from _pieces(value[name], inner, sort_keys=sort_keys)
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
            yield from _pieces(item, inner, sort_keys=sort_keys)
            lead = ","
        yield f"{newline}]"
    else:
        yield _COMPACT.encode(value)


class _HasDecimal(Exception):
    pass


def _refuse_constant(text: str) -> Json:
    raise ValueError(f"{text} is not JSON")


def _not_plain(value: object) -> Json:
    if isinstance(value, Decimal):
        raise _HasDecimal
    raise TypeError(f"{type(value).__name__} is not JSON: {value!r}")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
_COMPACT = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_not_plain
)
