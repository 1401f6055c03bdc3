"""Test each rule with a JSON value and with a string.

Source: docs/internals/specification.md, "6.3 Scalars".
"""

from decimal import Decimal

import pytest

from pypact.rules.compiled import CompiledRule, compile_named_rules, compile_rule_list
from pypact.rules.scalars import STATUS_CLASSES, is_equal, is_same_type, to_string
from pypact.rules.table import parse_rule, parse_rule_list

D = Decimal
JPEG = "/9j/4AAQSkZJRg=="


def rule(name, **attributes):
    return CompiledRule(parse_rule({"match": name, **attributes}))


JSON_COLUMN = [
    # rule, expected value, passing values, failing values
    ({"match": "equality"}, 1, [1], [D("1.0"), True, "1", None]),
    ({"match": "equality"}, D("100.0"), [D("100.00")], [100]),
    ({"match": "equality"}, {"a": [1]}, [{"a": [1]}], [{"a": [1, 2]}, {"b": [1]}]),
    ({"match": "regex", "regex": r"\d+"}, 1, [5, "5"], ["a5", D("5.0"), None, True]),
    ({"match": "regex", "regex": r"\w+"}, "a", [None, True, "b"], ["", {}]),
    ({"match": "regex", "regex": r"1\.5"}, 1, [D("1.50")], ["1.50"]),
    ({"match": "regex", "regex": r"100\.0|1e-7"}, 1, [D("1e2"), D("0.0000001")], []),
    ({"match": "regex", "regex": "["}, 1, [], [1, "1"]),
    ({"match": "regex", "regex": 5}, 1, ["5"], ["6"]),
    ({"match": "type"}, 1, [2, D("2.5")], ["2", True, None, [], {}]),
    ({"match": "type"}, None, [None], [0, "", False]),
    ({"match": "type"}, True, [False], [1, 0]),
    ({"match": "type", "min": 3}, "a", ["b"], [1]),
    ({"match": "include", "value": "1"}, "", ["a1", 100, [1]], ["a", None]),
    ({"match": "number"}, 1, [1, D("1.5")], ["100", True, None]),
    ({"match": "integer"}, 1, [1, -1], [D("100.0"), "1", True, None]),
    ({"match": "decimal"}, 1, [D("100.0"), D("1e2")], [100, "1.5"]),
    ({"match": "null"}, 1, [None], ["", 0, False]),
    ({"match": "boolean"}, 1, [True, False, "true", "false"], ["True", 1, 0, None]),
    ({"match": "date", "format": "yyyy"}, 1, ["2020", 2020], ["x", None]),
    ({"match": "date"}, 1, ["2020-01-31"], ["2020-02-31", "20-01-31T"]),
    ({"match": "time"}, 1, ["10:11:12"], ["10:11"]),
    ({"match": "datetime"}, 1, ["2020-01-31T10:11:12+01:00"], ["2020-01-31"]),
    ({"match": "datetime", "format": "yyyyb"}, 1, [], ["2020"]),
    ({"match": "notEmpty"}, "a", [5, "x", [0], {"a": 1}, False, 0], [None, "", [], {}]),
    ({"match": "semver"}, "", ["1.0.0", "1.0.0-a.1+b"], ["1.0", "v1.0.0", 1, "01.0.0"]),
    ({"match": "contentType", "value": "image/jpeg"}, "", [JPEG], ["abc", 1]),
    ({"match": "contentType", "value": "text/plain; x=y"}, "", ["ab c", 7], [JPEG]),
    ({"match": "contentType", "value": "image/jpeg"}, "", [b"\xff\xd8\xff"], [b""]),
    ({"match": "statusCode"}, 200, [200, "x", None], []),
    ({"match": "values"}, 1, [1], [2]),
    ({"match": "arrayContains", "variants": []}, 1, [2, "x"], []),
    ({"match": "eachKey"}, 1, [2, "x"], []),
    ({"match": "eachValue"}, 1, [2, "x"], []),
    ({"match": "unknown"}, 1, [], [1, "x", None]),
]

TEXT_COLUMN = [
    ({"match": "equality"}, "a", ["a"], ["b", "A", " a"]),
    ({"match": "regex", "regex": "a|ab"}, "a", ["ab"], ["abc", "", "ab\n"]),
    ({"match": "type"}, "a", ["", "1"], []),
    ({"match": "type", "min": 9}, "a", ["", "1"], []),
    ({"match": "include", "value": "b"}, "a", ["abc"], ["a"]),
    (
        {"match": "number"},
        "",
        ["1", "-1.5", "+.5", "1.", "1e3"],
        ["", "a", " 1", "1 ", "."],
    ),
    ({"match": "integer"}, "", ["1", "-1", "+1"], ["1.0", "", "1 "]),
    ({"match": "decimal"}, "", ["1.5", "-.5", "1.", "1.0e2"], ["1", "1e2", "."]),
    ({"match": "null"}, "", [], ["", "null"]),
    ({"match": "boolean"}, "", ["true", "false"], ["True", "1", ""]),
    ({"match": "date"}, "", ["2020-01-31"], ["x"]),
    ({"match": "notEmpty"}, "", ["x"], [""]),
    ({"match": "semver"}, "", ["1.2.3"], ["1.2"]),
    ({"match": "contentType", "value": "text/plain"}, "", ["ab c"], ["/9j/"]),
    ({"match": "statusCode", "status": "success"}, "", ["204"], ["404", "x", "2.0"]),
    ({"match": "values"}, "a", ["a"], ["b"]),
    ({"match": "arrayContains", "variants": []}, "a", [], ["a"]),
    ({"match": "eachKey"}, "a", [], ["a"]),
    ({"match": "eachValue"}, "a", [], ["a"]),
    ({"match": "unknown"}, "a", [], ["a"]),
]


def outcomes(column):
    for data, expected, passing, failing in column:
        for actual in passing:
            yield pytest.param(data, expected, actual, True)
        for actual in failing:
            yield pytest.param(data, expected, actual, False)


@pytest.mark.parametrize(
    ("data", "expected", "actual", "passes"), list(outcomes(JSON_COLUMN))
)
def test_a_check_of_a_json_value(data, expected, actual, passes):
    problem = CompiledRule(parse_rule(data)).json(expected, actual)

    assert passes == (problem is None), problem


@pytest.mark.parametrize(
    ("data", "expected", "actual", "passes"), list(outcomes(TEXT_COLUMN))
)
def test_a_check_of_a_string(data, expected, actual, passes):
    problem = CompiledRule(parse_rule(data)).text(expected, actual)

    assert passes == (problem is None), problem


@pytest.mark.parametrize("name", STATUS_CLASSES)
def test_a_status_class_has_bounds(name):
    _, low, high = STATUS_CLASSES[name]
    check = rule("statusCode", status=name).text

    assert check("", str(low)) is None
    assert check("", str(high)) is None
    assert check("", str(high + 1)) is not None


def test_a_list_of_status_codes_may_contain_strings():
    check = rule("statusCode", status=[200, "404", "x"]).text

    assert check("", "404") is None
    assert check("", "200") is None
    assert "Expected status code {actual:text} to be a 200, 404, x" == check("", "201")


def test_an_unknown_status_class_fails_with_its_name():
    assert "'odd' is unknown" in rule("statusCode", status="odd").text("", "200")


def test_integers_decimals_and_booleans_are_never_equal():
    assert is_equal(1, 1)
    assert is_equal(D("1.0"), D("1.00"))
    assert is_equal(D("1.5"), 1.5)
    assert not is_equal(1, D(1))
    assert not is_equal(1, True)
    assert is_same_type(1, 1.5)
    assert not is_same_type(1, True)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", "a"),
        (100, "100"),
        (True, "true"),
        (None, "null"),
        (D("100.50"), "100.5"),
        (D("1e2"), "100.0"),
        (D("1e-7"), "1e-7"),
        (D("1e999"), "1E+999"),
        ({"a": [1, D("1.50")]}, '{"a":[1,1.5]}'),
    ],
)
def test_a_value_is_converted_to_a_string(value, text):
    assert text == to_string(value)


class TestReading:
    @pytest.mark.parametrize(
        ("data", "name", "attributes"),
        [
            ({"regex": "a"}, "regex", {"regex": "a"}),
            ({"min": 1}, "type", {"min": 1}),
            ({"max": "2"}, "type", {"max": 2}),
            ({"match": "min", "min": 0}, "type", {"min": 0}),
            (
                {"match": "min-max-type", "min": 1, "max": 2},
                "type",
                {"min": 1, "max": 2},
            ),
            ({"match": "type", "min": None}, "type", {}),
            ({"match": "real"}, "decimal", {}),
            ({"timestamp": "yyyy"}, "datetime", {"format": "yyyy"}),
            (
                {"match": "timestamp", "timestamp": "yyyy"},
                "datetime",
                {"format": "yyyy"},
            ),
            ({"date": "yyyy"}, "date", {"format": "yyyy"}),
            ({"time": "HH"}, "time", {"format": "HH"}),
            ({"match": "not-empty"}, "notEmpty", {}),
            ({"match": "each-key"}, "eachKey", {}),
            ({"match": "each-value"}, "eachValue", {}),
            ({"match": "status-code"}, "statusCode", {}),
            ({"match": "x-own", "a": 1}, "x-own", {"a": 1}),
        ],
    )
    def test_every_form_of_a_rule_is_read(self, data, name, attributes):
        read = parse_rule(data)

        assert (name, attributes) == (read.name, dict(read.attributes))

    @pytest.mark.parametrize(
        "data",
        [
            5,
            {},
            {"match": ""},
            {"match": 5},
            {"match": "regex"},
            {"match": "include"},
            {"match": "contentType"},
            {"match": "arrayContains"},
            {"match": "type", "min": "x"},
            {"match": "type", "min": True},
            {"match": "type", "max": -1},
        ],
    )
    def test_an_invalid_rule_is_an_error(self, data):
        with pytest.raises(ValueError):
            parse_rule(data)

    @pytest.mark.parametrize(
        "data", [5, {}, {"matchers": {}}, {"matchers": [], "combine": "XOR"}]
    )
    def test_an_invalid_rule_list_is_an_error(self, data):
        with pytest.raises(ValueError):
            parse_rule_list(data)

    def test_combine_ignores_case(self):
        assert "OR" == parse_rule_list({"matchers": [], "combine": "or"}).combine


class TestCombining:
    def test_with_or_one_passing_rule_is_enough(self):
        both = parse_rule_list(
            {"combine": "OR", "matchers": [{"match": "null"}, {"match": "integer"}]}
        )

        assert [] == compile_rule_list(both).find_json_failures(1, None)
        assert [] == compile_rule_list(both).find_json_failures(1, 2)
        assert 2 == len(compile_rule_list(both).find_json_failures(1, "x"))

    def test_each_failed_rule_is_reported_once(self):
        rules = compile_rule_list(
            parse_rule_list(
                {
                    "matchers": [
                        {"match": "integer"},
                        {"match": "integer"},
                        {"match": "null"},
                    ]
                }
            )
        )

        assert 2 == len(rules.find_text_failures("", "x"))

    def test_findings_of_several_rules_are_merged(self):
        rules = compile_named_rules("type", "null")

        assert ["a", "b"] == list(rules.merge_findings([["a"], ["a", "b"]], str))
        assert not compile_named_rules("type").has_lengths
        assert rule("type", min=1).check_length(0)
