"""Strings that match a regular expression.

Source: docs/internals/specification.md, "7.1 Table" (Regex).
"""

import random

import pytest

from pypact.generators.strings import generate_matching_string
from pypact.rules.regex import compile_regex


@pytest.mark.parametrize(
    "pattern",
    [
        r"\d{3}-\w+",
        r"[^a-z]{5}",
        r"[^\w\s-]",
        "[^/]+/[^/]+",
        "x[^a]",
        "[^\x20-\x7e]",
        r"(\w)\1",
        "a*+b",
        "(?>ab|a)c",
        "(?=a)[ab]",
        "(?!a)[ab]",
        r"\p{Alpha}+",
        ".+?",
        "(foo|bar)?",
        r"(?i)abc",
        r"a{25,30}",
        "",
    ],
)
def test_the_string_for_a_pattern_matches_it(pattern):
    source = random.Random(1)
    matches = compile_regex(pattern).fullmatch

    assert all(matches(generate_matching_string(pattern, source)) for _ in range(20))


def test_unbounded_repeats_are_limited_to_twenty():
    source = random.Random(1)
    lengths = {len(generate_matching_string("a*", source)) for _ in range(500)}

    assert set(range(21)) == lengths


def test_equal_random_sources_give_equal_strings():
    first, second = (
        generate_matching_string("[^a]{9}", random.Random("seed")) for _ in range(2)
    )

    assert first == second


@pytest.mark.parametrize("pattern", ["a(?!.)b", "(", r"[^\x00-\x{10ffff}]", r"a\bb"])
def test_a_pattern_without_a_matching_string_is_refused(pattern):
    with pytest.raises(ValueError):
        generate_matching_string(pattern, random.Random(1))
