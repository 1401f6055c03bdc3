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
"""The attributes of a generator, as they stand in the file."""

Context: TypeAlias = Mapping[str, Json]
"""Values of provider states; `mockServer`: {"url": …}; `baseDate`, `baseTime`, …"""


def random_int(attributes: Attributes, example: Json, _: Context) -> Json:
    """Make an integer; a text where the example is one."""
    number = RANDOM.randint(_size(attributes, "min", 0), _size(attributes, "max", 10))
    return str(number) if isinstance(example, str) else number


def random_decimal(attributes: Attributes, example: Json, _: Context) -> Json:
    """Make a number where the example is one, else the text of one."""
    digits = _size(attributes, "digits", 10)
    text = _decimal_text(digits)
    if not is_number(example):
        return text
    return int(text) if digits == 1 else Decimal(text)


def random_hexadecimal(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Make upper-case hexadecimal digits."""
    return _characters("0123456789ABCDEF", _size(attributes, "digits", 10))


def random_string(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Make ASCII letters and digits."""
    letters = string.ascii_letters + string.digits
    return _characters(letters, _size(attributes, "size", 10))


def random_boolean(_attributes: Attributes, _example: Json, _: Context) -> Json:
    """Make true or false."""
    return RANDOM.random() < 0.5


def regex(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Make a text that matches a regular expression."""
    # rstr is loaded only when such a generator runs.
    from pypact.generators.regexes import text_for  # noqa: PLC0415 -- see above

    return text_for(_text(attributes, "regex"), RANDOM)


def random_uuid(attributes: Attributes, _example: Json, _: Context) -> Json:
    """Make a UUID in one of four formats; an unknown format is the default one."""
    made = uuid.UUID(int=RANDOM.getrandbits(128), version=4)
    return _UUID_FORMATS.get(attributes.get("format"), str)(made)


def date(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Write today, changed by a date expression."""
    moment = expressions.change_date(
        _expression(attributes), _base(context, "baseDate")
    )
    return _written(attributes, "yyyy-MM-dd", moment)


def time(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Write the time of day, changed by a time expression."""
    moment = expressions.change_time(
        _expression(attributes), _base(context, "baseTime")
    )
    return _written(attributes, "HH:mm:ss", moment)


def datetime(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Write the moment, changed by an expression of a date and a time part."""
    moment = expressions.change_datetime(
        _expression(attributes), _base(context, "baseDateTime")
    )
    return _written(attributes, "yyyy-MM-dd'T'HH:mm:ss.SSSZ", moment)


def mock_server_url(attributes: Attributes, _example: Json, context: Context) -> Json:
    """Put the mock server's base URL before what the first group finds."""
    server = context.get("mockServer")
    base = server.get("url") or server.get("href") if isinstance(server, dict) else None
    if not isinstance(base, str):
        raise ValueError("there is no URL of a mock server")  # noqa: TRY004 -- data
    example = _text(attributes, "example")
    pattern = compile_pattern(_text(attributes, "regex"))
    if pattern.groups == 0:
        raise ValueError(f"'{pattern.pattern}' has no group")
    return pattern.sub(lambda found: _joined(base, found[1] or ""), example, count=1)


def _joined(base: str, rest: str) -> str:
    # Peers: the reference writes both without a slash between, if the group has none.
    return base.rstrip("/") + (rest if rest.startswith("/") or not rest else f"/{rest}")


def _decimal_text(digits: int) -> str:
    if digits < 1:
        raise ValueError(f"no number has {digits} digits")
    if digits == 1:
        return RANDOM.choice(string.digits)
    before = RANDOM.randint(1, max(1, digits - 2))
    lead = string.digits if before == 1 else string.digits[1:]
    text = RANDOM.choice(lead) + _characters(string.digits, digits - 1)
    return f"{text[:before]}.{text[before:]}"


def _characters(alphabet: str, count: int) -> str:
    return "".join(RANDOM.choices(alphabet, k=count))


def _size(attributes: Attributes, name: str, default: int) -> int:
    value: Json = attributes.get(name)
    return int(value) if is_integer(value) else default


def _text(attributes: Attributes, name: str) -> str:
    value = attributes.get(name)
    if not isinstance(value, str):
        raise ValueError(f"the generator has no '{name}'")  # noqa: TRY004 -- file data
    return value


def _expression(attributes: Attributes) -> str:
    return attributes.get("expression") or ""


def _base(context: Context, name: str) -> dt.datetime:
    value = context.get(name)
    if value is None:
        return dt.datetime.now().astimezone()
    # Python 3.10 does not read the Z.
    return dt.datetime.fromisoformat(re.sub("[zZ]$", "+00:00", str(value)))


def _written(attributes: Attributes, default: str, moment: dt.datetime) -> str:
    return date_formats.format_value(attributes.get("format") or default, moment)


# One source for all makers, so that a user can seed it.
RANDOM = random.Random()  # noqa: S311 -- nothing generated is a secret

_UUID_FORMATS: dict[Json, Callable[[uuid.UUID], str]] = {
    "simple": lambda made: made.hex,
    "upper-case-hyphenated": lambda made: str(made).upper(),
    "URN": lambda made: made.urn,
}
