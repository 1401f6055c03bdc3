"""Compare queries, form-urlencoded bodies, and other named lists of strings.

A rule list of a name is applied both to the list of its values and to each value. In a
form, the list of values of a name has the rules chosen at `$.name`, a single value
those at `$.name[i]`.

Source: docs/internals/specification.md, "3.3 Query", "4.6 Form-urlencoded".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import islice
from typing import NamedTuple, TypeAlias

from pypact.masking import NameFilter, mask_query
from pypact.matching.body import (
    MOST_MISMATCHES,
    TOO_MANY_PAIRS,
    PairCounter,
    TooManyPairsError,
    body_mismatch,
    find_missing_variants,
    mark_incomplete,
)
from pypact.model.body import Changes, ContentType, ExpectedBody
from pypact.model.http import Query, decode_component, encode_pairs, split_pairs
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind, escape_template
from pypact.model.rules import ROOT, MatchingRules, PathToken, Rule
from pypact.rules.compiled import (
    CompiledList,
    CompiledRule,
    Place,
    RuleTree,
    compile_named_rules,
    compile_rules_by_name,
    compile_tree,
)
from pypact.rules.scalars import to_string
from pypact.rules.table import CASCADING_WALKS, LIST_WALKS, NESTED_WALKS, Walk


class Difference(NamedTuple):
    """A mismatch of one value, or of the list of values if `place` is None.

    `place` is the index of the value, `problem` a message template.
    """

    rule: Rule | None
    expected: Json
    actual: Json
    problem: str
    place: int | None


class ItemRules(NamedTuple):
    """The rules of one value, without those with a walk in `ignored`."""

    rules: CompiledList | None
    ignored: frozenset[Walk]


class ParameterRules(NamedTuple):
    """The rules of one name.

    `list_rules` apply to the list of values, `at` returns the rules of the value at an
    index. `cascaded` is true if `list_rules` were declared at a parent path.
    """

    list_rules: CompiledList | None
    at: Callable[[int], ItemRules]
    cascaded: bool = False

    @classmethod
    def repeat(cls, rules: CompiledList) -> ParameterRules:
        """Return the same rules for the list and for each value."""
        chosen = ItemRules(rules, LIST_WALKS)
        return cls(rules, lambda _: chosen)


MismatchFactory: TypeAlias = Callable[..., Mismatch]
"""A function that builds a mismatch of (name, rule, expected, actual, problem)."""


def compare_parameters(
    what: str,
    expected: Mapping[str, Sequence[str]],
    actual: Mapping[str, Sequence[str]],
    find_rules: Callable[[str], ParameterRules | None],
    make: MismatchFactory,
) -> list[Mismatch]:
    """Return the mismatches of the "query" or "form post" that `what` names."""
    found: list[Mismatch] = []
    counter = PairCounter()
    for name, values in expected.items():
        if len(found) >= MOST_MISMATCHES:
            break
        label = f"{what} parameter '{escape_template(name)}'"
        rules = find_rules(name)
        if name in actual:
            differences = (
                _compare_in_order(label, values, actual[name], rules)
                if rules is None or rules.list_rules is None
                else compare_values(rules, values, actual[name], counter)
            )
            found += [
                make(name, *difference[:4])
                for difference in islice(differences, MOST_MISMATCHES)
            ]
        else:
            problem = f"Expected {label} but was missing"
            rule = find_first_rule(rules.list_rules if rules else None)
            found.append(make(name, rule, list(values), None, problem))
    unexpected = (name for name in actual if name not in expected)
    for name in islice(unexpected, MOST_MISMATCHES):
        problem = f"Unexpected {what} parameter '{escape_template(name)}' received"
        found.append(make(name, None, None, list(actual[name]), problem))
    return mark_incomplete(found)


def find_first_rule(rules: CompiledList | None) -> Rule | None:
    """Return the first of the rules, for a mismatch of a value that is missing."""
    return None if rules is None else next((one.rule for one in rules.rules), None)


def compare_values(
    rules: ParameterRules,
    expected: Sequence[str],
    actual: Sequence[str],
    counter: PairCounter | None = None,
) -> Sequence[Difference]:
    """Compare the values of one name by its rules, of which `list_rules` is given."""
    list_rules, at, cascaded = rules
    assert list_rules is not None  # noqa: S101 -- see the docstring
    each_value = functools.cache(lambda: _check_each_value(expected, actual, at))

    def check_rule(rule: CompiledRule) -> Sequence[Difference]:
        walk = rule.kind.walk if expected else None
        if walk is Walk.VARIANTS:
            shared = counter or PairCounter()
            return _check_variants(rule, expected, actual, shared)
        if walk is Walk.EACH_VALUE:
            inner = ParameterRules.repeat(rule.inner)
            return () if cascaded else _check_each_value(expected, actual, inner.at)
        problem = rule.check_list(list(expected), list(actual), cascaded=cascaded)
        found = list(each_value()) if expected else []
        if problem is not None:
            whole = list(expected), list(actual)
            found.insert(0, Difference(rule.rule, *whole, problem, None))
        return found

    return list_rules.merge_findings(
        map(check_rule, list_rules.rules), _identify_difference
    )


def _compare_in_order(
    what: str,
    expected: Sequence[str],
    actual: Sequence[str],
    rules: ParameterRules | None,
) -> Iterable[Difference]:
    if actual and not expected:
        problem = f"Expected an empty parameter list for {what} but received {{actual}}"
        yield Difference(None, [], list(actual), problem, None)
        return
    if len(expected) != len(actual):
        problem = (
            f"Expected {what} with {len(expected)} value(s) "
            f"but received {len(actual)} value(s)"
        )
        yield Difference(None, list(expected), list(actual), problem, None)
    problem = f"Expected {what} with value {{expected}} but was {{actual}}"
    for index, (one, other) in enumerate(zip(expected, actual, strict=False)):
        value_rules = rules.at(index).rules if rules is not None else None
        if value_rules is not None:
            for rule, reason in value_rules.find_text_failures(one, other):
                yield Difference(rule, one, other, reason, index)
        elif one != other:
            yield Difference(None, one, other, problem, index)


def _check_each_value(
    expected: Sequence[str], actual: Sequence[str], at: Callable[[int], ItemRules]
) -> list[Difference]:
    found = []
    equality = compile_named_rules("equality")
    for index, value in enumerate(actual):
        example = expected[index] if index < len(expected) else expected[0]
        rules, ignored = at(index)
        failures = (rules or equality).find_failures(
            lambda rule, example=example, value=value, ignored=ignored: (  # type: ignore[misc]  # defaults bind the loop's variables
                None if rule.kind.walk in ignored else rule.text(example, value)
            )
        )
        found += [
            Difference(rule, example, value, problem, index)
            for rule, problem in failures
        ]
        if len(found) >= MOST_MISMATCHES:
            break
    return found


def _check_variants(
    rule: CompiledRule,
    expected: Sequence[str],
    actual: Sequence[str],
    counter: PairCounter,
) -> list[Difference]:
    equality = compile_named_rules("equality")

    def is_found(example: str, rules: RuleTree) -> bool:
        chosen = rules.root.best or equality
        for value in actual:
            counter.count_pair(example, value)
            if not chosen.find_text_failures(example, value):
                return True
        return False

    missing = find_missing_variants(
        rule, list(expected), is_found, lambda _: "{expected}"
    )
    try:
        return [
            Difference(rule.rule, value, list(actual), problem, None)
            for value, problem in missing
        ]
    except TooManyPairsError:
        return [
            Difference(rule.rule, list(expected), list(actual), TOO_MANY_PAIRS, None)
        ]


def _identify_difference(difference: Difference) -> Hashable:
    # `expected` and `actual` are left out: the place and the problem determine them.
    rule, _, _, problem, place = difference
    return place, problem, None if rule is None else repr(rule)


class FormPlan:
    """An expected form, compiled with its rules."""

    __slots__ = ("_expected", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._expected = parse_form(expected.content)
        self._tree = compile_tree(expected.rules)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual form."""
        return compare_parameters(
            "form post",
            self._expected,
            parse_form(actual),
            self._find_rules,
            lambda name, *values: body_mismatch(str(ROOT / name), *values),
        )

    def _find_rules(self, name: str) -> ParameterRules | None:
        if not self._tree:
            return None
        place = self._tree.root.name(name)
        return ParameterRules(
            place.best,
            lambda index: choose_value_rules(place.index(index)),
            place.cascaded,
        )


def choose_value_rules(place: Place) -> ItemRules:
    """Return the rules of one value of a form."""
    return ItemRules(place.best, CASCADING_WALKS if place.cascaded else NESTED_WALKS)


def parse_form(content: bytes) -> dict[str, tuple[str, ...]]:
    """Return the values of each name in a form."""
    by_name: dict[str, list[str]] = {}
    for name, value in split_pairs(content.decode(errors="replace")):
        by_name.setdefault(name, []).append(value or "")
    return {name: tuple(values) for name, values in by_name.items()}


def replace_in_form(content: bytes, changes: Changes) -> bytes:
    """Return a form with each change applied to the parameter at its path.

    Raises: ValueError, if the content is not UTF-8.
    """
    pairs = split_pairs(content.decode())
    positions: dict[PathToken, list[int]] = {}
    for position, (name, _) in enumerate(pairs):
        positions.setdefault(name, []).append(position)
    for path, change in changes:
        found = _find_parameter(positions, path.tokens)
        if found is not None:
            name, old = pairs[found]
            pairs[found] = name, to_string(change(old or ""))
    return encode_pairs(pairs).encode()


def _find_parameter(
    positions: Mapping[PathToken, list[int]], tokens: tuple[PathToken, ...]
) -> int | None:
    """Return the position of the parameter `$.name` or `$.name[i]`."""
    if not 1 <= len(tokens) <= 2:
        return None
    number = tokens[1] if len(tokens) == 2 else 0
    found = positions.get(tokens[0], [])
    return found[number] if isinstance(number, int) and number < len(found) else None


def hide_form_secrets(content: bytes, find_secrets: NameFilter) -> bytes:
    """Return a form without the values of parameters that carry secrets."""
    text = content.decode(errors="surrogateescape")
    return mask_query(text, find_secrets).encode(errors="surrogateescape")


class QueryCheck:
    """A compiled query; `parts` counts parameters without rules, and all.

    `accepts_empty` is true if a request without a query matches.
    """

    __slots__ = ("_query", "_rules", "_values", "accepts_empty", "parts")

    def __init__(self, query: Query, rules: MatchingRules) -> None:
        self._query = query
        self._rules = {
            name: ParameterRules.repeat(rule_list)
            for name, rule_list in compile_rules_by_name(rules, "query").items()
        }
        self._values = _fill_missing_values(query)
        self.accepts_empty = not self._values and not query.ordered
        exact = sum(name not in self._rules for name in query)
        self.parts = exact, len(query)

    def check(self, actual: Query) -> list[Mismatch]:
        """Return the mismatches of an actual query, including unexpected names."""
        if self.accepts_empty and not actual:
            return []
        found = compare_parameters(
            "query",
            self._values,
            _fill_missing_values(actual),
            self._rules.get,
            functools.partial(Mismatch, MismatchKind.QUERY),
        )
        if found or not self._query.ordered:
            return found
        return self._check_order(actual)

    def _check_order(self, actual: Query) -> list[Mismatch]:
        # Peers: the reference implementations read a v1 query as one of v1.1; the
        # official cases of v1 compare the order and also count empty pieces (`a=1&`).
        if _split_in_order(self._query) == _split_in_order(actual):
            return []
        problem = "Expected query {expected}, in this order, but was {actual}"
        expected, other = self._query.encoded(), actual.encoded()
        return [Mismatch(MismatchKind.QUERY, "", None, expected, other, problem)]


def _fill_missing_values(query: Query) -> dict[str, tuple[str, ...]]:
    # A missing value equals an empty one: `?a` is the same as `?a=`.
    return {
        name: tuple(value or "" for value in values) for name, values in query.items()
    }


def _split_in_order(query: Query) -> list[list[str]]:
    written = query.encoded()
    pieces = written.split("&") if written else []
    return [[decode_component(x) for x in p.partition("=")[::2]] for p in pieces]
