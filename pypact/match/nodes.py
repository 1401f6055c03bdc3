"""What is a value with a rule, as a user writes it?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.rules import Rule, RuleList
from pypact.rules.compiled import compile_list

__all__ = ["Children", "Matcher", "check_example", "problems", "scalar_of"]


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

    def __post_init__(self) -> None:
        check_example(RuleList(self.rules, self.combine), scalar_of(self.value))


def generator_of(value: GeneratedValue | Generator | None) -> Generator | None:
    """The generator that a user gave with a matcher."""
    return value.generator if isinstance(value, GeneratedValue) else value


def scalar_of(value: Json) -> Json:
    """The example of a matcher or generated value, if no container is in the way."""
    while isinstance(value, (Matcher, GeneratedValue)):
        value = value.value if isinstance(value, Matcher) else value.example
    return value


def check_example(rules: RuleList, example: Json) -> None:
    """Refuse a scalar example that its own rules would refuse."""
    if found := problems(rules, example):
        raise InvalidExpectation(f"the example does not satisfy its rule: {found[0]}")


def problems(rules: RuleList, example: Json) -> list[str]:
    """What a provider would be told that answered this scalar example."""
    if isinstance(example, (dict, list, tuple)):
        return []
    return [
        Mismatch(Kind.BODY, "$", rule, example, example, problem).message
        for rule, problem in compile_list(rules).json_failures(example, example)
    ]
