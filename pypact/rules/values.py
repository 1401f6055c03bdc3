"""What kind of value is this, is it equal to that, and which text is it?

Source: semantics sections 4.4 (equality of scalars) and 6.3 (text form). The one place
where bool, int and decimal are told apart: in Python `1 == 1.0 == True`.
"""

from __future__ import annotations

from decimal import Decimal

from pypact.model.json_text import Json, compact

__all__ = ["equal", "is_decimal", "is_integer", "is_number", "same_kind", "text_form"]


def is_integer(value: Json) -> bool:
    """Return whether a JSON value is a number without decimal point and exponent."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_decimal(value: Json) -> bool:
    """Return whether a JSON value is a number with a decimal point or an exponent."""
    return isinstance(value, (Decimal, float))


def is_number(value: Json) -> bool:
    """Return whether a JSON value is a number."""
    return is_integer(value) or is_decimal(value)


def same_kind(expected: Json, actual: Json) -> bool:
    """Return whether two JSON values have the same type; numbers are one type."""
    if type(expected) is type(actual):
        return True
    return is_number(expected) and is_number(actual)


def equal(expected: Json, actual: Json) -> bool:
    """Return whether two JSON values are equal; integers never equal decimals."""
    if type(expected) is not type(actual):
        return is_decimal(expected) and is_decimal(actual) and expected == actual
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(
            equal(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(equal, expected, actual))
    return bool(expected == actual)


def text_form(value: Json) -> str:
    """Convert a JSON value to the string that regex, include and date rules check.

    A decimal is written in the shortest form of its double: 1.50 as `1.5`, 1e2 as
    `100.0`.
    """
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _write_shortest(value)
    return compact(_shorten_decimals(value))


def _shorten_decimals(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _shorten_decimals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shorten_decimals(item) for item in value]
    return Decimal(_write_shortest(value)) if isinstance(value, Decimal) else value


def _write_shortest(value: Decimal) -> str:
    double = float(value)
    if double in (float("inf"), float("-inf")):
        return str(value)
    text = repr(double)
    mantissa, exponent, power = text.partition("e")
    # Python writes 1e-07, JSON writers 1e-7.
    return f"{mantissa}e{int(power)}" if exponent else text
