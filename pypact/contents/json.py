"""Do these two JSON bodies match?

The expected body and its rules are compiled once. The body is then walked together with
the tree of rule paths; where no rule reaches, or only a cascading `type`, a tight loop
decides, and a path is made only for what differs.

Source: semantics sections 4.4 (JSON), 5.4 (cascading), 5.5 (combining), 6.2
(collections), 6.5 (arrayContains) and 6.6 (values, eachValue, eachKey).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pypact.contents import ExpectedBody
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json, compact, parse
from pypact.model.mismatches import Kind, Mismatch, quoted
from pypact.model.paths import Token, render
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import (
    CompiledList,
    CompiledRule,
    compile_list,
    compile_rules,
)
from pypact.rules.scalars import NOT_EQUAL
from pypact.rules.table import parse_rule, parse_rule_list
from pypact.rules.tree import UNREADABLE_PATH, Node, RuleTree
from pypact.rules.values import equal, same_kind

__all__ = ["JsonPlan"]

_Live: TypeAlias = tuple[Node, ...]
"""The nodes of the rule tree that fit the path walked so far."""

_Trail: TypeAlias = tuple[object, ...]
"""A path as (trail before, last step); the root is ()."""


class JsonPlan:
    """An expected JSON body with its rules."""

    __slots__ = ("_bytes", "_error", "_expected", "_strict", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._bytes = expected.content
        self._tree = RuleTree(expected.rules)
        self._strict = expected.strict
        self._error: str | None = None
        self._expected: Json = None
        try:
            self._expected = parse(expected.content)
        except ValueError as error:
            self._error = str(error)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Compare an actual body."""
        if not self._tree and not self._tree.problems and actual == self._bytes:
            return [] if self._error is None else self._unreadable(actual, None)
        try:
            value = parse(actual)
        except ValueError as error:
            return self._unreadable(actual, str(error))
        if self._error is not None:
            return self._unreadable(actual, None)
        try:
            return self._problems() + Walk(strict=self._strict).compare(
                self._expected, value, self._tree
            )
        except RecursionError:
            return [
                _body("$", None, "…", "…", "The JSON is nested too deeply to compare")
            ]

    def _problems(self) -> list[Mismatch]:
        return [
            _body(path, None, path, None, quoted(f"{UNREADABLE_PATH}{why}"))
            for path, why in self._tree.problems
        ]

    def _unreadable(self, actual: bytes, error: str | None) -> list[Mismatch]:
        found = []
        for side, reason in (("expected", self._error), ("actual", error)):
            if reason is not None:
                problem = f"Failed to parse the {side} body: {quoted(reason)}"
                found.append(
                    _body("$", None, _excerpt(self._bytes), _excerpt(actual), problem)
                )
        return found


class Walk:
    """One comparison of two JSON values."""

    __slots__ = ("_strict",)

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict

    def compare(self, expected: Json, actual: Json, tree: RuleTree) -> list[Mismatch]:
        """Compare two bodies from their roots."""
        best = tree.root.ends
        live = (tree.root,) if tree else ()
        return self._value(expected, actual, (), live, best, cascaded=False)

    def _value(
        self,
        expected: Json,
        actual: Json,
        trail: _Trail,
        live: _Live,
        best: CompiledList | None,
        *,
        cascaded: bool,
    ) -> list[Mismatch]:
        if not live:
            if best is None:
                if _same(expected, actual, self._strict):
                    return []
            elif cascaded and best.only_type and _alike(expected, actual, self._strict):
                return []
        if isinstance(expected, dict):
            if isinstance(actual, dict):
                return self._map(expected, actual, trail, live, best, cascaded=cascaded)
            return [_mismatch(trail, None, expected, actual, _TYPE_MISMATCH)]
        if isinstance(expected, list):
            if isinstance(actual, list):
                return self._list(
                    expected, actual, trail, live, best, cascaded=cascaded
                )
            return [_mismatch(trail, None, expected, actual, _TYPE_MISMATCH)]
        if best is None:
            if equal(expected, actual):
                return []
            return [_mismatch(trail, None, expected, actual, NOT_EQUAL)]
        return [
            _mismatch(trail, rule, expected, actual, problem)
            for rule, problem in best.failures(
                lambda rule: _scalar_problem(rule, expected, actual, cascaded=cascaded)
            )
        ]

    def _child(
        self,
        expected: Json,
        actual: Json,
        trail: _Trail,
        step: str | int,
        live: _Live,
        best: CompiledList | None,
    ) -> list[Mismatch]:
        """Compare what lies one step below."""
        cascaded = True
        below: list[Node] = []
        for node in live:
            for fitting in node.fitting(step):
                below.append(fitting)
                ends = fitting.ends
                if ends is not None and (best is None or ends.rank > best.rank):
                    best = ends
                    cascaded = False
        return self._value(
            expected, actual, (trail, step), tuple(below), best, cascaded=cascaded
        )

    # -- maps --------------------------------------------------------------------------

    def _map(
        self,
        expected: dict[str, Json],
        actual: dict[str, Json],
        trail: _Trail,
        live: _Live,
        best: CompiledList | None,
        *,
        cascaded: bool,
    ) -> list[Mismatch]:
        if self._strict and not expected and actual:
            return [_mismatch(trail, None, expected, actual, _NOT_EMPTY_MAP)]

        def common() -> list[Mismatch]:
            return [
                found
                for key in expected.keys() & actual.keys()
                for found in self._child(
                    expected[key], actual[key], trail, key, live, best
                )
            ]

        common = _once(common)
        if best is None:
            return self._keys(expected, actual, trail) + common()
        free = not cascaded and not best.names.isdisjoint(_FREE_KEYS)

        def judge(rule: CompiledRule) -> list[Mismatch]:
            if not cascaded and rule.name in ("values", "arrayContains"):
                return self._each_value(expected, actual, trail, live, best)
            if not cascaded and rule.name == "eachValue":
                inner = _inner_rules(rule.rule)
                return self._each_value(expected, actual, trail, (), inner, fresh=True)
            found = _map_problems(rule, expected, actual, trail, cascaded=cascaded)
            if not free:
                found += self._keys(expected, actual, trail)
            if rule.name == "eachKey" and not cascaded:
                found += _key_problems(rule.rule, actual, trail)
            return found + common()

        return best.combined(map(judge, best.rules))

    def _keys(
        self, expected: dict[str, Json], actual: dict[str, Json], trail: _Trail
    ) -> list[Mismatch]:
        if self._strict:
            if expected.keys() == actual.keys():
                return []
            problem = (
                "Expected a Map with keys [{expected:list}] "
                "but received one with keys [{actual:list}]"
            )
            return [_mismatch(trail, None, sorted(expected), sorted(actual), problem)]
        missing = expected.keys() - actual.keys()
        if not missing:
            return []
        problem = "Actual map is missing the following keys: {expected:list}"
        return [_mismatch(trail, None, sorted(missing), sorted(actual), problem)]

    def _each_value(
        self,
        expected: dict[str, Json],
        actual: dict[str, Json],
        trail: _Trail,
        live: _Live,
        best: CompiledList | None,
        *,
        fresh: bool = False,
    ) -> list[Mismatch]:
        """Compare each actual value with that of the same key, or with the first."""
        if not expected:
            return []
        first = next(iter(expected.values()))
        found = []
        for key, value in actual.items():
            example = expected.get(key, first)
            if fresh:
                found += self._value(
                    example, value, (trail, key), (), best, cascaded=False
                )
            else:
                found += self._child(example, value, trail, key, live, best)
        return found

    # -- lists -------------------------------------------------------------------------

    def _list(
        self,
        expected: list[Json],
        actual: list[Json],
        trail: _Trail,
        live: _Live,
        best: CompiledList | None,
        *,
        cascaded: bool,
    ) -> list[Mismatch]:
        if best is None:
            return self._plain_list(expected, actual, trail, live)

        def contents() -> list[Mismatch]:
            return [
                found
                for index, value in enumerate(actual)
                for found in self._child(
                    expected[index] if index < len(expected) else expected[0],
                    value,
                    trail,
                    index,
                    live,
                    best,
                )
            ]

        contents = _once(contents)

        def judge(rule: CompiledRule) -> list[Mismatch]:
            if not expected:
                if rule.name == "equality" or (
                    rule.name == "notEmpty" and not cascaded
                ):
                    return _list_problems(
                        rule, expected, actual, trail, cascaded=cascaded
                    )
                return []
            if rule.name == "arrayContains":
                return self._array_contains(rule.rule, expected, actual, trail)
            if rule.name == "eachValue":
                if cascaded:
                    return []
                inner = _inner_rules(rule.rule)
                return [
                    found
                    for index, value in enumerate(actual)
                    for found in self._value(
                        expected[index] if index < len(expected) else expected[0],
                        value,
                        (trail, index),
                        (),
                        inner,
                        cascaded=False,
                    )
                ]
            found = _list_problems(rule, expected, actual, trail, cascaded=cascaded)
            return found + contents()

        return best.combined(map(judge, best.rules))

    def _plain_list(
        self, expected: list[Json], actual: list[Json], trail: _Trail, live: _Live
    ) -> list[Mismatch]:
        if not expected:
            if not actual:
                return []
            return [_mismatch(trail, None, expected, actual, _NOT_EMPTY_LIST)]
        found: list[Mismatch] = []
        for index, example in enumerate(expected):
            if index < len(actual):
                found += self._child(example, actual[index], trail, index, live, None)
            elif not any(
                fitting.ends is not None
                for node in live
                for fitting in node.fitting(index)
            ):
                found.append(_mismatch(trail, None, example, None, _MISSING_ITEM))
        if len(expected) != len(actual):
            problem = (
                f"Expected a List with {len(expected)} elements "
                f"but received {len(actual)} elements"
            )
            found.append(_mismatch(trail, None, expected, actual, problem))
        return found

    def _array_contains(
        self, rule: Rule, expected: list[Json], actual: list[Json], trail: _Trail
    ) -> list[Mismatch]:
        variants, problem = _variants(rule, len(expected))
        if problem is not None:
            return [_mismatch(trail, rule, expected, actual, problem)]
        found = []
        for index, tree in variants:
            if index >= len(expected):
                problem = (
                    f"ArrayContains: variant {index} is missing from the expected list, "
                    f"which has {len(expected)} items"
                )
                found.append(_mismatch(trail, rule, expected, actual, problem))
            elif not any(
                not self.compare(expected[index], item, tree) for item in actual
            ):
                example = quoted(compact(_sorted(expected[index])))
                problem = (
                    f"Variant at index {index} ({example}) "
                    "was not found in the actual list"
                )
                found.append(_mismatch(trail, rule, expected[index], actual, problem))
        return found


# -- what one rule says of a container as such -----------------------------------------


def _scalar_problem(
    rule: CompiledRule, expected: Json, actual: Json, *, cascaded: bool
) -> str | None:
    if cascaded and rule.name in ("eachKey", "eachValue"):
        return None
    return rule.json(expected, actual)


def _map_problems(
    rule: CompiledRule,
    expected: dict[str, Json],
    actual: dict[str, Json],
    trail: _Trail,
    *,
    cascaded: bool,
) -> list[Mismatch]:
    problem: str | None
    if rule.name in ("equality", "notEmpty"):
        problem = rule.json(expected, actual)
    elif not rule.accepts_map:
        problem = _UNABLE if rule.is_known else rule.json(expected, actual)
    elif cascaded:
        problem = None
    else:
        problem = rule.length_problem(len(actual))
    return (
        []
        if problem is None
        else [_mismatch(trail, rule.rule, expected, actual, problem)]
    )


def _list_problems(
    rule: CompiledRule,
    expected: list[Json],
    actual: list[Json],
    trail: _Trail,
    *,
    cascaded: bool,
) -> list[Mismatch]:
    problem: str | None = None
    if rule.name == "equality":
        if not equal(expected, actual):
            problem = "Expected {actual} to be equal to {expected}"
    elif rule.name == "notEmpty":
        if not actual:
            problem = "Expected {actual:typed} to not be empty"
    elif rule.name in ("null", "statusCode"):
        problem = _UNABLE
    elif not rule.is_known:
        problem = rule.json(expected, actual)
    elif not cascaded:
        problem = rule.length_problem(len(actual))
    return (
        []
        if problem is None
        else [_mismatch(trail, rule.rule, expected, actual, problem)]
    )


def _key_problems(rule: Rule, actual: dict[str, Json], trail: _Trail) -> list[Mismatch]:
    inner = _inner_rules(rule)
    return [
        _mismatch((trail, key), failed, "", key, problem)
        for key in actual
        for failed, problem in inner.text_failures("", key)
    ]


def _inner_rules(rule: Rule) -> CompiledList:
    """The rules inside of eachKey or eachValue; without any, equality."""
    written = rule.attributes.get("rules") or []
    try:
        rules = tuple(parse_rule(item) for item in written)
    except (ValueError, TypeError) as error:
        return compile_list(RuleList((Rule(f"{rule.name}: {error}"),)))
    return compile_list(RuleList(rules)) if rules else compile_rules("equality")


def _variants(rule: Rule, count: int) -> tuple[list[tuple[int, RuleTree]], str | None]:
    """The variants of arrayContains as (index, rules), or what is wrong with them."""
    equality = {"$": RuleList((Rule("equality"),))}
    written = rule.attributes.get("variants")
    if not written:
        return [(index, RuleTree(equality)) for index in range(count)], None
    found = []
    try:
        for variant in written:
            rules = variant.get("rules")
            parsed = (
                equality
                if rules is None
                else {path: parse_rule_list(item) for path, item in rules.items()}
            )
            found.append((int(variant.get("index", 0)), RuleTree(parsed)))
    except (ValueError, AttributeError, TypeError) as error:
        return [], f"The variants of arrayContains cannot be read: {quoted(str(error))}"
    return found, None


# -- the tight loops -------------------------------------------------------------------


def _same(expected: Json, actual: Json, strict: bool) -> bool:  # noqa: FBT001 -- hot
    """Tell whether two values match where no rule reaches."""
    kind = type(expected)
    if kind is not type(actual):
        return False
    if kind is dict:
        if len(expected) > len(actual) or (strict and len(expected) != len(actual)):
            return False
        for key, value in expected.items():
            if key not in actual or not _same(value, actual[key], strict):
                return False
        return True
    if kind is list:
        if len(expected) != len(actual):
            return False
        for value, other in zip(expected, actual, strict=True):
            if not _same(value, other, strict):
                return False
        return True
    return bool(expected == actual)


def _alike(expected: Json, actual: Json, strict: bool) -> bool:  # noqa: FBT001 -- hot
    """Tell whether two values match where only a cascaded `type` reaches."""
    kind = type(expected)
    if kind is dict:
        if type(actual) is not dict or len(expected) > len(actual):
            return False
        if strict and len(expected) != len(actual):
            return False
        for key, value in expected.items():
            if key not in actual or not _alike(value, actual[key], strict):
                return False
        return True
    if kind is list:
        if type(actual) is not list:
            return False
        if not expected:
            return True
        count = len(expected)
        for index, value in enumerate(actual):
            example = expected[index] if index < count else expected[0]
            if not _alike(example, value, strict):
                return False
        return True
    return kind is type(actual) or same_kind(expected, actual)


# -- making mismatches -----------------------------------------------------------------


def _once(make: Callable[[], list[Mismatch]]) -> Callable[[], list[Mismatch]]:
    """Make a list when it is first asked for, and only once."""
    made: list[list[Mismatch]] = []

    def get() -> list[Mismatch]:
        if not made:
            made.append(make())
        return made[0]

    return get


def _mismatch(
    trail: _Trail, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return _body(_path_of(trail), rule, expected, actual, problem)


def _body(
    path: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, path, rule, expected, actual, problem)


def _path_of(trail: _Trail) -> str:
    steps: list[Token] = []
    while trail:
        trail, step = trail  # type: ignore[assignment]  # a trail is (trail, step)
        # Peers: a name of digits is shown as an index, as the Rust core does.
        is_index = isinstance(step, int) or str(step).isdecimal()
        steps.append(int(str(step)) if is_index else str(step))
    return render(reversed(steps))


def _sorted(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def _excerpt(content: bytes) -> str:
    return content[:200].decode("utf-8", "replace")


_FREE_KEYS = frozenset({"values", "eachKey", "eachValue"})
_TYPE_MISMATCH = (
    "Type mismatch: Expected {actual:typed} to be the same type as {expected:typed}"
)
_NOT_EMPTY_MAP = "Expected an empty Map but received {actual}"
_NOT_EMPTY_LIST = "Expected an empty List but received {actual}"
_MISSING_ITEM = "Expected {expected} but was missing"
_UNABLE = "Unable to match {expected:typed} with {actual:typed}"
