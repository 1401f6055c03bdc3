"""Create generated values for bodies, headers, query parameters, paths and statuses.

A generated value has an example for the contract, a generator, and the matching rule
that each generated value satisfies.

Source: docs/internals/specification.md, "7.1 Table".
"""

# ruff: noqa: A002 -- `min`, `max` and `format` are the specification's own words

from __future__ import annotations

import datetime as dt
import random
import re
import string
from decimal import Decimal
from typing import TYPE_CHECKING

from pypact._dataclasses import dataclass
from pypact._lazy import import_later
from pypact.errors import InvalidExpectation
from pypact.model.json import Json
from pypact.model.rules import Generator, Rule

if TYPE_CHECKING:
    from pypact.rules import dates, portable_regex
else:
    dates = import_later("pypact.rules.dates")
    portable_regex = import_later("pypact.rules.portable_regex")

__all__ = [
    "GeneratedValue",
    "date",
    "datetime",
    "example_for_regex",
    "format_pattern",
    "from_provider_state",
    "mock_server_url",
    "provider_state",
    "random_boolean",
    "random_decimal",
    "random_hexadecimal",
    "random_int",
    "random_string",
    "regex",
    "time",
    "uuid",
]


@dataclass(frozen=True, slots=True)
class GeneratedValue:
    """A generator with its example, and the rule that each generated value satisfies.

    `rule` is used in bodies, `text_rule` in paths, headers, query parameters and
    metadata. None means that there is no rule.
    """

    generator: Generator
    example: Json
    rule: Rule | None
    text_rule: Rule | None


def random_int(
    min: int = 0, max: int = 10, *, example: int | str | None = None
) -> GeneratedValue:
    """Generate an integer from `min` to `max`, both included."""
    if min > max:
        raise InvalidExpectation(f"random_int: min {min} is greater than max {max}")
    value = min if example is None else example
    rule = regex_rule(r"-?\d+") if isinstance(value, str) else Rule("integer")
    return _generated_value("RandomInt", {"min": min, "max": max}, value, rule)


def random_decimal(
    digits: int = 10, *, example: Decimal | float | str | None = None
) -> GeneratedValue:
    """Generate a decimal number with `digits` digits in total."""
    _check_positive("random_decimal", "digits", digits)
    value = _example_decimal(digits) if example is None else example
    rule = regex_rule(r"\d+(\.\d+)?") if isinstance(value, str) else Rule("number")
    return _generated_value("RandomDecimal", {"digits": digits}, value, rule)


def random_hexadecimal(
    digits: int = 10, *, example: str | None = None
) -> GeneratedValue:
    """Generate a string of `digits` upper-case hexadecimal digits."""
    _check_positive("random_hexadecimal", "digits", digits)
    value = _repeat_to_size("0123456789ABCDEF", digits) if example is None else example
    rule = regex_rule(f"[0-9A-Fa-f]{{{digits}}}")
    return _generated_value("RandomHexadecimal", {"digits": digits}, value, rule)


def random_string(size: int = 10, *, example: str | None = None) -> GeneratedValue:
    """Generate a string of `size` ASCII letters and digits."""
    _check_positive("random_string", "size", size)
    value = (
        _repeat_to_size(string.ascii_lowercase, size) if example is None else example
    )
    return _generated_value("RandomString", {"size": size}, value, Rule("type"))


def regex(pattern: str, example: str | None = None) -> GeneratedValue:
    """Generate a string that fully matches `pattern`."""
    value = example_for_regex(pattern) if example is None else example
    rule = regex_rule(pattern)
    return _generated_value("Regex", dict(rule.attributes), value, rule)


def uuid(format: str | None = None, *, example: str | None = None) -> GeneratedValue:
    """Generate a UUID.

    `format` is "simple", "lower-case-hyphenated" (the default), "upper-case-hyphenated"
    or "URN".
    """
    if format is not None and format not in UUID_EXAMPLES:
        known = ", ".join(UUID_EXAMPLES)
        raise InvalidExpectation(
            f"uuid: unknown format {format!r}; known formats: {known}"
        )
    attributes = {} if format is None else {"format": format}
    form = format or "lower-case-hyphenated"
    value = UUID_EXAMPLES[form] if example is None else example
    return _generated_value("Uuid", attributes, value, regex_rule(UUID_PATTERNS[form]))


def date(
    format: str = "yyyy-MM-dd",
    *,
    expression: str | None = None,
    example: str | dt.date | None = None,
) -> GeneratedValue:
    """Generate a date: today, moved by `expression` ("next monday", "+ 2 weeks")."""
    return _generate_date_format("Date", "date", format, expression, example)


def time(
    format: str = "HH:mm:ss",
    *,
    expression: str | None = None,
    example: str | dt.time | None = None,
) -> GeneratedValue:
    """Generate a time: now, moved by `expression` ("noon + 1 hour")."""
    return _generate_date_format("Time", "time", format, expression, example)


def datetime(
    format: str = "yyyy-MM-dd'T'HH:mm:ssXXX",
    *,
    expression: str | None = None,
    example: str | dt.datetime | None = None,
) -> GeneratedValue:
    """Generate a date and time: now, moved by `expression` ("tomorrow @ noon")."""
    return _generate_date_format("DateTime", "datetime", format, expression, example)


def random_boolean(*, example: bool = True) -> GeneratedValue:
    """Generate true or false."""
    return _generated_value("RandomBoolean", {}, example, Rule("boolean"))


def provider_state(
    expression: str, example: Json, *, data_type: str | None = None
) -> GeneratedValue:
    """Use a value that a provider state returns during verification.

    `expression` is the name of the value, or a string with names: "/users/${id}".
    `data_type` is STRING, INTEGER, DECIMAL, FLOAT, BOOLEAN or RAW.

        >>> path = generate.provider_state("/users/${id}", "/users/1")
    """
    attributes = {"expression": expression}
    if data_type is not None:
        if data_type.upper() not in _DATA_TYPES:
            known = ", ".join(_DATA_TYPES)
            raise InvalidExpectation(
                f"provider_state: unknown data type {data_type!r}; known types: {known}"
            )
        attributes["dataType"] = data_type.upper()
    generator = Generator("ProviderState", attributes)
    # A path or header that any string satisfies would check nothing, so the consumer
    # must send the example itself.
    return GeneratedValue(generator, example, Rule("type"), None)


from_provider_state = provider_state


def mock_server_url(example: str, pattern: str) -> GeneratedValue:
    """Generate a URL: the mock server's base URL and the first group of `pattern`.

    The group is matched against `example`.
    """
    rule = regex_rule(pattern)
    attributes = {"example": example, **rule.attributes}
    return _generated_value("MockServerURL", attributes, example, rule)


def example_for_regex(pattern: str) -> str:
    """Generate an example for a regular expression, the same at each call.

    Raises: InvalidExpectation, if the pattern is not valid, or no example is found.
    """
    # Import rstr only when a pattern has no example.
    from pypact.generators.strings import generate_matching_string  # noqa: PLC0415 -- see above

    try:
        source = random.Random(pattern)  # noqa: S311 -- not a secret
        return generate_matching_string(
            portable_regex.write_portable_regex(pattern), source
        )
    except ValueError as error:
        raise InvalidExpectation(f"regex '{pattern}': {error}") from None


def format_pattern(text: str) -> str:
    """Return a date format as a Java format.

    A format with a `%` is read as a Python `strftime` format and translated.

    Raises: InvalidExpectation, if it is not valid, or cannot be translated.
    """
    try:
        pattern = dates.translate_strftime(text) if "%" in text else text
        dates.check_date_pattern(pattern)
    except ValueError as error:
        raise InvalidExpectation(f"date format '{text}': {error}") from None
    return pattern


def format_example(pattern: str, example: Json) -> str:
    """Format the example of a date format; None gives a fixed date and time."""
    if isinstance(example, str):
        return example
    moment = EXAMPLE_MOMENT if example is None else _to_datetime(example)
    return dates.format_date(pattern, moment)


def _to_datetime(value: Json) -> dt.datetime:
    if isinstance(value, dt.datetime):
        moment = value
    elif isinstance(value, dt.date):
        moment = dt.datetime.combine(value, dt.time())
    elif isinstance(value, dt.time):
        moment = dt.datetime.combine(EXAMPLE_MOMENT, value)
    else:
        raise InvalidExpectation(f"expected a date, a time or a string, got {value!r}")
    # An example without a time zone must give the same string on every machine.
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.timezone.utc)


def _generate_date_format(
    type_: str, rule: str, format_: str, expression: str | None, example: Json
) -> GeneratedValue:
    pattern = format_pattern(format_)
    attributes = {"format": pattern}
    if expression is not None:
        attributes["expression"] = expression
    value = format_example(pattern, example)
    return _generated_value(type_, attributes, value, Rule(rule, {"format": pattern}))


def _generated_value(
    type_: str, attributes: dict[str, Json], example: Json, rule: Rule
) -> GeneratedValue:
    return GeneratedValue(Generator(type_, attributes), example, rule, rule)


def regex_rule(pattern: str) -> Rule:
    """Return the rule of a regular expression.

    Raises: InvalidExpectation, if other tools have nothing of the same meaning.
    """
    return Rule("regex", {"regex": translate_regex(pattern)})


def translate_regex(pattern: str) -> str:
    """Return a regular expression without syntax that only Python has.

    Raises: InvalidExpectation, if other tools have nothing of the same meaning.
    """
    try:
        return portable_regex.write_portable_regex(pattern)
    except ValueError as error:
        raise InvalidExpectation(f"regex '{pattern}': {error}") from None


def _check_positive(function: str, name: str, value: int) -> None:
    if value < 1:
        raise InvalidExpectation(f"{function}: {name} must be at least 1, got {value}")


def _repeat_to_size(characters: str, size: int) -> str:
    return (characters * (size // len(characters) + 1))[:size]


def _example_decimal(digits: int) -> Decimal | int:
    if digits == 1:
        return 1
    return Decimal(re.sub("^(.)", r"\1.", _repeat_to_size("1234567890", digits)))


EXAMPLE_MOMENT = dt.datetime(2000, 2, 1, 12, 30, 59, tzinfo=dt.timezone.utc)
_HYPHENATED = "{0}{{8}}-{0}{{4}}-{0}{{4}}-{0}{{4}}-{0}{{12}}"
UUID_PATTERNS = {
    "simple": "[0-9a-f]{32}",
    "lower-case-hyphenated": _HYPHENATED.format("[0-9a-f]"),
    "upper-case-hyphenated": _HYPHENATED.format("[0-9A-F]"),
    "URN": "urn:uuid:" + _HYPHENATED.format("[0-9a-f]"),
}
UUID_EXAMPLES = {
    "simple": "e2490de55bd343d5b7c4526e33f71304",
    "lower-case-hyphenated": "e2490de5-5bd3-43d5-b7c4-526e33f71304",
    "upper-case-hyphenated": "E2490DE5-5BD3-43D5-B7C4-526E33F71304",
    "URN": "urn:uuid:e2490de5-5bd3-43d5-b7c4-526e33f71304",
}
_DATA_TYPES = ("STRING", "INTEGER", "DECIMAL", "FLOAT", "BOOLEAN", "RAW")
