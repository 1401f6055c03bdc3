"""How does a user ask for one value of some kind?

Source: semantics section 6.3, "Scalars".
"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.generate import GeneratedValue, example_for_regex
from pypact.match.nodes import Matcher, generator_of
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.rules import Rule
from pypact.rules.patterns import compile_pattern
from pypact.rules.values import text_form

__all__ = ["like", "regex", "term"]

AnyGenerator = GeneratedValue | Generator | None


def like(example: Json, *, generator: AnyGenerator = None) -> Matcher:
    """Ask for a value of the same type; inside a structure for the same types."""
    return Matcher(example, (Rule("type"),), generator=generator_of(generator))


def regex(
    pattern: str | None = None,
    example: Json = None,
    *,
    regex: str | None = None,
    generator: AnyGenerator = None,
) -> Matcher:
    r"""Ask for a text that fully matches a regular expression.

    Either `regex(r"\d+", "12")`, the order of Ruby's and pactman's `Term`, or
    `regex("12", regex=r"\d+")`, the form of pact-python. Without an example one is
    made, always the same.

    Raises: InvalidExpectation, when the example does not match, or the pattern is none.
    """
    if regex is not None:
        pattern, example = regex, pattern if example is None else example
    if pattern is None:
        raise InvalidExpectation("regex() needs a pattern: regex(r'\\d+', '12')")
    if example is None:
        example = example_for_regex(pattern)
    _check_regex(pattern, example)
    rule = Rule("regex", {"regex": pattern})
    return Matcher(example, (rule,), generator=generator_of(generator))


def term(matcher: str, generate: Json = None) -> Matcher:
    """Ask for a regular expression in the words of older libraries."""
    return regex(matcher, generate)


def _check_regex(pattern: str, example: Json) -> None:
    if not _matches(pattern, text_form(example)):
        hint = ""
        if isinstance(example, str) and _is_swapped(pattern, example):
            hint = "; the pattern comes first: regex(pattern, example)"
        raise InvalidExpectation(
            f"the example '{text_form(example)}' does not match its own regular "
            f"expression '{pattern}'{hint}"
        )


def _matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).fullmatch(text) is not None
    except ValueError as error:
        raise InvalidExpectation(
            f"'{pattern}' is not a valid regular expression: {error}"
        ) from None


def _is_swapped(pattern: str, example: str) -> bool:
    try:
        return compile_pattern(example).fullmatch(pattern) is not None
    except ValueError:
        return False
