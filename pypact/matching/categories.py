"""Which rules does a message have for one category and key, compiled?

Source: semantics sections 1.6 (categories and keys) and 5.3 (an empty list is none).
"""

from __future__ import annotations

from collections.abc import Mapping

from pypact.model.rules import MatchingRules
from pypact.rules.compiled import CompiledList, compile_list

__all__ = ["rules_by_name", "rules_of"]


def rules_of(rules: MatchingRules, category: str) -> CompiledList | None:
    """Compile the rules of a category with a single value: path or status."""
    return rules_by_name(rules, category).get("")


def rules_by_name(
    rules: MatchingRules, category: str, *, ignore_case: bool = False
) -> Mapping[str, CompiledList]:
    """Compile the rules of a category by name: query, header or metadata.

    With `ignore_case`, the keys are in lower case; of equal names the first is used.
    """
    found: dict[str, CompiledList] = {}
    for name, rule_list in rules.get(category, {}).items():
        key = name.lower() if ignore_case else name
        if rule_list.rules and key not in found:
            found[key] = compile_list(rule_list)
    return found
