"""Check a single value by a matching rule.

Each kind of rule has a function that takes the attributes of a rule and returns a
check (see `ValueCheck`), which is then applied to many values. In Python `1 == 1.0 ==
True`; this is the only file that distinguishes booleans, integers and decimals.

Source: docs/internals/specification.md, "4.4 JSON", "6.3 Scalars".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from pypact._lazy import compile_later, import_later
from pypact.model.json import Json, dump_json
from pypact.model.mismatches import escape_template
from pypact.rules.compile_limit import CompileLimitError

if TYPE_CHECKING:
    from pypact.rules import bounded_match, dates, magic
else:
    bounded_match = import_later("pypact.rules.bounded_match")
    dates = import_later("pypact.rules.dates")
    magic = import_later("pypact.rules.magic")


def is_integer(value: Json) -> bool:
    """Return whether a JSON value is a number without decimal point and exponent."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_decimal(value: Json) -> bool:
    """Return whether a JSON value is a number with a decimal point or an exponent."""
    return isinstance(value, (Decimal, float))


def is_number(value: Json) -> bool:
    """Return whether a JSON value is a number."""
    return is_integer(value) or is_decimal(value)


def is_same_type(expected: Json, actual: Json) -> bool:
    """Return whether two JSON values have the same type; numbers are one type."""
    if type(expected) is type(actual):
        return True
    return is_number(expected) and is_number(actual)


def is_equal(expected: Json, actual: Json) -> bool:
    """Return whether two JSON values are equal; integers never equal decimals."""
    if type(expected) is not type(actual):
        return is_decimal(expected) and is_decimal(actual) and expected == actual
    if isinstance(expected, dict):
        return expected.keys() == actual.keys() and all(
            is_equal(value, actual[key]) for key, value in expected.items()
        )
    if isinstance(expected, list):
        return len(expected) == len(actual) and all(map(is_equal, expected, actual))
    return bool(expected == actual)


def to_string(value: Json) -> str:
    """Return a JSON value as a string; a decimal in the shortest form of its double."""
    if isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return _write_shortest(value)
    return dump_json(_shorten_decimals(value))


def _shorten_decimals(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _shorten_decimals(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shorten_decimals(item) for item in value]
    return Decimal(_write_shortest(value)) if isinstance(value, Decimal) else value


def _write_shortest(value: Decimal) -> str:
    double = float(value)
    if double in (float("inf"), float("-inf")):
        return str(value)
    text = repr(double)
    mantissa, exponent, power = text.partition("e")
    # Python writes 1e-07, JSON writers 1e-7.
    return f"{mantissa}e{int(power)}" if exponent else text


Attributes: TypeAlias = Mapping[str, Json]
"""The attributes of a rule, as written in the pact file."""

ValueCheck: TypeAlias = Callable[[Json, Json], "str | None"]
"""A check of (expected, actual); returns None, or a message template on failure."""

CheckFactory: TypeAlias = Callable[[Attributes], ValueCheck]
"""A function that builds the check of a rule from its attributes."""


def build_check(accepts: Callable[[Json], object], problem: str) -> CheckFactory:
    """Return a builder of checks that depend on the actual value alone."""
    return lambda _: lambda _expected, actual: None if accepts(actual) else problem


def _build_pair_check(
    accepts: Callable[[Json, Json], bool], problem: str
) -> CheckFactory:
    return lambda _: (
        lambda expected, actual: None if accepts(expected, actual) else problem
    )


def decode_first(make: CheckFactory) -> CheckFactory:
    """Return a builder of checks that decode bytes as UTF-8 first."""

    def make_decoding(attributes: Attributes) -> ValueCheck:
        check = make(attributes)

        def decode_and_check(_: Json, actual: Json) -> str | None:
            try:
                return check("", actual.decode())
            except UnicodeDecodeError:
                return "Expected {actual} to be text in UTF-8"

        return decode_and_check

    return make_decoding


def regex(attributes: Attributes) -> ValueCheck:
    """Build a check that a value as a string fully matches a regular expression."""
    text = attributes.get("regex")
    try:
        matches = bounded_match.compile_limited(
            text if isinstance(text, str) else repr(text)
        )
    except CompileLimitError as error:
        too_long = f"{{regex}} was not compiled: {error}"
        return lambda _expected, _actual: too_long
    except ValueError as error:
        reason = escape_template(str(error))
        broken = "{regex} is not a valid regular expression – " + reason
        return lambda _expected, _actual: broken

    def check(_expected: Json, actual: Json) -> str | None:
        try:
            found = matches(to_string(actual))
        except bounded_match.MatchTimeoutError as error:
            return f"Expected {{actual}} to match {{regex}}, but {error}"
        return None if found else "Expected {actual} to match {regex}"

    return check


def include(attributes: Attributes) -> ValueCheck:
    """Build a check that a value as a string contains a substring."""
    part = to_string(attributes["value"])
    return lambda _expected, actual: (
        None if part in to_string(actual) else "Expected {actual} to include {value}"
    )


def content_type(attributes: Attributes) -> ValueCheck:
    """Build a check of the content type that is detected from the bytes."""
    expected_type = str(attributes["value"]).partition(";")[0].strip().lower()

    def test(_expected: Json, actual: Json) -> str | None:
        found = magic.detect_content_types(_value_to_bytes(actual))
        if expected_type in found:
            return None
        return (
            "Expected binary contents to have content type {value} "
            f"but detected contents was '{found[0]}'"
        )

    return test


DEFAULT_PATTERNS = {
    "datetime": "yyyy-MM-dd'T'HH:mm:ssXXX",
    "date": "yyyy-MM-dd",
    "time": "HH:mm:ss",
}


def read_date_pattern(name: str, attributes: Attributes) -> str:
    """Return the pattern of a rule for dates or times, or the default of its kind."""
    # Reading a rule has moved the pattern to "format" from other members.
    return str(attributes.get("format") or DEFAULT_PATTERNS[name])


def build_date_kind(name: str, words: str) -> CheckFactory:
    """Return a builder of checks; `words` is for messages."""

    def make(attributes: Attributes) -> ValueCheck:
        pattern = read_date_pattern(name, attributes)
        words_of_pattern = f"{words} pattern of '{escape_template(pattern)}'"
        problem = f"Expected {{actual}} to match a {words_of_pattern}"

        def test(_expected: Json, actual: Json) -> str | None:
            try:
                dates.check_date_text(pattern, to_string(actual))
            except ValueError as error:
                reason = escape_template(str(error))
                return f"{problem} ({reason})" if reason else problem
            return None

        return test

    return make


def status_code(attributes: Attributes) -> ValueCheck:
    """Build a check that a status code is of a class, or one of a list of codes.

    Source: docs/internals/specification.md, "3.5 Status".
    """
    status_class = attributes.get("status", "success")
    if isinstance(status_class, list):
        codes = {int(code) for code in status_class if str(code).isdigit()}
        words = ", ".join(str(code) for code in status_class)
        return _build_status_check(lambda status: status in codes, words)
    if status_class not in STATUS_CLASSES:
        known = ", ".join(STATUS_CLASSES)
        unknown = escape_template(
            f"the status class {status_class!r} is unknown; known classes are {known}"
        )
        return lambda _expected, _actual: unknown
    words, low, high = STATUS_CLASSES[status_class]
    return _build_status_check(lambda status: low <= status <= high, words)


def _build_status_check(accepts: Callable[[int], bool], words: str) -> ValueCheck:
    problem = f"Expected status code {{actual:text}} to be a {escape_template(words)}"

    def test(_expected: Json, actual: Json) -> str | None:
        text = to_string(actual)
        return None if text.isdigit() and accepts(int(text)) else problem

    return test


def _value_to_bytes(value: Json) -> bytes:
    if isinstance(value, bytes):
        return value
    text = to_string(value)
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode(errors="surrogatepass")


def _build_text_check(pattern: str, noun: str) -> CheckFactory:
    regex = compile_later(pattern, re.ASCII)
    return build_check(
        lambda text: regex.fullmatch(text),  # noqa: PLW0108 -- the name alone compiles it
        f"Expected {{actual}} to match {noun}",
    )


def _is_not_empty(value: Json) -> bool:
    return value is not None and value not in ("", [], {})


def _is_boolean(value: Json) -> bool:
    return isinstance(value, bool) or value in ("true", "false")


def _is_semver(value: Json) -> bool:
    return isinstance(value, str) and _SEMVER.fullmatch(value) is not None


UNABLE_TO_MATCH = "Unable to match {expected:typed} with {actual:typed}"
NOT_EQUAL = "Expected {actual:typed} to be equal to {expected:typed}"

# Source: semver.org, version 2.0.0, grammar.
_SEMVER = compile_later(
    r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)"
    r"(-(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*)(\.(0|[1-9]\d*|\d*[A-Za-z-][0-9A-Za-z-]*))*)?"
    r"(\+[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?",
    re.ASCII,
)

equality = _build_pair_check(is_equal, NOT_EQUAL)
plain_equality = _build_pair_check(
    is_equal, "Expected {actual} to be equal to {expected}"
)
same_type = _build_pair_check(
    is_same_type, "Expected {actual:typed} to be the same type as {expected:typed}"
)
accept_all = build_check(lambda _: True, "")
reject_all = build_check(lambda _: False, UNABLE_TO_MATCH)
number = build_check(is_number, "Expected {actual:typed} to be a number")
integer = build_check(is_integer, "Expected {actual:typed} to be an integer")
decimal = build_check(is_decimal, "Expected {actual:typed} to be a decimal number")
null = build_check(
    lambda value: value is None, "Expected {actual:typed} to be a null value"
)
boolean = build_check(_is_boolean, "Expected {actual:typed} to match a boolean")
not_empty = build_check(_is_not_empty, "Expected {actual:typed} to not be empty")
bytes_not_empty = build_check(bool, "Expected [] (0 bytes) to not be empty")
semver = build_check(_is_semver, "{actual} is not a valid semantic version")
text_number = _build_text_check(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", "a number")
text_integer = _build_text_check(r"[+-]?\d+", "an integer number")
text_decimal = _build_text_check(
    r"[+-]?(\d+\.\d*|\.\d+)([eE][+-]?\d+)?", "a decimal number"
)

# Name of a class: its description, the lowest and the highest status code.
STATUS_CLASSES = {
    "info": ("Informational response (100–199)", 100, 199),
    "success": ("Successful response (200–299)", 200, 299),
    "redirect": ("Redirect (300–399)", 300, 399),
    "clientError": ("Client error (400–499)", 400, 499),
    "serverError": ("Server error (500–599)", 500, 599),
    "nonError": ("Non-error response (< 400)", 0, 399),
    "error": ("Error response (>= 400)", 400, 999),
}
