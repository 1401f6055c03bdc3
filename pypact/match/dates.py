"""How does a user ask for a date, a time, or both?

Source: semantics section 8, "Date and time formats".
"""

from __future__ import annotations

import datetime as dt

from pypact.generate import format_example, format_pattern
from pypact.match.nodes import AnyGenerator, Matcher, matcher
from pypact.model.json_text import Json
from pypact.model.rules import Rule

__all__ = ["date", "datetime", "time"]


def date(
    example: str | dt.date | None = None,
    format: str = "yyyy-MM-dd",  # noqa: A002 -- the specification's own word
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a date in a Java format or a Python `strftime` format ("%d.%m.%Y")."""
    return _match_date_format("date", example, format, generator)


def time(
    example: str | dt.time | None = None,
    format: str = "HH:mm:ss",  # noqa: A002 -- the specification's own word
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a time in a Java format or a Python `strftime` format ("%H:%M")."""
    return _match_date_format("time", example, format, generator)


def datetime(
    example: str | dt.datetime | None = None,
    format: str = "yyyy-MM-dd'T'HH:mm:ssXXX",  # noqa: A002 -- the specification's word
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a date and time in a Java format or a Python `strftime` format."""
    return _match_date_format("datetime", example, format, generator)


def _match_date_format(
    name: str, example: Json, format_: str, generator: AnyGenerator
) -> Matcher:
    pattern = format_pattern(format_)
    rule = Rule(name, {"format": pattern})
    return matcher(format_example(pattern, example), rule, generator=generator)
