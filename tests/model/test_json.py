"""JSON is read and written without loss."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pypact.model import json as module
from pypact.model.json import (
    dump_json,
    dump_pretty_json,
    forget_rendered,
    is_larger,
    parse_json,
    render_once,
)

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


@pytest.mark.parametrize(
    ("value", "size"),
    [("abc", 3), (b"abc", 3), ({"ab": "c"}, 4), ([1, 2, [None]], 5), ((), 1)],
)
def test_the_size_of_a_value_is_estimated(value, size):
    assert is_larger(value, size - 1)
    assert not is_larger(value, size + 1)


def test_only_a_large_list_or_object_is_rendered_once(monkeypatch):
    monkeypatch.setattr(module, "_MOST_RENDERED", 2)
    rendered = []

    def render(value):
        rendered.append(value)
        return str(len(rendered))

    large = {"a": "x" * 100_000}
    texts = [render_once(large, kind, render) for kind in ("one", "one", "other")]
    for value in ({"a": 1}, {"a": 1}, "x" * 200_000, "x" * 200_000):
        render_once(value, "one", render)
    assert ["1", "1", "2"] == texts
    assert 6 == len(rendered)

    render_once([large], "one", render)  # more than are kept
    assert "8" == render_once(large, "one", render)
    forget_rendered()
    assert "9" == render_once(large, "one", render)
    forget_rendered()
