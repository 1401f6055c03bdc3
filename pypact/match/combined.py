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
    """Ask for a value that at least one matcher accepts; the first has the example.

    `any_of(string("Ada"), null())` is a text that may be null.
    """
    parts = _parts(matchers, "any_of")
    kinds = {isinstance(part.example, (dict, list)) for part in parts}
    if len(kinds) > 1:
        # 4.4: where an array or object is expected, no rule makes another type pass.
        raise InvalidExpectation(
            "any_of(): an array or object cannot also be a plain value; "
            "describe the two cases in two interactions"
        )
    for part in parts:
        if len(part.rules["$"].rules) > 1 and part.rules["$"].combine == "AND":
            raise InvalidExpectation("any_of(): each matcher has one rule")
    rules: list[Rule] = []
    for part in parts:
        rules += [rule for rule in part.rules["$"].rules if rule not in rules]
    if len(rules) > 1 and any(rule.name == "arrayContains" for rule in rules):
        raise InvalidExpectation("any_of(): array_contains() stands alone")
    return _combined(matchers[0], parts[0], RuleList(tuple(rules), "OR"))


def all_of(*matchers: Matcher) -> Matcher:
    """Ask for a value that every matcher accepts; the first has the example."""
    parts = _parts(matchers, "all_of")
    if any(part.rules["$"].combine == "OR" for part in parts):
        raise InvalidExpectation("all_of(): a rule list has either AND or OR, not both")
    rules = parts[0].rules["$"]
    for part in parts[1:]:
        rules = joined(rules, part.rules["$"], "all_of()")
    return _combined(matchers[0], parts[0], rules)


def _parts(matchers: tuple[Json, ...], function: str) -> list[Parts]:
    if not matchers:
        raise InvalidExpectation(f"{function}() needs at least one matcher")
    parts = [split(matcher) for matcher in matchers]
    for matcher, part in zip(matchers, parts, strict=True):
        if "$" not in part.rules:
            raise InvalidExpectation(
                f"{function}() takes matchers, not {matcher!r}; is equal_to(…) meant?"
            )
    if any(set(part.rules) != {"$"} for part in parts[1:]):
        raise InvalidExpectation(f"{function}(): only the first holds matchers inside")
    return parts


def _combined(first: Json, part: Parts, rules: RuleList) -> Matcher:
    value, children = _inmost(first)
    check_example(rules, part.example)
    generator = part.generators.get("$")
    return Matcher(value, rules.rules, rules.combine, generator, children)


def _inmost(value: Json) -> tuple[Json, Children]:
    """What stands inside a matcher whose own rules are known."""
    children = Children.OWN
    while isinstance(value, (Matcher, GeneratedValue)):
        if isinstance(value, GeneratedValue):
            value = value.example
        else:
            value, children = value.value, value.children
    return value, children
