"""Compile rule lists, and choose the list that applies at a place in a body.

The rule paths of a body form a tree, which is walked together with the body. All lists
are ranked when they are compiled, as the weight of a path depends on the path alone. Of
the paths that end at a place and those of its parents, which cascade, the list with the
greatest rank is chosen; it is cached, so that a step costs the same with many rules.

Source: docs/internals/specification.md, "5. Path expressions and rule selection".
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from operator import attrgetter, itemgetter
from typing import NamedTuple, TypeVar

from pypact._dataclasses import dataclass
from pypact.errors import InvalidPact
from pypact.model.json import Json
from pypact.model.mismatches import escape_template
from pypact.model.rules import (
    MatchingRules,
    PathToken,
    Rule,
    RuleList,
    RulePath,
    Wildcard,
    parse_path,
)
from pypact.rules.scalars import UNABLE_TO_MATCH, ValueCheck
from pypact.rules.table import (
    RULES,
    clear_on_register,
    find_kind,
    parse_rule,
    parse_rule_list,
)

Found = TypeVar("Found")


class CompiledRule:
    """A matching rule with its checks, which are built when first used.

    `min_length` and `max_length` limit the length of a list or an object.
    """

    __slots__ = (
        "_inner",
        "_json",
        "_text",
        "_variants",
        "is_known",
        "kind",
        "max_length",
        "min_length",
        "name",
        "rule",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name
        self.is_known = rule.name in RULES
        self.kind = find_kind(rule.name)
        self.min_length: int | None = rule.attributes.get("min")
        self.max_length: int | None = rule.attributes.get("max")
        self._json: ValueCheck | None = None
        self._text: ValueCheck | None = None
        self._inner: CompiledList | None = None
        self._variants: list[Variant] | str | None = None

    @property
    def json(self) -> ValueCheck:
        """The check for a JSON value."""
        if self._json is None:
            self._json = self.kind.json(self.rule.attributes)
        return self._json

    @property
    def text(self) -> ValueCheck:
        """The check for a string outside of JSON, such as a header value."""
        if self._text is None:
            self._text = self.kind.text(self.rule.attributes)
        return self._text

    def explain_error(self, error: Exception) -> str:
        """Return the message template for an error that the code of a rule raised."""
        text = str(error) or type(error).__name__
        return escape_template(
            f"the matching rule '{self.name}' cannot be used: {text}"
        )

    def check_value(
        self, expected: Json, actual: Json, *, cascaded: bool = False
    ) -> str | None:
        """Check a value; of a list or an object, also the length, but not the items.

        Two lists are checked by `list`, if the rule has it, other values by `json`.
        """
        make = self.kind.list
        are_lists = isinstance(expected, list) and isinstance(actual, list)
        check = make(self.rule.attributes) if make and are_lists else self.json
        problem = check(expected, actual)
        if problem is None and not cascaded and isinstance(actual, (list, dict)):
            return self.check_length(len(actual))
        return problem

    def check_list(
        self, expected: list[Json], actual: list[Json], *, cascaded: bool
    ) -> str | None:
        """Check a list as a whole; a `cascaded` rule was declared at a parent."""
        if self.kind.list is not None:
            try:
                check = self.kind.list(self.rule.attributes)
                # A rule of a parent that the empty example itself fails is not meant
                # for this list.
                if cascaded and not expected and check(expected, expected) is not None:
                    return None
                return check(expected, actual)
            except Exception as error:  # noqa: BLE001 -- a registered rule's own code
                return self.explain_error(error)
        if not expected:
            return None
        if not self.kind.accepts_list:
            return UNABLE_TO_MATCH
        return None if cascaded else self.check_length(len(actual))

    def check_map(
        self, expected: dict[str, Json], actual: dict[str, Json], *, cascaded: bool
    ) -> str | None:
        """Check an object as a whole; its members are compared separately."""
        if not self.kind.accepts_map:
            return UNABLE_TO_MATCH
        if self.kind.list is not None:
            try:
                return self.json(expected, actual)
            except Exception as error:  # noqa: BLE001 -- a registered rule's own code
                return self.explain_error(error)
        return None if cascaded else self.check_length(len(actual))

    def check_bytes(self, expected: bytes, actual: bytes) -> str | None:
        """Check a binary body."""
        if self.kind.binary is None:
            return f"Unable to apply the matching rule '{self.name}' to binary contents"
        return self.kind.binary(self.rule.attributes)(expected, actual)

    def check_status(self, expected: int, actual: int) -> str | None:
        """Check a status code."""
        make = self.kind.status or self.kind.json
        return make(self.rule.attributes)(expected, actual)

    def check_length(self, length: int) -> str | None:
        """Return a message template if a length is out of bounds, else None."""
        if self.min_length is not None and length < self.min_length:
            bound = "minimum size of {min}"
        elif self.max_length is not None and length > self.max_length:
            bound = "maximum size of {max}"
        else:
            return None
        return f"Expected {{actual}} (size {length}) to have {bound}"

    @property
    def inner(self) -> CompiledList:
        """The rules nested in eachKey or eachValue; equality if there are none."""
        if self._inner is None:
            self._inner = _parse_inner_rules(self.rule)
        return self._inner

    def variants(self, count: int) -> tuple[list[Variant], str | None]:
        """Return the variants of arrayContains, or none and a message template."""
        if not self.rule.attributes.get("variants"):
            return [Variant(index, _EQUALITY_TREE) for index in range(count)], None
        if self._variants is None:
            try:
                self._variants = [
                    _parse_variant(data)
                    for data in _list_attribute(self.rule, "variants")
                ]
            except ValueError as error:
                self._variants = escape_template(f"The variants are not valid: {error}")
        if isinstance(self._variants, str):
            return [], self._variants
        return self._variants, None


class CompiledList:
    """A compiled rule list.

    `any` is true for the combination OR. `rank` orders the lists of one body: where
    several apply, the one with the greatest rank is used. `is_type_only` is true if all
    rules are `type` rules. `walks` are the walks of the rules, and None for a rule
    without one. If `has_lengths`, a length that all rules accept is in `lengths`.
    """

    __slots__ = (
        "any",
        "has_lengths",
        "has_type_rule",
        "is_type_only",
        "lengths",
        "rank",
        "rules",
        "walks",
    )

    def __init__(
        self, rules: Iterable[CompiledRule], combine: str = "AND", rank: int = 0
    ) -> None:
        self.rules = tuple(rules)
        self.any = combine == "OR"
        self.rank = rank
        kinds = list(map(attrgetter("kind"), self.rules))
        self.walks = frozenset(map(attrgetter("walk"), kinds))
        compares_types = list(map(attrgetter("compares_types"), kinds))
        self.has_type_rule = True in compares_types
        self.is_type_only = self.has_type_rule and False not in compares_types
        # Whether a rule limits the length of the value that it applies to.
        least = [rule.min_length for rule in self.rules if rule.min_length is not None]
        most = [rule.max_length for rule in self.rules if rule.max_length is not None]
        self.has_lengths = bool(least or most)
        self.lengths = 0, sys.maxsize
        if self.is_type_only:  # the attributes of other rules may be no lengths
            self.lengths = max(least, default=0), min(most, default=sys.maxsize)

    def with_rank(self, rank: int) -> CompiledList:
        """Return a copy with another rank."""
        copied = CompiledList.__new__(CompiledList)
        copied.rules, copied.any, copied.rank = self.rules, self.any, rank
        copied.walks, copied.lengths = self.walks, self.lengths
        copied.has_lengths, copied.has_type_rule = self.has_lengths, self.has_type_rule
        copied.is_type_only = self.is_type_only
        return copied

    def passes(self, expected: Json, actual: Json) -> bool:
        """Return whether a JSON value as a whole satisfies the rules."""
        for rule in self.rules:
            try:
                has_passed = rule.json(expected, actual) is None
            except Exception:  # noqa: BLE001 -- find_json_failures reports it
                has_passed = False
            if has_passed is self.any:
                return self.any
        return not self.any

    def passes_text(self, expected: str, actual: str) -> bool:
        """Return whether a string, such as a header value, satisfies the rules."""
        for rule in self.rules:
            try:
                has_passed = rule.text(expected, actual) is None
            except Exception:  # noqa: BLE001 -- find_text_failures reports it
                has_passed = False
            if has_passed is self.any:
                return self.any
        return not self.any

    def merge_findings(
        self, results: Iterable[Sequence[Found]], identity: Callable[[Found], Hashable]
    ) -> Sequence[Found]:
        """Merge findings of unequal `identity`; with OR, one rule without any wins."""
        if len(self.rules) == 1:
            return next(iter(results))
        found: dict[Hashable, Found] = {}
        for result in results:
            if self.any and not result:
                return ()
            for one in result:
                found.setdefault(identity(one), one)
        return list(found.values())

    def find_failures(
        self, apply: Callable[[CompiledRule], str | None]
    ) -> list[tuple[Rule, str]]:
        """Return (failed rule, template); with OR, nothing if one rule passes."""
        found: list[tuple[Rule, str]] = []
        for rule in self.rules:
            try:
                problem = apply(rule)
            except Exception as error:  # noqa: BLE001 -- a registered rule's own code
                problem = rule.explain_error(error)
            if problem is None:
                if self.any:
                    return []
            elif (rule.rule, problem) not in found:
                found.append((rule.rule, problem))
        return found

    def find_text_failures(self, expected: str, actual: str) -> list[tuple[Rule, str]]:
        """Return (failed rule, message template) for a string."""
        return self.find_failures(lambda rule: rule.text(expected, actual))

    def find_json_failures(
        self, expected: Json, actual: Json
    ) -> list[tuple[Rule, str]]:
        """Return (failed rule, message template) for a JSON value as a whole."""
        return self.find_failures(lambda rule: rule.json(expected, actual))


def compile_rule_list(rules: RuleList, rank: int = 0) -> CompiledList:
    """Compile a rule list; `rank` is its rank among the lists of one body."""
    if len(rules.rules) > _MOST_RULES:
        # An unknown rule: no value passes, and its name is shown.
        rules = RuleList((Rule(f"more than {_MOST_RULES} rules for one place"),))
    return CompiledList(map(CompiledRule, rules.rules), rules.combine, rank)


@functools.cache
def compile_named_rules(*names: str) -> CompiledList:
    """Compile a list of rules given by their names, without attributes."""
    return CompiledList(CompiledRule(Rule(name)) for name in names)


clear_on_register(compile_named_rules.cache_clear)


def compile_category_rules(rules: MatchingRules, category: str) -> CompiledList | None:
    """Compile the rules of a category with a single value: path or status."""
    if category not in rules:
        return None
    return compile_rules_by_name(rules, category).get("")


def compile_rules_by_name(
    rules: MatchingRules, category: str, *, ignore_case: bool = False
) -> Mapping[str, CompiledList]:
    """Compile the rules of a category by name, with `ignore_case` in lower case."""
    lists = rules.get(category)
    if not lists:
        return _NO_LISTS
    found: dict[str, CompiledList] = {}
    for name in sorted(lists):  # as the writer of contracts sorts them
        key = name.lower() if ignore_case else name
        if lists[name].rules and key not in found:
            found[key] = compile_rule_list(lists[name])
    return found


_NO_LISTS: Mapping[str, CompiledList] = {}


INVALID_PATH = "The path of the matching rule is not valid: "


class RankedList(NamedTuple):
    """A compiled rule list with its rule path."""

    path: RulePath
    list: CompiledList


class RuleTree:
    """The rules of one body, by rule path.

    `ranked` holds the rule lists in order of their rank, the lowest first; `root` is
    the place `$`, `document` that of the document in XML. `invalid_paths` has (path,
    reason) for each invalid path: its rules are not in the tree.
    """

    __slots__ = ("document", "invalid_paths", "ranked", "root")

    def __init__(self, rules: Mapping[str, RuleList]) -> None:
        self.invalid_paths: list[tuple[str, str]] = []
        self.ranked: list[RankedList] = []
        if rules:
            self.ranked = _rank_lists(rules, self.invalid_paths)
        if not self.ranked:
            self.root = _NOWHERE
            self.document = ElementPlace((), None, cascaded=True, is_typed=False)
            return
        top = _Node()
        for ranked in self.ranked:
            node = top
            for token in ranked.path.tokens:
                # Most steps are names that are there already.
                node = node.children.get(token) or node.child(token)  # type: ignore[arg-type]  # a wildcard or an index is not found
            # Sorted by rank: of two paths to one node, the later has the greater rank.
            node.rule_list = ranked.list
            node.has_type_rule |= ranked.list.has_type_rule
        counter = _StepCounter()
        self.root = Place((top,), top.rule_list, cascaded=False, counter=counter)
        self.document = ElementPlace.start(top, counter)

    def __bool__(self) -> bool:
        return bool(self.ranked)

    def choose(self, *steps: str | int) -> CompiledList | None:
        """Return the rule list that applies at the end of these steps, if any."""
        place = self.root
        for step in steps:
            place = place.step(step)
        return place.best


_Compiled = TypeVar("_Compiled")


def _cache_by_identity(
    compile_rules: Callable[[Mapping[str, RuleList]], _Compiled],
) -> Callable[[Mapping[str, RuleList]], _Compiled]:
    """Cache what rules are compiled to, by the identity of their mapping.

    Equal rules of a contract are one mapping (`formats/rules.py`), so that they are
    compiled once. A hash of the rules would cost more than compiling most of them.
    """
    cache: dict[int, tuple[tuple[tuple[str, RuleList], ...], _Compiled]] = {}

    @functools.wraps(compile_rules)
    def look_up(rules: Mapping[str, RuleList]) -> _Compiled:
        items = tuple(rules.items())
        found = cache.get(id(rules))
        # Another mapping may have got the identity; equal items are mostly identical.
        if found is not None and found[0] == items:
            return found[1]
        compiled = compile_rules(rules)
        if len(cache) >= _MOST_CACHED:
            cache.clear()
        cache[id(rules)] = items, compiled
        return compiled

    clear_on_register(cache.clear)
    return look_up


_MOST_CACHED = 512


@_cache_by_identity
def compile_tree(rules: Mapping[str, RuleList]) -> RuleTree:
    """Compile the rules of one body."""
    return RuleTree(rules)


class CrossingPathsError(InvalidPact):
    """Rule paths with wildcards lead to the same places in too many ways."""

    def __init__(self) -> None:
        super().__init__(
            "the matching rules of the body",
            read="rule paths that cross at too many places",
            wanted="fewer rule paths with wildcards",
        )


class _StepCounter:
    """A counter of the steps of rule paths that were followed in one tree.

    Of n rule paths with wildcards at any step, 2ⁿ combinations can apply to a place.
    """

    __slots__ = ("_left",)

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def count(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise CrossingPathsError


_MOST_STEPS = 1_000_000
_NO_STEPS = _StepCounter()
_POSITION_COST = 8  # in steps
_FEW_NODES = 8
_FEW_CHILDREN = 64


class Place:
    """A place in a body; places to which the same rules apply may share one object.

    `best` is the rule list that applies here, `cascaded` is true if its path ends at a
    parent. If `is_leaf`, no rule path leads further down.
    """

    __slots__ = (
        "_counter",
        "_expands_names",
        "_indexes",
        "_names",
        "_nodes",
        "_number_place",
        "_other_place",
        "_stars",
        "best",
        "cascaded",
        "is_leaf",
    )

    _names: dict[str, Place] | None
    # Whether places are added to `_names` when they are first entered.
    _expands_names: bool
    _indexes: dict[int, Place]
    _number_place: Place
    _other_place: Place
    _stars: list[_Node]

    def __init__(
        self,
        nodes: Sequence[_Node],
        best: CompiledList | None,
        *,
        cascaded: bool,
        counter: _StepCounter = _NO_STEPS,
    ) -> None:
        self.best = best
        self.cascaded = cascaded
        self.is_leaf = not _have_children(nodes)
        self._nodes = nodes
        self._counter = counter
        self._names = None

    def name(self, key: str) -> Place:
        """Return the place of a key of an object."""
        if self._names is None:
            self._names = self._expand()
        found = self._names.get(key)
        if found is not None:
            return found
        if self._expands_names:
            fitting = [n.children[key] for n in self._nodes if key in n.children]
            if fitting:
                found = self._names[key] = self._make_named(key, fitting)
                return found
        return self._number_place if is_index(key) else self._other_place

    def index(self, index: int) -> Place:
        """Return the place of an item of a list."""
        if self._names is None:
            self._names = self._expand()
        if self._expands_names:
            return self.name(str(index))
        return self._indexes.get(index, self._number_place)

    def step(self, step: str | int) -> Place:
        """Return the place of a key or an item."""
        return self.index(step) if isinstance(step, int) else self.name(step)

    def _expand(self) -> dict[str, Place]:
        nodes = self._nodes
        stars = [node.star for node in nodes if node.star]
        index_stars = [node.index_star for node in nodes if node.index_star]
        self._other_place = self._make_place(stars)
        self._number_place = (
            self._make_place([*stars, *index_stars])
            if index_stars
            else self._other_place
        )
        self._stars = stars
        self._indexes = {}
        names: dict[str, Place] = {}
        count = sum(len(node.children) for node in nodes)
        self._counter.count(len(nodes))
        self._expands_names = _has_many_children(nodes, count)
        if self._expands_names:
            return names
        self._counter.count(count)
        for name, fitting in _group_children(nodes).items():
            place = names[name] = self._make_named(name, fitting)
            if is_index(name):
                self._indexes[int(name)] = place
        return names

    def _make_named(self, name: str, fitting: Sequence[_Node]) -> Place:
        """Make the place of a name from the nodes that its rule paths lead to."""
        nodes = [*fitting, *self._stars]
        if is_index(name):
            nodes += [node.index_star for node in self._nodes if node.index_star]
        self._counter.count(len(nodes))
        return self._make_place(nodes)

    def _make_place(self, nodes: Sequence[_Node]) -> Place:
        if not nodes:
            return self._below
        best, cascaded = self.best, True
        for node in nodes:
            rule_list = node.rule_list
            if rule_list is not None and (best is None or rule_list.rank > best.rank):
                best, cascaded = rule_list, False
        return Place(nodes, best, cascaded=cascaded, counter=self._counter)

    @property
    def _below(self) -> Place:
        """The place of children without rule paths of their own: `best` cascades."""
        if self.best is None:
            return _NOWHERE
        if self.cascaded and not self._nodes:
            return self
        return Place((), self.best, cascaded=True)


def _have_children(nodes: Sequence[_Node]) -> bool:
    return any(node.children or node.star or node.index_star for node in nodes)


def _has_many_children(nodes: Sequence[_Node], count: int) -> bool:
    """Return whether places of children are made only when they are entered.

    The node of a wildcard belongs to many places, each of which enters few of its
    children. With many nodes it is quicker to list the children once.
    """
    return 1 < len(nodes) <= _FEW_NODES and count > _FEW_CHILDREN


def _group_children(nodes: Sequence[_Node]) -> dict[str, list[_Node]]:
    by_name: dict[str, list[_Node]] = {}
    for node in nodes:
        for name, child in node.children.items():
            by_name.setdefault(name, []).append(child)
    return by_name


class ElementPlace:
    """A place in an XML document: that of an element, an attribute or a text.

    `best` and `cascaded` are those of `Place`. `is_typed` is true if there is a `type`
    rule at this place or a parent. If `is_leaf`, no rule path leads further down. An
    index in a path refers to the element before it.
    """

    __slots__ = (
        "_counter",
        "_expands_names",
        "_nodes",
        "_others",
        "_stars",
        "_steps",
        "best",
        "cascaded",
        "is_leaf",
        "is_typed",
    )

    _others: dict[int | None, ElementPlace]
    _expands_names: bool
    _stars: list[_Node]

    def __init__(
        self,
        nodes: Sequence[_Node],
        best: CompiledList | None,
        *,
        cascaded: bool,
        is_typed: bool,
        counter: _StepCounter = _NO_STEPS,
    ) -> None:
        self.best = best
        self.cascaded = cascaded
        self.is_typed = is_typed
        self.is_leaf = not _have_children(nodes)
        self._nodes = nodes
        self._counter = counter
        self._steps: dict[str, dict[int | None, ElementPlace]] | None = None

    @classmethod
    def start(cls, top: _Node, counter: _StepCounter) -> ElementPlace:
        """Return the place of the document, the parent of the root element."""
        nothing = cls((), None, cascaded=True, is_typed=False, counter=counter)
        return nothing._enter_nodes(_follow_indexes([top], 0))

    def enter(self, name: str, position: int = 0) -> ElementPlace:
        """Return the place of a child, `@attribute` or `#text`.

        `position` is the index of the child among the children with its name.
        """
        if self._steps is None:
            self._steps = self._expand()
        found = self._steps.get(name)
        if found is None:
            found = self._others
            if self._expands_names and any(name in n.children for n in self._nodes):
                found = self._steps[name] = self._make_named(name)
        return found.get(position) or found[None]

    def _expand(self) -> dict[str, dict[int | None, ElementPlace]]:
        nodes = self._nodes
        self._stars = [node.star for node in nodes if node.star]
        self._others = self._by_position(self._stars)
        count = sum(len(node.children) for node in nodes)
        self._expands_names = _has_many_children(nodes, count)
        if self._expands_names:
            return {}
        self._counter.count(count)
        by_name = _group_children(nodes)
        return {
            name: self._by_position([*fitting, *self._stars])
            for name, fitting in by_name.items()
        }

    def _make_named(self, name: str) -> dict[int | None, ElementPlace]:
        found = [node.children[name] for node in self._nodes if name in node.children]
        return self._by_position([*found, *self._stars])

    def _by_position(self, nodes: Sequence[_Node]) -> dict[int | None, ElementPlace]:
        """Return the places of a child by its position; None is any other position."""
        reached = list(nodes)
        positions: set[int] = set()
        for node in reached:  # the list grows
            positions.update(map(int, node.indexes))
            reached += [node.children[name] for name in node.indexes]
            reached += [node.index_star] if node.index_star else []
        self._counter.count(len(nodes) + _POSITION_COST * len(nodes) * len(positions))
        return {
            position: self._enter_nodes(_follow_indexes(nodes, position))
            for position in (None, *positions)
        }

    def _enter_nodes(self, nodes: Sequence[_Node]) -> ElementPlace:
        if not nodes and self.cascaded and not self._nodes:
            return self
        best, cascaded, is_typed = self.best, True, self.is_typed
        for node in nodes:
            is_typed |= node.has_type_rule
            rule_list = node.rule_list
            if rule_list is not None and (best is None or rule_list.rank > best.rank):
                best, cascaded = rule_list, False
        return ElementPlace(
            nodes, best, cascaded=cascaded, is_typed=is_typed, counter=self._counter
        )


def _follow_indexes(nodes: Sequence[_Node], position: int | None) -> list[_Node]:
    """Return the nodes, and those that only indexes of this position lead to."""
    reached = list(nodes)
    for node in reached:  # the list grows
        if node.index_star is not None:
            reached.append(node.index_star)
        if position is not None and str(position) in node.children:
            reached.append(node.children[str(position)])
    return reached


class _Node:
    """A step of the rule paths; `rule_list` has the path that ends here.

    `indexes` are the names of children that are also indexes.
    """

    __slots__ = (
        "children",
        "has_type_rule",
        "index_star",
        "indexes",
        "rule_list",
        "star",
    )

    def __init__(self) -> None:
        self.rule_list: CompiledList | None = None
        self.has_type_rule = False
        self.children: dict[str, _Node] = {}
        self.indexes: list[str] = []
        self.star: _Node | None = None
        self.index_star: _Node | None = None

    def child(self, token: PathToken) -> _Node:
        """Return the child node for a step of a rule path; add it if it is missing."""
        if token is Wildcard.ANY:
            self.star = self.star or _Node()
            return self.star
        if token is Wildcard.INDEX:
            self.index_star = self.index_star or _Node()
            return self.index_star
        # A name of digits and an index are the same step.
        name = str(token)
        if name not in self.children:
            self.children[name] = _Node()
            if is_index(name):
                self.indexes.append(name)
        return self.children[name]


def is_index(name: str) -> bool:
    """Return whether a key can also be read as an index: "0", "10", not "01"."""
    return name.isdigit() and name.isascii() and (name == "0" or name[0] != "0")


def get_path_rank(tokens: Iterable[PathToken]) -> tuple[int, tuple[bool, ...]]:
    """Return the sort key of a rule path: weight times length, then later stars."""
    is_exact = tuple(not isinstance(token, Wildcard) for token in tokens)
    return 2 ** (1 + sum(is_exact)) * (1 + len(is_exact)), is_exact


def _rank_lists(
    rules: Mapping[str, RuleList], invalid_paths: list[tuple[str, str]]
) -> list[RankedList]:
    """Compile and rank rule lists; add (path, reason) for each invalid path."""
    # 5.3: an empty rule list is ignored.
    # Sorted, as the writer of contracts sorts them: of paths with equal keys, the last
    # gets the greater rank, because sorting is stable.
    paths = []
    for text in sorted(rules):
        if not rules[text].rules:
            continue
        try:
            path, key = _parse_ranked_path(text)
        except ValueError as error:
            invalid_paths.append((text, str(error)))
        else:
            paths.append((key, path, rules[text]))
    paths.sort(key=itemgetter(0))
    return [
        RankedList(path, _compile_ranked_list(rule_list, rank))
        for rank, (_, path, rule_list) in enumerate(paths)
    ]


@functools.lru_cache(maxsize=4096)
def _parse_ranked_path(text: str) -> tuple[RulePath, tuple[int, tuple[bool, ...]]]:
    """Parse a rule path, and return it with its sort key."""
    path = parse_path(text)
    return path, get_path_rank(path.tokens)


def _compile_ranked_list(rules: RuleList, rank: int) -> CompiledList:
    if len(rules.rules) > 1 or rules.rules[0].attributes:
        return compile_rule_list(rules, rank)
    # Most lists are one rule without attributes, such as `type`.
    return compile_named_rules(rules.rules[0].name).with_rank(rank)


_MOST_RULES = 20
_NOWHERE = Place((), None, cascaded=True)


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of arrayContains: rules and generators relative to its example item."""

    index: int
    tree: RuleTree
    generators: Json = None


def _parse_inner_rules(rule: Rule) -> CompiledList:
    try:
        rules = tuple(parse_rule(data) for data in _list_attribute(rule, "rules"))
    except ValueError as error:
        # The result is an unknown rule, so that no value passes and the text is shown.
        rules = (Rule(f"{rule.name}: {error}"),)
    return compile_rule_list(RuleList(rules or (Rule("equality"),)))


def _list_attribute(rule: Rule, attribute: str) -> list[Json]:
    written = rule.attributes.get(attribute) or []
    if isinstance(written, list):
        return written
    raise ValueError(f"'{attribute}' of {rule.name}: expected a list, got {written!r}")


def _parse_variant(data: Json) -> Variant:
    if not isinstance(data, dict):
        raise ValueError(f"expected a variant object, got {data!r}")  # noqa: TRY004 -- one error type for all bad data
    index = data.get("index", 0)
    if not isinstance(index, int) or index < 0:
        raise ValueError(
            f"the index of a variant must be an integer from 0, not {index!r}"
        )
    rules = data.get("rules")
    generators = data.get("generators")
    if rules is None:
        return Variant(index, _EQUALITY_TREE, generators)
    if not isinstance(rules, Mapping):
        raise ValueError(f"the rules of a variant must be an object, not {rules!r}")  # noqa: TRY004 -- one error type for all bad data
    lists = {path: parse_rule_list(item) for path, item in rules.items()}
    tree = RuleTree(lists)
    for _, reason in tree.invalid_paths:
        raise ValueError(f"{INVALID_PATH}{reason}")
    return Variant(index, tree, generators)


_EQUALITY_TREE = RuleTree({"$": RuleList((Rule("equality"),))})
