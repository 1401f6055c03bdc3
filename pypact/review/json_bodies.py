"""Compare what two contracts expect of a JSON body.

Both examples are walked together with the trees of their rule paths. What a place
accepts is decided by its example and the rules that apply there, so that a difference
in the way in which rules are written is not a difference.

Source: docs/internals/specification.md, "4.4 JSON", "6. Matchers".
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from typing import NamedTuple

from pypact._dataclasses import dataclass
from pypact.explain.mismatches import format_json_value
from pypact.matching.json import match_json
from pypact.model.json import Json
from pypact.model.rules import PathToken, RuleList, Wildcard, render_path
from pypact.review.changes import Difference, Relation
from pypact.review.rules import (
    Value,
    compare_values,
    freeze_json,
    freeze_rule,
    freeze_rules,
)
from pypact.rules.compiled import CompiledList, Place, RuleTree
from pypact.rules.scalars import is_equal
from pypact.rules.table import Walk, parse_rule_list


def compare_json(
    old: tuple[Json, Mapping[str, RuleList]],
    new: tuple[Json, Mapping[str, RuleList]],
    *,
    strict: bool,
) -> Iterator[Difference]:
    """Yield the differences of two bodies, each a JSON value and its rules.

    `strict` is true for requests, in which further keys of objects are not accepted.
    """
    trees = RuleTree(old[1]), RuleTree(new[1])
    same_rules = freeze_rule_lists(old[1]) == freeze_rule_lists(new[1])
    comparison = _BodyComparison(strict=strict, same_rules=same_rules)
    points = _Point(old[0], trees[0].root), _Point(new[0], trees[1].root)
    yield from comparison.compare(*points, ())


def freeze_rule_lists(lists: Mapping[str, RuleList]) -> Hashable:
    """Return a value that is equal for equal rules of a body or another category."""
    return frozenset(
        (path, frozenset(map(freeze_rule, one.rules)), one.combine)
        if len(one.rules) > 1
        else (path, frozenset(map(freeze_rule, one.rules)))
        for path, one in lists.items()
        if one.rules
    )


class _Bounds(NamedTuple):
    least: int
    most: float


@dataclass(frozen=True, slots=True)
class _Point:
    """An example at a place of a body."""

    example: Json
    place: Place

    @property
    def rules(self) -> CompiledList | None:
        return self.place.best

    @property
    def value(self) -> Value:
        return Value(self.example, self.place.best)

    @property
    def is_exact_container(self) -> bool:
        # Rules further down are applied in addition.
        return self.rules is not None and self.value.is_exact and self.place.is_leaf

    @property
    def bounds(self) -> _Bounds | None:
        """The accepted lengths if members are compared one by one; None if not.

        Without rules, a list has the length of its example.
        """
        if self.rules is None:
            count = len(self.example)
            is_list = isinstance(self.example, list)
            return _Bounds(count, count) if is_list else _ANY_LENGTH
        if self.rules.any and len(self.rules.rules) > 1:
            return None
        least, most = _ANY_LENGTH
        for rule in self.rules.rules:
            if rule.name == "notEmpty" and (self.example or not self.place.cascaded):
                least = max(least, 1)
            elif rule.name != "type":
                return None
            elif not self.place.cascaded:
                least = max(least, rule.min_length or 0)
                most = min(
                    most, _NO_LIMIT if rule.max_length is None else rule.max_length
                )
        return _Bounds(least, most)

    def name(self, key: str) -> _Point:
        return _Point(self.example[key], self.place.name(key))

    def index(self, index: int) -> _Point:
        """Return the example with which the item at an index is compared."""
        position = index if index < len(self.example) else 0
        return _Point(self.example[position], self.place.index(index))

    def freeze(self) -> Hashable:
        """Return a value that is equal for points that accept the same values."""
        if isinstance(self.example, dict) and not self.is_exact_container:
            names = [(key, self.name(key).freeze()) for key in self.example]
            return "{}", freeze_rules(self.rules), frozenset(names)
        if isinstance(self.example, list) and not self.is_exact_container:
            items = [self.index(i).freeze() for i in range(len(self.example))]
            if self.rules is not None and all(one == items[0] for one in items):
                items = items[:1]
            return "[]", freeze_rules(self.rules), tuple(items)
        if self.value.is_exact:
            return freeze_json(self.example)
        return self.value.freeze()


_NO_LIMIT = float("inf")
_ANY_LENGTH = _Bounds(0, _NO_LIMIT)


class _BodyComparison:
    """The recursive comparison of two expected JSON values."""

    def __init__(self, *, strict: bool, same_rules: bool) -> None:
        self._strict = strict
        self._same_rules = same_rules

    def compare(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        """Yield the differences of two expected values at one path."""
        containers = [_get_container_type(one.example) for one in (old, new)]
        if containers == [None, None]:
            yield from self._compare_leaves(old, new, path)
        elif containers[0] is not containers[1]:
            relation = Relation.STRICTER
            if not old.value.is_exact and not new.value.is_exact:
                relation = Relation.UNDECIDED
            yield _describe(path, old.value, new.value, relation)
        elif old.is_exact_container or new.is_exact_container:
            yield from self._compare_exact(old, new, path)
        elif old.bounds is None or new.bounds is None:
            yield from self._compare_others(old, new, path)
        elif containers[0] is dict:
            yield from self._compare_maps(old, new, path)
        else:
            yield from self._compare_lists(old, new, path)

    def _compare_leaves(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        relation = compare_values(old.value, new.value)
        if relation is not None:
            yield _describe(path, old.value, new.value, relation)

    def _compare_exact(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        """Compare containers of which one is compared as a whole by equality."""
        if old.is_exact_container and new.is_exact_container:
            if is_equal(old.example, new.example):
                return
            relation = Relation.STRICTER
        elif old.is_exact_container and match_json(
            new.example, old.example, new.place, strict=self._strict
        ):
            relation = Relation.LOOSER
        else:
            relation = Relation.STRICTER
        yield _describe(path, old.value, new.value, relation)

    def _compare_maps(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        yield from self._compare_bounds(old, new, path)
        for key in sorted(old.example.keys() - new.example.keys()):
            shown = old.name(key).value.describe()
            text = f"is no longer expected (was {shown})"
            yield Difference(render_path((*path, key)), text, Relation.LOOSER)
        for key in sorted(new.example.keys() - old.example.keys()):
            shown = new.name(key).value.describe()
            text = f"is newly expected: {shown}"
            yield Difference(render_path((*path, key)), text, Relation.STRICTER)
        if self._strict and bool(old.example) != bool(new.example):
            return
        for key in sorted(old.example.keys() & new.example.keys()):
            yield from self.compare(old.name(key), new.name(key), (*path, key))

    def _compare_lists(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        counts = len(old.example), len(new.example)
        if old.rules is None and new.rules is None:
            if counts[0] != counts[1]:
                text = f"{counts[0]} items were expected, now {counts[1]}"
                yield Difference(render_path(path), text, Relation.STRICTER)
                return
            for index in range(counts[0]):
                items = old.index(index), new.index(index)
                yield from self.compare(*items, (*path, index))
            return
        if new.rules is None:
            text = f"any number of items was accepted, now exactly {counts[1]}"
            yield Difference(render_path(path), text, Relation.STRICTER)
            return
        yield from self._compare_bounds(old, new, path)
        if not counts[0] or not counts[1]:
            yield from self._compare_empty(old, new, path)
            return
        yield from self._compare_items(old, new, path)

    def _compare_bounds(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        before, after = old.bounds, new.bounds
        if before is None or after is None or before == after:
            return
        is_looser = after.least <= before.least and after.most >= before.most
        relation = Relation.LOOSER if is_looser else Relation.STRICTER
        text = f"the length was {_write_bounds(before)}, now {_write_bounds(after)}"
        yield Difference(render_path(path), text, relation)

    def _compare_empty(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        """Compare lists of which one example is empty; by `type`, it accepts any."""
        if not old.example and not new.example:
            return
        accepts_more = not new.example or old.rules is None
        relation = Relation.LOOSER if accepts_more else Relation.STRICTER
        yield _describe(path, old.value, new.value, relation)

    def _compare_items(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        counts = len(old.example), len(new.example)
        last = max(counts) if old.rules is not None else counts[0] - 1
        seen = set()
        found = False
        for index in range(last + 1):
            items = old.index(index), new.index(index)
            pair = items[0].freeze(), items[1].freeze()
            if pair in seen:
                continue
            seen.add(pair)
            step = Wildcard.INDEX if max(counts) == 1 else index
            for one in self.compare(*items, (*path, step)):
                found = True
                yield one
        if not found and not is_equal(old.example, new.example):
            text = "the example has other items"
            yield Difference(render_path(path), text, Relation.EXAMPLE)

    def _compare_others(
        self, old: _Point, new: _Point, path: tuple[PathToken, ...]
    ) -> Iterator[Difference]:
        """Compare containers whose members are not compared one by one."""
        same = freeze_rules(old.rules) == freeze_rules(new.rules)
        if same and self._same_rules and is_equal(old.example, new.example):
            return
        relation = Relation.UNDECIDED
        if same and self._same_rules and _have_same_members(old, new):
            relation = Relation.EXAMPLE
        elif _get_variants(new) and _get_variants(new) <= _get_variants(old):
            relation = Relation.LOOSER
            if _get_variants(new) == _get_variants(old):
                relation = Relation.EXAMPLE
        elif old.rules is None:
            fits = match_json(new.example, old.example, new.place, strict=self._strict)
            relation = Relation.UNDECIDED if fits else Relation.STRICTER
            if fits and old.place.is_leaf and not _has_objects(old.example):
                relation = Relation.LOOSER
        yield _describe(path, old.value, new.value, relation)


def _have_same_members(old: _Point, new: _Point) -> bool:
    """Return whether the members of two examples with eachValue accept the same."""
    assert old.rules is not None  # noqa: S101 -- the caller compares two with rules
    walks = {rule.kind.walk for rule in old.rules.rules}
    if not walks <= {Walk.EACH_KEY, Walk.EACH_VALUE} or Walk.EACH_VALUE not in walks:
        return False
    inner = [
        rule.inner for rule in old.rules.rules if rule.kind.walk is Walk.EACH_VALUE
    ]
    kinds = []
    for one in (old, new):
        members = one.example
        values = members.values() if isinstance(members, dict) else members
        places = [Place((), rules, cascaded=False) for rules in inner]
        kinds.append(
            {_Point(value, place).freeze() for value in values for place in places}
        )
    return bool(kinds[0]) and kinds[0] == kinds[1]


def _get_variants(point: _Point) -> frozenset[Hashable]:
    """Return the variants of arrayContains; empty for other rules."""
    rules = point.rules.rules if point.rules is not None else ()
    if len(rules) != 1 or rules[0].kind.walk is not Walk.VARIANTS:
        return frozenset()
    found: set[Hashable] = set()
    for data in rules[0].rule.attributes.get("variants") or ():
        try:
            example = point.example[data.get("index", 0)]
            written = data.get("rules")
            lists = {
                path: parse_rule_list(one) for path, one in (written or {}).items()
            }
        except (ValueError, TypeError, AttributeError, LookupError):
            return frozenset()
        has_rules = written is not None
        if not has_rules:
            found.add((freeze_json(example), None))
            continue
        found.add(
            (_Point(example, RuleTree(lists).root).freeze(), freeze_rule_lists(lists))
        )
    return frozenset(found)


def _has_objects(value: Json) -> bool:
    """Return whether a value contains an object, which may have further keys."""
    if isinstance(value, list):
        return any(map(_has_objects, value))
    return isinstance(value, dict)


def _get_container_type(example: Json) -> type | None:
    return type(example) if isinstance(example, (dict, list)) else None


def _describe(
    path: tuple[PathToken, ...], old: Value, new: Value, relation: Relation
) -> Difference:
    return Difference(render_path(path), describe_values(old, new, relation), relation)


def describe_values(old: Value, new: Value, relation: Relation) -> str:
    """Describe a change of an expected value in words."""
    if relation is Relation.EXAMPLE:
        shown = format_json_value(old.example), format_json_value(new.example)
        return f"the example was {shown[0]}, now {shown[1]}"
    return f"was {old.describe()}, now {new.describe()}"


def _write_bounds(bounds: _Bounds) -> str:
    if bounds.least == bounds.most:
        return f"exactly {bounds.least}"
    if bounds.most == _NO_LIMIT:
        return f"at least {bounds.least}" if bounds.least else "any"
    return f"{bounds.least} to {int(bounds.most)}"
