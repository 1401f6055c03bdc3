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
    """Match an array of `min` to `max` items that each match `example`.

    The example in the contract has `examples` items, by default `min`, at least one.
    """
    copies = (min or 1) if examples is None else examples
    if min < 0 or (max is not None and max < min):
        raise InvalidExpectation(
            f"each_like(): min {min} and max {max} are not valid array lengths"
        )
    if copies < (min or 1) or (max is not None and copies > max):
        raise InvalidExpectation(
            f"each_like(): examples must be at least {min or 1}"
            f"{'' if max is None else f' and at most {max}'}, got {copies}"
        )
    lengths = {"min": min or None, "max": max}
    attributes = {name: value for name, value in lengths.items() if value is not None}
    rule = Rule("type", attributes)
    return matcher([example] * copies, rule, children=Children.SHARED)


def array_contains(*variants: Json) -> Matcher:
    """Match an array that contains an item for each variant.

    The items may be in any order, and there may be further items.
    """
    if not variants:
        raise InvalidExpectation("array_contains() needs at least one variant")
    return matcher(list(variants), Rule("arrayContains"), children=Children.VARIANTS)


def each_key(key: Matcher, example: Mapping[str, Json]) -> Matcher:
    """Match an object whose keys all match `key`; its values are not compared.

    Use `all_of(each_key(…), each_value(…))` to compare both, or `each_key_like` for
    values with a structure.
    """
    rules = _read_single_matcher(key, "each_key")
    for name in example:
        check_example(rules, name)
    return matcher(dict(example), _each_rule("eachKey", rules))


def each_value(value: Matcher, example: Mapping[str, Json] | Sequence[Json]) -> Matcher:
    """Match an object or array whose values all match `value`, under any keys.

    The example must not contain matchers; for values that do, use `each_key_like` or
    `each_like`.
    """
    rules = _read_single_matcher(value, "each_value")
    if has_matchers(example):
        raise InvalidExpectation(
            "each_value(): the example must contain plain values only, no matchers"
        )
    items: Iterable[Json] = (
        example.values() if isinstance(example, Mapping) else example
    )
    for item in items:
        check_example(rules, item)
    plain = dict(example) if isinstance(example, Mapping) else list(example)
    return matcher(plain, _each_rule("eachValue", rules))


def each_key_like(key: str | Matcher, value: Json) -> Matcher:
    """Match an object with any keys whose values all match `value`.

    `key` is an example key, or a matcher that all keys must match. `value` may contain
    matchers.
    """
    rules = [Rule("values")]
    if isinstance(key, Matcher):
        rules.insert(
            0, _each_rule("eachKey", _read_single_matcher(key, "each_key_like"))
        )
    name = scalar_of(key)
    if not isinstance(name, str):
        raise InvalidExpectation(
            f"each_key_like(): a key must be a string, got {name!r}"
        )
    return matcher({name: value}, *rules, children=Children.SHARED)


def _each_rule(name: str, rules: RuleList) -> Rule:
    return Rule(name, {"rules": [write_rule(rule) for rule in rules.rules]})


def _read_single_matcher(value: Json, function: str) -> RuleList:
    rules = split(value).rules
    if set(rules) != {"$"} or rules["$"].combine == "OR":
        raise InvalidExpectation(
            f"{function}() takes one matcher of a plain value, such as regex(…), "
            "integer() or like('text')"
        )
    return rules["$"]
