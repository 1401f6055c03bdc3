"""What is a value with a rule, as a user writes it?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import compile_list

__all__ = [
    "AnyGenerator",
    "Children",
    "Matcher",
    "check_example",
    "has_matchers",
    "matcher",
    "scalar_of",
]

AnyGenerator: TypeAlias = GeneratedValue | Generator | None
"""What a matcher takes as its generator: one of `pypact.generate`, or a raw one."""


class Children(Enum):
    """How the values inside a matcher are addressed."""

    OWN = "each by its own key or index"
    SHARED = "all by one star"
    VARIANTS = "each with rules of its own, as a variant of arrayContains"


@dataclass(frozen=True, slots=True)
class Matcher:
    """A value, which may hold matchers itself, with the rules for its place."""

    value: Json
    rules: tuple[Rule, ...]
    combine: str = "AND"
    generator: Generator | None = None
    children: Children = Children.OWN


def matcher(
    value: Json,
    *rules: Rule,
    generator: AnyGenerator = None,
    children: Children = Children.OWN,
) -> Matcher:
    """Make a matcher whose example satisfies its rules.

    Raises: InvalidExpectation, when it does not.
    """
    check_example(RuleList(rules), scalar_of(value))
    if isinstance(generator, GeneratedValue):
        generator = generator.generator
    return Matcher(value, rules, generator=generator, children=children)


def scalar_of(value: Json) -> Json:
    """The example of a matcher or generated value, if no container is in the way."""
    while isinstance(value, (Matcher, GeneratedValue)):
        value = value.value if isinstance(value, Matcher) else value.example
    return value


def has_matchers(value: Json) -> bool:
    """Tell whether a structure holds anything but plain values."""
    if isinstance(value, dict):
        return MATCHER_TYPE in value or any(map(has_matchers, value.values()))
    if isinstance(value, (list, tuple)):
        return any(map(has_matchers, value))
    return isinstance(value, (Matcher, GeneratedValue))


def check_example(rules: RuleList, example: Json) -> None:
    """Refuse a scalar example that its own rules would refuse."""
    if isinstance(example, (dict, list, tuple)):
        return
    failures = compile_list(rules).json_failures(example, example)
    for rule, problem in failures:
        mismatch = Mismatch(Kind.BODY, "$", rule, example, example, problem)
        raise InvalidExpectation(
            f"the example does not satisfy its own rule: {mismatch.message}"
        )


MATCHER_TYPE = "pact:matcher:type"
