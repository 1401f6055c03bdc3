"""Matchers for parts of requests, responses and messages."""

from __future__ import annotations

import datetime as dt
from enum import Enum
from typing import Any

from pypact import match
from pypact.generate import UUID_PATTERNS
from pypact.match.nodes import Matcher as PypactMatcher
from pypact.model.json import Json


class Matcher:
    """The base class of the matchers."""

    def generate(self) -> Json:
        """Return the matcher in the form of the Ruby tools."""
        raise NotImplementedError


class Like(Matcher):
    """A value of the same type as the example."""

    def __init__(self, matcher: Any) -> None:
        assert matcher is None or isinstance(matcher, _EXAMPLES), (  # noqa: S101 -- the old library's class of error
            f"Like() takes a JSON value or a matcher, got {matcher!r}"
        )
        self.matcher = matcher

    def generate(self) -> Json:
        return {
            "json_class": "Pact::SomethingLike",
            "contents": from_term(self.matcher),
        }


SomethingLike = Like


class EachLike(Matcher):
    """A list of at least `minimum` items like the example."""

    def __init__(self, matcher: Any, minimum: int = 1) -> None:
        assert minimum >= 1, f"minimum must be at least 1, got {minimum}"  # noqa: S101 -- the old library's class of error
        self.matcher = matcher
        self.minimum = minimum

    def generate(self) -> Json:
        return {
            "json_class": "Pact::ArrayLike",
            "contents": from_term(self.matcher),
            "min": self.minimum,
        }


class Term(Matcher):
    """A string in which the regular expression `matcher` is found.

    `generate` is the example that the consumer receives.
    """

    def __init__(self, matcher: str, generate: Any) -> None:
        self.matcher = matcher
        self.example = generate

    def generate(self) -> Json:
        regexp = {"json_class": "Regexp", "o": 0, "s": self.matcher}
        return {
            "json_class": "Pact::Term",
            "data": {"generate": self.example, "matcher": regexp},
        }


def from_term(term: Any) -> Json:
    """Return a value with its matchers in the form of the Ruby tools.

    Raises: ValueError for an object that is neither JSON nor a matcher.
    """
    if isinstance(term, dict):
        return {name: from_term(value) for name, value in term.items()}
    if isinstance(term, list):
        return [from_term(item) for item in term]
    if isinstance(term, Matcher):
        return term.generate()
    if term is None or isinstance(term, (str, bytes, int, float)):
        return term
    raise make_matcher_error(term)


def get_generated_values(input: Any) -> Any:  # noqa: A002 -- the old library's name
    """Return a value with the examples in place of its matchers.

    Raises: ValueError for an object that is neither JSON nor a matcher.
    """
    if isinstance(input, dict):
        return {name: get_generated_values(value) for name, value in input.items()}
    if isinstance(input, list):
        return [get_generated_values(item) for item in input]
    if isinstance(input, Like):
        return get_generated_values(input.matcher)
    if isinstance(input, EachLike):
        return [get_generated_values(input.matcher)] * input.minimum
    if isinstance(input, Term):
        return input.example
    if input is None or isinstance(input, (str, int, float)):
        return input
    raise make_matcher_error(input)


def make_matcher_error(value: object) -> ValueError:
    """Return the error of a value that is neither JSON nor a matcher."""
    hint = ""
    if isinstance(value, PypactMatcher):
        hint = "; the matchers of pypact.match belong to pypact.Consumer"
    return ValueError(
        f"expected a JSON value or a matcher of pypact.compat, got {value!r}{hint}"
    )


_EXAMPLES = (list, dict, int, float, str, Matcher)


def _get_pattern(matcher: PypactMatcher) -> str:
    pattern: str = matcher.rules[0].attributes["regex"]
    return f"^({pattern})$"


class Format:
    """Matchers for common formats, as attributes."""

    class Regexes(Enum):
        """The regular expressions of the formats."""

        ip_address = r"(\d{1,3}\.)+\d{1,3}"
        hexadecimal = r"[0-9a-fA-F]+"
        ipv6_address = _get_pattern(match.ipv6())
        uuid = UUID_PATTERNS["lower-case-hyphenated"]
        date = r"^[+-]?\d{4}-?(\d{2}(-?\d{2})?|W\d{2}(-?[1-7])?|\d{3})?"
        timestamp = (
            r"^[+-]?\d{4}(-?(\d{2}(-?\d{2})?|W\d{2}(-?[1-7])?|\d{3})"
            r"([T ]\d{2}(:?\d{2}(:?\d{2})?)?([.,]\d+)?(Z|z|[+-]\d{2}(:?\d{2})?)?)?)?$"
        )
        time_regex = r"^(T\d\d:\d\d(:\d\d)?(\.\d+)?([+-]\d\d:\d\d|Z)?)?$"
        iso_8601_datetime = (
            r"^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d(\.\d+)?"
            r"([+-]\d\d:?\d\d|Z)?$"
        )
        iso_8601_datetime_ms = (
            r"^\d{4}-[01]\d-[0-3]\dT[0-2]\d:[0-6]\d:[0-6]\d\.\d+"
            r"([+-]\d\d:?\d\d|Z)?$"
        )

    def __init__(self) -> None:
        patterns = self.Regexes
        moment = dt.datetime(2000, 2, 1, 12, 30)  # noqa: DTZ001 -- the old library's example
        self.identifier = Like(1)
        self.integer = Like(1)
        self.decimal = Like(1.0)
        self.ip_address = Term(patterns.ip_address.value, "127.0.0.1")
        self.hexadecimal = Term(patterns.hexadecimal.value, "3F")
        self.ipv6_address = Term(patterns.ipv6_address.value, "::ffff:192.0.2.128")
        self.uuid = Term(patterns.uuid.value, "fc763eba-0905-41c5-a27f-3934ab26786c")
        self.timestamp = Term(patterns.timestamp.value, moment.isoformat())
        self.date = Term(patterns.date.value, moment.date().isoformat())
        self.time = Term(patterns.time_regex.value, moment.time().isoformat())
        self.iso_datetime = self.iso_8601_datetime()
        self.iso_datetime_ms = self.iso_8601_datetime(with_ms=True)

    def integer_or_identifier(self) -> Like:
        """Return a matcher for integers."""
        return self.integer

    def iso_8601_datetime(self, with_ms: bool = False) -> Term:
        """Return a matcher for ISO 8601, which requires fractions with `with_ms`."""
        moment = dt.datetime(1991, 2, 20, 6, 35, 26, tzinfo=dt.timezone.utc)
        if with_ms:
            moment = moment.replace(microsecond=79043)
            return Term(self.Regexes.iso_8601_datetime_ms.value, moment.isoformat())
        return Term(self.Regexes.iso_8601_datetime.value, moment.isoformat())
