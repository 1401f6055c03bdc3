"""Check and write dates and times in the patterns of Java's `DateTimeFormatter`.

A pattern consists of letters, repeated for a width or a style. It is compiled once to a
list of fields, each with a regular expression to parse a value, a range to check, and a
function to write a value.

Source: docs/internals/specification.md, "8. Date and time formats".
"""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import re
import zoneinfo
from collections.abc import Callable

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.rules.compile_limit import limit_compiling


def check_date_pattern(pattern: str) -> None:
    """Check that a date and time pattern is valid."""
    _compile_format(pattern)


def check_date_text(pattern: str, text: str) -> None:
    """Check that the whole string `text` is a date or time written in `pattern`.

    Raises: ValueError. It has a message if the pattern is invalid or a value is out of
    range, and none if the string does not have the form of the pattern.
    """
    format_ = _compile_limited(pattern)
    found = format_.reader.fullmatch(text)
    if found is None:
        raise ValueError
    values: dict[str, int] = {}
    for index, field in format_.fields:
        read = found[f"f{index}"]
        check = _LETTERS[field.letter].check
        if read is not None and check is not None:
            check(field, read, values)
    _check_day(values)


def format_date(pattern: str, moment: dt.datetime) -> str:
    """Format `moment` with a pattern; a naive datetime is taken as local time."""
    if moment.tzinfo is None:
        moment = moment.astimezone()
    return "".join(
        piece if isinstance(piece, str) else piece.write(moment)
        for piece in _compile_format(pattern).pieces
    )


def translate_strftime(text: str) -> str:
    """Translate a `strftime` format to a Java date and time pattern."""
    out = []
    for found in _STRFTIME.finditer(text):
        directive, literal = found[1], found[2]
        if literal is not None:
            out.append(_quote_literal(literal))
        elif directive in _DIRECTIVES:
            out.append(_DIRECTIVES[directive])
        else:
            raise ValueError(f"the strftime directive %{directive} has no equivalent")
    return "".join(out)


@dataclass(frozen=True, slots=True)
class _Field:
    """A pattern letter, repeated `width` times."""

    letter: str
    width: int

    def write(self, moment: dt.datetime) -> str:
        return _LETTERS[self.letter].write(moment, self.width)


@dataclass(frozen=True, slots=True)
class _Format:
    """A compiled pattern; `fields` are (number of the group in `reader`, field)."""

    reader: re.Pattern[str]
    fields: tuple[tuple[int, _Field], ...]
    pieces: tuple[str | _Field, ...]


@functools.lru_cache(maxsize=512)
def _compile_format(pattern: str) -> _Format:
    if len(pattern) > _LONGEST:
        raise ValueError(f"the pattern has more than {_LONGEST:,} characters")
    expression: list[str] = []
    pieces: list[str | _Field] = []
    fields: list[tuple[int, _Field]] = []
    depth = 0
    for found in _TOKENS.finditer(pattern):
        if found["letters"]:
            field = _make_field(pattern, found["letters"])
            read = _read_field(field, touches=_touches_number(pattern, found))
            expression.append(f"(?P<f{len(fields)}>{read})")
            fields.append((len(fields), field))
            pieces.append(field)
        elif found["quoted"] is not None:
            literal = found["quoted"].replace("''", "'") or "'"
            expression.append(re.escape(literal))
            pieces.append(literal)
        elif found[0] == "[":
            depth += 1
            expression.append("(?:")
        elif found[0] == "]":
            depth -= 1
            expression.append(")?")
        else:
            expression.append(re.escape(_check_literal(pattern, found[0])))
            pieces.append(found[0])
        if depth < 0:
            raise ValueError(f"pattern '{pattern}': ']' without '['")
    if depth:
        raise ValueError(f"pattern '{pattern}': '[' without ']'")
    return _Format(re.compile("".join(expression)), tuple(fields), tuple(pieces))


_compile_limited = limit_compiling(_compile_format)
_LONGEST = 2_000


def _touches_number(pattern: str, found: re.Match[str]) -> bool:
    """Return whether a numeric field comes directly before or after this field."""
    before = _NUMBER_BEFORE.search(pattern, 0, found.start())
    after = _NUMBER_AFTER.match(pattern, found.end())
    return any(one is not None and _is_numeric(one[1]) for one in (before, after))


def _is_numeric(letters: str) -> bool:
    letter = letters[0]
    return letter in _NUMERIC or (letter in _NUMERIC_IF_SHORT and len(letters) < 3)


def _read_field(field: _Field, *, touches: bool) -> str:
    """Return the expression of a field; if it touches another, in its full width."""
    letter, width = field.letter, field.width
    read = _LETTERS[letter].read(width)
    if not touches or not _is_numeric(letter * width) or not _has_full_width(field):
        return read
    return read.replace("0?", "0") if "0?" in read else f"[0-9]{{{width}}}"


def _has_full_width(field: _Field) -> bool:
    letter, width = field.letter, field.width
    if letter in _YEARS:
        return width not in (1, 3)
    if letter in _OF_ANY_WIDTH:
        return False
    return letter == "S" or width == (3 if letter == "D" else 2)


def _make_field(pattern: str, letters: str) -> _Field:
    letter = letters[0]
    if letter not in _LETTERS:
        raise ValueError(f"pattern '{pattern}': unknown letter '{letter}'")
    if len(letters) > _LETTERS[letter].max_width:
        raise ValueError(f"pattern '{pattern}': too many letters in '{letters}'")
    return _Field(letter, len(letters))


def _check_literal(pattern: str, character: str) -> str:
    if character in "{}'" or character.isalnum():
        raise ValueError(f"pattern '{pattern}': {character!r} must be in quotes")
    return character


def _quote_literal(literal: str) -> str:
    if not re.search(r"[A-Za-z0-9{}\[\]']", literal):
        return literal
    return "'" + literal.replace("'", "''") + "'"


_FieldCheck = Callable[[_Field, str, dict[str, int]], None]


def _limit(low: int, high: int, name: str = "") -> _FieldCheck:
    def check(field: _Field, read: str, values: dict[str, int]) -> None:
        value = int(read)
        if not low <= value <= high:
            raise ValueError(f"{read} is not in {low} to {high} ({field.letter})")
        if name:
            values[name] = value

    return check


def _check_year(field: _Field, read: str, values: dict[str, int]) -> None:
    if field.letter != "Y":
        values["year"] = int(read) + (2000 if field.width == 2 else 0)


def _check_month(field: _Field, read: str, values: dict[str, int]) -> None:
    if read.isdigit():
        _limit(1, 12, "month")(field, read, values)
    else:
        values["month"] = SHORT_MONTHS.index(read[:3].lower()) + 1


def _check_offset(_: _Field, read: str, __: dict[str, int]) -> None:
    found = _OFFSET.search(read)
    if found is None:
        return
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    if hours > 18 or minutes > 59 or seconds > 59:
        raise ValueError(f"{read} is not a valid offset")


def _check_zone(_: _Field, read: str, __: dict[str, int]) -> None:
    if _OFFSET.search(read) and read[0] in "+-":
        _check_offset(_, read, __)
    elif read not in ("Z", "UTC", "GMT") and read not in _load_zone_ids():
        raise ValueError(f"{read} is not a known time zone")


def _check_abbreviation(field: _Field, read: str, _: dict[str, int]) -> None:
    if field.width < 4 and read not in _ABBREVIATIONS:
        raise ValueError(f"{read} is not a known time zone abbreviation")


def _check_day(values: dict[str, int]) -> None:
    day, month = values.get("day"), values.get("month")
    if day is None or month is None:
        return
    year = values.get("year", 2000)
    # Python's calendar ends in 9999; leap years repeat every 400 years.
    days = calendar.monthrange((year % 400) + 2000, month)[1]
    if day > days:
        raise ValueError(f"month {month} has no day {day}")


@functools.cache
def _load_zone_ids() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


def _write_offset(moment: dt.datetime, colon: str, *, short: bool = False) -> str:
    """Write the UTC offset; a `short` one has minutes only if they are not zero."""
    total = int((moment.utcoffset() or dt.timedelta()).total_seconds())
    sign = "-" if total < 0 else "+"
    hours, minutes = divmod(abs(total) // 60, 60)
    rest = "" if short and not minutes else f"{colon}{minutes:02d}"
    return f"{sign}{hours:02d}{rest}"


def _write_localised_offset(moment: dt.datetime, *, short: bool) -> str:
    offset = _write_offset(moment, ":")
    if offset in ("+00:00", "-00:00"):
        return "GMT"
    if not short:
        return f"GMT{offset}"
    hours, _, minutes = offset[1:].partition(":")
    return f"GMT{offset[0]}{int(hours)}" + (f":{minutes}" if minutes != "00" else "")


def _write_x(moment: dt.datetime, width: int) -> str:
    return _write_offset(moment, ":" if width in (3, 5) else "", short=width == 1)


def _write_upper_x(moment: dt.datetime, width: int) -> str:
    return _write_x(moment, width) if moment.utcoffset() else "Z"


def _write_z_offset(moment: dt.datetime, width: int) -> str:
    if width == 4:
        return _write_localised_offset(moment, short=False)
    return _write_offset(moment, "") if width < 4 else _write_upper_x(moment, 5)


def _write_zone_name(moment: dt.datetime, width: int) -> str:
    name = moment.tzname() or ""
    if width == 4:
        return "Coordinated Universal Time"
    return name if name in _ABBREVIATIONS else "UTC"


def _write_zone_id(moment: dt.datetime, _: int) -> str:
    key = getattr(moment.tzinfo, "key", None)
    return str(key) if key else _write_offset(moment, ":")


def _pad(value: Callable[[dt.datetime], int]) -> Callable[[dt.datetime, int], str]:
    return lambda moment, width: str(value(moment)).zfill(width)


def _write_year(moment: dt.datetime, width: int) -> str:
    if width == 2:
        return f"{moment.year % 100:02d}"
    return str(moment.year).zfill(max(width, 4))


def _write_week_year(moment: dt.datetime, width: int) -> str:
    return _write_year(moment.replace(day=1, year=moment.isocalendar()[0]), width)


def _write_month(moment: dt.datetime, width: int) -> str:
    if width < 3:
        return str(moment.month).zfill(width)
    name = MONTHS[moment.month - 1]
    return name[:3] if width == 3 else name


def _write_day_name(moment: dt.datetime, width: int) -> str:
    name = DAYS[moment.weekday()]
    return name if width > 3 else name[:3]


def _write_day_number(moment: dt.datetime, width: int) -> str:
    if width > 2:
        return _write_day_name(moment, width)
    return str(moment.isoweekday()).zfill(width)


def _write_quarter(moment: dt.datetime, width: int) -> str:
    quarter = (moment.month - 1) // 3 + 1
    if width == 3:
        return f"Q{quarter}"
    if width == 4:
        return f"{quarter}{('st', 'nd', 'rd', 'th')[quarter - 1]} quarter"
    return str(quarter).zfill(min(width, 2))


def _count_nanos(moment: dt.datetime) -> int:
    seconds = moment.hour * 3600 + moment.minute * 60 + moment.second
    return (seconds * 1_000_000 + moment.microsecond) * 1000


def _take(count: int) -> Callable[[int], str]:
    return lambda _: rf"[0-9]{{1,{count}}}"


def _read_year(width: int) -> str:
    # Peers: a single `y` matches a whole year in Java; `yyyy` one to four digits.
    return rf"[0-9]{{1,{2 if width == 2 else max(width, 4)}}}"


def _read_month(width: int) -> str:
    return r"[0-9]{1,2}" if width < 3 else _read_names(MONTHS, short=width == 3)


def _read_standalone_month(width: int) -> str:
    return rf"[0-9]{{1,2}}|{_read_names(MONTHS, short=width == 3)}"


def _read_quarter(width: int) -> str:
    return {3: r"Q[1-4]", 4: r"1st quarter|2nd quarter|3rd quarter|4th quarter"}.get(
        width, r"0?[1-4]"
    )


def _read_day_number(width: int) -> str:
    return r"0?[1-7]" if width < 3 else _read_names(DAYS, short=width == 3)


def _read_era(width: int) -> str:
    return {4: r"(?i:Anno Domini|Before Christ|AD|BC)", 5: r"(?i:AD|BC|A|B)"}.get(
        width, r"(?i:AD|BC)"
    )


def _read_x(width: int) -> str:
    return {
        1: r"[+-][0-9]{2}(?:[0-9]{2})?",
        2: r"[+-][0-9]{4}",
        3: r"[+-][0-9]{2}:[0-9]{2}",
        4: r"[+-][0-9]{4}(?:[0-9]{2})?",
        5: r"[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?",
    }[width]


def _read_z_offset(width: int) -> str:
    if width == 4:
        return _read_localised_offset(4)
    return r"[+-][0-9]{4}" if width < 4 else rf"Z|{_read_x(5)}"


def _read_localised_offset(width: int) -> str:
    hours = r"[0-9]{2}:[0-9]{2}" if width == 4 else r"[0-9]{1,2}(?::[0-9]{2})?"
    return rf"(?:GMT|UTC)(?:[+-]{hours})?"


def _read_names(names: list[str], *, short: bool) -> str:
    return "(?i:" + "|".join(name[:3] if short else name for name in names) + ")"


@dataclass(frozen=True, slots=True)
class _Letter:
    """The functions that parse, check and write one pattern letter."""

    max_width: int
    read: Callable[[int], str]
    check: _FieldCheck | None
    write: Callable[[dt.datetime, int], str]


MONTHS: list[str] = re.findall(
    r"\w+",
    "January February March April May June "
    "July August September October November December",
)
SHORT_MONTHS = [name[:3].lower() for name in MONTHS]
DAYS: list[str] = re.findall(
    r"\w+", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"
)
_ANY = 99
_ZONE_ID = r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*|[+-][0-9]{2}:?[0-9]{2}"
_ZONE_NAME = r"[A-Z][A-Za-z]+(?: [A-Z][A-Za-z]+)* Time"
_LETTERS = {
    "G": _Letter(5, _read_era, None, lambda _, width: "A" if width == 5 else "AD"),
    "y": _Letter(_ANY, _read_year, _check_year, _write_year),
    "u": _Letter(_ANY, _read_year, _check_year, _write_year),
    "Y": _Letter(_ANY, _read_year, _check_year, _write_week_year),
    "M": _Letter(5, _read_month, _check_month, _write_month),
    "L": _Letter(5, _read_standalone_month, _check_month, _write_month),
    "D": _Letter(3, _take(3), _limit(1, 366), lambda m, _: f"{m:%j}"),
    "d": _Letter(2, _take(2), _limit(1, 31, "day"), lambda m, _: f"{m:%d}"),
    "Q": _Letter(5, _read_quarter, None, _write_quarter),
    "q": _Letter(2, _read_quarter, None, _write_quarter),
    "w": _Letter(2, _take(2), _limit(1, 53), _pad(lambda m: m.isocalendar()[1])),
    "W": _Letter(2, _take(2), _limit(0, 6), _pad(lambda m: (m.day + 6) // 7)),
    "F": _Letter(2, _take(2), _limit(1, 5), _pad(lambda m: (m.day + 6) // 7)),
    "E": _Letter(
        5, lambda width: _read_names(DAYS, short=width < 4), None, _write_day_name
    ),
    "e": _Letter(5, _read_day_number, None, _write_day_number),
    "c": _Letter(1, _read_day_number, None, _write_day_number),
    "a": _Letter(1, lambda _: r"(?i:AM|PM)", None, lambda m, _: f"{m:%p}" or "AM"),
    "h": _Letter(2, _take(2), _limit(1, 12), _pad(lambda m: m.hour % 12 or 12)),
    "K": _Letter(2, _take(2), _limit(0, 11), _pad(lambda m: m.hour % 12)),
    "H": _Letter(2, _take(2), _limit(0, 23), _pad(lambda m: m.hour)),
    "k": _Letter(2, _take(2), _limit(1, 24), _pad(lambda m: m.hour or 24)),
    "m": _Letter(2, _take(2), _limit(0, 59), lambda m, _: f"{m:%M}"),
    "s": _Letter(2, _take(2), _limit(0, 60), lambda m, _: f"{m:%S}"),
    "S": _Letter(
        _ANY,
        lambda width: rf"[0-9]{{1,{width}}}",
        None,
        lambda m, width: f"{m.microsecond:06d}".ljust(width, "0")[:width],
    ),
    "A": _Letter(_ANY, _take(18), None, lambda m, _: str(_count_nanos(m) // 1_000_000)),
    "n": _Letter(_ANY, _take(18), None, lambda m, _: str(m.microsecond * 1000)),
    "N": _Letter(_ANY, _take(18), None, lambda m, _: str(_count_nanos(m))),
    "V": _Letter(2, lambda _: _ZONE_ID, _check_zone, _write_zone_id),
    "z": _Letter(
        4,
        lambda width: r"[A-Z]{3,4}" if width < 4 else _ZONE_NAME,
        _check_abbreviation,
        _write_zone_name,
    ),
    "O": _Letter(
        4,
        _read_localised_offset,
        _check_offset,
        lambda m, width: _write_localised_offset(m, short=width < 4),
    ),
    "X": _Letter(
        5, lambda width: rf"Z|{_read_x(width)}", _check_offset, _write_upper_x
    ),
    "x": _Letter(5, _read_x, _check_offset, _write_x),
    "Z": _Letter(5, _read_z_offset, _check_offset, _write_z_offset),
}
_TOKENS = compile_later(
    r"(?P<letters>([A-Za-z])\2*)|'(?P<quoted>(?:[^']|'')*)'|.", re.DOTALL
)
# A field next to another, optional sections aside. Literals in quotes are between them.
_NUMBER_BEFORE = compile_later(r"(([A-Za-z])\2*)[\[\]]*\Z")
_NUMBER_AFTER = compile_later(r"[\[\]]*(([A-Za-z])\2*)")
_NUMERIC = frozenset("yuYDdwWFhKHkmsSAnN")
_YEARS = frozenset("yuY")
_OF_ANY_WIDTH = frozenset("AnN")
_NUMERIC_IF_SHORT = frozenset("MLQqec")  # with three letters and more they are names
_OFFSET = compile_later(r"[+-](\d{1,2}):?(\d{2})?:?(\d{2})?$")
_STRFTIME = compile_later(r"%(:?.)|([^%]+|%$)", re.DOTALL)

# strftime directive: pattern letters.
_DIRECTIVES: dict[str, str] = dict(
    re.findall(
        r"(\S+)=(\S+)",
        """
        %=% A=EEEE B=MMMM D=MM/dd/yy F=yyyy-MM-dd G=YYYY H=HH I=hh M=mm R=HH:mm S=ss
        T=HH:mm:ss V=ww Y=yyyy Z=z a=EEE b=MMM d=dd f=SSSSSS h=MMM j=DDD m=MM p=a
        y=yy z=Z :z=XXX
        """,
    )
)
_ABBREVIATIONS = frozenset(
    re.findall(
        r"\w+",
        """
        ACDT ACST ACT ADT AEDT AEST AFT AKDT AKST AMT ART AST AWST AZT BDT BNT
        BOT BRT BST BTT CAT CCT CDT CEST CET CHST CLST CLT COT CST CVT CXT EAT
        ECT EDT EEST EET EST FJT FKT GET GFT GMT GST GYT HDT HKT HST ICT IDT
        IRDT IRKT IRST IST JST KGT KRAT KST LHDT LHST MAGT MDT MMT MSD MSK MST
        MUT MVT MYT NDT NFT NPT NST NUT NZDT NZST OMST ORAT PDT PET PGT PHT PKT
        PMDT PMST PST PWT PYST PYT RET SAMT SAST SBT SCT SGT SLT SRT SST TFT THA
        TJT TKT TLT TMT TOT TRT TVT ULAT UTC UYT UZT VET VLAT VUT WAKT WAST WAT
        WEST WET WIB WIT WITA WST YAKT YEKT
        """,
    )
)
