"""How does a user ask for arrays and objects of some kind?

Source: semantics sections 6.2, "Collections", 6.5 and 6.6.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pypact.errors import InvalidExpectation
from pypact.match.nodes import (
    Children,
    Matcher,
    check_example,
    has_matchers,
    matcher,
    scalar_of,
)
from pypact.match.split import split
from pypact.model.json_text import Json
from pypact.model.rules import Rule, RuleList
from pypact.rules.table import write_rule

__all__ = ["array_contains", "each_key", "each_key_like", "each_like", "each_value"]


def each_like(
    example: Json,
    min: int = 1,  # noqa: A002 -- the specification's own word
    *,
    max: int | None = None,  # noqa: A002 -- the specification's own word
    examples: int | None = None,
) -> Matcher:
    """Ask for an array of at least `min` and at most `max` items like the example.

    The contract shows `examples` copies, by default as few as are allowed, but one.
    """
    copies = (min or 1) if examples is None else examples
    if min < 0 or (max is not None and max < min):
        raise InvalidExpectation(f"each_like: no array has from {min} to {max} items")
    if copies < (min or 1) or (max is not None and copies > max):
        raise InvalidExpectation(
            f"each_like: {copies} examples, but from {min or 1} to {max} are allowed"
        )
    lengths = {"min": min or None, "max": max}
    attributes = {name: value for name, value in lengths.items() if value is not None}
    rule = Rule("type", attributes)
    return matcher([example] * copies, rule, children=Children.SHARED)


def array_contains(*variants: Json) -> Matcher:
    """Ask for an array that has, for each variant, an item that matches it.

    The order of the items is free, and so are further items.
    """
    if not variants:
        raise InvalidExpectation("array_contains() needs at least one variant")
    return matcher(list(variants), Rule("arrayContains"), children=Children.VARIANTS)


def each_key(key: Matcher, example: Mapping[str, Json]) -> Matcher:
    """Ask for an object whose keys all match `key`; its values are not compared.

    `all_of(each_key(…), each_value(…))` compares both; `each_key_like` takes a whole
    structure as the value.
    """
    rules = _rules_of(key, "each_key")
    for name in example:
        check_example(rules, name)
    return matcher(dict(example), _each("eachKey", rules))


def each_value(value: Matcher, example: Mapping[str, Json] | Sequence[Json]) -> Matcher:
    """Ask for an object (or array) whose values all match `value`, whatever its keys.

    The rules of `value` hold for everything below; for values that hold matchers
    themselves there are `each_key_like` and `each_like`.
    """
    rules = _rules_of(value, "each_value")
    if has_matchers(example):
        raise InvalidExpectation("each_value(): the example holds plain values only")
    items: Iterable[Json] = (
        example.values() if isinstance(example, Mapping) else example
    )
    for item in items:
        check_example(rules, item)
    plain = dict(example) if isinstance(example, Mapping) else list(example)
    return matcher(plain, _each("eachValue", rules))


def each_key_like(key: str | Matcher, value: Json) -> Matcher:
    """Ask for an object of any keys (or keys like `key`), all values like `value`.

    `value` may hold matchers.
    """
    rules = [Rule("values")]
    if isinstance(key, Matcher):
        rules.insert(0, _each("eachKey", _rules_of(key, "each_key_like")))
    name = scalar_of(key)
    if not isinstance(name, str):
        raise InvalidExpectation(f"each_key_like(): a key is a text, not {name!r}")
    return matcher({name: value}, *rules, children=Children.SHARED)


def _each(name: str, rules: RuleList) -> Rule:
    return Rule(name, {"rules": [write_rule(rule) for rule in rules.rules]})


def _rules_of(value: Json, function: str) -> RuleList:
    rules = split(value).rules
    if set(rules) != {"$"} or rules["$"].combine == "OR":
        raise InvalidExpectation(
            f"{function}() takes one matcher for a plain value, such as "
            "regex(…), integer() or like('text')"
        )
    return rules["$"]
