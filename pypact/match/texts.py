r"""How does a user ask for a text of some form?

Source: semantics section 6.3, "Scalars" (regex, include, semver), and 7.1
(MockServerURL).
"""

from __future__ import annotations

import re

from pypact.errors import InvalidExpectation
from pypact.generate import UUID_EXAMPLES, UUID_PATTERNS, example_for_regex
from pypact.match.nodes import AnyGenerator, Matcher, matcher, scalar_of
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.rules import Rule
from pypact.rules.patterns import compile_pattern
from pypact.rules.values import text_form

__all__ = [
    "email",
    "hexadecimal",
    "include",
    "ipv4",
    "regex",
    "semver",
    "term",
    "url",
    "uuid",
]


def regex(
    pattern: str | None = None,
    example: Json = None,
    *,
    regex: str | None = None,
    generator: AnyGenerator = None,
) -> Matcher:
    r"""Match a string that fully matches a regular expression.

    Written as `regex(r"\d+", "12")`, the argument order of Ruby's and pactman's `Term`,
    or as `regex("12", regex=r"\d+")`, the form of pact-python. Without an example, one
    is generated, the same each time.

    Raises: InvalidExpectation, if the example does not match, or the pattern is not
    valid.
    """
    if regex is not None:
        pattern, example = regex, pattern if example is None else example
    if pattern is None:
        raise InvalidExpectation("regex() needs a pattern: regex(r'\\d+', '12')")
    if example is None:
        example = example_for_regex(pattern)
    _check_regex_example(pattern, example)
    return matcher(example, _regex_rule(pattern), generator=generator)


def term(matcher: str, generate: Json = None) -> Matcher:
    """Match a regular expression; like `regex`, with the names of older libraries."""
    return regex(matcher, generate)


def include(text: str, example: str | None = None) -> Matcher:
    """Match a string that contains `text`."""
    rule = Rule("include", {"value": text})
    return matcher(text if example is None else example, rule)


def semver(example: str = "1.0.0") -> Matcher:
    """Match a semantic version 2.0."""
    return matcher(example, Rule("semver"))


def uuid(
    example: str = UUID_EXAMPLES["lower-case-hyphenated"],
    *,
    generator: AnyGenerator = None,
) -> Matcher:
    """Match a UUID with hyphens, in upper or lower case."""
    hyphenated = UUID_PATTERNS["lower-case-hyphenated"].replace("a-f", "a-fA-F")
    return regex(hyphenated, example, generator=generator)


def email(example: str = "user@example.com") -> Matcher:
    """Match an email address of the common form."""
    return regex(r"[\w.!#$%&'*+/=?^`{|}~-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", example)


def ipv4(example: str = "127.0.0.1") -> Matcher:
    """Match an IPv4 address."""
    octet = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
    return regex(rf"({octet}\.){{3}}{octet}", example)


def hexadecimal(example: str = "3F", *, generator: AnyGenerator = None) -> Matcher:
    """Match a string of hexadecimal digits."""
    return regex("[0-9a-fA-F]+", example, generator=generator)


def url(base: str, *fragments: str | Matcher) -> Matcher:
    r"""Match a URL whose path ends with these fragments, strings or regexes.

    `url("http://localhost:8080", "orders", regex(r"\d+", "12"))`. In responses to the
    consumer, `base` is replaced by the URL of the mock server.
    """
    if not fragments:
        raise InvalidExpectation("url() needs at least one path fragment")
    texts = [text_form(scalar_of(fragment)).strip("/") for fragment in fragments]
    example = "/".join([base.rstrip("/"), *texts])
    pattern = ".*(/" + "/".join(map(_fragment_pattern, fragments)) + ")$"
    generator = Generator("MockServerURL", {"example": example, "regex": pattern})
    return regex(pattern, example, generator=generator)


def _fragment_pattern(fragment: str | Matcher) -> str:
    if isinstance(fragment, str):
        return _SPECIAL.sub(r"\\\g<0>", fragment.strip("/"))
    for rule in fragment.rules:
        if rule.name == "regex":
            return f"(?:{rule.attributes['regex'].removeprefix('^').removesuffix('$')})"
    raise InvalidExpectation("a path fragment of url() must be a string or a regex()")


def _check_regex_example(pattern: str, example: Json) -> None:
    text = text_form(example)
    if not _regex_matches(pattern, text):
        swapped = isinstance(example, str) and _are_arguments_swapped(pattern, example)
        hint = (
            "; the pattern is the first argument: regex(pattern, example)"
            if swapped
            else ""
        )
        raise InvalidExpectation(
            f"the example '{text}' does not match its own regular expression "
            f"'{pattern}'{hint}"
        )


def _regex_matches(pattern: str, text: str) -> bool:
    try:
        return compile_pattern(pattern).fullmatch(text) is not None
    except ValueError as error:
        raise InvalidExpectation(
            f"'{pattern}' is not a valid regular expression: {error}"
        ) from None


def _are_arguments_swapped(pattern: str, example: str) -> bool:
    try:
        return compile_pattern(example).fullmatch(pattern) is not None
    except ValueError:
        return False


def _regex_rule(pattern: str) -> Rule:
    return Rule("regex", {"regex": pattern})


# Escapes less than re.escape does: other tools' dialects do not accept `\-` and `\ `.
_SPECIAL = re.compile(r"[\\.^$|?*+()\[\]{}]")
