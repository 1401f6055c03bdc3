"""Find the kind of values that a matching rule accepts.

A kind may have values that the rule does not accept: they are left out later.

Source: docs/internals/specification.md, "6. Matchers".
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache, partial

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pypact.generators.strings import generate_matching_string
from pypact.model.json import Json
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledList, CompiledRule
from pypact.rules.dates import format_date
from pypact.rules.regex import compile_regex
from pypact.rules.scalars import (
    STATUS_CLASSES,
    is_integer,
    is_number,
    read_date_pattern,
)
from pypact.rules.table import Walk, find_kind
from pypact.strategies.choices import (
    Kind,
    Values,
    generate_kind,
    join_kinds,
    list_kind,
)


def make_kind(
    example: Json,
    rules: CompiledList,
    text: Kind | None = None,
    *,
    is_any: bool = False,
) -> Kind:
    """Return the kind of values that the rules of one place accept.

    Free text is of the kind `text`. Without `is_any`, the rules are those of a JSON
    value, all of which have to pass.
    """
    found = [one.rule for one in rules.rules]
    if not rules.any and not is_any:
        # With AND, the rule that narrows most is the best source; the others filter.
        found = sorted(found, key=lambda one: _BREADTHS.get(one.name, 1))[:1]
    return join_kinds([make_rule_kind(example, rule, text) for rule in found])


def make_rule_kind(example: Json, rule: Rule, text: Kind | None = None) -> Kind:
    """Return the kind of values that one rule accepts, empty for an unknown rule."""
    make = _KINDS.get(rule.name)
    if make is None:
        return list_kind([])
    return make(rule, example, TEXT if text is None else text)


def explain_fixed_rules(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the reason for each rule because of which values keep their example."""
    for rule in rules:
        kind = find_kind(rule.name)
        compiled = CompiledRule(rule)
        if kind.walk in (Walk.EACH_KEY, Walk.EACH_VALUE):
            yield from explain_fixed_rules(one.rule for one in compiled.inner.rules)
        elif kind.walk is Walk.VARIANTS:
            for variant in compiled.variants(0)[0]:
                for ranked in variant.tree.ranked:
                    yield from explain_fixed_rules(
                        one.rule for one in ranked.list.rules
                    )
        elif rule.name == "regex" and not _has_matches(rule):
            expression = rule.attributes.get("regex")
            yield f"no strings are generated for the regular expression {expression!r}"
        elif rule.name not in _KINDS and not kind.is_exact and kind.walk is None:
            yield f"there are no other examples for the rule {rule.name}"


def _has_matches(rule: Rule) -> bool:
    return bool(_generate_matching(str(rule.attributes.get("regex")), 0))


def _find_type(_: Rule, example: Json, text: Kind) -> Kind:
    if example is None:
        return list_kind([None])
    if isinstance(example, bool):
        return _BOOLEANS
    if is_integer(example):
        return _INTEGERS
    return _DECIMALS if is_number(example) else text


def _find_regex(rule: Rule, example: Json, _: Kind) -> Kind:
    return _make_regex_kind(str(rule.attributes.get("regex")), str(example))


@lru_cache(maxsize=256)
def _make_regex_kind(pattern: str, example: str) -> Kind:
    """Return the kind of strings that match an expression.

    Each edge is the example with a change; `Choice` leaves out those that do not match.
    """
    changed = [f"{example[:-1]}{end}" for end in _ENDS]
    longer = [example + example[-1:] * count for count in (1, 40)]

    def make_strategy() -> Values:
        try:
            strategy: Values = st.from_regex(compile_regex(pattern), fullmatch=True)
            strategy.validate()
        except (ValueError, NotImplementedError, InvalidArgument):
            return st.just(example)  # an expression that hypothesis cannot read
        return strategy

    return Kind(
        ["", *changed, *longer],
        lambda seed: _generate_matching(pattern, seed % _SETS),
        make_strategy,
    )


@lru_cache(maxsize=256)
def _generate_matching(pattern: str, seed: int) -> Sequence[str]:
    source = random.Random(seed)  # noqa: S311 -- not for security
    try:
        return [generate_matching_string(pattern, source) for _ in range(_MATCHES)]
    except (ValueError, RecursionError):
        return []  # an expression that cannot be read


def _find_dates(rule: Rule, _: Json, __: Kind) -> Kind:
    pattern = read_date_pattern(rule.name, rule.attributes)
    return _INSTANTS.map(partial(format_date, pattern))


def _find_included(rule: Rule, _: Json, text: Kind) -> Kind:
    part = str(rule.attributes.get("value"))

    def insert(other: str) -> str:
        middle = len(other) // 2
        return f"{other[:middle]}{part}{other[middle:]}"

    return text.map(insert)


def _find_content_types(_: Rule, example: Json, text: Kind) -> Kind:
    return text.map(lambda end: f"{example}{end}")


def _find_statuses(rule: Rule, example: Json, _: Kind) -> Kind:
    declared: Json = rule.attributes.get("status")
    if isinstance(declared, list):
        return list_kind(declared)
    if str(declared) not in STATUS_CLASSES:
        return list_kind([example])
    least, most = STATUS_CLASSES[str(declared)][1:]
    # A response below 200 is not final, so that a client waits for another.
    first = least if most < _FINAL else max(least, _FINAL)
    return list_kind([*range(first, min(most, 599) + 1)], edges=2)


_LONG = "Long-" * 80
_ASCII = range(32, 127)
_CHARACTERS = (_ASCII, _ASCII, range(0xA1, 0x250), range(0x4E00, 0x9FFF), range(32))
_EMOJI = range(0x1F300, 0x1F650)
_UNRESERVED = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~"
_ZONES = [
    dt.timezone.utc,
    dt.timezone(dt.timedelta(hours=5, minutes=30)),
    dt.timezone(dt.timedelta(hours=-8)),
]
_FIRST = dt.datetime(1900, 1, 1, tzinfo=dt.timezone.utc)
_LAST = dt.datetime(2199, 12, 31, tzinfo=dt.timezone.utc)
_DAYS = (_LAST - _FIRST).days


def _generate_integer(source: random.Random) -> int:
    digits = source.choice([1, 2, 3, 3, 6, 10, 15])
    return source.randint(-(10**digits), 10**digits)


def _generate_decimal(source: random.Random) -> Decimal:
    return Decimal(_generate_integer(source)).scaleb(-source.choice([1, 2, 2, 3]))


def _generate_from(
    ranges: Sequence[range], source: random.Random, most: int = 12
) -> str:
    parts = (
        source.choices(source.choice(ranges), k=source.randint(0, most // 2))
        for _ in range(2)
    )
    return "".join(chr(one) for part in parts for one in part)


def _generate_instant(source: random.Random) -> dt.datetime:
    after = dt.timedelta(source.randrange(_DAYS), source.randrange(24 * 3600))
    microseconds = source.choice([0, source.randrange(10**6)])
    instant = (_FIRST + after).replace(microsecond=microseconds)
    return instant.astimezone(source.choice(_ZONES))


def _generate_version(source: random.Random) -> str:
    numbers = ".".join(str(source.randint(0, 30)) for _ in range(3))
    return numbers + source.choice(_VERSION_ENDS)


_INTEGERS = generate_kind(
    st.one_of(st.integers(-1000, 1000), st.integers(-(2**53) + 1, 2**53 - 1)),
    _generate_integer,
    *(0, -1, 2**31, 1, 2**53 - 1, -(2**31) - 1),
)
_DECIMALS = generate_kind(
    st.decimals(-(10**6), 10**6, allow_nan=False, places=2),
    _generate_decimal,
    *map(Decimal, ("0.0", "-0.5", "1234567890.125", "0.001")),
)
_BOOLEANS = list_kind([False, True])
TEXT = generate_kind(
    st.text(st.characters(codec="utf-8"), max_size=12),
    partial(_generate_from, (*_CHARACTERS, _EMOJI)),
    *("", "Zoë 王 🙂", _LONG, "O'Neil \"& <b>\\", "a\nb\tc", " ", "0", "é"),
)
"""Strings of any characters."""

PRINTABLE = generate_kind(
    st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12),
    partial(_generate_from, [_ASCII]),
    *("", _LONG, "a b", "\"a,b;c='&<", "0"),
)
"""Strings of printable ASCII characters."""

PATH_TEXT = generate_kind(
    st.text(_UNRESERVED, max_size=12),
    lambda source: "/" + "".join(source.choices(_UNRESERVED, k=source.randint(1, 12))),
    "/other",
)
"""Paths of characters that need no percent-encoding."""

UNICODE_TEXT = generate_kind(
    st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=12),
    partial(_generate_from, (*_CHARACTERS[:4], _EMOJI)),
    *("", "Zoë王🙂", _LONG, "O'Neil\"&<b>", "0"),
)
"""Strings without control characters."""

BYTES = generate_kind(
    st.binary(max_size=20),
    lambda source: source.randbytes(source.randint(1, 20)),
    *(b"", b"\0\xff", b"x\n"),
)
"""Bytes of any value."""

NAMES = generate_kind(
    st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8),
    partial(_generate_from, _CHARACTERS[:4], most=8),
    *("other-key", "", "ключ"),
)
"""Names of members of objects."""

_VERSION_ENDS = ("", "-rc.1", "+build.5")
_VERSIONS = generate_kind(
    st.builds(
        "{}.{}.{}{}".format,
        *(st.integers(0, 30) for _ in range(3)),
        st.sampled_from(_VERSION_ENDS),
    ),
    _generate_version,
    *("0.0.0", "1.0.0-rc.1", "10.20.30+build.5"),
)
_INSTANTS = generate_kind(
    st.datetimes(
        min_value=_FIRST.replace(tzinfo=None),
        max_value=_LAST.replace(tzinfo=None),
        timezones=st.sampled_from(_ZONES),
    ),
    _generate_instant,
    dt.datetime(2024, 2, 29, 12, 5, 7, 123000, _ZONES[2]),
    dt.datetime(1969, 12, 31, 23, 59, 59, 999999, _ZONES[0]),
    dt.datetime(2100, 1, 1, 0, 0, 0, 0, _ZONES[1]),
)
_ENDS = ("0", "9", "z", "Z", "-", ".", " ", "é", "王")
_MATCHES = 12
_SETS = 8  # of strings for one expression; generating one takes milliseconds
_FINAL = 200
_BREADTHS = {"equality": 0, "number": 2, "include": 2, "notEmpty": 3, "type": 4}
"""How many values rules accept, as a rank; that of other rules is 1."""

_KINDS: Mapping[str, Callable[[Rule, Json, Kind], Kind]] = {
    "type": _find_type,
    "integer": lambda *_: _INTEGERS,
    "decimal": lambda *_: _DECIMALS,
    "number": lambda *_: join_kinds([_INTEGERS, _DECIMALS]),
    "boolean": lambda *_: _BOOLEANS,
    "null": lambda *_: list_kind([None]),
    "regex": _find_regex,
    "date": _find_dates,
    "time": _find_dates,
    "datetime": _find_dates,
    "include": _find_included,
    "contentType": _find_content_types,
    "semver": lambda *_: _VERSIONS,
    "notEmpty": _find_type,
    "statusCode": _find_statuses,
}
