"""Split a structure with matchers into its example, matching rules and generators.

One walk over the structure collects all three, so that they always agree.

Source: docs/internals/specification.md, "10. Integration JSON", "6.5 arrayContains".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue
from pypact.masking import Secret
from pypact.match.integration import is_node, read_node
from pypact.match.nodes import (
    MATCHER_TYPE,
    Absent,
    Children,
    ChoiceFoundError,
    Matcher,
    OneOf,
    check_example,
)
from pypact.model.json import Json, parse_json
from pypact.model.rules import (
    ROOT,
    Generator,
    Rule,
    RuleList,
    RulePath,
    Wildcard,
    write_generator,
)
from pypact.rules.scalars import to_string
from pypact.rules.table import find_kind, has_variants, write_rule_list


class Parts(NamedTuple):
    """The example of a structure, and its rules and generators by rule path."""

    example: Json
    rules: dict[str, RuleList]
    generators: dict[str, Generator]


class Value(NamedTuple):
    """The example of one value, and the rules and the generator of the whole value."""

    example: Json
    rules: RuleList | None
    generator: Generator | None


class Texts(NamedTuple):
    """The strings of a header, query parameter or path, its rules and its generator."""

    texts: tuple[str, ...]
    rules: RuleList | None
    generator: Generator | None


NO_SECRETS = (
    "pypact.secret() is refused in what a consumer expects, because the contract would "
    "contain the secret; give an example value in its place"
)


def example(value: Json) -> Json:
    """Return the example of a matcher, or of a structure that contains matchers."""
    return split(value).example


def split(value: Json) -> Parts:
    """Split a body into its example, its matching rules and its generators.

    Bytes are accepted only as the whole body, or as the value of its matcher.
    """
    walk = _StructureWalk()
    found = walk.visit(value, ROOT)
    return Parts(found, walk.rules, walk.generators)


def split_value(value: Json) -> Value:
    """Split a metadata value; rules of its items apply to the whole value."""
    if isinstance(value, str) and MATCHER_TYPE in value:
        value = _parse_node(value)
    walk = _StructureWalk(texts=True)
    found = walk.visit(value, ROOT)
    rules, generator = walk.merge_places(len(found) if isinstance(found, list) else 0)
    return Value(found, rules, generator)


def split_text(value: Json) -> Texts:
    """Split a header, query parameter, path or status; a list gives several strings."""
    found, rules, generator = split_value(value)
    items = found if isinstance(found, list) else [found]
    return Texts(tuple(_to_string(item) for item in items), rules, generator)


class _StructureWalk:
    """One walk over a structure; `texts` is false for a JSON document."""

    def __init__(self, *, texts: bool = False) -> None:
        self.rules: dict[str, RuleList] = {}
        self.generators: dict[str, Generator] = {}
        self._texts = texts

    def visit(self, value: Json, path: RulePath) -> Json:
        if isinstance(value, Matcher):
            return self._visit_matcher(value, path)
        if isinstance(value, GeneratedValue):
            return self._visit_generated(value, path)
        if isinstance(value, dict) and is_node(value):
            return self._visit_matcher(read_node(value), path)
        if isinstance(value, (dict, list, tuple)):
            return self._visit_members(value, path, Children.OWN)
        if isinstance(value, bytes) and path == ROOT:
            return value
        return _read_scalar(value, path)

    def merge_places(self, count: int) -> tuple[RuleList | None, Generator | None]:
        """Return the rules and the generator that all `count` items have in common."""
        keys = [str(ROOT / index) for index in range(count)]
        if any(self._find_at(key) != self._find_at(keys[0]) for key in keys):
            raise InvalidExpectation("all values of one name must have the same rules")
        if deeper := (self.rules.keys() | self.generators.keys()) - {
            "$",
            "$[*]",
            *keys,
        }:
            raise InvalidExpectation(
                f"rules inside a value are not supported here: {min(deeper)}"
            )
        found: RuleList | None = None
        for rules in self.rules.values():
            found = join_rules(found, rules, "one value")
        return found, next(iter(self.generators.values()), None)

    def _find_at(self, key: str) -> tuple[RuleList | None, Generator | None]:
        return self.rules.get(key), self.generators.get(key)

    def _visit_matcher(self, node: Matcher, path: RulePath) -> Json:
        if node.children is Children.VARIANTS:
            return self._visit_variants(node, path)
        self._add_rules(path, RuleList(node.rules, node.combine))
        if node.generator is not None:
            self.generators[str(path)] = node.generator
        if isinstance(node.value, (list, tuple)) or (
            isinstance(node.value, dict) and not is_node(node.value)
        ):
            return self._visit_members(node.value, path, node.children)
        return self.visit(node.value, path)

    def _visit_generated(self, node: GeneratedValue, path: RulePath) -> Json:
        rule = node.text_rule if self._texts else node.rule
        if rule is not None:
            check_example(RuleList((rule,)), node.example)
            self._add_rules(path, RuleList((rule,)))
        self.generators[str(path)] = node.generator
        return self.visit(node.example, path)

    def _visit_members(self, value: Json, path: RulePath, children: Children) -> Json:
        shared = children is Children.SHARED
        if isinstance(value, dict):
            return {
                key: self.visit(item, path / (Wildcard.ANY if shared else key))
                for key, item in _iter_members(value, path)
            }
        return [
            self.visit(item, path / (Wildcard.INDEX if shared else index))
            for index, item in enumerate(value)
        ]

    def _visit_variants(self, node: Matcher, path: RulePath) -> Json:
        parts = [split(variant) for variant in node.value]
        variants = [
            {
                "index": index,
                "rules": {
                    key: write_rule_list(rules) for key, rules in part.rules.items()
                },
                "generators": {
                    key: write_generator(generator)
                    for key, generator in part.generators.items()
                },
            }
            for index, part in enumerate(parts)
        ]
        self._add_rules(
            path, RuleList((Rule("arrayContains", {"variants": variants}),))
        )
        return [part.example for part in parts]

    def _add_rules(self, path: RulePath, rules: RuleList) -> None:
        key = str(path)
        self.rules[key] = join_rules(self.rules.get(key), rules, key)


def _iter_members(
    value: dict[Json, Json], path: RulePath
) -> Iterator[tuple[str, Json]]:
    for key, item in value.items():
        if not isinstance(key, str):
            raise InvalidExpectation(
                f"{path}: the keys of a JSON object must be strings, got {key!r}"
            )
        if not key.startswith("pact:"):
            yield key, item


def join_rules(before: RuleList | None, rules: RuleList, place: str) -> RuleList:
    """Combine the rules of two matchers at one place; both must be satisfied."""
    if before in (None, RuleList((_PLAIN_TYPE,)), rules) and (
        before is None or rules.combine == "OR" or before == rules
    ):
        return rules  # the rules of `like(any_of(…))` are those of any_of()
    if "OR" in (before.combine, rules.combine):
        raise InvalidExpectation(
            f"{place}: any_of() cannot be combined with other rules"
        )
    added = (rule for rule in rules.rules if rule not in before.rules)
    found = _drop_plain_type((*before.rules, *added))
    if len(found) > 1 and has_variants(found):
        # Any other rule would compare the items one by one (6.2, "List", step 3).
        raise InvalidExpectation(
            f"{place}: array_contains() cannot be combined with other rules"
        )
    return RuleList(found)


def _drop_plain_type(rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    # `like(regex(…))`: a v2 contract has one rule per path, and the inner one is
    # narrower.
    if any(find_kind(rule.name).narrows_type for rule in rules if rule != _PLAIN_TYPE):
        return tuple(rule for rule in rules if rule != _PLAIN_TYPE)
    return rules


def _read_scalar(value: Json, path: RulePath) -> Json:
    if isinstance(value, Secret):
        raise InvalidExpectation(f"{path}: {NO_SECRETS}")
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal) and not value.is_finite():
        raise InvalidExpectation(f"{path}: {value} is not a JSON number")
    if value is None or isinstance(value, (bool, int, str, Decimal)):
        return value
    if isinstance(value, OneOf):
        raise ChoiceFoundError(
            f"{path}: match.one_of() cannot be used here: it belongs in a request, a "
            "response or a message of a pact"
        )
    if isinstance(value, Absent):
        raise InvalidExpectation(
            f"{path}: match.absent must be an option of match.one_of()"
        )
    raise InvalidExpectation(
        f"{path}: expected a JSON value, got {type(value).__name__}: {value!r}"
    )


def _parse_node(text: str) -> Json:
    """Parse a matcher node in a header string; other strings are returned unchanged."""
    try:
        return parse_json(text)
    except ValueError:
        return text


def _to_string(value: Json) -> str:
    if value is None or isinstance(value, (dict, list, bytes)):
        raise InvalidExpectation(f"expected a string or a number, got {value!r}")
    return to_string(value)


_PLAIN_TYPE = Rule("type")
