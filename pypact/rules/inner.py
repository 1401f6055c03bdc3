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
    """One variant: the index of its example, and the rules below the example."""

    index: int
    tree: RuleTree


def inner_rules(rule: CompiledRule) -> CompiledList:
    """The rules inside of eachKey or eachValue; without any, equality."""
    if rule.inner is None:
        rule.inner = _inner_rules(rule.rule)
    return rule.inner


def variants_of(rule: CompiledRule, count: int) -> tuple[list[Variant], str | None]:
    """The variants of arrayContains, and the template of what is wrong with them.

    Without any, each of the `count` expected items is one, to be equal.
    """
    if not rule.rule.attributes.get("variants"):
        return [Variant(index, _EQUALITY) for index in range(count)], None
    if rule.variants is None:
        try:
            rule.variants = [_variant(data) for data in _listed(rule.rule, "variants")]
        except ValueError as error:
            rule.variants = quoted(f"The variants cannot be read: {error}")
    if isinstance(rule.variants, str):
        return [], rule.variants
    variants: list[Variant] = rule.variants  # type: ignore[assignment]  # set above
    return variants, None


def _inner_rules(rule: Rule) -> CompiledList:
    try:
        rules = tuple(parse_rule(data) for data in _listed(rule, "rules"))
    except ValueError as error:
        # A rule that cannot be read is one that nobody knows: it is refused by name.
        rules = (Rule(f"{rule.name}: {error}"),)
    return compile_list(RuleList(rules or (Rule("equality"),)))


def _listed(rule: Rule, attribute: str) -> list[Json]:
    written = rule.attributes.get(attribute) or []
    if isinstance(written, list):
        return written
    problem = f"'{attribute}' of {rule.name} is a list, not {written!r}"
    raise ValueError(problem)


def _variant(data: Json) -> Variant:
    if not isinstance(data, dict):
        problem = f"a variant is an object, not {data!r}"
        raise ValueError(problem)  # noqa: TRY004 -- to a reader all bad data are alike
    index = data.get("index", 0)
    if not isinstance(index, int) or index < 0:
        raise ValueError(f"the index of a variant is a number, not {index!r}")
    rules = data.get("rules")
    if rules is None:
        return Variant(index, _EQUALITY)
    if not isinstance(rules, Mapping):
        problem = f"the rules of a variant are an object, not {rules!r}"
        raise ValueError(problem)  # noqa: TRY004 -- to a reader all bad data are alike
    lists = {path: parse_rule_list(item) for path, item in rules.items()}
    for _, reason in unreadable_paths(lists):
        raise ValueError(f"{UNREADABLE_PATH}{reason}")
    return Variant(index, RuleTree(lists))


_EQUALITY = RuleTree({"$": RuleList((Rule("equality"),))})
