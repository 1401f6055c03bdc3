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
        (r"(?#a comment (with [)a", "a"),
        (r"\p{L}\p{S}", "\U00010400\U0001f600"),
        (r"\p{^L}\P{^L}", "1a"),
        (r"[\p{^L}][\P{L}]", "11"),
        (r"\p{Lowercase_Letter}\p{alpha}\p{lowercase}\p{whitespace}", "aaa "),
        (r"\p{Han}+\p{Latin}\p{IsGreek}\p{script=Cyrillic}", "漢字éαя"),
        (r"\p{LC}\p{Upper}\p{uppercase}\p{any}\p{assigned}", "aAA\n1"),
        (r"\p{Alnum}\p{Graph}\p{Print}\p{Word}\p{XDigit}\p{ascii}", "1! _F~"),
        (r"\p{Blank}\p{Space}\p{Cntrl}\p{Mn}\p{Alphabetic}", "\t\n\0\u0301\u0345"),
        (r"[[:punct:]]+", "!$€"),
        (r"[^[:alpha:]]", "1"),
        (r"[\P{Alpha}]", "1"),
        (r"[a-z&&[^b]]+", "ac"),
        (r"[a-z&&[^aeiou]&&[^x]]", "b"),
        (r"[^a-z&&[^b]]+", "b1"),
        (r"[a-c[x-z]&&[by]]+", "by"),
        (r"[a[\d]]+", "a1"),
        (r"[[\w]-]+", "a-"),
        (r"[a[b[c]]]+", "abc"),
        (r"[a[^b]]+", "ac"),
        (r"[^[^a]]", "a"),
        (r"[\w&&[\D]]", "a"),
        (r"[\s&&[^\n]]", " "),
        (r"[\b\h\R\101\Q[-\E]+", "\bf RA[-"),
        (r"[a~~b][a||b]", "~|"),
        (r"[[]+", "["),
        (r"\R\R", "\r\n\n"),
        (r"\X\X\X", "e\u0301\r\n👨‍👩‍👧"),
        (r"\N\O\i", "a\ni"),
        (r"\v\f\a", "\x0b\x0c\x07"),
        (r"\0101\101\012", "\x081A\n"),
        (r"(a)\10\08", "a\x08\x008"),
        (r"\uD83D\uDE00[\uD83D\uDE00]", "😀😀"),
        (r"\x4\xe9", "\x04é"),
        (r"\cA\C-b\c?", "\x01\x02\x7f"),
        ("(?x) a b # a comment (", "ab"),
        ("a(?x:b c) (?-x:d e)", "abc d e"),
        ("(?x)a b(?-x:c d) e f", "abc def"),
        ("(?x:a b(?-x:c d))", "abc d"),
        ("(?x)a(?i:b c)", "aBC"),
        ("(?m)a\n(?i:^B)", "a\nb"),
        ("(?-i)a(?i)a(?-i)a", "aAa"),
        ("(?m)a$\n^b", "a\nb"),
        ("(?s)a.b", "a\nb"),
        ("(?ms-i:a.b)$", "a\nb"),
        ("(?iu)é(?a:b)", "ÉB"),
        (r"(?'n'a)\k'n'", "aa"),
        (r"(a)(b)\k<1>\k<-1>\1", "ababa"),
        (r"(?<n>a)|(?<n>b)", "b"),
        (r"(a)?(?(1)b|c)", "c"),
        (r"(?<n>a)?(?(<n>)b|c)", "ab"),
        ("(?<=a|bc)d|xd(?<=ax|xd)", "xd"),
        ("b(?<!a|bc)d", "bd"),
        ("(?<=(?i)B)a|b", "b"),
        ("a**b+*c?*", "aabbcc"),
        ("(a{1,2}+)(b{2}?)(c{1,2}?)", "aaaabbc"),
        ("a{2}{2}", "aaaa"),
        (r"\B", ""),
        (r"a\Kb", "ab"),
        ("a{,}", "a{,}"),
        ("[a&&b]?x", "x"),
    ],
)
def test_a_pattern_of_another_dialect_matches(pattern, text):
    assert compile_regex(pattern).fullmatch(text)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("abc$", "abc\n"),
        (".", "\n"),
        ("(?x)(?-x:a b)", "ab"),
        ("(?m)a\n(?-m:^)b", "a\nb"),
        ("a++a", "aaa"),
        (r"\P{Digit}", "1"),
        (r"[\P{Digit}]", "1"),
        (r"(a(?i)b)c", "aBC"),
        (r"[[:^digit:]]", "1"),
        (r"\p{^L}", "a"),
        (r"\P{^L}", "1"),
        (r"\p{Punct}", "$"),
        (r"[a-z&&[^b]]", "b"),
        ("[a&&b]", "a"),
        ("[a&&]", "a"),
        (r"[a[\d]]", "["),
        ("(?-i)a", "A"),
        ("(?m)a.b", "a\nb"),
        ("a$\nb", "a\nb"),
        (r"\X\X", "e\u0301"),
        (r"\R\R", "\r\n"),
        (r"\w\B", "a"),
        ("(?<!a|bc)d", "d "),
        ("(?a:\\w)", "é"),
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
        (r"\p{Nothing}", "the character class 'Nothing' is not supported"),
        (r"\p{}", "incomplete escape"),
        ("[[:nope:]]", r"'\[:nope:\]' is not supported"),
        ("[[a", "unterminated character set"),
        ("[b-a]", "bad character range b-a"),
        (r"[\d-z]", "bad character range"),
        ("[a--b]", "bad character range"),
        (r"\x", "incomplete escape"),
        (r"\uD83D", "is not a character"),
        (r"\x{110000}", "is not a character"),
        (r"\H", "not hexadecimal in Ruby"),
        (r"[\H]", "is not supported"),
        (r"(?<n>a)\g<n>", "calls of groups"),
        (r"\k", "without a name"),
        (r"(a)\2", "invalid group reference"),
        (r"\89", "invalid group reference 89"),
        (r"(?<n>a)|(?<n>b)\k<n>", "the name of two groups"),
        ("(?~ab)", "is not supported"),
        ("(?=a)*a", "an assertion"),
        (r"(?<=a+)b", "fixed-width"),
        ("a{99999999999999}", "too large|overflow|repetition"),
    ],
)
def test_an_invalid_pattern_is_an_error(pattern, reason):
    with pytest.raises(ValueError, match=reason):
        compile_regex(pattern)


@pytest.mark.parametrize(("count", "is_valid"), [(3, True), (4, False)])
def test_all_that_is_read_for_computed_sets_counts(monkeypatch, count, is_valid):
    monkeypatch.setattr(regex, "_LONGEST_TRANSLATION", 1_000)
    compile_anew = compile_regex.__wrapped__
    if is_valid:
        assert compile_anew(r"[\w&&a]" * count).fullmatch("a" * count)
    else:
        with pytest.raises(ValueError, match="more than 1,000 characters"):
            compile_anew(r"[\w&&a]" * count)


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
            (r"\R\n", "\r\n", False),
            (r"\R", "\r\n", True),
        ],
    )
    def test_they_do_not_backtrack(self, pattern, text, matches):
        assert matches == bool(compile_regex(pattern).fullmatch(text))

    @pytest.mark.parametrize(
        ("pattern", "translated"),
        [
            (
                "(?>a)(?>b)",
                "(?=(?P<_atomic1>a))(?P=_atomic1)(?=(?P<_atomic2>b))(?P=_atomic2)",
            ),
            ("a?+", "(?=(?P<_atomic1>a?))(?P=_atomic1)"),
            ("xa*+y", "x(?=(?P<_atomic1>a*))(?P=_atomic1)y"),
            (
                "(?>a++)",
                "(?=(?P<_atomic1>(?=(?P<_atomic2>a+))(?P=_atomic2)))(?P=_atomic1)",
            ),
            (
                r"\R",
                r"(?=(?P<_atomic1>\r\n|[\n\x0b\x0c\r\x85\u2028\u2029]))(?P=_atomic1)",
            ),
        ],
    )
    def test_they_are_named_by_their_number(self, pattern, translated):
        assert translated == compile_regex(pattern).pattern

    @pytest.mark.parametrize(
        "pattern",
        [
            r"(a)\1b++",
            r"b++(a)\1",
            r"(?>b)(a)\k<-1>",
            "(a)?(?(1)b|c)d++",
            "(a)?(?<n>b)?(?(1)c|d)(?(<n>)e|f)g++",
            r"(a)\1(?<n>b)?(?(<n>)e|f)g++",
        ],
    )
    def test_with_numbered_references_they_are_an_error(self, pattern):
        with pytest.raises(ValueError, match=r"need Python 3\.11"):
            compile_regex(pattern)

    def test_references_by_name_are_translated(self):
        compiled = compile_regex("(?<n>a)?(?(<n>)e|f)g++")

        assert compiled.fullmatch("aeg")
        assert not compiled.fullmatch("afg")
