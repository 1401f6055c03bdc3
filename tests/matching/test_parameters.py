"""Test the comparison of queries, forms and their rules.

Source: docs/internals/specification.md, "3.3 Query", "4.6 Form-urlencoded".
"""

import pytest
from interactions import body_problems, http, matchers

import pypact
from pypact.masking import find_secret_names
from pypact.matching import match_request
from pypact.matching.parameters import hide_form_secrets
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction

FORM = "application/x-www-form-urlencoded"
DIGITS = {"match": "regex", "regex": r"\d+"}


def problems(expected, actual, rules=None, *, version="4.0"):
    request = {"query": expected}
    if rules:
        request["matchingRules"] = {"query": rules}
    interaction = http(request=request, version=version)
    target = f"/?{actual}" if actual else "/"
    found = pypact.match_request(
        interaction, pypact.Request.from_http("GET", target, [], None)
    )
    return [one.message for one in found]


@pytest.mark.parametrize("nothing", [None, "", {}], ids=["missing", "empty", "map"])
def test_without_an_expected_query_no_parameter_is_allowed(nothing):
    assert ["Unexpected query parameter 'a' received"] == problems(nothing, "a=1")
    assert [] == problems(nothing, "")


@pytest.mark.parametrize(
    ("actual", "expected_texts"),
    [
        ("a=1&b=2", []),
        ("b=2&a=1", []),
        ("a=1&b=2&", []),
        ("a=1", ["Expected query parameter 'b' but was missing"]),
        ("a=1&b=2&c=3", ["Unexpected query parameter 'c' received"]),
        ("A=1&b=2", 2),
        ("a=1&b=3", ["Expected query parameter 'b' with value '2' but was '3'"]),
        (
            "a=1&a=1&b=2",
            ["Expected query parameter 'a' with 1 value(s) but received 2 value(s)"],
        ),
        ("a=%31&b=2", []),
    ],
)
def test_only_the_order_of_names_may_differ(actual, expected_texts):
    found = problems({"a": ["1"], "b": ["2"]}, actual)

    assert expected_texts == (len(found) if isinstance(expected_texts, int) else found)


def test_the_order_of_the_values_of_one_name_is_compared():
    assert [] == problems({"a": ["1", "2"]}, "a=1&a=2")
    assert 2 == len(problems({"a": ["1", "2"]}, "a=2&a=1"))


def test_a_missing_value_equals_an_empty_one():
    assert [] == problems({"a": [None]}, "a=")
    assert [] == problems({"a": [""]}, "a")


def test_an_empty_list_expects_no_value():
    (problem,) = problems({"a": []}, "a=1")

    assert problem.startswith(
        "Expected an empty parameter list for query parameter 'a'"
    )


def test_the_order_of_a_version_1_query_is_compared():
    assert [] == problems("a=1&b=x+y", "a=1&b=x%20y", version="1.0.0")
    assert ["Expected query 'a=1&b=2', in this order, but was 'b=2&a=1'"] == problems(
        "a=1&b=2", "b=2&a=1", version="1.0.0"
    )
    assert 1 == len(problems("a=1&b=2", "a=1&b=2&", version="1.0.0"))
    assert [] == problems("a=b=c", "a=b%3Dc", version="1.0.0")


INTEGER = {"match": "integer"}
DIGITS = {"match": "regex", "regex": "\\d+"}


@pytest.mark.parametrize(
    ("rule", "actual", "count"),
    [
        (INTEGER, "q=5", 0),
        (INTEGER, "q=5&q=6&q=7", 0),
        (INTEGER, "q=5&q=x&q=y", 2),
        (INTEGER, "q", 1),
        ({"match": "type", "min": 2}, "q=a&q=b", 0),
        ({"match": "type", "min": 2}, "q=a", 1),
        ({"match": "type", "max": 1}, "q=a&q=b", 1),
        ({"match": "equality"}, "q=1&q=2", 0),
        ({"match": "equality"}, "q=1", 1),
        ({"match": "notEmpty"}, "q=x", 0),
        ({"match": "notEmpty"}, "q=", 1),
        ({"match": "null"}, "q=1", 2),
        ({"match": "statusCode", "status": "success"}, "q=200", 1),
        ({"match": "eachValue", "rules": [DIGITS]}, "q=5&q=6&q=7", 0),
        ({"match": "eachValue", "rules": [DIGITS]}, "q=5&q=x", 1),
        ({"match": "eachValue", "rules": [DIGITS]}, "q", 1),
        ({"match": "eachKey", "rules": [DIGITS]}, "q=5", 1),
        ({"match": "unknown"}, "q=1", 2),
    ],
)
def test_a_rule_applies_to_the_list_and_to_each_value(rule, actual, count):
    found = problems({"q": ["1", "2"]}, actual, {"q": matchers(rule)})

    assert count == len(found), found


def test_an_expected_empty_list_with_rules_is_compared_by_them_only():
    assert [] == problems({"q": []}, "q=1", {"q": matchers(INTEGER)})
    assert 1 == len(problems({"q": []}, "q=1", {"q": matchers({"match": "equality"})}))
    assert [] == problems({"q": []}, "q=1", {"q": matchers({"match": "notEmpty"})})


def test_rules_of_a_parameter_are_combined_with_or():
    rules = {"q": matchers(INTEGER, {"match": "include", "value": "x"}, combine="OR")}

    assert [] == problems({"q": ["1"]}, "q=5", rules)
    assert [] == problems({"q": ["1"]}, "q=xx", rules)
    assert 2 == len(problems({"q": ["1"]}, "q=yy", rules))


NOT_FOUND = "Variant at index {} was not found in the actual list"
VARIANTS = [
    {"index": 0, "rules": {"$": matchers(INTEGER)}},
    {"index": 1, "rules": {}},
]


@pytest.mark.parametrize(
    ("variants", "actual", "expected_texts"),
    [
        (VARIANTS, "q=b&q=9&q=z", []),
        (
            VARIANTS,
            "q=b",
            [NOT_FOUND.format("0 ('1')")],
        ),
        (
            VARIANTS,
            "q=9",
            [NOT_FOUND.format("1 ('b')")],
        ),
        ([], "q=b&q=1", []),
        (
            [{"index": 7}],
            "q=b",
            [
                (
                    "ArrayContains: variant 7 is missing from the expected list, "
                    "which has 2 items"
                )
            ],
        ),
        ("all", "q=b", 1),
        ([5], "q=b", 1),
        ([{"index": "x"}], "q=b", 1),
        ([{"rules": []}], "q=b", 1),
        ([{"rules": {"$.[": matchers(INTEGER)}}], "q=b", 1),
    ],
)
def test_array_contains_replaces_the_comparison_of_list_and_values(
    variants, actual, expected_texts
):
    rules = {"q": matchers({"match": "arrayContains", "variants": variants})}
    found = problems({"q": ["1", "b"]}, actual, rules)

    assert expected_texts == (len(found) if isinstance(expected_texts, int) else found)


def test_a_key_is_a_name_and_not_a_path():
    rules = {"a[0]": matchers(INTEGER)}

    assert [] == problems({"a[0]": ["1"]}, "a%5B0%5D=2", rules)
    assert 1 == len(problems({"a": ["1"]}, "a=2", rules))


@pytest.mark.parametrize("key", ["$.query.q", "$.query['q']", "$.query.q[0]"])
def test_keys_of_version_2_are_paths(key):
    request = {"query": "q=1", "matchingRules": {key: DIGITS}}
    interaction = http(request=request, version="2.0.0")

    assert [] == pypact.match_request(interaction, {"query": "q=22&q=3"})


class TestForm:
    @pytest.mark.parametrize(
        ("rules", "actual", "count"),
        [
            ({}, "a=1&b=x+y", 0),
            ({}, "b=x%20y&a=1", 0),
            ({}, "a=1", 1),
            ({}, "a=1&b=x+y&c=", 1),
            ({}, "a=2&b=x+y", 1),
            ({}, "a=1&a=1&b=x+y", 1),
            ({"$.a": DIGITS}, "a=22&b=x+y", 0),
            ({"$.a": DIGITS}, "a=22&a=3&a=x&b=x+y", 1),
            ({"$.a[0]": DIGITS}, "a=22&b=x+y", 0),
            ({"$.a[0]": DIGITS}, "a=x&b=x+y", 1),
            ({"$.a[1]": DIGITS}, "a=22&b=x+y", 1),
            ({"$": {"match": "type"}}, "a=x&b=y", 0),
            ({"$": {"match": "type", "max": 1}}, "a=x&a=y&b=y", 0),
            ({"$.a": {"match": "type", "max": 1}}, "a=x&a=y&b=x+y", 1),
            ({"$.*": {"match": "notEmpty"}}, "a=&b=y", 1),
            ({"$.a": {"match": "null"}, "$.a[0]": {"match": "type"}}, "a=1&b=x+y", 1),
            ({"$.a": {"match": "eachKey", "rules": [DIGITS]}}, "a=x&b=x+y", 0),
            ({"$": {"match": "eachValue", "rules": [DIGITS]}}, "a=x&b=x+y", 0),
            ({"$.a": {"match": "eachValue", "rules": [DIGITS]}}, "a=x&b=x+y", 1),
            ({"$.a[0]": {"match": "arrayContains", "variants": []}}, "a=1&b=x+y", 1),
            ({"$": {"match": "unknown"}}, "a=1&b=x+y", 4),
        ],
    )
    @pytest.mark.parametrize("strict", [True, False], ids=["request", "response"])
    def test_parameters_are_compared_like_a_query(self, rules, actual, count, strict):
        found = body_problems(FORM, "a=1&b=x+y", actual, rules, strict=strict)

        assert count <= len(found) <= count + 1, found
        assert bool(count) == bool(found)

    def test_names_are_decoded(self):
        assert [] == body_problems(FORM, "a[]=1", "a%5B%5D=2", {"$['a[]']": DIGITS})

    def test_a_mismatch_has_a_path(self):
        assert [
            ("$.a", "Expected form post parameter 'a' with value '1' but was '2'"),
            ("$.b", "Unexpected form post parameter 'b' received"),
        ] == body_problems(FORM, "a=1", "a=2&b", {})


@pytest.mark.parametrize(
    ("expected", "actual", "values"),
    [("", "a=1&a=2", (None, ["1", "2"])), ("a=1&a=2", "", (["1", "2"], None))],
)
def test_the_values_of_a_missing_or_unexpected_parameter_are_in_the_mismatch(
    expected, actual, values
):
    found = match_request(
        HttpInteraction(
            description="d",
            request=Request.from_http("GET", f"/?{expected}"),
            response=Response(),
        ),
        Request.from_http("GET", f"/?{actual}"),
    )

    assert [("a", *values)] == [(one.path, one.expected, one.actual) for one in found]


def test_secrets_of_a_form_are_hidden():
    hidden = hide_form_secrets(b"a=1&token=x=y&&b", find_secret_names)

    assert b"a=1&token=[hidden]&&b" == hidden


def test_values_that_are_too_many_to_be_compared_in_any_order_are_one_mismatch(
    monkeypatch,
):
    monkeypatch.setattr("pypact.matching.body._MOST_PAIRED_VALUES", 60)
    rule = {"match": "arrayContains", "variants": []}
    expected = ["1", "2", "3"]
    interaction = http(
        request={
            "query": {"a": expected},
            "matchingRules": {"query": {"a": matchers(rule)}},
        }
    )
    many = Request.from_http("GET", "/?a=4&a=5&a=6&a=7", [], None)

    # A pair of strings counts 10.
    [found] = match_request(interaction, many)

    assert ("a", "arrayContains", expected, ["4", "5", "6", "7"]) == (
        found.path,
        found.rule.name,
        found.expected,
        found.actual,
    )
    assert found.message == (
        "The lists are too long to be compared in any order: too many pairs of items, "
        "or too many values in them"
    )
