"""Test writing regular expressions for other tools.

Source: docs/internals/regex.md, "Writing".
"""

import pytest

import pypact
from pypact import generate
from pypact.match import each_like, regex
from pypact.match.integration import read_definition, read_node
from pypact.rules.portable_regex import write_portable_regex


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^\d+(\.\d{2})?$", r"^\d+(\.\d{2})?$"),
        (r"(?P<n>a)(?P=n)", r"(?<n>a)\k<n>"),
        (r"(?<n>a)\k<n>", r"(?<n>a)\k<n>"),
        ("(?s)a.b", r"a[\s\S]b"),
        ("(?is)a.b", r"(?i)a[\s\S]b"),
        ("(?s:a.)b.", r"(?:a[\s\S])b."),
        ("(?s-i:a.(?-s:.))", r"(?-i:a[\s\S](?:.))"),
        (r"(?s)[.]\.", r"[.]\."),
        ("(?m)^a$", r"(?<![^\n])a(?![^\n])"),
        ("(?x) a b # c (\n [ #]", "ab[ #]"),
        ("a(?#b (c)d", "ad"),
        (r"(?a)\d\w\s\D", r"[0-9][A-Za-z0-9_][ \t\n\r\f\v][^0-9]"),
        (r"(?a)[\d\-\w\b]", r"[0-9\-A-Za-z0-9_\b]"),
        ("(?u)a(?=b)(?:c)(?i:d)", "a(?=b)(?:c)(?i:d)"),
        (r"\N{DIGIT ONE}\N{EURO SIGN}", r"1\u20ac"),
        (r"\U0001F600\uD83D\uDE00", "😀😀"),
        (r"\xe9\x41[\xe9]", r"\u00e9\x41[\u00e9]"),
        (r"\Qa.b\E+", r"a\.b+"),
        (r"\pL\p{IsAlphabetic}\P{^L}", r"\p{L}\p{Alphabetic}\P{^L}"),
        ("a{,3}", "a{0,3}"),
        ("[a[]b", r"[a\[]b"),
        ("[a[b]]", "[a[b]]"),
        (r"(a)\1", r"(a)\1"),
        ("[a", "[a"),
        ("a)b\\", "a)b\\"),
    ],
)
def test_the_syntax_of_python_is_written_for_all(pattern, expected):
    assert expected == write_portable_regex(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"(?a)\b", "no equal in other tools"),
        (r"(?a)[\W]", "no equal in other tools"),
        (r"(?P<n>a)(b)\2", "named groups"),
        (r"\N{NO SUCH NAME}", "unknown character name"),
    ],
)
def test_what_has_no_equal_is_refused(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        write_portable_regex(pattern)


WRITTEN = r"(?<n>a)\k<n>"
PATTERN = "(?P<n>a)(?P=n)"


@pytest.mark.parametrize(
    "rule",
    [
        regex(PATTERN, "aa").rules[0],
        regex("aa", regex=PATTERN).rules[0],
        regex(PATTERN).rules[0],
        read_definition(f"matching(regex, '{PATTERN}', 'aa')")[0][0],
        generate.regex_rule(PATTERN),
        generate.regex(PATTERN).generator,
    ],
)
def test_declared_patterns_are_written_for_all(rule):
    assert rule.attributes["regex"] == WRITTEN


def test_integration_json_is_written_for_all():
    node = {"pact:matcher:type": "regex", "regex": PATTERN, "value": "aa"}
    found = read_node(node)

    assert found.rules[0].attributes["regex"] == WRITTEN


def test_a_pattern_without_an_equal_is_refused_where_it_is_declared():
    with pytest.raises(pypact.InvalidExpectation, match="no equal in other tools"):
        each_like(regex(r"(?a)\bx", "x"))
