"""Each matching rule is shown in words."""

import re

import pytest

from pypact.explain.mismatches import describe_rule
from pypact.model.rules import Rule
from pypact.rules import RULES
from pypact.rules.scalars import equality
from pypact.rules.table import (
    RuleKind,
    parse_rule,
    parse_rule_list,
    register,
    write_rule,
)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (None, "equality"),
        (Rule("equality"), "equality"),
        (Rule("regex", {"regex": ".+@.+"}), "regex .+@.+"),
        (Rule("type"), "same type"),
        (Rule("type", {"min": 1}), "at least 1 of the same type"),
        (Rule("type", {"max": 3}), "at most 3 of the same type"),
        (Rule("type", {"min": 1, "max": 3}), "1 to 3 of the same type"),
        (Rule("include", {"value": "cat"}), 'includes "cat"'),
        (Rule("ignore-order"), "these items in any order"),
        (
            Rule("ignore-order", {"min": 1}),
            "these items in any order, at least 1",
        ),
        (
            Rule("ignore-order", {"min": 1, "max": 3}),
            "these items in any order, at least 1, at most 3",
        ),
        (Rule("integer"), "integer"),
        (Rule("decimal"), "decimal number"),
        (Rule("date", {"format": "yyyy-MM-dd"}), "date yyyy-MM-dd"),
        (Rule("datetime"), "datetime"),
        (Rule("contentType", {"value": "image/png"}), "content of type image/png"),
        (Rule("arrayContains", {"variants": [{}]}), "array containing 1 variant"),
        (Rule("arrayContains", {"variants": [{}, {}]}), "array containing 2 variants"),
        (Rule("statusCode"), "status of class success"),
        (Rule("statusCode", {"status": "clientError"}), "status of class clientError"),
        (Rule("statusCode", {"status": [200, 201]}), "status 200, 201"),
        (Rule("notEmpty"), "not empty"),
        (Rule("semver"), "semantic version"),
        (
            Rule("eachKey", {"rules": [{"match": "regex", "regex": r"\d+"}]}),
            r"each key: regex \d+",
        ),
        (
            Rule("eachValue", {"rules": [{"match": "integer"}, {"match": "notEmpty"}]}),
            "each value: integer and not empty",
        ),
        (Rule("eachValue"), "each value: equality"),
        (
            Rule("eachValue", {"rules": [{"match": "regex"}, 5]}),
            'each value: {"match":"regex"} and 5',
        ),
        (Rule("nobody's"), "nobody's"),
        (Rule("nobody's", {"a": 1}), 'nobody\'s {"a":1}'),
    ],
)
def test_a_rule_is_shown_in_words(rule, words):
    assert words == describe_rule(rule)


def test_no_rule_is_shown_by_a_name_in_camel_case():
    assert [] == [
        name
        for name, kind in RULES.items()
        if kind.describe({}).lower() != kind.describe({})
    ]


def test_a_long_pattern_is_cut():
    words = describe_rule(Rule("regex", {"regex": "x" * 500}))

    assert f"regex {'x' * 74}… (426 characters more)" == words


@pytest.mark.parametrize("name", ["type", "regex", "integer", "eachKey", "values"])
@pytest.mark.parametrize("value", [-1, "x", "1.5", True, [], {}])
def test_a_length_of_any_rule_must_be_a_length(name, value):
    rule = {"match": name, "regex": ".*", "max": value}
    with pytest.raises(ValueError, match="'max' of a matching rule must be a length"):
        parse_rule(rule)


def test_a_length_may_be_written_as_a_string():
    rule = parse_rule({"match": "regex", "regex": ".*", "min": "3", "max": None})

    assert {"regex": ".*", "min": 3} == rule.attributes


def test_a_registered_rule_reads_its_own_min_and_max():
    undo = register(RuleKind("near", equality, equality, accepts=("min", "max")))
    try:
        rule = parse_rule({"match": "near", "min": "low", "max": None})
    finally:
        undo()

    assert {"min": "low", "max": None} == rule.attributes


@pytest.mark.parametrize("rule", [{"minLength": 2}, {"maxLength": 2}, {"a": 1}, {}])
def test_an_object_without_a_name_is_not_a_rule_unless_an_attribute_implies_it(rule):
    with pytest.raises(ValueError, match="a matching rule must have 'match'"):
        parse_rule(rule)

    assert Rule("type", {**rule, "min": 1}) == parse_rule({**rule, "min": 1})


@pytest.mark.parametrize(
    ("data", "near"),
    [
        ({"match": "type", "mni": 1}, "'mni' is unknown; did you mean 'min'?"),
        ({"match": "type", "Max": 1}, "'Max' is unknown; did you mean 'max'?"),
        (
            {"match": "date", "fromat": "y"},
            "'fromat' is unknown; did you mean 'format'?",
        ),
        ({"match": "statusCode", "staus": "error"}, "did you mean 'status'?"),
    ],
)
def test_a_misspelt_attribute_of_a_rule_is_refused(data, near):
    with pytest.raises(ValueError, match=re.escape(near)):
        parse_rule(data)


def test_a_misspelt_combine_is_refused():
    rules = [{"match": "type"}]

    with pytest.raises(ValueError, match="'comine' is unknown; did you mean 'combine'"):
        parse_rule_list({"comine": "OR", "matchers": rules})


@pytest.mark.parametrize(
    "data", [{"match": "type", "note": "x"}, {"match": "integer", "mni": 1}]
)
def test_other_unknown_attributes_are_kept(data):
    assert data == write_rule(parse_rule(data))
