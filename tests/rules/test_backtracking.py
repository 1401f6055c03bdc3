"""Test the estimate of backtracking.

Source: docs/internals/regex.md, "Time limit".
"""

import pytest

from pypact.rules.backtracking import find_safe_length
from pypact.rules.regex import compile_regex


@pytest.mark.parametrize(
    "pattern",
    [
        "abc",
        r"(\w+\W)+",
        ".*",
        r"\d+-\d+",
        r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?",
        r'("[^"]*",?)*',
        r"([a-z]+\.)*\d+",
        r"(\S+\s)*",
        r"(?:[^\d]\d)*(?:a[^a]|[^b]b)",
        r"[\s\S]*",
        r"(foo|bar|baz)*-?",
        r"(25[0-5]|2[0-4][0-9]|[01]?[0-9][0-9]?)(\.(25[0-5]|1?[0-9])){2}",
        r"(?>a+)a+",
        r"(a)?b?(?(1)c|d)e?",
        r"(\w+)@\1",
        r"(?=a)\w?b?",
        r"[^\W_]+-é*",
    ],
)
def test_a_linear_expression_has_no_limit(pattern):
    assert find_safe_length(compile_regex(pattern)) is None


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        ("(a+)+$", 12),
        ("(a|aa)+", 12),
        ("(ab|[a-c]b)*x?", 9),
        ("(a*)*b", 12),
        (r"(\w+\s?)*", 9),
        (r"(.*a){12}", 0),
        ("(a?){30}a{30}", 0),
        ("(a?b?c?){8}(a?b?c?){8}", 0),
        ("(x+x+)+y", 9),
        ("(?=(a+)+$)b", 12),
        (r"((a)\2*)*", 12),
        ("(?i:(a+A)+)", 12),
        ("(é+ü)+", 12),
        ("(a(?:b|))*(?:b|c)*", 8),
        ("((((a+)+)+)+)+b", 7),
        ("(?:(a?){20})*b", 0),
        ("(|a?)" * 40, 0),
    ],
)
def test_choices_within_a_repeat_allow_short_strings_only(pattern, length):
    assert find_safe_length(compile_regex(pattern)) == length


@pytest.mark.parametrize(
    ("pattern", "length"),
    [
        (".+@.+", 3162),
        (".*foo.*bar", 215),
        ("(.*,){3}[^,]*", 56),
        ("(c|c){3}a*a*b", 395),
    ],
)
def test_repeats_in_a_row_limit_the_length(pattern, length):
    assert find_safe_length(compile_regex(pattern)) == length


def test_deep_nesting_is_checked_quickly():
    pattern = "(" * 60 + "a" + "+)" * 60

    assert find_safe_length(compile_regex(pattern)) == 0


def test_nesting_that_is_too_deep_for_the_check_allows_no_string(monkeypatch):
    def parse(_):
        raise RecursionError

    monkeypatch.setattr("pypact.rules.backtracking._parse", parse)

    assert find_safe_length(compile_regex("a+b+")) == 0
