"""How does a user ask for one of several rules, or for all of them?

Source: semantics section 5.5, "Combining".
"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue
from pypact.match.nodes import Children, Matcher, check_example
from pypact.match.split import Parts, joined, split
from pypact.model.json_text import Json
from pypact.model.rules import Rule, RuleList

__all__ = ["all_of", "any_of"]


def any_of(*matchers: Matcher) -> Matcher:
    """Match a value that at least one of the matchers accepts.

    The first matcher provides the example: `any_of(string("Ada"), null())` matches a
    string or null, and the example is "Ada".
    """
    parts = _split_matchers(matchers, "any_of")
    kinds = {isinstance(part.example, (dict, list)) for part in parts}
    if len(kinds) > 1:
        # 4.4: if the example is an array or object, a value of another type never
        # matches, whatever the rules are.
        raise InvalidExpectation(
            "any_of() cannot combine an array or object with a plain value; "
            "define one interaction for each case"
        )
    for part in parts:
        if len(part.rules["$"].rules) > 1 and part.rules["$"].combine == "AND":
            raise InvalidExpectation(
                "any_of(): each matcher must have exactly one rule"
            )
    rules: list[Rule] = []
    for part in parts:
        rules += [rule for rule in part.rules["$"].rules if rule not in rules]
    if len(rules) > 1 and any(rule.name == "arrayContains" for rule in rules):
        raise InvalidExpectation(
            "any_of(): array_contains() cannot be combined with other matchers"
        )
    return _combine(matchers[0], parts[0], RuleList(tuple(rules), "OR"))


def all_of(*matchers: Matcher) -> Matcher:
    """Match a value that all of the matchers accept; the first provides the example."""
    parts = _split_matchers(matchers, "all_of")
    if any(part.rules["$"].combine == "OR" for part in parts):
        raise InvalidExpectation(
            "all_of() cannot take any_of(): "
            "a rule list is combined by AND or by OR, not both"
        )
    rules = parts[0].rules["$"]
    for part in parts[1:]:
        rules = joined(rules, part.rules["$"], "all_of()")
    return _combine(matchers[0], parts[0], rules)


def _split_matchers(matchers: tuple[Json, ...], function: str) -> list[Parts]:
    if not matchers:
        raise InvalidExpectation(f"{function}() needs at least one matcher")
    parts = [split(matcher) for matcher in matchers]
    for matcher, part in zip(matchers, parts, strict=True):
        if "$" not in part.rules:
            raise InvalidExpectation(
                f"{function}() takes matchers, got {matcher!r}; for a fixed value use "
                "equal_to(…)"
            )
    if any(set(part.rules) != {"$"} for part in parts[1:]):
        raise InvalidExpectation(
            f"{function}(): only the first matcher may contain other matchers"
        )
    return parts


def _combine(first: Json, part: Parts, rules: RuleList) -> Matcher:
    value, children = _unwrap_matcher(first)
    check_example(rules, part.example)
    generator = part.generators.get("$")
    return Matcher(value, rules.rules, rules.combine, generator, children)


def _unwrap_matcher(value: Json) -> tuple[Json, Children]:
    """Return the value inside nested matchers, and how its children are addressed."""
    children = Children.OWN
    while isinstance(value, (Matcher, GeneratedValue)):
        if isinstance(value, GeneratedValue):
            value = value.example
        else:
            value, children = value.value, value.children
    return value, children
