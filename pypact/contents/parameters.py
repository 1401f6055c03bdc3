"""Do these named lists of text values match? Queries, headers and forms are such.

A rule list at a name is used twice: for the list of values, and for each value.

Source: semantics sections 3.3 (query), 3.4 (headers) and 4.6 (form).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from pypact.model.mismatches import Mismatch, quoted
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import CompiledList, CompiledRule, compile_list
from pypact.rules.table import parse_rule, parse_rule_list

__all__ = ["Make", "compare_values", "plain_values"]

Make: TypeAlias = Callable[[Rule | None, object, object, str, int | None], Mismatch]
"""Make a mismatch of (rule, expected, actual, problem, index of the value)."""


def compare_values(
    rules: CompiledList,
    expected: Sequence[str],
    actual: Sequence[str],
    make: Make,
    *,
    value_rules: Callable[[int], CompiledList | None] | None = None,
) -> list[Mismatch]:
    """Compare the values of one name under its rules.

    `value_rules` gives the rules of the value at an index, where they may differ.
    """
    return rules.combined(
        _judge(rule, expected, actual, make, value_rules) for rule in rules.rules
    )


def plain_values(
    what: str, expected: Sequence[str], actual: Sequence[str], make: Make
) -> list[Mismatch]:
    """Compare the values of one name by equality; `what` names it in the texts."""
    found = []
    if len(expected) != len(actual):
        problem = (
            f"Expected {quoted(what)} with {len(expected)} value(s) "
            f"but received {len(actual)} value(s)"
        )
        found.append(make(None, list(expected), list(actual), problem, None))
    problem = f"Expected {quoted(what)} with value {{expected}} but was {{actual}}"
    return found + [
        make(None, one, other, problem, index)
        for index, (one, other) in enumerate(zip(expected, actual, strict=False))
        if one != other
    ]


def _judge(
    rule: CompiledRule,
    expected: Sequence[str],
    actual: Sequence[str],
    make: Make,
    value_rules: Callable[[int], CompiledList | None] | None,
) -> list[Mismatch]:
    if rule.name == "arrayContains":
        return _array_contains(rule.rule, expected, actual, make)
    found = []
    if expected or rule.name in ("equality", "notEmpty"):
        problem = _list_problem(rule, expected, actual)
        if problem is not None:
            found.append(make(rule.rule, list(expected), list(actual), problem, None))
    if not expected:
        return found
    own = _each_value_rules(rule.rule) if rule.name == "eachValue" else None
    for index, value in enumerate(actual):
        example = expected[index] if index < len(expected) else expected[0]
        here = own or (value_rules(index) if value_rules else None)
        if here is not None:
            failures = here.text_failures(example, value)
        else:
            failures = _own_failure(rule, example, value)
        found += [
            make(failed, example, value, problem, index) for failed, problem in failures
        ]
    return found


def _own_failure(
    rule: CompiledRule, example: str, value: str
) -> list[tuple[Rule, str]]:
    if rule.name == "eachKey":
        return []
    problem = rule.text(example, value)
    return [] if problem is None else [(rule.rule, problem)]


def _list_problem(
    rule: CompiledRule, expected: Sequence[str], actual: Sequence[str]
) -> str | None:
    if rule.name == "equality" and list(expected) != list(actual):
        return "Expected {actual} to be equal to {expected}"
    if rule.name == "notEmpty" and not actual:
        return "Expected {actual} to not be empty"
    return rule.length_problem(len(actual))


def _each_value_rules(rule: Rule) -> CompiledList:
    written = rule.attributes.get("rules") or [{"match": "equality"}]
    try:
        return compile_list(RuleList(tuple(parse_rule(item) for item in written)))
    except (ValueError, TypeError) as error:
        return compile_list(RuleList((Rule(f"{rule.name}: {error}"),)))


def _array_contains(
    rule: Rule, expected: Sequence[str], actual: Sequence[str], make: Make
) -> list[Mismatch]:
    found = []
    variants = rule.attributes.get("variants") or [
        {"index": index} for index in range(len(expected))
    ]
    for variant in variants:
        index = int(variant.get("index", 0))
        if index >= len(expected):
            problem = (
                f"ArrayContains: variant {index} is missing from the expected list, "
                f"which has {len(expected)} items"
            )
            found.append(make(rule, list(expected), list(actual), problem, None))
            continue
        example = expected[index]
        own = (variant.get("rules") or {}).get("$")
        rules = compile_list(
            parse_rule_list(own) if own else RuleList((Rule("equality"),))
        )
        if all(rules.text_failures(example, value) for value in actual):
            problem = (
                f"Variant at index {index} ({{expected}}) "
                "was not found in the actual list"
            )
            found.append(make(rule, example, list(actual), problem, None))
    return found
