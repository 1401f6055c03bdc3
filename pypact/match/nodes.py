"""Represent an example value with its matching rules and its generator."""

from __future__ import annotations

from enum import Enum
from typing import Final, TypeAlias

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation, PactError
from pypact.generate import GeneratedValue
from pypact.model.json import Json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import Generator, Rule, RuleList
from pypact.rules.compile_limit import call_unlimited
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


class Absent:
    """The type of `absent`."""

    def __repr__(self) -> str:
        return "match.absent"


absent: Final = Absent()
"""An option of `one_of`: the member, header, query parameter or item is left out."""


class ChoiceFoundError(PactError):
    """An error for a choice in a value of which a single example is needed."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OneOf:
    """A value that has one of several shapes; `name` overrides the name of its key."""

    options: tuple[Json, ...]
    name: str | None = None

    def __repr__(self) -> str:
        return f"match.one_of({', '.join(map(repr, self.options))})"


def refuse_choice(example: Json, function: str) -> None:
    """Raise InvalidExpectation if the example of a function is a choice."""
    if isinstance(example, OneOf):
        raise make_choice_error(function)


def make_choice_error(function: str) -> InvalidExpectation:
    """Return the error for a choice in a function that needs one example."""
    return InvalidExpectation(
        f"{function}() cannot contain match.one_of(): write match.one_of() around it, "
        f"match.one_of({function}(…), …)"
    )


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
    if isinstance(value, OneOf):
        return any(map(has_matchers, value.options))
    return isinstance(value, (Matcher, GeneratedValue))


def check_example(rules: RuleList, example: Json) -> None:
    """Check that a scalar example satisfies its own rules.

    The options of a choice are checked when one of them is selected.
    """
    if isinstance(example, (dict, list, tuple, OneOf)):
        return
    if example is absent:
        raise InvalidExpectation(f"{absent} must be an option of match.one_of()")
    find_failures = compile_rule_list(rules).find_json_failures
    failures = call_unlimited(find_failures, example, example)
    for rule, problem in failures:
        mismatch = Mismatch(MismatchKind.BODY, "$", rule, example, example, problem)
        raise InvalidExpectation(
            f"the example does not satisfy its own rule: {mismatch.message}"
        )


MATCHER_TYPE = "pact:matcher:type"
