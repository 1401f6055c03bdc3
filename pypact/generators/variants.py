"""Which generated values do the items of an array with variants get?

Source: semantics sections 6.5, "arrayContains", and 7.4 (its last point but one).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from pypact.contents import BodyPlan, ExpectedBody, body_plan
from pypact.generators.replacing import Make, replaced
from pypact.model.content_types import ContentType
from pypact.model.generators import Generator
from pypact.model.json_text import Json, compact
from pypact.model.paths import parse_path
from pypact.model.rules import Rule, RuleList
from pypact.rules.table import parse_rule_list

__all__ = ["generated_items"]


def generated_items(value: Json, lists: Mapping[str, RuleList], make: Make) -> Json:
    """Apply to each item of an arrayContains array the generators of its variant.

    The variant of an item is the first one that the item matches.

    Raises: ValueError, if a variant cannot be read.
    """
    for path, rules in lists.items():
        for rule in rules.rules:
            if rule.name == "arrayContains":
                apply = partial(_apply_to_items, _read_variants(rule, make))
                value = replaced(value, parse_path(path).tokens, apply)
    return value


class _Variant:
    """A variant of arrayContains: its index, its rules and its generators."""

    def __init__(self, data: Json, make: Make) -> None:
        rules = data.get("rules")
        self.rules = (
            {"$": RuleList((Rule("equality"),))}
            if rules is None
            else {path: parse_rule_list(item) for path, item in rules.items()}
        )
        self.index = int(data.get("index", 0))
        self._generators = [
            (parse_path(path).tokens, _read_generator(generator))
            for path, generator in (data.get("generators") or {}).items()
        ]
        self._make = make

    def plan_for(self, example: Json) -> BodyPlan:
        content = compact(example).encode()
        return body_plan(ExpectedBody(content, _JSON, self.rules, strict=True))

    def apply_to(self, item: Json) -> Json:
        for tokens, generator in self._generators:
            item = replaced(item, tokens, partial(self._make, generator))
        return item


def _read_generator(data: Json) -> Generator:
    attributes = {name: value for name, value in data.items() if name != "type"}
    return Generator(str(data.get("type")), attributes)


def _read_variants(rule: Rule, make: Make) -> list[_Variant]:
    try:
        return [_Variant(data, make) for data in rule.attributes.get("variants") or ()]
    except (AttributeError, TypeError) as error:
        raise ValueError(
            f"the variants of arrayContains cannot be read: {error}"
        ) from None


def _apply_to_items(variants: list[_Variant], value: Json) -> Json:
    if not isinstance(value, list):
        return value
    fitting = [
        (variant, variant.plan_for(value[variant.index]))
        for variant in variants
        if variant.index < len(value)
    ]
    return [_apply_to_item(item, fitting) for item in value]


def _apply_to_item(item: Json, variants: list[tuple[_Variant, BodyPlan]]) -> Json:
    content = compact(item).encode()
    for variant, plan in variants:
        if not plan.check(content, _JSON):
            return variant.apply_to(item)
    return item


_JSON = ContentType("application", "json")
