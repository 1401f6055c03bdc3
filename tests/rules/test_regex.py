"""Test regular expressions in other dialects.

Source: docs/internals/specification.md, "6.3 Scalars".
"""

import pytest

from pypact.rules import regex
from pypact.rules.regex import compile_regex


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\d+", "10"),
        (r"a|ab", "ab"),
        (r"^abc$", "abc"),
        (r"\A\w+\z", "abc"),
        (r"abc\Z", "abc"),
        (r"(?<year>\d{4})-\k<year>", "2020-2020"),
        (r"(?P<a>x)(?P=a)", "xx"),
        (r"a++b", "aab"),
        (r"[ab]*+c", "abac"),
        (r"(ab)?+c", "abc"),
        (r"(?>a+)b", "aab"),
        (r"\/users\/\d+", "/users/1"),
        (r"[[:alpha:]]+[[:digit:]]", "ab1"),
        (r"[[:^digit:]]+", "ab"),
        (r"\p{Alpha}+\p{Digit}\p{Punct}", "ab1!"),
        (r"\p{L}+\p{Nd}", "äöü1"),
        (r"\P{Digit}+", "ab"),
        (r"[\P{Digit}]+", "ab"),
        (r"\pL", "ä"),
        (r"\p{IsAlphabetic}", "ä"),
        (r"a(?i)bc", "aBC"),
        (r"(a(?i)b)c", "aBc"),
        (r"(?i:AB)c", "abc"),
        (r"(?=a)a(?!b)c(?<=c)", "ac"),
        (r"\Qa.b\E+", "a.bb"),
        (r"\Qa.b", "a.b"),
        (r"\x{e4}\u00e4", "ää"),
        (r"[\x{e4}-\x{fc}]", "ö"),
        (r"\h", "f"),
        (r"[\h]+", "0F"),
        (r"\R", "\n"),
        (r"\e", "\x1b"),
        (r"\-\_\@", "-_@"),
        (r"[]a]+", "]a"),
        (r"[^a\]]+", "bc"),
        (r"[a[bc]d]+", "abcd"),
        (r"[a[]+", "a["),
        (r"a{2}b{1,}c{,2}", "aab"),
        (r"a{b", "a{b"),
        (r"x{", "x{"),
        (r"a*?b+?", "aab"),
        (r"\Gab", "ab"),
        (r"[--/]", "."),
        (r"(?#a comment)a", "a"),
    ],
)
def test_a_pattern_of_another_dialect_matches(pattern, text):
    assert compile_regex(pattern).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("abc$", "abc\n"),
        (".", "\n"),
        ("a++a", "aaa"),
        (r"\P{Digit}", "1"),
        (r"[\P{Digit}]", "1"),
        (r"(a(?i)b)c", "aBC"),
        (r"[[:^digit:]]", "1"),
    ],
)
def test_a_pattern_of_another_dialect_does_not_match(pattern, text):
    assert not compile_regex(pattern).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(a", "unterminated"),
        ("a)", "unbalanced"),
        ("[a", "unterminated character set"),
        ("*", "nothing to repeat"),
        ("a\\", "end of pattern"),
        (r"\p{Nothing}", "unknown character class 'Nothing'"),
        ("[a&&b]", "intersection"),
        (r"[\P{Alpha}]", "complement"),
        ("a{99999999999999}", "too large|overflow|repetition"),
    ],
)
def test_an_invalid_pattern_is_an_error(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        compile_regex(pattern)


class TestBeforePython311:
    """Possessive quantifiers and atomic groups are translated to look-aheads."""

    @pytest.fixture(autouse=True)
    def _old(self, monkeypatch):
        monkeypatch.setattr(regex, "_NATIVE_ATOMIC", False)
        compile_regex.cache_clear()
        yield
        compile_regex.cache_clear()

    @pytest.mark.parametrize(
        ("pattern", "text", "matches"),
        [
            ("a++b", "aab", True),
            ("a++a", "aaa", False),
            ("(ab)*+c", "ababc", True),
            ("(?>a+)b", "aab", True),
            ("(?>a+)a", "aaa", False),
            ("x(?>(a)|b)c", "xac", True),
        ],
    )
    def test_they_do_not_backtrack(self, pattern, text, matches):
        assert matches == bool(compile_regex(pattern).fullmatch(text))

    def test_with_numbered_references_they_are_an_error(self):
        with pytest.raises(ValueError, match=r"need Python 3\.11"):
            compile_regex(r"(a)\1b++")
