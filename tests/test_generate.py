"""Generated values and their examples.

Source: docs/internals/specification.md, "7.1 Table".
"""

import datetime as dt
from decimal import Decimal

import pytest

from pypact import generate, match
from pypact.errors import InvalidExpectation
from pypact.generators.table import NOT_GENERATED
from pypact.generators.table import run_generator as run
from pypact.match.split import split, split_text
from pypact.model.rules import Generator, Rule, RuleList


@pytest.mark.parametrize(
    ("value", "generator", "example"),
    [
        (generate.random_int(), Generator("RandomInt", {"min": 0, "max": 10}), 0),
        (
            generate.random_int(5, 9, example=7),
            Generator("RandomInt", {"min": 5, "max": 9}),
            7,
        ),
        (
            generate.random_int(example="7"),
            Generator("RandomInt", {"min": 0, "max": 10}),
            "7",
        ),
        (
            generate.random_decimal(),
            Generator("RandomDecimal", {"digits": 10}),
            Decimal("1.234567890"),
        ),
        (generate.random_decimal(1), Generator("RandomDecimal", {"digits": 1}), 1),
        (
            generate.random_decimal(3, example="1.25"),
            Generator("RandomDecimal", {"digits": 3}),
            "1.25",
        ),
        (
            generate.random_hexadecimal(4),
            Generator("RandomHexadecimal", {"digits": 4}),
            "0123",
        ),
        (
            generate.random_hexadecimal(2, example="FF"),
            Generator("RandomHexadecimal", {"digits": 2}),
            "FF",
        ),
        (generate.random_string(3), Generator("RandomString", {"size": 3}), "abc"),
        (
            generate.random_string(3, example="xyz"),
            Generator("RandomString", {"size": 3}),
            "xyz",
        ),
        (
            generate.regex(r"\d+", "12"),
            Generator("Regex", {"regex": r"\d+"}),
            "12",
        ),
        (
            generate.uuid(),
            Generator("Uuid"),
            "e2490de5-5bd3-43d5-b7c4-526e33f71304",
        ),
        (
            generate.uuid("simple"),
            Generator("Uuid", {"format": "simple"}),
            "e2490de55bd343d5b7c4526e33f71304",
        ),
        (
            generate.uuid(
                "URN", example="urn:uuid:e2490de5-5bd3-43d5-b7c4-526e33f71304"
            ),
            Generator("Uuid", {"format": "URN"}),
            "urn:uuid:e2490de5-5bd3-43d5-b7c4-526e33f71304",
        ),
        (
            generate.date(),
            Generator("Date", {"format": "yyyy-MM-dd"}),
            "2000-02-01",
        ),
        (
            generate.date("%d.%m.%Y", expression="next monday"),
            Generator("Date", {"format": "dd.MM.yyyy", "expression": "next monday"}),
            "01.02.2000",
        ),
        (
            generate.date(example=dt.date(2024, 12, 24)),
            Generator("Date", {"format": "yyyy-MM-dd"}),
            "2024-12-24",
        ),
        (generate.time(), Generator("Time", {"format": "HH:mm:ss"}), "12:30:59"),
        (
            generate.time("HH:mm", example=dt.time(7, 5)),
            Generator("Time", {"format": "HH:mm"}),
            "07:05",
        ),
        (
            generate.datetime(),
            Generator("DateTime", {"format": "yyyy-MM-dd'T'HH:mm:ssXXX"}),
            "2000-02-01T12:30:59Z",
        ),
        (
            generate.datetime(
                example=dt.datetime(
                    2024, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(0, 3600))
                )
            ),
            Generator("DateTime", {"format": "yyyy-MM-dd'T'HH:mm:ssXXX"}),
            "2024-01-02T03:00:00+01:00",
        ),
        (generate.random_boolean(), Generator("RandomBoolean"), True),
        (
            generate.provider_state("${id}", 5, data_type="integer"),
            Generator("ProviderState", {"expression": "${id}", "dataType": "INTEGER"}),
            5,
        ),
        (
            generate.mock_server_url("http://localhost/a", ".*(/a)"),
            Generator(
                "MockServerURL", {"example": "http://localhost/a", "regex": ".*(/a)"}
            ),
            "http://localhost/a",
        ),
    ],
)
def test_a_generated_value_has_its_generator_and_example(value, generator, example):
    parts = split(value)

    assert (example, {"$": generator}) == (parts.example, parts.generators)


def test_a_regex_without_example_gives_the_same_one_each_time():
    first, second = generate.regex("[^a]{9}"), generate.regex("[^a]{9}")

    assert first == second


CONTEXT = {"id": 9, "mockServer": {"url": "http://s"}}
VALUES = {
    "int": generate.random_int(),
    "int text": generate.random_int(-5, example="3"),
    "decimal": generate.random_decimal(5),
    "digit": generate.random_decimal(1),
    "decimal text": generate.random_decimal(5, example="1.25"),
    "hexadecimal": generate.random_hexadecimal(7),
    "string": generate.random_string(8),
    "regex": generate.regex(r"\w{3}-\d"),
    "uuid": generate.uuid(),
    "uuid simple": generate.uuid("simple"),
    "uuid upper": generate.uuid("upper-case-hyphenated"),
    "uuid urn": generate.uuid("URN"),
    "date": generate.date(),
    "time": generate.time(),
    "datetime": generate.datetime("%Y-%m-%dT%H:%M:%S"),
    "boolean": generate.random_boolean(),
    "state": generate.provider_state("${id}", 5),
    "url": generate.mock_server_url("http://localhost/a", ".*(/a)"),
}


@pytest.mark.parametrize("mode", ["consumer", "provider"])
@pytest.mark.parametrize("name", VALUES)
def test_a_generated_value_satisfies_its_rule(name, mode):
    value = VALUES[name]
    found = run(value.generator, value.example, mode=mode, context=CONTEXT)

    if found is not NOT_GENERATED:
        match.nodes.check_example(RuleList((value.rule,)), found)


def test_a_provider_state_value_has_no_rule_in_headers_and_paths():
    value = generate.from_provider_state("/users/${id}", "/users/1")

    assert ("/users/1",) == split_text(value).texts
    assert None is split_text(value).rules
    assert {"$": RuleList((Rule("type"),))} == split(value).rules


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: generate.random_int(5, 3), "min 5 is greater than max 3"),
        (lambda: generate.random_decimal(0), "digits must be at least 1, got 0"),
        (lambda: generate.random_hexadecimal(0), "digits must be at least 1"),
        (lambda: generate.random_string(-1), "size must be at least 1"),
        (lambda: generate.regex("("), r"regex '\('"),
        (lambda: generate.uuid("short"), "unknown format 'short'; known formats"),
        (lambda: generate.date("%j%U"), "the strftime directive %U"),
        (lambda: generate.time("bbb"), "date format 'bbb'"),
        (lambda: generate.date(example=5), "expected a date, a time or a string"),
        (lambda: generate.provider_state("id", 1, data_type="X"), "unknown data type"),
        (
            lambda: split({"a": generate.regex(r"\d", "x")}),
            "the example does not satisfy its own rule",
        ),
    ],
)
def test_invalid_generators_are_refused_when_defined(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        make()
