"""Which generated values do the items of an array with variants get?

Source: semantics sections 6.5, "arrayContains", and 7.4 (its last point but one).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pypact.contents.json import Walk
from pypact.generators.bodies import Make, replaced
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.paths import parse_path
from pypact.model.rules import Rule, RuleList
from pypact.rules.table import parse_rule_list
from pypact.rules.tree import RuleTree

__all__ = ["generated_items"]


def generated_items(value: Json, lists: Mapping[str, RuleList], make: Make) -> Json:
    """Apply, to each item of such an array, the generators of its first variant.

    Raises: ValueError, when a variant cannot be read.
    """
    for path, rules in lists.items():
        for rule in rules.rules:
            if rule.name == "arrayContains":
                apply = partial(_items, _variants(rule, make))
                value = replaced(value, parse_path(path).tokens, apply)
    return value


class _Variant:
    """One variant: its index, its rules and what its generators do to an item."""

    def __init__(self, data: Json, make: Make) -> None:
        rules = data.get("rules")
        lists = (
            {"$": RuleList((Rule("equality"),))}
            if rules is None
            else {path: parse_rule_list(item) for path, item in rules.items()}
        )
        self.index = int(data.get("index", 0))
        self._tree = RuleTree(lists)
        self._generators = [
            (parse_path(path).tokens, _generator(generator))
            for path, generator in (data.get("generators") or {}).items()
        ]
        self._make = make

    def matches(self, example: Json, item: Json) -> bool:
        return not Walk(strict=True).compare(example, item, self._tree)

    def applied(self, item: Json) -> Json:
        for tokens, generator in self._generators:
            item = replaced(item, tokens, partial(self._make, generator))
        return item


def _generator(data: Json) -> Generator:
    attributes = {name: value for name, value in data.items() if name != "type"}
    return Generator(str(data.get("type")), attributes)


def _variants(rule: Rule, make: Make) -> list[_Variant]:
    try:
        return [_Variant(data, make) for data in rule.attributes.get("variants") or ()]
    except (AttributeError, TypeError) as error:
        raise ValueError(f"the variants of arrayContains: {error}") from None


def _items(variants: list[_Variant], value: Json) -> Json:
    if not isinstance(value, list):
        return value
    fitting = [variant for variant in variants if variant.index < len(value)]
    return [_item(value, item, fitting) for item in value]


def _item(examples: list[Json], item: Json, variants: list[_Variant]) -> Json:
    for variant in variants:
        if variant.matches(examples[variant.index], item):
            return variant.applied(item)
    return item
