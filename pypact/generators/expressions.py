"""Evaluate date and time expressions relative to a base date and time.

For example `next monday` and `tomorrow + 4 years @ 3 o'clock + 40 milliseconds`.

Source: docs/internals/specification.md, "9. Date/time expressions".
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from pypact._lazy import compile_later
from pypact.rules.dates import DAYS, MONTHS, SHORT_MONTHS


def change_date(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply a date expression to `base`; an empty one changes nothing."""
    return _ExpressionParser(expression).read(_DATE, base)


def change_time(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply a time expression to `base`; an empty one changes nothing."""
    return _ExpressionParser(expression).read(_TIME, base)


def change_datetime(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply an expression `date @ time` to `base`; either part may be blank."""
    date, _, time = expression.partition("@")
    return change_time(time, change_date(date, base))


_DatetimeChange: TypeAlias = Callable[[dt.datetime, int], dt.datetime]
"""A function that moves a datetime by units, or to the next (1) or last (-1) one."""


class _ExpressionGrammar(NamedTuple):
    """The words of date or of time expressions, each with the change that it makes."""

    bases: dict[str, _DatetimeChange]
    durations: dict[str, _DatetimeChange]
    offsets: dict[str, _DatetimeChange]


class _ExpressionParser:
    """A parser of one expression, from left to right."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._words: list[str] = []
        position = 0
        while found := _WORD.match(expression, position):
            self._words.append(found[1])
            position = found.end()
        if expression[position:].strip():
            raise self._make_error(f"cannot read {expression[position:].strip()!r}")

    def read(self, grammar: _ExpressionGrammar, moment: dt.datetime) -> dt.datetime:
        if not self._words:
            return moment
        moment = self._read_start(grammar, moment)
        while self._words:
            sign = _SIGNS.get(self._take_word())
            if sign is None:
                raise self._make_error("expected + or -")
            count = self._read_number()
            moment = self._choose(grammar.durations)(moment, sign * count)
        return moment

    def _read_start(
        self, grammar: _ExpressionGrammar, moment: dt.datetime
    ) -> dt.datetime:
        first = self._words[0]
        if first in _SIGNS:
            return moment
        if first in ("next", "last"):
            direction = 1 if self._take_word() == "next" else -1
            return self._choose(grammar.offsets)(moment, direction)
        if first.isdigit() and grammar is _TIME:
            return self._read_clock(moment)
        return self._choose(grammar.bases)(moment, 1)

    def _read_clock(self, moment: dt.datetime) -> dt.datetime:
        hour = self._read_number()
        if not 1 <= hour <= 12 or self._take_word() != "o'clock":
            raise self._make_error("expected 1 to 12 o'clock")
        half = self._take_word() if self._words[:1] in (["am"], ["pm"]) else ""
        # Peers: as in the reference, 12 am is noon, and an hour above 23 (12 pm)
        # changes nothing.
        if half == "pm" or (not half and moment.hour < 12):
            hour += 12
        return moment if hour > 23 else _set_hour(moment, hour)

    def _read_number(self) -> int:
        word = self._take_word()
        if not word.isdigit():
            raise self._make_error(f"expected a number, got {word!r}")
        return int(word)

    def _choose(self, table: dict[str, _DatetimeChange]) -> _DatetimeChange:
        word = self._take_word()
        if word not in table:
            raise self._make_error(f"expected one of {', '.join(table)}, got {word!r}")
        return table[word]

    def _take_word(self) -> str:
        return self._words.pop(0) if self._words else ""

    def _make_error(self, reason: str) -> ValueError:
        return ValueError(f"expression '{self._expression}': {reason}")


def _add_units(**unit: int) -> _DatetimeChange:
    step = dt.timedelta(**unit)
    return lambda moment, count: moment + step * count


def _add_months(moment: dt.datetime, count: int) -> dt.datetime:
    # Peers: if the month has no such day, this takes its last day; the reference rolls
    # over into the next month.
    years, month = divmod(moment.month - 1 + count, 12)
    year = moment.year + years
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise ValueError(f"the year {year} is out of range")
    last_day = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def _to_weekday(weekday: int) -> _DatetimeChange:
    def change(moment: dt.datetime, direction: int) -> dt.datetime:
        days = (weekday - moment.weekday()) * direction % 7 or 7
        return moment + dt.timedelta(days=days * direction)

    return change


def _to_month(month: int) -> _DatetimeChange:
    def change(moment: dt.datetime, direction: int) -> dt.datetime:
        months = (month - moment.month) * direction % 12 or 12
        return _add_months(moment.replace(day=1), months * direction)

    return change


def _set_hour(moment: dt.datetime, hour: int) -> dt.datetime:
    return moment.replace(hour=hour, minute=0, second=0, microsecond=0)


def _to_hour(hour: int) -> _DatetimeChange:
    return lambda moment, _: _set_hour(moment, hour)


def _keep(moment: dt.datetime, _: int) -> dt.datetime:
    return moment


def _add_plurals(units: dict[str, _DatetimeChange]) -> dict[str, _DatetimeChange]:
    return {name + end: change for name, change in units.items() for end in ("", "s")}


def _map_names(
    names: list[str], short_names: list[str], to: Callable[[int], _DatetimeChange]
) -> dict[str, _DatetimeChange]:
    return {
        word: to(number)
        for number, (name, short) in enumerate(zip(names, short_names, strict=True))
        for word in (short, name.lower())
    }


_WORD = compile_later(r"\s*([0-9]+|[a-z]+(?:'[a-z]+)?|[+-])")
_SIGNS = {"+": 1, "-": -1}
_SHORT_DAYS = ["mon", "tues", "wed", "thurs", "fri", "sat", "sun"]
_DATE_UNITS = {
    "day": _add_units(days=1),
    "week": _add_units(weeks=1),
    "month": _add_months,
    "year": lambda moment, count: _add_months(moment, 12 * count),
}
_TIME_UNITS = {
    "hour": _add_units(hours=1),
    "minute": _add_units(minutes=1),
    "second": _add_units(seconds=1),
    "millisecond": _add_units(milliseconds=1),
}
_DATE = _ExpressionGrammar(
    bases={
        "now": _keep,
        "today": _keep,
        "yesterday": _add_units(days=-1),
        "tomorrow": _add_units(days=1),
    },
    durations=_add_plurals(_DATE_UNITS),
    offsets={
        **_DATE_UNITS,
        "fortnight": _add_units(weeks=2),
        **_map_names(DAYS, _SHORT_DAYS, _to_weekday),
        **_map_names(MONTHS, SHORT_MONTHS, lambda number: _to_month(number + 1)),
    },
)
_TIME = _ExpressionGrammar(
    bases={"now": _keep, "midnight": _to_hour(0), "noon": _to_hour(12)},
    durations=_add_plurals(_TIME_UNITS),
    offsets=_TIME_UNITS,
)
