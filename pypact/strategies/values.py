"""Make hypothesis strategies for the values that matching rules accept.

A strategy gives the example first, so that hypothesis, and the simplification of a
failure, come back to it. A value that a rule does not accept is left out, so a function
here may give too much.

Source: docs/internals/specification.md, "6. Matchers".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from pypact.model.body import encode_text
from pypact.model.json import Json, dump_json
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledList, CompiledRule, Place
from pypact.rules.dates import format_date
from pypact.rules.regex import compile_regex
from pypact.rules.scalars import (
    STATUS_CLASSES,
    is_integer,
    is_number,
    read_date_pattern,
)
from pypact.rules.table import Walk, find_kind

Values: TypeAlias = "st.SearchStrategy[Any]"
"""A strategy for values."""


def make_json_strategy(
    example: Json,
    place: Place,
    *,
    is_open: bool,
    is_kept: Callable[[tuple[str | int, ...]], bool] = lambda _: False,
) -> Values:
    """Return a strategy for JSON values that are accepted in place of `example`.

    With `is_open`, objects get additional members. The values at the paths that
    `is_kept` accepts stay as they are.
    """
    return _JsonMaker(is_open, is_kept).make(example, place, ())


class _JsonMaker:
    """Makes the strategy of one JSON body."""

    def __init__(
        self,
        is_open: bool,  # noqa: FBT001 -- private
        is_kept: Callable[[tuple[str | int, ...]], bool],
    ) -> None:
        self._is_open = is_open
        self._is_kept = is_kept

    def make(self, example: Json, place: Place, path: tuple[str | int, ...]) -> Values:
        best = place.best
        if self._is_kept(path):
            return st.just(example)
        if isinstance(example, dict):
            return self._make_object(example, place, path)
        if isinstance(example, list):
            return self._make_list(example, place, path)
        if best is None:
            return st.just(example)
        return make_scalar_strategy(example, best)

    def _make_object(
        self, example: dict[str, Json], place: Place, path: tuple[str | int, ...]
    ) -> Values:
        rules = _rules_with_walk(place)
        if Walk.EACH_KEY in rules or Walk.EACH_VALUE in rules or Walk.VALUES in rules:
            if place.cascaded or not example:
                return st.just(example)
            return self._make_map(example, place, rules, path)
        members = {
            key: self.make(value, place.name(key), (*path, key))
            for key, value in example.items()
        }
        fixed = st.fixed_dictionaries(members)
        if not self._is_open or any(map(self._is_kept, _extend(path, example))):
            return fixed
        return st.builds(lambda own, more: {**more, **own}, fixed, _ADDITIONAL)

    def _make_map(
        self,
        example: dict[str, Json],
        place: Place,
        rules: Mapping[Walk, CompiledRule],
        path: tuple[str | int, ...],
    ) -> Values:
        """Return a strategy for an object whose keys or values have rules."""
        key, value = next(iter(example.items()))
        keys: Values = st.sampled_from(list(example))
        if Walk.EACH_KEY in rules:
            keys = make_scalar_strategy(key, rules[Walk.EACH_KEY].inner)
        elif Walk.VALUES in rules or Walk.EACH_VALUE in rules:
            keys = st.one_of(keys, _NAMES)
        below = place.name(key)
        if Walk.EACH_VALUE in rules:
            below = Place((), rules[Walk.EACH_VALUE].inner, cascaded=False)
        values = self.make(value, below, (*path, key))
        most = _find_lengths(place.best)[1]
        others = st.dictionaries(keys, values, min_size=1, max_size=min(most, 4))
        return st.one_of(st.just(example), others)

    def _make_list(
        self, example: list[Json], place: Place, path: tuple[str | int, ...]
    ) -> Values:
        best = place.best
        if not example or best is None:
            return st.tuples(*self._make_items(example, place, path)).map(list)
        rules = _rules_with_walk(place)
        if Walk.VARIANTS in rules:
            return self._make_variants(example, rules[Walk.VARIANTS])
        if Walk.UNORDERED in rules:
            items = st.tuples(*self._make_items(example, place, path)).map(list)
            return st.one_of(items, items.flatmap(st.permutations).map(list))
        below = place.index(0)
        if Walk.EACH_VALUE in rules:
            if place.cascaded:
                return st.just(example)
            below = Place((), rules[Walk.EACH_VALUE].inner, cascaded=False)
        elif not best.has_type_rule and Walk.VALUES not in rules:
            return st.just(example)
        same = st.tuples(*self._make_items(example, place, path)).map(list)
        least, most = _find_lengths(None if place.cascaded else best)
        item = self.make(example[0], below, (*path, 0))
        few = st.lists(item, min_size=least, max_size=min(most, least + 4))
        long = st.builds(
            lambda items, count: (items * count)[:most],
            st.lists(item, min_size=max(least, 1), max_size=least + 2),
            st.just(20),
        )
        return st.one_of(same, few, long)

    def _make_items(
        self, example: list[Json], place: Place, path: tuple[str | int, ...]
    ) -> list[Values]:
        return [
            self.make(item, place.index(index), (*path, index))
            for index, item in enumerate(example)
        ]

    def _make_variants(self, example: list[Json], rule: CompiledRule) -> Values:
        """Return a strategy for a list that contains an item for each variant."""
        variants, problem = rule.variants(len(example))
        if problem is not None:
            return st.just(example)
        items = [
            _JsonMaker(False, lambda _: False).make(
                example[one.index], one.tree.root, ()
            )
            for one in variants
            if one.index < len(example)
        ]
        more = st.lists(_SMALL, max_size=2)
        return st.builds(
            lambda own, other: [*other[:1], *own, *other[1:]], st.tuples(*items), more
        )


def _extend(
    path: tuple[str | int, ...], names: Iterable[str]
) -> Iterable[tuple[str | int, ...]]:
    return ((*path, name) for name in names)


def _rules_with_walk(place: Place) -> dict[Walk, CompiledRule]:
    return _map_walks(place.best)


def _map_walks(rules: CompiledList | None) -> dict[Walk, CompiledRule]:
    found = () if rules is None else rules.rules
    return {one.kind.walk: one for one in found if one.kind.walk is not None}


def _find_lengths(rules: CompiledList | None) -> tuple[int, int]:
    """Return the least and the greatest length of a list that the rules accept."""
    if rules is None:
        return 0, _MOST_ITEMS
    least = [one.min_length or 0 for one in rules.rules]
    most = [
        _MOST_ITEMS if one.max_length is None else one.max_length for one in rules.rules
    ]
    return max(least, default=0), max(min(most, default=_MOST_ITEMS), 0)


def make_scalar_strategy(example: Json, rules: CompiledList) -> Values:
    """Return a strategy for values other than objects and lists."""
    made = [_make_by_rule(example, one.rule) for one in rules.rules]
    # With AND, the rule that narrows most is the best source; the others filter.
    chosen = made if rules.any else made[-1:]
    if not rules.any and len(made) > 1:
        names = [one.name for one in rules.rules]
        chosen = [
            one for one, name in zip(made, names, strict=True) if name != "type"
        ] or made
        chosen = chosen[:1]
    others = st.one_of(*chosen).filter(lambda value: rules.passes(example, value))
    return st.one_of(st.just(example), others)


def make_string_strategy(
    example: str,
    rules: CompiledList,
    is_allowed: Callable[[str], bool],
    alphabet: Values | None = None,
) -> Values:
    """Return a strategy for strings outside of JSON, such as values of headers.

    They consist of characters of `alphabet`, by default printable ASCII characters.
    """
    made = [
        _make_by_rule(example, one.rule, _PRINTABLE if alphabet is None else alphabet)
        for one in rules.rules
    ]
    others = (
        st.one_of(*made)
        .map(_write)
        .filter(lambda text: is_allowed(text) and rules.passes_text(example, text))
    )
    return st.one_of(st.just(example), others)


def make_values_strategy(
    values: Sequence[str],
    list_rules: CompiledList | None,
    get_rules: Callable[[int], CompiledList | None],
    is_allowed: Callable[[str], bool],
    alphabet: Values | None = None,
) -> Values:
    """Return a strategy for lists of the strings of one name, as in a query.

    `list_rules` apply to the list, those that `get_rules` returns to the value at an
    index. `is_allowed` and `alphabet` are those of `make_string_strategy`. There are
    other numbers of values where a rule limits them, or the example has several.
    """
    walks = _map_walks(list_rules)
    if Walk.EACH_VALUE in walks:
        inner = walks[Walk.EACH_VALUE].inner
        get_rules = lambda _: inner  # noqa: E731 -- replaces the given function
    elif Walk.VARIANTS in walks:
        variants, _ = walks[Walk.VARIANTS].variants(len(values))
        chosen = {one.index: one.tree.root.best for one in variants}
        get_rules = chosen.get

    def make_item(index: int) -> Values:
        rules = get_rules(index)
        if rules is None:
            return st.just(values[index])
        return make_string_strategy(values[index], rules, is_allowed, alphabet)

    same = st.tuples(*map(make_item, range(len(values)))).map(list)
    if list_rules is None or not values:
        return same
    may_differ = list_rules.has_type_rule or Walk.EACH_VALUE in walks
    if not may_differ or not (list_rules.has_lengths or len(values) > 1):
        return same
    least, most = _find_lengths(list_rules)
    least = max(least, 1)  # without a value the name would be missing
    others = st.lists(make_item(0), min_size=least, max_size=min(most, least + 3))
    return st.one_of(same, others)


def make_bytes_strategy(example: bytes, rules: CompiledList) -> Values:
    """Return a strategy for bytes that are accepted in place of `example`."""

    def is_accepted(value: bytes) -> bool:
        return not rules.find_failures(lambda rule: rule.check_bytes(example, value))

    text = st.text(_CHARACTERS, max_size=12)
    sources: list[tuple[Values, list[bytes]]] = [
        (st.binary(max_size=20).map(lambda end: example + end), [example + b"\0\xff"]),
        (text.map(lambda end: example + encode_text(end)), [example + b"x\n"]),
        (st.binary(max_size=40), [b"", b"\0\xff"]),
        (st.just(b""), [b""]),
        (_SMALL.map(lambda value: encode_text(dump_json(value))), [b"1", b"null"]),
    ]
    made = [source for source, trials in sources if all(map(is_accepted, trials))]
    decoded = example.decode("utf-8", "replace")
    made += [
        _make_by_rule(decoded, one.rule).map(_write).map(encode_text)
        for one in rules.rules
        if one.name in ("regex", "include")
    ]
    return st.one_of(st.just(example), *(one.filter(is_accepted) for one in made))


def explain_fixed_rules(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield why values with these rules keep their example, for each such rule."""
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
        elif rule.name == "regex" and _read_regex(rule) is None:
            expression = rule.attributes.get("regex")
            yield f"hypothesis cannot read the regular expression {expression!r}"
        elif rule.name not in _MAKERS and not kind.is_exact and kind.walk is None:
            yield f"there are no other examples for the rule {rule.name}"


def _write(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def _make_by_rule(example: Json, rule: Rule, alphabet: Values | None = None) -> Values:
    make = _MAKERS.get(rule.name)
    characters = _CHARACTERS if alphabet is None else alphabet
    return st.just(example) if make is None else make(rule, example, characters)


def _make_same_type(_: Rule, example: Json, alphabet: Values) -> Values:
    if example is None:
        return st.none()
    if isinstance(example, bool):
        return st.booleans()
    if is_integer(example):
        return _INTEGERS
    if is_number(example):
        return _DECIMALS
    return _make_text(alphabet)


def _make_text(alphabet: Values) -> Values:
    text = st.text(alphabet, max_size=12)
    return st.one_of(text, text.map(lambda one: (one or "x") * 40))


def _make_regex(rule: Rule, example: Json, _: Values) -> Values:
    strategy = _read_regex(rule)
    return st.just(example) if strategy is None else strategy


def _read_regex(rule: Rule) -> Values | None:
    """Return the strategy for a regular expression, if hypothesis can read it."""
    try:
        pattern = compile_regex(str(rule.attributes.get("regex")))
        strategy: Values = st.from_regex(pattern, fullmatch=True)
        strategy.validate()
    except (ValueError, NotImplementedError, InvalidArgument):
        return None
    return strategy


def _make_date(rule: Rule, _: Json, __: Values) -> Values:
    pattern = read_date_pattern(rule.name, rule.attributes)
    return st.datetimes(
        min_value=dt.datetime(1900, 1, 1),  # noqa: DTZ001 -- hypothesis adds the zone
        max_value=dt.datetime(2199, 12, 31),  # noqa: DTZ001 -- as above
        timezones=st.sampled_from(_ZONES),
    ).map(partial(format_date, pattern))


def _make_included(rule: Rule, _: Json, alphabet: Values) -> Values:
    part = str(rule.attributes.get("value"))
    text = st.text(alphabet, max_size=8)
    return st.builds(lambda before, after: f"{before}{part}{after}", text, text)


def _make_content_type(_: Rule, example: Json, alphabet: Values) -> Values:
    return st.text(alphabet, max_size=8).map(lambda end: f"{example}{end}")


def _make_status(rule: Rule, example: Json, _: Values) -> Values:
    wanted: Json = rule.attributes.get("status")
    if isinstance(wanted, list):
        return st.sampled_from(wanted) if wanted else st.just(example)
    if str(wanted) not in STATUS_CLASSES:
        return st.just(example)
    least, most = STATUS_CLASSES[str(wanted)][1:]
    # A response below 200 is not final, so that a client waits for another.
    return st.integers(least if most < _FINAL else max(least, _FINAL), min(most, 599))


def is_printable(text: str) -> bool:
    """Return whether a string has no control characters, and no space at its ends."""
    return text == text.strip() and text.isprintable()


TEXT_CHARACTERS = st.characters(codec="utf-8", exclude_categories=["C", "Z"])
"""The characters of strings in forms, XML and fields of multipart bodies."""

_CHARACTERS = st.characters(codec="utf-8")
_PRINTABLE = st.characters(min_codepoint=33, max_codepoint=126)
_INTEGERS = st.one_of(st.integers(-1000, 1000), st.integers(-(2**53) + 1, 2**53 - 1))
_DECIMALS = st.decimals(-(10**6), 10**6, allow_nan=False, places=2)
_VERSIONS = st.builds(
    "{}.{}.{}{}".format,
    *(st.integers(0, 30) for _ in range(3)),
    st.sampled_from(["", "-rc.1", "+build.5"]),
)
_SMALL = st.one_of(
    st.none(), st.booleans(), st.integers(-9, 9), st.text(_PRINTABLE, max_size=5)
)
_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["C"]), max_size=8)
_ADDITIONAL = st.dictionaries(
    st.sampled_from(["additional", "x-new", "_links", "ünknown"]), _SMALL, max_size=2
)
_ZONES = [
    dt.timezone.utc,
    dt.timezone(dt.timedelta(hours=5, minutes=30)),
    dt.timezone(dt.timedelta(hours=-8)),
]
_MOST_ITEMS = 60
_FINAL = 200
_MAKERS: Mapping[str, Callable[[Rule, Json, Values], Values]] = {
    "type": _make_same_type,
    "integer": lambda *_: _INTEGERS,
    "decimal": lambda *_: _DECIMALS,
    "number": lambda *_: st.one_of(_INTEGERS, _DECIMALS),
    "boolean": lambda *_: st.booleans(),
    "null": lambda *_: st.none(),
    "regex": _make_regex,
    "date": _make_date,
    "time": _make_date,
    "datetime": _make_date,
    "include": _make_included,
    "contentType": _make_content_type,
    "semver": lambda *_: _VERSIONS,
    "notEmpty": _make_same_type,
    "statusCode": _make_status,
}
