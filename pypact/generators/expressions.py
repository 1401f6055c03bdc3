"""Which moment does a date or time expression mean, seen from a base moment?

`next monday`, `tomorrow + 4 years @ 3 o'clock + 40 milliseconds`.

Source: semantics section 9, "Date/time expressions".
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable

__all__ = ["change_date", "change_datetime", "change_time"]


def change_date(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply a date expression; the time of day stays, an empty one changes nothing.

    Raises: ValueError, when it is none.
    """
    return _Reader(expression).read(_DATE, base)


def change_time(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply a time expression; an empty one changes nothing.

    Raises: ValueError, when it is none.
    """
    return _Reader(expression).read(_TIME, base)


def change_datetime(expression: str, base: dt.datetime) -> dt.datetime:
    """Apply `date-part @ time-part`; either side may be blank.

    Raises: ValueError, when it is none.
    """
    date, _, time = expression.partition("@")
    return change_time(time, change_date(date, base))


_Change = Callable[[dt.datetime, int], dt.datetime]
"""Change a moment by a signed number of units, or to the next (1) or last (-1) one."""


class _Grammar:
    """What differs between dates and times."""

    def __init__(
        self,
        bases: dict[str, _Change],
        durations: dict[str, _Change],
        offsets: dict[str, _Change],
    ) -> None:
        self.bases = bases
        self.durations = durations
        self.offsets = offsets


class _Reader:
    """Reads the words of one expression from left to right."""

    def __init__(self, expression: str) -> None:
        self._expression = expression
        self._words: list[str] = []
        position = 0
        while found := _WORD.match(expression, position):
            self._words.append(found[1])
            position = found.end()
        if expression[position:].strip():
            raise self._error(f"cannot read {expression[position:].strip()!r}")

    def read(self, grammar: _Grammar, moment: dt.datetime) -> dt.datetime:
        if not self._words:
            return moment
        moment = self._start(grammar, moment)
        while self._words:
            sign = _SIGNS.get(self._next())
            if sign is None:
                raise self._error("wanted + or -")
            count = self._number()
            moment = self._one_of(grammar.durations)(moment, sign * count)
        return moment

    def _start(self, grammar: _Grammar, moment: dt.datetime) -> dt.datetime:
        first = self._words[0]
        if first in _SIGNS:
            return moment
        if first in ("next", "last"):
            direction = 1 if self._next() == "next" else -1
            return self._one_of(grammar.offsets)(moment, direction)
        if first.isdigit() and grammar is _TIME:
            return self._clock(moment)
        return self._one_of(grammar.bases)(moment, 1)

    def _clock(self, moment: dt.datetime) -> dt.datetime:
        hour = self._number()
        if not 1 <= hour <= 12 or self._next() != "o'clock":
            raise self._error("wanted 1 to 12 o'clock")
        half = self._next() if self._words[:1] in (["am"], ["pm"]) else ""
        # Peers: as the reference has it: 12 am is noon, and an hour past 23 (12 pm)
        # changes nothing.
        if half == "pm" or (not half and moment.hour < 12):
            hour += 12
        return moment if hour > 23 else _at(moment, hour)

    def _number(self) -> int:
        word = self._next()
        if not word.isdigit():
            raise self._error(f"wanted a number, not {word!r}")
        return int(word)

    def _one_of(self, table: dict[str, _Change]) -> _Change:
        word = self._next()
        if word not in table:
            raise self._error(f"{word!r} is none of {', '.join(table)}")
        return table[word]

    def _next(self) -> str:
        return self._words.pop(0) if self._words else ""

    def _error(self, reason: str) -> ValueError:
        return ValueError(f"expression '{self._expression}': {reason}")


def _shift(**unit: int) -> _Change:
    step = dt.timedelta(**unit)
    return lambda moment, count: moment + step * count


def _months(moment: dt.datetime, count: int) -> dt.datetime:
    # Peers: the reference rolls over to another day where the month has no such day.
    years, month = divmod(moment.month - 1 + count, 12)
    year = moment.year + years
    if not dt.MINYEAR <= year <= dt.MAXYEAR:
        raise ValueError(f"no year {year}")
    last_day = calendar.monthrange(year, month + 1)[1]
    return moment.replace(year=year, month=month + 1, day=min(moment.day, last_day))


def _years(moment: dt.datetime, count: int) -> dt.datetime:
    return _months(moment, 12 * count)


def _to_weekday(weekday: int) -> _Change:
    def change(moment: dt.datetime, direction: int) -> dt.datetime:
        days = (weekday - moment.weekday()) * direction % 7 or 7
        return moment + dt.timedelta(days=days * direction)

    return change


def _to_month(month: int) -> _Change:
    def change(moment: dt.datetime, direction: int) -> dt.datetime:
        months = (month - moment.month) * direction % 12 or 12
        return _months(moment.replace(day=1), months * direction)

    return change


def _at(moment: dt.datetime, hour: int) -> dt.datetime:
    return moment.replace(hour=hour, minute=0, second=0, microsecond=0)


def _to_hour(hour: int) -> _Change:
    return lambda moment, _: _at(moment, hour)


def _same(moment: dt.datetime, _: int) -> dt.datetime:
    return moment


def _plural(units: dict[str, _Change]) -> dict[str, _Change]:
    return {name + end: change for name, change in units.items() for end in ("", "s")}


def _names(
    table: list[tuple[str, str]], to: Callable[[int], _Change]
) -> dict[str, _Change]:
    return {
        name: to(number)
        for number, (short, rest) in enumerate(table)
        for name in (short, short + rest)
    }


_WORD = re.compile(r"\s*([0-9]+|[a-z]+(?:'[a-z]+)?|[+-])")
_SIGNS = {"+": 1, "-": -1}

_WEEKDAYS = [
    ("mon", "day"),
    ("tues", "day"),
    ("wed", "nesday"),
    ("thurs", "day"),
    ("fri", "day"),
    ("sat", "urday"),
    ("sun", "day"),
]
_MONTHS = [
    ("jan", "uary"),
    ("feb", "ruary"),
    ("mar", "ch"),
    ("apr", "il"),
    ("may", ""),
    ("jun", "e"),
    ("jul", "y"),
    ("aug", "ust"),
    ("sep", "tember"),
    ("oct", "ober"),
    ("nov", "ember"),
    ("dec", "ember"),
]

_DATE_UNITS = {
    "day": _shift(days=1),
    "week": _shift(weeks=1),
    "month": _months,
    "year": _years,
}
_TIME_UNITS = {
    "hour": _shift(hours=1),
    "minute": _shift(minutes=1),
    "second": _shift(seconds=1),
    "millisecond": _shift(milliseconds=1),
}
_DATE = _Grammar(
    bases={
        "now": _same,
        "today": _same,
        "yesterday": _shift(days=-1),
        "tomorrow": _shift(days=1),
    },
    durations=_plural(_DATE_UNITS),
    offsets={
        **_DATE_UNITS,
        "fortnight": _shift(weeks=2),
        **_names(_WEEKDAYS, _to_weekday),
        **_names(_MONTHS, lambda number: _to_month(number + 1)),
    },
)
_TIME = _Grammar(
    bases={
        "now": _same,
        "midnight": _to_hour(0),
        "noon": _to_hour(12),
    },
    durations=_plural(_TIME_UNITS),
    offsets=_TIME_UNITS,
)
