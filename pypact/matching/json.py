"""Compare JSON bodies.

The expected body and its rules are compiled once. The body is then walked together with
the tree of rule paths. Where no rule applies, or only a cascading `type`, a fast loop
without paths is used; paths are built only for mismatches.

Source: docs/internals/specification.md, "4.4 JSON", "6. Matchers"; for the schema
registry, the compatibility suite, V3 message_provider, "Supports messages with body
formatted for the Kafka schema registry".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from operator import attrgetter
from typing import TypeAlias

from pypact._dataclasses import replace
from pypact.matching.body import (
    MOST_MISMATCHES,
    TOO_MANY_PAIRS,
    PairCounter,
    TooManyPairsError,
    body_mismatch,
    find_missing_variants,
    mark_incomplete,
    report_invalid,
    try_parse,
)
from pypact.model.body import Changes, ContentType, ExpectedBody
from pypact.model.json import Json, dump_json, is_identical, parse_json
from pypact.model.mismatches import Mismatch, escape_template
from pypact.model.rules import PathToken, Rule, Wildcard, render_path
from pypact.rules.compiled import (
    CompiledList,
    CompiledRule,
    Place,
    RuleTree,
    compile_tree,
    is_index,
)
from pypact.rules.scalars import NOT_EQUAL, is_equal, is_same_type
from pypact.rules.table import ANY_KEY_WALKS, Walk

_Trail: TypeAlias = tuple[object, ...]
"""A path as (trail of the parent, last step); the root is ()."""

_Map: TypeAlias = dict[str, Json]

_Pair: TypeAlias = tuple[str | int, Json, Json, Place]
"""Key or index, expected value, actual value, and the place of their rules."""


class JsonPlan:
    """An expected JSON body, compiled with its rules."""

    __slots__ = ("_bytes", "_error", "_expected", "_strict", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._bytes = expected.content
        self._tree = compile_tree(expected.rules)
        self._strict = expected.strict
        self._expected, self._error = try_parse(parse_json, expected.content)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body."""
        has_rules = bool(self._tree.ranked)
        if not has_rules and actual == self._bytes and self._error is None:
            return []
        value, error = try_parse(parse_json, actual)
        if self._error is not None or error is not None:
            shown = _decode_start(self._bytes), _decode_start(actual)
            return report_invalid(self._error, error, shown)
        try:
            expected, root, strict = self._expected, self._tree.root, self._strict
            if not has_rules and len(actual) > _LARGE and is_identical(expected, value):
                return []
            if _match_surely(expected, value, root, strict):
                return []
            comparison = _JsonComparison(strict=strict)
            return mark_incomplete(comparison.compare(expected, value, (), root))
        except RecursionError:
            problem = "The JSON is nested too deeply to compare"
            return [body_mismatch("$", None, "…", "…", problem)]


_LARGE = 2000  # bytes; a smaller body is compared faster than it is encoded


def match_json(expected: Json, actual: Json, place: Place, *, strict: bool) -> bool:
    """Return whether two JSON values match by the rules of a place."""
    return not _JsonComparison(strict=strict).compare(expected, actual, (), place)


class _JsonComparison:
    """The recursive comparison of two JSON values."""

    __slots__ = ("_firsts", "_items", "_most", "_strict")

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._most = MOST_MISMATCHES
        self._items: _ItemComparison | None = None
        self._firsts: dict[int, Json] = {}

    def compare(
        self, expected: Json, actual: Json, trail: _Trail, place: Place
    ) -> list[Mismatch]:
        """Return the mismatches of two values at one place."""
        if _match_surely(expected, actual, place, self._strict):
            return []
        if isinstance(expected, dict) and isinstance(actual, dict):
            return self._compare_maps(expected, actual, trail, place)
        if isinstance(expected, list) and isinstance(actual, list):
            return self._compare_lists(expected, actual, trail, place)
        if isinstance(expected, (dict, list)):
            return [_report(trail, None, expected, actual, _TYPE_MISMATCH)]
        if place.best is None:
            return [_report(trail, None, expected, actual, NOT_EQUAL)]
        return [
            _report(trail, rule, expected, actual, problem)
            for rule, problem in place.best.find_json_failures(expected, actual)
        ]

    def _compare_each(self, pairs: list[_Pair], trail: _Trail) -> list[Mismatch]:
        found: list[Mismatch] = []
        for step, expected, actual, place in pairs:
            if more := self.compare(expected, actual, (trail, step), place):
                found += more
                if len(found) >= self._most:
                    break
        return found

    # -- maps --------------------------------------------------------------------------

    def _compare_maps(
        self, expected: _Map, actual: _Map, trail: _Trail, place: Place
    ) -> list[Mismatch]:
        if self._strict and not expected and actual:
            return [_report(trail, None, expected, actual, _NOT_EMPTY_MAP)]
        best, cascaded = place.best, place.cascaded

        def compare_common() -> list[Mismatch]:
            return self._compare_each(_pair_common(expected, actual, place), trail)

        if best is None:
            return [*self._check_keys(expected, actual, trail), *compare_common()]
        common = _share(compare_common, best)
        keys_are_free = not cascaded and not best.walks.isdisjoint(ANY_KEY_WALKS)

        def check_rule(rule: CompiledRule) -> list[Mismatch]:
            walk = None if cascaded else rule.kind.walk
            if walk in (Walk.VALUES, Walk.VARIANTS, Walk.EACH_VALUE):
                inside = _make_inner_place(rule) if walk is Walk.EACH_VALUE else None
                if not expected:
                    return []
                first = self._find_first(expected)
                pairs = _pair_members(expected, first, actual, place, inside)
                return self._compare_each(pairs, trail)
            problem = rule.check_map(expected, actual, cascaded=cascaded)
            found = _report_problem(trail, rule, expected, actual, problem)
            if not keys_are_free:
                found += self._check_keys(expected, actual, trail)
            if walk is Walk.EACH_KEY:
                found += [
                    _report((trail, key), failed, "", key, problem)
                    for key in actual
                    for failed, problem in rule.inner.find_text_failures("", key)
                ]
            return found + common()

        return list(best.merge_findings(map(check_rule, best.rules), _IDENTITY))

    def _check_keys(
        self, expected: _Map, actual: _Map, trail: _Trail
    ) -> list[Mismatch]:
        keys = expected.keys() if self._strict else expected.keys() - actual.keys()
        if keys == (actual.keys() if self._strict else set()):
            return []
        problem = (
            "Expected a Map with keys [{expected:list}] "
            "but received one with keys [{actual:list}]"
            if self._strict
            else "Actual map is missing the following keys: {expected:list}"
        )
        return [_report(trail, None, sorted(keys), sorted(actual), problem)]

    def _find_first(self, expected: _Map) -> Json:
        """Return the value of the least key: the writer of contracts sorts them."""
        if id(expected) not in self._firsts:
            self._firsts[id(expected)] = expected[min(expected)]
        return self._firsts[id(expected)]

    # -- lists -------------------------------------------------------------------------

    def _compare_lists(
        self, expected: list[Json], actual: list[Json], trail: _Trail, place: Place
    ) -> list[Mismatch]:
        best, cascaded = place.best, place.cascaded
        if best is None:
            return self._compare_lists_without_rules(expected, actual, trail, place)

        def compare_items() -> list[Mismatch]:
            return self._compare_each(_pair_items(expected, actual, place), trail)

        items = _share(compare_items, best)

        def check_rule(rule: CompiledRule) -> list[Mismatch]:
            if expected and rule.kind.walk is Walk.VARIANTS:
                return self._compare_any_order(
                    self._check_variants, rule, expected, actual, trail, place
                )
            if expected and rule.kind.walk is Walk.EACH_VALUE:
                if cascaded:
                    return []
                pairs = _pair_items(expected, actual, place, _make_inner_place(rule))
                return self._compare_each(pairs, trail)
            if rule.kind.walk is Walk.UNORDERED:
                return self._compare_any_order(
                    self._compare_unordered, rule, expected, actual, trail, place
                )
            problem = rule.check_list(expected, actual, cascaded=cascaded)
            found = _report_problem(trail, rule, expected, actual, problem)
            return found + items() if expected else found

        return list(best.merge_findings(map(check_rule, best.rules), _IDENTITY))

    def _compare_lists_without_rules(
        self, expected: list[Json], actual: list[Json], trail: _Trail, place: Place
    ) -> list[Mismatch]:
        if not expected:
            return [_report(trail, None, expected, actual, _NOT_EMPTY_LIST)]
        found: list[Mismatch] = []
        for index, example in enumerate(expected):
            below = place.index(index)
            if index < len(actual):
                found += self.compare(example, actual[index], (trail, index), below)
            elif below.best is None:
                found.append(_report(trail, None, example, None, _MISSING_ITEM))
            if len(found) >= self._most:
                return found
        if len(expected) != len(actual):
            problem = _DIFFERENT_LENGTH.format(len(expected), len(actual))
            found.append(_report(trail, None, expected, actual, problem))
        return found

    def _compare_any_order(
        self,
        compare: Callable[..., list[Mismatch]],
        rule: CompiledRule,
        expected: list[Json],
        actual: list[Json],
        trail: _Trail,
        place: Place,
    ) -> list[Mismatch]:
        if self._items is None:
            self._items = _ItemComparison(strict=self._strict)
        try:
            return compare(self._items, rule, expected, actual, trail, place)
        except TooManyPairsError:
            if self._items is self:
                raise
            return [_report(trail, rule.rule, expected, actual, TOO_MANY_PAIRS)]

    @staticmethod
    def _compare_unordered(
        items: _ItemComparison,
        rule: CompiledRule,
        expected: list[Json],
        actual: list[Json],
        trail: _Trail,
        place: Place,
    ) -> list[Mismatch]:
        """Compare lists whose items may be in any order.

        Peers: pact-jvm alone has this rule. Each item is compared by the rules at its
        own path; without bounds the lengths are equal.
        """
        has_bounds = rule.min_length is not None or rule.max_length is not None
        problem = None
        if not has_bounds and len(expected) != len(actual):
            problem = _DIFFERENT_LENGTH.format(len(expected), len(actual))
        elif has_bounds and not place.cascaded:
            problem = rule.check_length(len(actual))
        if problem is not None:
            return _report_problem(trail, rule, expected, actual, problem)

        places = [place.index(index) for index in range(len(expected))]

        @functools.cache
        def match(index: int, other: int) -> bool:
            return items.match(expected[index], actual[other], places[index])

        def can_pair(index: int, other: int) -> bool:
            items.counter.count_step()
            return match(index, other)

        unpaired = _find_unpaired(len(expected), len(actual), can_pair)
        return [
            _report(
                (trail, index),
                rule.rule,
                expected[index],
                actual,
                f"The item {_show_item(expected[index])} was not found in the actual "
                "list, in any order",
            )
            for index in unpaired
        ]

    @staticmethod
    def _check_variants(
        items: _ItemComparison,
        rule: CompiledRule,
        expected: list[Json],
        actual: list[Json],
        trail: _Trail,
        _: Place,
    ) -> list[Mismatch]:
        def is_found(example: Json, rules: RuleTree) -> bool:
            return any(items.match(example, one, rules.root) for one in actual)

        return [
            _report(trail, rule.rule, value, actual, problem)
            for value, problem in find_missing_variants(
                rule, expected, is_found, _show_item
            )
        ]


class _ItemComparison(_JsonComparison):
    """The comparison of items of lists in any order, and of all that is in them."""

    __slots__ = ("counter",)

    def __init__(self, *, strict: bool) -> None:
        super().__init__(strict=strict)
        self._most = 1
        self._items = self
        self.counter = PairCounter()

    def match(self, expected: Json, actual: Json, place: Place) -> bool:
        """Return whether two items match; raise TooManyPairsError."""
        self.counter.count_pair(expected, actual)
        return not self.compare(expected, actual, (), place)


# -- which values are compared with each other -----------------------------------------


def _share(
    compare: Callable[[], list[Mismatch]], best: CompiledList
) -> Callable[[], list[Mismatch]]:
    """Let several rules of one place share the comparison of the values below it."""
    return functools.cache(compare) if len(best.rules) > 1 else compare


# Lists rather than generators, which resume once for each value.
def _pair_common(expected: _Map, actual: _Map, place: Place) -> list[_Pair]:
    if len(actual) < len(expected) // _MUCH_SMALLER:
        # Such as one large example for many small items.
        found = [(key, expected[key]) for key in actual if key in expected]
    else:
        found = [pair for pair in expected.items() if pair[0] in actual]
    return [(key, example, actual[key], place.name(key)) for key, example in found]


def _pair_members(
    expected: _Map, first: Json, actual: _Map, place: Place, inside: Place | None
) -> list[_Pair]:
    """Pair each actual value with the expected one of its key, else the first one."""
    return [
        (key, expected.get(key, first), value, inside or place.name(key))
        for key, value in actual.items()
    ]


def _pair_items(
    expected: list[Json], actual: list[Json], place: Place, inside: Place | None = None
) -> list[_Pair]:
    """Pair each actual item with the expected one of its index, else the first one."""
    examples = chain(expected, repeat(expected[0]))
    return [
        (index, example, value, inside or place.index(index))
        for index, (value, example) in enumerate(zip(actual, examples, strict=False))
    ]


def _find_unpaired(
    count: int, others: int, can_pair: Callable[[int, int], bool]
) -> list[int]:
    """Pair as many of `count` items as possible, each with another one of `others`.

    Return the items without a partner.
    """
    partners: dict[int, int] = {}  # other → item
    taken: dict[int, int] = {}  # item → other
    left = dict.fromkeys(range(others))  # those that can still get another partner

    def find_partner(item: int) -> bool:
        reached: dict[int, int] = {}  # other → the item that could take it
        # An item that is paired already moves to another partner, if it can.
        queue = [item]
        for one in queue:
            for other in left:
                if other in reached or not can_pair(one, other):
                    continue
                reached[other] = one
                if other in partners:
                    queue.append(partners[other])
                else:
                    move(other, reached)
                    return True
        for other in reached:
            del left[other]
        return False

    def move(other: int, reached: dict[int, int]) -> None:
        moved: int | None = other
        while moved is not None:
            item = reached[moved]
            partners[moved] = item
            before = taken.get(item)
            taken[item] = moved
            moved = before

    return [item for item in range(count) if not find_partner(item)]


def _make_inner_place(rule: CompiledRule) -> Place:
    """Return the place of values below eachValue; no other rule applies there."""
    return Place((), rule.inner, cascaded=False)


# -- the tight loops -------------------------------------------------------------------


def _match_surely(expected: Json, actual: Json, place: Place, strict: bool) -> bool:  # noqa: C901, FBT001 -- hot
    """Return whether two values surely match; if not, compare them in full.

    For objects and lists with rules other than `type`, the result is False.
    """
    best = place.best
    kind = type(expected)
    if best is None:
        if place.is_leaf:
            return _match_without_rules(expected, actual, strict)
    elif best.is_type_only:
        if best.has_lengths and not place.cascaded and kind in _CONTAINERS:
            least, most = best.lengths
            if type(actual) is not kind or not least <= len(actual) <= most:
                return False
        if place.is_leaf:
            return _match_by_type(expected, actual, strict)
    else:
        return kind not in _CONTAINERS and best.passes(expected, actual)
    if kind is dict:
        if type(actual) is not dict or len(expected) > len(actual):
            return False
        if strict and len(expected) != len(actual):
            return False
        for key, value in expected.items():
            if key not in actual or not _match_surely(
                value, actual[key], place.name(key), strict
            ):
                return False
        return True
    if kind is list:
        return type(actual) is list and _match_lists_surely(
            expected, actual, place, strict
        )
    if best is None:
        return is_equal(expected, actual)
    return kind is type(actual) or is_same_type(expected, actual)


_CONTAINERS = (dict, list)


def _match_lists_surely(
    expected: list[Json],
    actual: list[Json],
    place: Place,
    strict: bool,  # noqa: FBT001 -- hot
) -> bool:
    count = len(expected)
    if place.best is None:
        if count != len(actual):
            return False
    elif not count:
        return True
    for index, value in enumerate(actual):
        example = expected[index] if index < count else expected[0]
        if not _match_surely(example, value, place.index(index), strict):
            return False
    return True


def _match_without_rules(expected: Json, actual: Json, strict: bool) -> bool:  # noqa: C901, FBT001 -- hot
    """Return whether two values match without rules."""
    kind = type(expected)
    if kind is not type(actual):
        return is_equal(expected, actual)
    # Only a container is worth a call.
    if kind is dict:
        if len(expected) > len(actual) or (strict and len(expected) != len(actual)):
            return False
        for key, value in expected.items():
            if key not in actual:
                return False
            other = actual[key]
            kind = type(value)
            if kind is dict or kind is list:
                if not _match_without_rules(value, other, strict):
                    return False
            elif value != other or (
                kind is not type(other) and not is_equal(value, other)
            ):
                return False
        return True
    if kind is list:
        if len(expected) != len(actual):
            return False
        for value, other in zip(expected, actual, strict=True):
            kind = type(value)
            if kind is dict or kind is list:
                if not _match_without_rules(value, other, strict):
                    return False
            elif value != other or (
                kind is not type(other) and not is_equal(value, other)
            ):
                return False
        return True
    return bool(expected == actual)


def _match_by_type(expected: Json, actual: Json, strict: bool) -> bool:  # noqa: C901, FBT001 -- hot
    """Return whether two values match by a cascaded `type` rule alone."""
    kind = type(expected)
    # Only a container is worth a call.
    if kind is dict:
        if type(actual) is not dict or len(expected) > len(actual):
            return False
        if strict and len(expected) != len(actual):
            return False
        for key, value in expected.items():
            if key not in actual:
                return False
            other = actual[key]
            kind = type(value)
            if kind is dict or kind is list:
                if not _match_by_type(value, other, strict):
                    return False
            elif kind is not type(other) and not is_same_type(value, other):
                return False
        return True
    if kind is list:
        if type(actual) is not list:
            return False
        if not expected:
            return True
        count = len(expected)
        for index, other in enumerate(actual):
            value = expected[index] if index < count else expected[0]
            kind = type(value)
            if kind is dict or kind is list:
                if not _match_by_type(value, other, strict):
                    return False
            elif kind is not type(other) and not is_same_type(value, other):
                return False
        return True
    return kind is type(actual) or is_same_type(expected, actual)


# -- building mismatches ---------------------------------------------------------------


def _report_problem(
    trail: _Trail, rule: CompiledRule, expected: Json, actual: Json, problem: str | None
) -> list[Mismatch]:
    if problem is None:
        return []
    return [_report(trail, rule.rule, expected, actual, problem)]


def _report(
    trail: _Trail, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return body_mismatch(_render_trail(trail), rule, expected, actual, problem)


def _render_trail(trail: _Trail) -> str:
    steps: list[PathToken] = []
    while trail:
        trail, step = trail  # type: ignore[assignment]  # a trail is (trail, step)
        # Peers: a key of digits is written as an index, as the Rust core does.
        text = str(step)
        is_number = len(text) < _DIGITS and text.isdecimal()
        steps.append(int(text) if is_number else text)
    return render_path(reversed(steps))


def _decode_start(content: bytes) -> str:
    return content[:200].decode(errors="replace")


def _show_item(item: Json) -> str:
    return escape_template(dump_json(_sort_keys(item)))


def _sort_keys(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sort_keys(value[key]) for key in sorted(value)}
    return [_sort_keys(item) for item in value] if isinstance(value, list) else value


_DIGITS = 20
_MUCH_SMALLER = 100
_IDENTITY = attrgetter("path", "message")
_TYPE_MISMATCH = (
    "Type mismatch: Expected {actual:typed} to be the same type as {expected:typed}"
)
_DIFFERENT_LENGTH = "Expected a List with {} elements but received {} elements"
_NOT_EMPTY_MAP = "Expected an empty Map but received {actual}"
_NOT_EMPTY_LIST = "Expected an empty List but received {actual}"
_MISSING_ITEM = "Expected {expected} but was missing"


# -- replacing values ------------------------------------------------------------------


def replace_in_json(content: bytes, changes: Changes) -> bytes:
    """Return JSON with each change applied; ValueError if it is not valid."""
    before = parse_json(content)
    value = replace_at_paths(
        before, ((path.tokens, change) for path, change in changes)
    )
    return content if value is before else dump_json(value).encode()


def replace_at_paths(
    value: Json,
    changes: Iterable[tuple[tuple[PathToken, ...], Callable[[Json], Json]]],
) -> Json:
    """Return the value with each change applied at each place that its tokens match."""
    copies: dict[int, Json] = {}
    for tokens, change in changes:
        value = _replace_at_path(value, tokens, change, copies)
    return value


def _replace_at_path(
    value: Json,
    tokens: tuple[PathToken, ...],
    change: Callable[[Json], Json],
    copies: dict[int, Json],
) -> Json:
    """Return the value with `change` applied; `copies` are changed in place, by `id`.

    Each list and object is thus copied once, however many paths lead into it.
    """
    if not tokens:
        return change(value)
    keys = _find_matching_keys(value, tokens[0])
    if not keys:
        return value
    changed = value
    if id(value) not in copies:
        changed = value.copy()
        copies[id(changed)] = changed
    for key in keys:
        changed[key] = _replace_at_path(changed[key], tokens[1:], change, copies)
    return changed


def _find_matching_keys(value: Json, token: PathToken) -> Sequence[str | int]:
    """Return the keys or indexes that a token matches; digits also match an index."""
    if isinstance(value, dict):
        if token is Wildcard.ANY:
            return list(value)
        if token is Wildcard.INDEX:
            return [key for key in value if key.isdecimal()]
        return [str(token)] if str(token) in value else []
    if not isinstance(value, list):
        return []
    if isinstance(token, Wildcard):
        return range(len(value))
    name = str(token)
    is_short_index = len(name) < _DIGITS and is_index(name)
    return [int(name)] if is_short_index and int(name) < len(value) else []


class SchemaRegistryPlan:
    """An expected JSON body in the wire format of Kafka's schema registry.

    Its prefix, a zero byte and the four bytes of the schema's id, is not compared,
    since the registry assigns the id.
    """

    __slots__ = ("_json",)

    def __init__(self, expected: ExpectedBody) -> None:
        self._json = JsonPlan(
            replace(expected, content=_strip_wire_prefix(expected.content))
        )

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body, with or without the prefix."""
        return self._json.check(_strip_wire_prefix(actual), content_type)


def _strip_wire_prefix(content: bytes) -> bytes:
    return content[5:] if content.startswith(b"\0") else content
