"""A structure is split into its example, its rules and its generators."""

import datetime as dt
from decimal import Decimal

import pytest

from pypact import generate, match
from pypact.errors import InvalidExpectation
from pypact.match.split import Texts, split, split_text, split_value
from pypact.model.rules import Generator, Rule, RuleList

# -- values that are not JSON ----------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ({"a": {1: 2}}, r"\$\.a: the keys of a JSON object must be strings, got 1"),
        ({"a": [dt.date(2000, 1, 1)]}, r"\$\.a\[0\]: expected a JSON value, got date"),
        ([float("nan")], r"\$\[0\]: NaN is not a JSON number"),
        ([Decimal("Infinity")], "Infinity is not a JSON number"),
        ({"a": b"x"}, r"\$\.a: expected a JSON value, got bytes"),
        ({"a": match.like(b"x")}, r"\$\.a: expected a JSON value, got bytes"),
    ],
)
def test_a_value_that_is_not_json_is_refused_with_its_path(value, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        split(value)


# -- strings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "texts", "found"),
    [
        ("a", ("a",), None),
        (5, ("5",), None),
        (True, ("true",), None),
        (1.5, ("1.5",), None),
        (["a", 2], ("a", "2"), None),
        ([], (), None),
        (
            match.regex(r"\d+", "12"),
            ("12",),
            RuleList((Rule("regex", {"regex": r"\d+"}),)),
        ),
        (match.integer(5), ("5",), RuleList((Rule("integer"),))),
        (
            match.each_like(match.regex("a", "a"), 2),
            ("a", "a"),
            RuleList((Rule("type", {"min": 2}), Rule("regex", {"regex": "a"}))),
        ),
        (
            [match.regex("a|b", "a"), match.regex("a|b", "b")],
            ("a", "b"),
            RuleList((Rule("regex", {"regex": "a|b"}),)),
        ),
        (
            match.any_of(match.integer(1), match.null()),
            ("1",),
            RuleList((Rule("integer"), Rule("null")), "OR"),
        ),
        ('{"a": 1}', ('{"a": 1}',), None),
        ("a pact:matcher:type", ("a pact:matcher:type",), None),
        (
            '{"value":["1","2"],"pact:matcher:type":"regex","regex":"\\\\d+"}',
            ("1", "2"),
            RuleList((Rule("regex", {"regex": r"\d+"}),)),
        ),
        (
            {"value": "5", "pact:matcher:type": "type"},
            ("5",),
            RuleList((Rule("type"),)),
        ),
    ],
)
def test_strings_are_split(value, texts, found):
    assert (texts, found, None) == split_text(value)


def test_a_generated_string_has_its_rule_and_generator():
    parts = split_text(generate.random_int(3, 5))

    assert (
        Texts(
            ("3",),
            RuleList((Rule("integer"),)),
            Generator("RandomInt", {"min": 3, "max": 5}),
        )
        == parts
    )


@pytest.mark.parametrize("value", [None, {"a": 1}, [["a"]], [None]])
def test_a_value_that_is_not_a_string_is_refused(value):
    with pytest.raises(InvalidExpectation, match="expected a string or a number"):
        split_text(value)


@pytest.mark.parametrize(
    "value",
    [
        ["a", match.like("b")],
        [match.like("a"), match.integer(1)],
        [generate.uuid(), "a"],
    ],
)
def test_values_of_one_parameter_must_have_the_same_rules(value):
    with pytest.raises(
        InvalidExpectation, match="all values of one name must have the same rules"
    ):
        split_text(value)


@pytest.mark.parametrize(
    "value", [{"a": match.like(1)}, match.each_like({"a": generate.uuid()})]
)
def test_rules_inside_a_single_value_are_refused(value):
    with pytest.raises(
        InvalidExpectation, match="rules inside a value are not supported"
    ):
        split_value(value)


def test_a_metadata_value_keeps_its_json_type():
    assert (5, RuleList((Rule("integer"),)), None) == split_value(match.integer(5))
    assert ({"a": 1}, None, None) == split_value({"a": 1})
