"""Make functions that build the values that matching rules accept.

The example is the simplest value. The functions may build values that a rule does not
accept: these are left out later.

Source: docs/internals/specification.md, "6. Matchers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from pypact.model.body import encode_text
from pypact.model.json import Json
from pypact.rules.compiled import CompiledList, CompiledRule, Place
from pypact.rules.table import Walk
from pypact.strategies.choices import (
    Choice,
    Kind,
    MakeValue,
    Source,
    join_kinds,
    keep,
    list_kind,
    pick,
)
from pypact.strategies.kinds import (
    BYTES,
    NAMES,
    PRINTABLE,
    TEXT,
    make_kind,
    make_rule_kind,
)


def vary_json(
    example: Json,
    place: Place,
    *,
    is_open: bool,
    is_kept: Callable[[tuple[str | int, ...]], bool] = lambda _: False,
) -> MakeValue:
    """Return a function that builds JSON values accepted in place of `example`.

    With `is_open`, objects get additional members. The values at the paths that
    `is_kept` accepts stay as they are.
    """
    return _JsonVarier(is_open, is_kept).vary(example, place, ())


class _JsonVarier:
    """A maker of the functions for one JSON body."""

    def __init__(
        self,
        is_open: bool,  # noqa: FBT001 -- private
        is_kept: Callable[[tuple[str | int, ...]], bool],
    ) -> None:
        self._is_open = is_open
        self._is_kept = is_kept

    def vary(
        self, example: Json, place: Place, path: tuple[str | int, ...]
    ) -> MakeValue:
        best = place.best
        if self._is_kept(path):
            return keep(example)
        if isinstance(example, dict):
            return self._vary_object(example, place, path)
        if isinstance(example, list):
            return self._vary_list(example, place, path)
        if best is None:
            return keep(example)
        return vary_scalar(example, best)

    def _vary_object(
        self, example: dict[str, Json], place: Place, path: tuple[str | int, ...]
    ) -> MakeValue:
        rules = _group_by_walk(place.best)
        if Walk.EACH_KEY in rules or Walk.EACH_VALUE in rules or Walk.VALUES in rules:
            if place.cascaded or not example:
                return keep(example)
            return self._vary_map(example, place, rules, path)
        members = {
            key: self.vary(value, place.name(key), (*path, key))
            for key, value in example.items()
        }
        if not self._is_open or any(map(self._is_kept, _extend(path, example))):
            return partial(build_object, members)
        more = Choice({}, _ADDITIONAL)
        return lambda source: {**source.pick(more), **build_object(members, source)}

    def _vary_map(
        self,
        example: dict[str, Json],
        place: Place,
        rules: Mapping[Walk, CompiledRule],
        path: tuple[str | int, ...],
    ) -> MakeValue:
        """Vary an object whose keys or values have rules."""
        key, value = next(iter(example.items()))
        if Walk.EACH_KEY in rules:
            inner = rules[Walk.EACH_KEY].inner
            make_name = partial(vary_scalar, rules=inner)
        else:
            others = join_kinds([NAMES, list_kind([*example], edges=0)])
            make_name = partial(_vary_name, kind=others)
        same = [
            (make_name(name), self.vary(member, place.name(name), (*path, name)))
            for name, member in example.items()
        ]
        below = place.name(key)
        if Walk.EACH_VALUE in rules:
            below = Place((), rules[Walk.EACH_VALUE].inner, cascaded=False)
        pair = make_name(key), self.vary(value, below, (*path, key))
        most = min(_find_lengths(place.best)[1], _FEW_ITEMS)
        size = Choice(None, list_kind([*range(most + 1)], edges=1))

        def build(source: Source) -> dict[str, Json]:
            count = source.pick(size)
            pairs = same if count is None else [pair] * count
            return {str(name(source)): make(source) for name, make in pairs}

        return build

    def _vary_list(
        self, example: list[Json], place: Place, path: tuple[str | int, ...]
    ) -> MakeValue:
        best = place.best
        same = partial(build_list, self._vary_items(example, place, path))
        if not example or best is None:
            return same
        rules = _group_by_walk(best)
        if Walk.VARIANTS in rules:
            return self._vary_variants(example, rules[Walk.VARIANTS])
        if Walk.UNORDERED in rules:
            shift = Choice(0, list_kind([*range(1, min(len(example), 4))], edges=1))
            return lambda source: _rotate(same(source), source.pick(shift))
        below = place.index(0)
        if Walk.EACH_VALUE in rules:
            if place.cascaded:
                return keep(example)
            below = Place((), rules[Walk.EACH_VALUE].inner, cascaded=False)
        elif not best.has_type_rule and Walk.VALUES not in rules:
            return keep(example)
        item = self.vary(example[0], below, (*path, 0))
        least, most = _find_lengths(None if place.cascaded else best)
        return repeat(same, item, _list_sizes(least, most))

    def _vary_items(
        self, example: list[Json], place: Place, path: tuple[str | int, ...]
    ) -> list[MakeValue]:
        return [
            self.vary(item, place.index(index), (*path, index))
            for index, item in enumerate(example)
        ]

    def _vary_variants(self, example: list[Json], rule: CompiledRule) -> MakeValue:
        """Vary a list that contains an item for each variant."""
        variants, problem = rule.variants(len(example))
        if problem is not None:
            return keep(example)
        items = [
            _JsonVarier(False, lambda _: False).vary(
                example[one.index], one.tree.root, ()
            )
            for one in variants
            if one.index < len(example)
        ]
        more = Choice([], _ADDITIONAL_ITEMS)

        def build(source: Source) -> list[Json]:
            other = source.pick(more)
            return [*other[:1], *build_list(items, source), *other[1:]]

        return build


def _vary_name(name: str, kind: Kind) -> MakeValue:
    return pick(Choice(name, kind))


def build_object(members: Mapping[str, MakeValue], source: Source) -> dict[str, Json]:
    """Return an object with these members."""
    return {key: make(source) for key, make in members.items()}


def repeat(same: MakeValue, item: MakeValue, sizes: Sequence[int]) -> MakeValue:
    """Return a function that builds the list of `same`, or one with another size.

    The lists of other sizes consist of values of `item`. The first two sizes are edges.
    """
    size = Choice(None, list_kind(sizes, edges=2))

    def build(source: Source) -> list[Any]:
        count: int | None = source.pick(size)
        if count is None:
            found: list[Any] = same(source)
            return found
        few = [item(source) for _ in range(min(count, _FEW_ITEMS))]
        return (few * (count // _FEW_ITEMS + 1))[:count]

    return build


def build_list(items: Sequence[MakeValue], source: Source) -> list[Json]:
    """Return a list of these items."""
    return [make(source) for make in items]


def _rotate(items: list[Json], count: int) -> list[Json]:
    return [*items[count:], *items[:count]]


def _list_sizes(least: int, most: int) -> list[int]:
    """Return the sizes of lists to try, beginning with the least and a great one."""
    great = min(most, least + 40)
    return [*dict.fromkeys([least, great, *range(least, min(great, least + 5))])]


def _extend(
    path: tuple[str | int, ...], names: Iterable[str]
) -> Iterable[tuple[str | int, ...]]:
    return ((*path, name) for name in names)


def _group_by_walk(rules: CompiledList | None) -> dict[Walk, CompiledRule]:
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


def vary_scalar(example: Json, rules: CompiledList) -> MakeValue:
    """Return a function that builds values other than objects and lists."""
    kind = make_kind(example, rules)
    return pick(Choice(example, kind, partial(rules.passes, example)))


def vary_string(
    example: str,
    rules: CompiledList,
    is_allowed: Callable[[str], bool],
    text: Kind | None = None,
) -> MakeValue:
    """Return a function that builds strings that are not JSON, such as header values.

    Free text is of the kind `text`, by default of printable ASCII characters.
    """
    kind = make_kind(example, rules, PRINTABLE if text is None else text, is_any=True)

    def accepts(value: str) -> bool:
        return is_allowed(value) and rules.passes_text(example, value)

    return pick(Choice(example, kind.map(_write), accepts))


def vary_values(
    values: Sequence[str],
    list_rules: CompiledList | None,
    get_rules: Callable[[int], CompiledList | None],
    is_allowed: Callable[[str], bool],
    text: Kind | None = None,
) -> MakeValue:
    """Return a function that builds the list of values of a name, as in a query.

    `list_rules` apply to the list, and the rules that `get_rules` returns to the value
    at an index. `is_allowed` and `text` are passed to `vary_string`. The number of
    values varies if a rule limits it, or if the example has several.
    """
    walks = _group_by_walk(list_rules)
    if Walk.EACH_VALUE in walks:
        inner = walks[Walk.EACH_VALUE].inner
        get_rules = lambda _: inner  # noqa: E731 -- replaces the given function
    elif Walk.VARIANTS in walks:
        variants, _ = walks[Walk.VARIANTS].variants(len(values))
        chosen = {one.index: one.tree.root.best for one in variants}
        get_rules = chosen.get

    def vary_item(index: int) -> MakeValue:
        rules = get_rules(index)
        if rules is None:
            return keep(values[index])
        return vary_string(values[index], rules, is_allowed, text)

    same = partial(build_list, [*map(vary_item, range(len(values)))])
    if list_rules is None or not values:
        return same
    may_differ = list_rules.has_type_rule or Walk.EACH_VALUE in walks
    if not may_differ or not (list_rules.has_lengths or len(values) > 1):
        return same
    least, most = _find_lengths(list_rules)
    least = max(least, 1)  # without a value the name would be missing
    return repeat(same, vary_item(0), [*range(least, min(most, least + 3) + 1)])


def unwrap_single(values: Sequence[str]) -> str | Sequence[str]:
    """Return the value of a list or tuple with one value, else the values."""
    return values[0] if len(values) == 1 else values


def vary_bytes(example: bytes, rules: CompiledList) -> MakeValue:
    """Return a function that builds bytes that are accepted in place of `example`."""

    def is_accepted(value: bytes) -> bool:
        return not rules.find_failures(lambda rule: rule.check_bytes(example, value))

    decoded = example.decode("utf-8", "replace")
    sources = [
        (BYTES.map(lambda end: example + end), [example + b"\0\xff"]),
        (TEXT.map(lambda end: example + encode_text(end)), [example + b"x\n"]),
        (BYTES, [b"", b"\0\xff"]),
        (list_kind([b"1", b"null", b"{}", b'["x"]', b'"y"']), [b"1", b"null"]),
    ]
    kinds = [kind for kind, trials in sources if all(map(is_accepted, trials))]
    kinds += [
        make_rule_kind(decoded, one.rule).map(_write).map(encode_text)
        for one in rules.rules
        if one.name in ("regex", "include")
    ]
    return pick(Choice(example, join_kinds(kinds), is_accepted))


def _write(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def is_printable(text: str) -> bool:
    """Return whether a string has no control characters, and no space at its ends."""
    return text == text.strip() and text.isprintable()


_ADDITIONAL = list_kind(
    [
        {"additional": "x"},
        {"x-new": None, "_links": {}},
        {"ünknown": [1]},
        {"additional": None},
        {"_links": -1, "x-new": ""},
    ],
    edges=2,
)
_ADDITIONAL_ITEMS = list_kind([[None], ["additional", 0], [{}, True]], edges=1)
_MOST_ITEMS = 60
_FEW_ITEMS = 4
