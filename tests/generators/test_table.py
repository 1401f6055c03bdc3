"""The value of each generator.

Source: docs/internals/specification.md, "7.1 Table", "7.2 When", "7.3 ProviderState".
"""

import datetime as dt
import logging
from decimal import Decimal

import pytest

from pypact.generators.table import (
    NOT_GENERATED,
    run_generator,
)
from pypact.model.rules import Generator
from pypact.rules import dates
from pypact.rules.regex import compile_regex


def made(type_, example="text", *, mode="provider", context=None, **attributes):
    generator = Generator(type_, attributes)
    return run_generator(generator, example, mode=mode, context=context or {})


def many(type_, example="text", **attributes):
    return [made(type_, example, **attributes) for _ in range(200)]


# -- numbers and strings ---------------------------------------------------------------


def test_random_int_is_a_number_from_min_to_max():
    assert {3, 4, 5} == set(many("RandomInt", 1, min=3, max=5))


def test_random_int_has_defaults_for_missing_and_invalid_bounds():
    assert set(range(11)) == set(many("RandomInt", 1, min="x", max=None))


def test_random_int_is_a_string_if_the_example_is_a_string():
    assert "7" == made("RandomInt", "3", min=7, max=7)


def test_random_int_with_min_above_max_keeps_the_example():
    assert NOT_GENERATED is made("RandomInt", min=5, max=3)


@pytest.mark.parametrize(
    ("digits", "form"),
    [
        (1, r"\d"),
        (2, r"\d\.\d"),
        (3, r"\d\.\d\d"),
        (6, r"(?=.{7}$)(0|[1-9]\d*)\.\d\d+"),
        (10, r"(?=.{11}$)(0|[1-9]\d*)\.\d\d+"),
    ],
)
def test_random_decimal_has_the_given_number_of_digits(digits, form):
    matches = compile_regex(form).fullmatch

    assert all(matches(text) for text in many("RandomDecimal", digits=digits))


def test_random_decimal_is_a_number_if_the_example_is_a_number():
    assert all(isinstance(n, Decimal) for n in many("RandomDecimal", Decimal("1.5")))
    assert all(isinstance(n, int) for n in many("RandomDecimal", 1, digits=1))


def test_random_decimal_with_zero_digits_keeps_the_example():
    assert NOT_GENERATED is made("RandomDecimal", digits=0)


def test_random_decimal_is_a_string_for_any_other_example():
    assert isinstance(made("RandomDecimal", None), str)


@pytest.mark.parametrize(
    ("type_", "attributes", "form"),
    [
        ("RandomHexadecimal", {"digits": 20}, "[0-9A-F]{20}"),
        ("RandomHexadecimal", {}, "[0-9A-F]{10}"),
        ("RandomString", {"size": 6}, "[0-9A-Za-z]{6}"),
        ("RandomString", {"size": "6"}, "[0-9A-Za-z]{10}"),
        ("Regex", {"regex": r"^\d{1,8}$"}, r"\d{1,8}"),
        ("Uuid", {}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("Uuid", {"format": "?"}, r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("Uuid", {"format": "simple"}, "[0-9a-f]{32}"),
        (
            "Uuid",
            {"format": "upper-case-hyphenated"},
            r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}",
        ),
        ("Uuid", {"format": "URN"}, r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]+"),
    ],
)
def test_strings_have_their_format(type_, attributes, form):
    matches = compile_regex(form).fullmatch

    assert all(matches(text) for text in many(type_, 5, **attributes))


def test_random_boolean_gives_both_values():
    assert {True, False} == set(many("RandomBoolean"))


# -- dates -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type_", "context", "attributes", "expected"),
    [
        ("Date", {"baseDate": "2000-01-01T10:00:00Z"}, {}, "2000-01-01"),
        (
            "Date",
            {"baseDate": "2000-01-01T10:00:00Z"},
            {"format": "dd.MM.yyyy", "expression": "+ 1 week"},
            "08.01.2000",
        ),
        ("Time", {"baseTime": "2000-01-01T10:00:00Z"}, {}, "10:00:00"),
        (
            "Time",
            {"baseTime": "2000-01-01T10:00:00Z"},
            {"format": "HH:mm", "expression": "noon"},
            "12:00",
        ),
        (
            "DateTime",
            {"baseDateTime": "2026-01-02T03:04:05.678+00:00"},
            {},
            "2026-01-02T03:04:05.678+0000",
        ),
        (
            "DateTime",
            {"baseDateTime": dt.datetime.fromisoformat("2000-01-01T10:00")},
            {"format": "yyyy-MM-dd HH:mm", "expression": "tomorrow @ 3 o'clock pm"},
            "2000-01-02 15:00",
        ),
    ],
)
def test_dates_use_the_base_date_of_the_context(type_, context, attributes, expected):
    assert expected == made(type_, context=context, **attributes)


def test_dates_use_the_current_time_by_default():
    today = made("Date")
    dates.check_date_text("yyyy-MM-dd", today)

    assert abs(
        dt.date.fromisoformat(today) - dt.datetime.now().astimezone().date()
    ) <= dt.timedelta(days=1)


@pytest.mark.parametrize(
    "attributes", [{"expression": "someday"}, {"format": "no format"}]
)
def test_invalid_date_attributes_keep_the_example(attributes):
    assert NOT_GENERATED is made("Date", **attributes)


# -- URLs of the mock server -----------------------------------------------------------


@pytest.mark.parametrize(
    ("server", "example", "regex", "expected"),
    [
        (
            {"url": "http://somewhere.world"},
            "http://1234:8080/a",
            ".*(/a)",
            "http://somewhere.world/a",
        ),
        (
            {"href": "http://somewhere.world/"},
            "http://1234:8080/orders/5678",
            r".*\/(orders\/\d+)$",
            "http://somewhere.world/orders/5678",
        ),
        ({"url": "http://s"}, "http://1234/", "http://1234/()", "http://s"),
        ({"url": "http://s"}, "http://1234/a", "x(b)?", "http://1234/a"),
        ({"url": "http://s"}, "http://1234/a", ".*a(b)?", "http://s"),
    ],
)
def test_mock_server_url_replaces_the_part_before_the_group(
    server, example, regex, expected
):
    generator = Generator("MockServerURL", {"example": example, "regex": regex})
    context = {"mockServer": server}

    assert expected == run_generator(generator, "x", mode="consumer", context=context)


@pytest.mark.parametrize(
    ("context", "attributes"),
    [
        ({}, {"example": "http://1/a", "regex": ".*(/a)"}),
        ({"mockServer": {}}, {"example": "http://1/a", "regex": ".*(/a)"}),
        ({"mockServer": {"url": "http://s"}}, {"regex": ".*(/a)"}),
        ({"mockServer": {"url": "http://s"}}, {"example": "http://1/a"}),
        ({"mockServer": {"url": "http://s"}}, {"example": "/a", "regex": "/a"}),
    ],
)
def test_mock_server_url_needs_a_server_an_example_and_a_group(context, attributes):
    generator = Generator("MockServerURL", attributes)

    assert NOT_GENERATED is run_generator(
        generator, "", mode="consumer", context=context
    )


# -- provider states -------------------------------------------------------------------

STATE = {
    "id": 1000,
    "name": "Ada",
    "ok": True,
    "none": None,
    "list": [1, "a"],
    "price": 1.5,
    "when": dt.date(2000, 1, 31),
    "nested": {"tuple": (1, 2)},
}


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("${id}", 1000),
        ("id", 1000),
        ("/path/${id}", "/path/1000"),
        ("${name}-${id}-${ok}", "Ada-1000-true"),
        ("a${none}b", "ab"),
        ("${none}", None),
        ("x${list}", 'x[1,"a"]'),
        ("${list}", [1, "a"]),
        ("${price}", Decimal("1.5")),
        ("x${price}", "x1.5"),
        ("${when}", "2000-01-31"),
        ("${nested}", {"tuple": [1, 2]}),
        ("a${}b", "ab"),
        ("${}", ""),
        ("${ id }", 1000),
    ],
)
def test_provider_state_evaluates_its_expression(expression, expected):
    assert expected == made("ProviderState", context=STATE, expression=expression)


def test_values_may_be_under_provider_state_in_the_context():
    context = {"providerState": {"id": 7}}

    assert 7 == made("ProviderState", context=context, expression="${id}")


@pytest.mark.parametrize("expression", ["${missing}", "missing", "a${id", "${a${b}", 5])
def test_an_expression_without_a_value_keeps_the_example(expression):
    assert NOT_GENERATED is made("ProviderState", context=STATE, expression=expression)


def test_a_missing_expression_keeps_the_example():
    assert NOT_GENERATED is made("ProviderState", context=STATE)


@pytest.mark.parametrize(
    ("data_type", "value", "expected"),
    [
        ("STRING", 5, "5"),
        ("string", "a", "a"),
        ("STRING", {"a": [1]}, '{"a":[1]}'),
        ("INTEGER", None, 0),
        ("INTEGER", True, 1),
        ("INTEGER", 2.9, 2),
        ("INTEGER", "12", 12),
        ("DECIMAL", None, Decimal("0.0")),
        ("DECIMAL", False, Decimal("0.0")),
        ("DECIMAL", 5, Decimal("5.0")),
        ("FLOAT", "1.25", Decimal("1.25")),
        ("BOOLEAN", None, False),
        ("BOOLEAN", 5, True),
        ("BOOLEAN", 0, False),
        ("BOOLEAN", "true", True),
        ("BOOLEAN", "false", False),
        ("RAW", [1], [1]),
        ("WHATEVER", "a", "a"),
    ],
)
def test_provider_state_converts_to_its_data_type(data_type, value, expected):
    found = made(
        "ProviderState", context={"v": value}, expression="${v}", dataType=data_type
    )

    assert (type(expected), expected) == (type(found), found)


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("INTEGER", "x"),
        ("INTEGER", [1]),
        ("DECIMAL", "x"),
        ("DECIMAL", {}),
        ("DECIMAL", "inf"),
        ("DECIMAL", "nan"),
        ("BOOLEAN", "yes"),
        ("BOOLEAN", []),
    ],
)
def test_a_value_that_cannot_be_converted_keeps_the_example(data_type, value):
    assert NOT_GENERATED is made(
        "ProviderState", context={"v": value}, expression="v", dataType=data_type
    )


# -- the table -------------------------------------------------------------------------


def test_provider_state_runs_only_for_the_provider():
    assert NOT_GENERATED is made(
        "ProviderState", mode="consumer", context={"id": 1}, expression="${id}"
    )


def test_mock_server_url_runs_only_for_the_consumer():
    context = {"mockServer": {"url": "http://s"}}
    generator = Generator("MockServerURL", {"example": "/a", "regex": "(/a)"})

    assert NOT_GENERATED is run_generator(
        generator, "/a", mode="provider", context=context
    )


def test_a_failing_generator_is_logged(caplog):
    caplog.set_level(logging.WARNING, "pypact")
    made("ProviderState", expression="${id}")

    reason = "no provider state returned a value for 'id'"

    assert [
        f"generator ProviderState failed, the example is kept: {reason}"
    ] == caplog.messages


def test_an_unknown_generator_is_logged_and_keeps_the_example(caplog):
    caplog.set_level(logging.WARNING, "pypact")

    assert NOT_GENERATED is made("Nope")
    assert caplog.messages[0].startswith(
        "unknown generator 'Nope'; known generators: RandomInt, RandomDecimal,"
    )


@pytest.mark.parametrize(
    ("type_", "name"),
    [
        ("RandomDecimal", "digits"),
        ("RandomHexadecimal", "digits"),
        ("RandomString", "size"),
    ],
)
def test_a_huge_length_keeps_the_example(type_, name, caplog):
    generator = Generator(type_, {name: 1_000_000_000})

    assert NOT_GENERATED is run_generator(generator, "1.5", mode="provider", context={})
    assert "at most 100000 are generated" in caplog.text


@pytest.mark.parametrize(
    ("type_", "attributes"),
    [
        ("Regex", {"regex": "a{1000000000}"}),
        ("Regex", {"regex": "(a{60000}){1}(a{60000}){1}"}),
        ("Date", {"format": "yyyy" * 600}),
        ("DateTime", {"expression": "+ 1 day" * 400}),
        ("ProviderState", {"expression": "${a}" * 1_001}),
    ],
)
def test_what_is_beyond_a_bound_keeps_the_example(type_, attributes, caplog):
    generator = Generator(type_, attributes)
    context = {"a": "x" * 1_000}

    assert NOT_GENERATED is run_generator(
        generator, "a", mode="provider", context=context
    )
    assert "the example is kept" in caplog.text
    assert "more than" in caplog.text or "at most" in caplog.text
    assert len(caplog.text) < 2_000
