"""JSON is read and written without loss."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypact.model.json import dump_json, dump_pretty_json, parse_json

NUMBERS = st.integers() | st.decimals(allow_nan=False, allow_infinity=False).map(
    lambda number: Decimal(str(number)) + Decimal("0.0")
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("aü'\"\\"), inner),
    max_leaves=12,
)


def test_an_integer_and_a_decimal_stay_different():
    integer, decimal = parse_json("[1, 1.0]")

    assert (int, Decimal) == (type(integer), type(decimal))


@pytest.mark.parametrize("text", ["1.50", "1E+400", "12345678901234567890", "-0.0"])
def test_a_number_keeps_its_form(text):
    assert text == dump_json(parse_json(text))


@pytest.mark.parametrize(
    "text",
    ["NaN", "Infinity", "-Infinity", '"a\nb"', "[1] x", "", "{", "[" * 100_000],
    ids=lambda text: text[:10],
)
def test_invalid_json_is_rejected(text):
    with pytest.raises(ValueError):
        parse_json(text)


def test_a_byte_order_mark_is_skipped():
    assert [1] == parse_json(b"\xef\xbb\xbf[1]")


def test_bytes_that_are_not_utf8_are_rejected():
    with pytest.raises(ValueError):
        parse_json(b'"\xff"')


@given(VALUES)
def test_reading_what_was_written_gives_the_same_value(value):
    assert value == parse_json(dump_json(value))
    assert value == parse_json(dump_pretty_json(value))
    assert value == parse_json(dump_pretty_json(value, sort_keys=True))


def test_compact_json_has_no_whitespace_and_keeps_the_order():
    value = {"b": [1, {"x": "ü"}], "a": {}}

    assert '{"b":[1,{"x":"ü"}],"a":{}}' == dump_json(value)
    assert '{"b":[1,{"x":"ü"},1.5],"a":{}}' == dump_json(
        {"b": [1, {"x": "ü"}, Decimal("1.5")], "a": {}}
    )


def test_pretty_json_is_indented_by_two_and_optionally_sorted():
    value = {"b": [1, []], "a": {}}

    assert '{\n  "a": {},\n  "b": [\n    1,\n    []\n  ]\n}' == dump_pretty_json(
        value, sort_keys=True
    )
    assert '{\n  "b": [\n    1,\n    []\n  ],\n  "a": {}\n}' == dump_pretty_json(value)


@pytest.mark.parametrize("write", [dump_json, dump_pretty_json])
@pytest.mark.parametrize("value", [float("nan"), [float("inf")], Decimal("NaN")])
def test_nan_and_infinities_are_rejected(write, value):
    with pytest.raises(ValueError):
        write(value)


@pytest.mark.parametrize("write", [dump_json, dump_pretty_json])
@pytest.mark.parametrize("value", [object(), [b"x"], {"a": {1, 2}}])
def test_a_value_of_another_type_is_rejected(write, value):
    with pytest.raises(TypeError, match="is not JSON"):
        write(value)


def test_a_key_that_is_not_a_string_is_rejected():
    with pytest.raises(TypeError, match="must be strings, got 1"):
        dump_pretty_json({1: "a"})
