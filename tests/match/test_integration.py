"""Integration JSON and matching definitions are read as matchers."""

from decimal import Decimal

import pytest

from pypact import match
from pypact.errors import InvalidExpectation
from pypact.match.split import Parts, split
from pypact.model.rules import Generator, Rule, RuleList

TYPE = Rule("type")


def at(path, *found, combine="AND"):
    return {path: RuleList(found, combine)}


def node(type_, value=None, **attributes):
    return {"pact:matcher:type": type_, "value": value, **attributes}


@pytest.mark.parametrize(
    ("value", "example", "found"),
    [
        (node("type", "a"), "a", at("$", TYPE)),
        ({"pact:matcher:type": "type"}, None, at("$", TYPE)),
        (node("equality", 5), 5, at("$", Rule("equality"))),
        (
            node("regex", "12", regex=r"\d+"),
            "12",
            at("$", Rule("regex", {"regex": r"\d+"})),
        ),
        (
            {"pact:matcher:type": "regex", "regex": "a"},
            None,
            at("$", Rule("regex", {"regex": "a"})),
        ),
        (node("include", "a"), "a", at("$", Rule("include", {"value": "a"}))),
        (
            node("date", "2000-01-01", format="yyyy-MM-dd"),
            "2000-01-01",
            at("$", Rule("date", {"format": "yyyy-MM-dd"})),
        ),
        (
            node("type", [{"a": node("integer", 1)}], min=1),
            [{"a": 1}],
            {**at("$", Rule("type", {"min": 1})), **at("$[*].a", Rule("integer"))},
        ),
        (
            node("type", [node("type", 1), node("type", 2), node("integer", 3)]),
            [1, 2, 3],
            {**at("$", TYPE), **at("$[*]", TYPE, Rule("integer"))},
        ),
        (
            node("type", {"a": node("integer", 1)}),
            {"a": 1},
            {**at("$", TYPE), **at("$.a", Rule("integer"))},
        ),
        (
            node("values", {"a": node("integer", 1)}),
            {"a": 1},
            {**at("$", Rule("values")), **at("$.*", Rule("integer"))},
        ),
        (
            node("type", node("integer", 1)),
            1,
            at("$", TYPE, Rule("integer")),
        ),
        (
            [{"a": 1, "pact:other": 2}, node("null")],
            [{"a": 1}, None],
            at("$[1]", Rule("null")),
        ),
        (
            node(
                [
                    {"pact:matcher:type": "type"},
                    {"pact:matcher:type": "include", "value": "b"},
                ],
                "abc",
            ),
            "abc",
            at("$", TYPE, Rule("include", {"value": "b"})),
        ),
        (
            node(
                "eachKey",
                {"a": 1},
                rules=[{"pact:matcher:type": "regex", "regex": "[a-z]"}],
            ),
            {"a": 1},
            at(
                "$",
                Rule("eachKey", {"rules": [{"match": "regex", "regex": "[a-z]"}]}),
            ),
        ),
        (
            {
                "pact:matcher:type": "arrayContains",
                "variants": [{"a": node("integer", 1)}, 5],
            },
            [{"a": 1}, 5],
            at(
                "$",
                Rule(
                    "arrayContains",
                    {
                        "variants": [
                            {
                                "index": 0,
                                "rules": {
                                    "$.a": {
                                        "combine": "AND",
                                        "matchers": [{"match": "integer"}],
                                    }
                                },
                                "generators": {},
                            },
                            {"index": 1, "rules": {}, "generators": {}},
                        ]
                    },
                ),
            ),
        ),
        (
            node("plugin", {"a": 1}, depth=3),
            {"a": 1},
            at("$", Rule("plugin", {"depth": 3})),
        ),
        (match.like(node("integer", 1)), 1, at("$", TYPE, Rule("integer"))),
    ],
)
def test_integration_json_is_split(value, example, found):
    assert (example, found, {}) == split(value)


REGEX = Rule("regex", {"regex": r"\d+"})


@pytest.mark.parametrize(
    ("definition", "example", "found"),
    [
        (r"matching(regex, '\\d+', '12')", "12", [REGEX]),
        (r"matching(regex,'\d+','12')", "12", [REGEX]),
        ("matching(type, 'it\\'s')", "it's", [TYPE]),
        ("matching(equalTo, -1.5)", Decimal("-1.5"), [Rule("equality")]),
        ("matching(integer, 5)", 5, [Rule("integer")]),
        ("matching(boolean, true)", True, [Rule("boolean")]),
        ("matching(semver, '1.0.0')", "1.0.0", [Rule("semver")]),
        ("matching(type, null)", None, [TYPE]),
        (
            "matching(datetime, 'yyyy-MM-dd', '2020-01-01')",
            "2020-01-01",
            [Rule("datetime", {"format": "yyyy-MM-dd"})],
        ),
        (
            "matching(include, 'a', 'abc')",
            "abc",
            [Rule("include", {"value": "a"})],
        ),
        ("notEmpty('x')", "x", [Rule("notEmpty")]),
        (
            "atLeast(2), atMost(5)",
            None,
            [Rule("type", {"min": 2}), Rule("type", {"max": 5})],
        ),
        (
            "eachKey(matching(regex, '\\\\d+', '1')), eachValue(matching(type, 1))",
            None,
            [
                Rule("eachKey", {"rules": [{"match": "regex", "regex": r"\d+"}]}),
                Rule("eachValue", {"rules": [{"match": "type"}]}),
            ],
        ),
        (
            "atLeast(1), matching(type, 'a')",
            "a",
            [Rule("type", {"min": 1}), TYPE],
        ),
    ],
)
def test_a_matching_definition_may_be_the_type(definition, example, found):
    value = {"pact:matcher:type": definition}

    assert (example, at("$", *found), {}) == split(value)


def test_the_value_of_a_node_overrides_that_of_its_definition():
    assert 7 == match.example(node("matching(integer, 5)", 7))


@pytest.mark.parametrize(
    ("definition", "problem"),
    [
        ("matching(colour, 'red')", "expected one of equalTo, regex, .*, got 'colour'"),
        ("matching($'name')", "expected a name, a value or punctuation"),
        ("sometimes(1)", "expected one of matching, notEmpty"),
        ("matching(type 1)", "expected ',', got '1'"),
        ("matching(type, 1", r"expected '\)', got ''"),
        ("matching(type, 1) x", "expected 'the end', got 'x'"),
        ("matching(type, x)", "expected a value, got 'x'"),
        ("atLeast('a')", "expected a number"),
        ("matching(integer, 'a')", "does not satisfy its own rule"),
    ],
)
def test_an_invalid_matching_definition_is_refused(definition, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        split({"pact:matcher:type": definition})


def test_a_generator_in_integration_json_has_its_attributes():
    value = {
        **node("integer", 5, min=1, max=9),
        "pact:generator:type": "RandomInt",
    }
    other = {**node("type", "a", x=1), "pact:generator:type": "Mine"}

    assert Parts(
        [5, "a"],
        {**at("$[0]", Rule("integer")), **at("$[1]", TYPE)},
        {
            "$[0]": Generator("RandomInt", {"min": 1, "max": 9}),
            "$[1]": Generator("Mine", {"x": 1}),
        },
    ) == split([value, other])


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (node("regex", "a"), "needs 'regex'"),
        (node("regex", "a", regex=r"\d"), "does not satisfy its own rule"),
        (node(5), "is not a matcher"),
        (node([5]), "5 is not a matcher"),
        ({"pact:matcher:type": "arrayContains"}, "needs 'variants'"),
        (node("arrayContains", variants=5), "'variants' must be a list, got 5"),
        (node("eachKey", {}, rules=5), "'rules' must be a list, got 5"),
    ],
)
def test_invalid_integration_json_is_refused(value, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        split(value)


def test_a_definition_may_have_variants():
    text = "arrayContains(matching(type, 'a'), matching(integer, 1))"
    found = split({"pact:matcher:type": text})

    (rule,) = found.rules["$"].rules
    assert ["a", 1] == found.example
    assert "arrayContains" == rule.name
    assert ["type", "integer"] == [
        variant["rules"]["$"]["matchers"][0]["match"]
        for variant in rule.attributes["variants"]
    ]


def test_the_value_beside_a_definition_of_variants_is_the_example():
    text = "arrayContains(matching(integer, 1))"
    found = split({"pact:matcher:type": text, "value": [5, "x"]})

    assert [5, "x"] == found.example
