"""Which rules stand inside of a rule?

Source: semantics sections 6.5 (arrayContains) and 6.6 (eachKey, eachValue).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pypact.model.json_text import Json
from pypact.model.mismatches import quoted
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import CompiledList, CompiledRule, compile_list
from pypact.rules.table import parse_rule, parse_rule_list
from pypact.rules.tree import UNREADABLE_PATH, RuleTree, unreadable_paths

__all__ = ["Variant", "inner_rules", "variants_of"]


@dataclass(frozen=True, slots=True)
class Variant:
    """A variant of arrayContains: the index of its example item, and the item's rules.

    The paths of the rules are relative to the example item.
    """

    index: int
    tree: RuleTree


def inner_rules(rule: CompiledRule) -> CompiledList:
    """Compile the rules nested in eachKey or eachValue; equality if there are none."""
    if rule.inner is None:
        rule.inner = _parse_inner_rules(rule.rule)
    return rule.inner


def variants_of(rule: CompiledRule, count: int) -> tuple[list[Variant], str | None]:
    """Return the variants of an arrayContains rule, and a message template or None.

    If the variants are invalid, the list is empty and the template gives the reason. A
    rule without variants has one for each of the `count` expected items, compared by
    equality.
    """
    if not rule.rule.attributes.get("variants"):
        return [Variant(index, _EQUALITY_TREE) for index in range(count)], None
    if rule.variants is None:
        try:
            rule.variants = [
                _parse_variant(data) for data in _list_attribute(rule.rule, "variants")
            ]
        except ValueError as error:
            rule.variants = quoted(f"The variants are not valid: {error}")
    if isinstance(rule.variants, str):
        return [], rule.variants
    variants: list[Variant] = rule.variants  # type: ignore[assignment]  # set above
    return variants, None


def _parse_inner_rules(rule: Rule) -> CompiledList:
    try:
        rules = tuple(parse_rule(data) for data in _list_attribute(rule, "rules"))
    except ValueError as error:
        # The result is an unknown rule, so that no value passes and the text is shown.
        rules = (Rule(f"{rule.name}: {error}"),)
    return compile_list(RuleList(rules or (Rule("equality"),)))


def _list_attribute(rule: Rule, attribute: str) -> list[Json]:
    written = rule.attributes.get(attribute) or []
    if isinstance(written, list):
        return written
    problem = f"'{attribute}' of {rule.name}: expected a list, got {written!r}"
    raise ValueError(problem)


def _parse_variant(data: Json) -> Variant:
    if not isinstance(data, dict):
        problem = f"expected a variant object, got {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- one error type for all bad data
    index = data.get("index", 0)
    if not isinstance(index, int) or index < 0:
        problem = f"the index of a variant must be an integer from 0, not {index!r}"
        raise ValueError(problem)
    rules = data.get("rules")
    if rules is None:
        return Variant(index, _EQUALITY_TREE)
    if not isinstance(rules, Mapping):
        problem = f"the rules of a variant must be an object, not {rules!r}"
        raise ValueError(problem)  # noqa: TRY004 -- one error type for all bad data
    lists = {path: parse_rule_list(item) for path, item in rules.items()}
    for _, reason in unreadable_paths(lists):
        raise ValueError(f"{UNREADABLE_PATH}{reason}")
    return Variant(index, RuleTree(lists))


_EQUALITY_TREE = RuleTree({"$": RuleList((Rule("equality"),))})
