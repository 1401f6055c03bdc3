"""What does each generator make? One function for each.

A maker is given the generator's attributes, the example at the place, and the context.
It raises ValueError where it cannot make a value.

Source: semantics section 7.1, "Table".
"""

from __future__ import annotations

import datetime as dt
import random
import re
import string
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TypeAlias

from pypact.generators import expressions
from pypact.model.json_text import Json
from pypact.rules import date_formats
from pypact.rules.patterns import compile_pattern
from pypact.rules.values import is_integer, is_number

__all__ = ["Attributes", "Context"]

Attributes: TypeAlias = Mapping[str, Json]
"""The attributes of a generator, as in the contract."""

Context: TypeAlias = Mapping[str, Json]
"""Values for generators.

The values that state functions returned, by name; `mockServer`: {"url": …}; and
`baseDate`, `baseTime`, `baseDateTime` (ISO 8601) in place of the current time.
"""


def random_int(attributes: Attributes, example: Json, _: Context) -> Json:
    """Generate an integer; a string if the example is a string."""
    number = RANDOM.randint(
        _read_size(attributes, "min", 0), _read_size(attributes, "max", 10)
    )
    return str(number) if isinstance(example, str) else number


def random_decimal(attributes: Attributes, example: Json, _: Context) -> Json:
    """Generate a number if the example is a number, else a string of one."""
    digits = _read_size(attributes, "digits", 10)
    text = _random_decimal_string(digits)
    if not is_number(example):
        return text
    return int(text) if digits == 1 else Decimal(text)


def random_hexadecimal(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a string of upper-case hexadecimal digits."""
    return _random_characters("0123456789ABCDEF", _read_size(attributes, "digits", 10))


def random_string(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a string of ASCII letters and digits."""
    letters = string.ascii_letters + string.digits
    return _random_characters(letters, _read_size(attributes, "size", 10))


def random_boolean(_attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate true or false."""
    return RANDOM.random() < 0.5


def regex(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a string that matches a regular expression."""
    # Import rstr only when such a generator runs.
    from pypact.generators.regexes import text_for  # noqa: PLC0415 -- see above

    return text_for(_read_string_attribute(attributes, "regex"), RANDOM)


def random_uuid(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Generate a UUID in one of four formats; an unknown format gives the default."""
    value = uuid.UUID(int=RANDOM.getrandbits(128), version=4)
    return _UUID_FORMATS.get(attributes.get("format"), str)(value)


def date(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Generate a date: today, changed by a date expression."""
    moment = expressions.change_date(
        _read_expression(attributes), _read_base_datetime(context, "baseDate")
    )
    return _format_datetime(attributes, "yyyy-MM-dd", moment)


def time(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Generate a time: now, changed by a time expression."""
    moment = expressions.change_time(
        _read_expression(attributes), _read_base_datetime(context, "baseTime")
    )
    return _format_datetime(attributes, "HH:mm:ss", moment)


def datetime(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Generate a date and time: now, changed by an expression with a part for each."""
    moment = expressions.change_datetime(
        _read_expression(attributes), _read_base_datetime(context, "baseDateTime")
    )
    return _format_datetime(attributes, "yyyy-MM-dd'T'HH:mm:ss.SSSZ", moment)


def mock_server_url(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Generate a URL: the mock server's base URL and the first group of the regex."""
    server = context.get("mockServer")
    base = server.get("url") or server.get("href") if isinstance(server, dict) else None
    if not isinstance(base, str):
        raise ValueError("the context has no mock server URL")  # noqa: TRY004 -- data
    example = _read_string_attribute(attributes, "example")
    pattern = compile_pattern(_read_string_attribute(attributes, "regex"))
    if pattern.groups == 0:
        raise ValueError(f"the regular expression '{pattern.pattern}' has no group")
    return pattern.sub(lambda found: _join_url(base, found[1] or ""), example, count=1)


def _join_url(base: str, rest: str) -> str:
    # Peers: the reference adds no slash if the group does not start with one.
    return base.rstrip("/") + (rest if rest.startswith("/") or not rest else f"/{rest}")


def _random_decimal_string(digits: int) -> str:
    if digits < 1:
        raise ValueError(f"'digits' must be at least 1, got {digits}")
    if digits == 1:
        return RANDOM.choice(string.digits)
    before = RANDOM.randint(1, max(1, digits - 2))
    lead = string.digits if before == 1 else string.digits[1:]
    text = RANDOM.choice(lead) + _random_characters(string.digits, digits - 1)
    return f"{text[:before]}.{text[before:]}"


def _random_characters(alphabet: str, count: int) -> str:
    return "".join(RANDOM.choices(alphabet, k=count))


def _read_size(attributes: Attributes, name: str, default: int) -> int:
    value: Json = attributes.get(name)
    return int(value) if is_integer(value) else default


def _read_string_attribute(attributes: Attributes, name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the generator has no attribute '{name}'")  # noqa: TRY004 -- file data
    return value


def _read_expression(attributes: Attributes) -> str:
    return attributes.get("expression") or ""


def _read_base_datetime(context: Context, name: str) -> dt.datetime:
    value = context.get(name)
    if value is None:
        return dt.datetime.now().astimezone()
    # Python 3.10's fromisoformat does not accept a Z.
    return dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", str(value)))


def _format_datetime(attributes: Attributes, default: str, moment: dt.datetime) -> str:
    return date_formats.format_value(attributes.get("format") or default, moment)


# One random source for all generators, so that a user can seed it.
RANDOM = random.Random()  # noqa: S311 -- nothing generated is a secret

_UUID_FORMATS: dict[Json, Callable[[uuid.UUID], str]] = {
    "simple": lambda value: value.hex,
    "upper-case-hyphenated": lambda value: str(value).upper(),
    "URN": lambda value: value.urn,
}
