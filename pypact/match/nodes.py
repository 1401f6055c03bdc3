"""Represent an example value with its matching rules and its generator."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Generator, Rule, RuleList
from pypact.rules.compiled import compile_rule_list

AnyGenerator: TypeAlias = GeneratedValue | Generator | None
"""The generator of a matcher: a value of `pypact.generate`, or a `Generator`."""


class Children(Enum):
    """The form of the rule paths of the values inside a matcher."""

    OWN = "each by its own key or index"
    SHARED = "all by one wildcard"
    VARIANTS = "each as a variant of arrayContains, with its own rules"


@dataclass(frozen=True, slots=True)
class Matcher:
    """An example value with its matching rules; the value may contain matchers."""

    value: Json
    rules: tuple[Rule, ...]
    combine: str = "AND"
    generator: Generator | None = None
    children: Children = Children.OWN


def make_matcher(
    value: Json,
    *rules: Rule,
    generator: AnyGenerator = None,
    children: Children = Children.OWN,
) -> Matcher:
    """Return a matcher after checking that its example satisfies its rules."""
    check_example(RuleList(rules), unwrap_example(value))
    if isinstance(generator, GeneratedValue):
        generator = generator.generator
    return Matcher(value, rules, generator=generator, children=children)


def unwrap_example(value: Json) -> Json:
    """Return the value inside nested matchers; those in arrays or objects are kept."""
    while isinstance(value, (Matcher, GeneratedValue)):
        value = value.value if isinstance(value, Matcher) else value.example
    return value


def has_matchers(value: Json) -> bool:
    """Return whether a structure contains matchers, generated values or nodes."""
    if isinstance(value, dict):
        return MATCHER_TYPE in value or any(map(has_matchers, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(has_matchers, value))
    return isinstance(value, (Matcher, GeneratedValue))


def check_example(rules: RuleList, example: Json) -> None:
    """Check that a scalar example satisfies its own rules."""
    if isinstance(example, (dict, list, tuple)):
        return
    failures = compile_rule_list(rules).find_json_failures(example, example)
    for rule, problem in failures:
        mismatch = Mismatch(MismatchKind.BODY, "$", rule, example, example, problem)
        raise InvalidExpectation(
            f"the example does not satisfy its own rule: {mismatch.message}"
        )


MATCHER_TYPE = "pact:matcher:type"
