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
    """Ask for a date in a format of Java, or of Python's `strftime` ("%d.%m.%Y")."""
    return _date_like("date", example, format, generator)


def time(
    example: str | dt.time | None = None,
    format: str = "HH:mm:ss",  # noqa: A002 -- the specification's own word
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Ask for a time in a format of Java, or of Python's `strftime` ("%H:%M")."""
    return _date_like("time", example, format, generator)


def datetime(
    example: str | dt.datetime | None = None,
    format: str = "yyyy-MM-dd'T'HH:mm:ssXXX",  # noqa: A002 -- the specification's word
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Ask for a date and time in a format of Java, or of Python's `strftime`."""
    return _date_like("datetime", example, format, generator)


def _date_like(
    name: str, example: Json, format_: str, generator: AnyGenerator
) -> Matcher:
    pattern = format_pattern(format_)
    rule = Rule(name, {"format": pattern})
    return matcher(format_example(pattern, example), rule, generator=generator)
