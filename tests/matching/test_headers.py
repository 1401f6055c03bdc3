"""Test the comparison of headers.

Source: docs/internals/specification.md, "3.4 Headers".
"""

import pytest
from interactions import http, matchers

import pypact

DIGITS = {"match": "regex", "regex": r"\d+"}


def problems(expected, actual, rules=None, *, version="4.0"):
    request = {"headers": expected}
    if rules:
        request["matchingRules"] = {"header": rules}
    found = pypact.match_request(
        http(request=request, version=version),
        pypact.Request.from_http("GET", "/", actual, None),
    )
    return [one.message for one in found]


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"X-A": ["1"]}, [("x-a", "1")]),
        ({"X-A": ["1"]}, [("X-A", " 1 "), ("X-B", "2")]),
        ({"X-A": ["a,b"]}, [("X-A", "a ,  b")]),
        ({"Vary": ["a", "b"]}, [("Vary", "a, b")]),
        ({"Vary": ["a", "b"]}, [("Vary", "a"), ("vary", "b")]),
        ({"X-A": ["1", "2"]}, [("X-A", "1"), ("X-A", "2")]),
        ({"X-A": [""]}, [("X-A", "")]),
        (
            {"Content-Type": ["text/html"]},
            [("Content-Type", "text/html;charset=utf-8")],
        ),
        (
            {"Content-Type": ["text/html;a=1;charset=UTF-8"]},
            [("Content-Type", "text/html; Charset=utf-8; a=1")],
        ),
        ({"Content-Type": ["text/html;odd"]}, [("Content-Type", "text/html")]),
        ({"Accept": ["a/b;q=1", "c/d"]}, [("Accept", "a/b;q=1;v=2, c/d")]),
    ],
)
def test_headers_that_mean_the_same_match(expected, actual):
    assert [] == problems(expected, actual)


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ({"X-A": ["1"]}, [], ["Expected a header 'X-A' but was missing"]),
        (
            {"X-A": []},
            [("X-A", "1")],
            ["Expected an empty header 'X-A' but actual value was '1'"],
        ),
        (
            {"X-A": ["a"]},
            [("X-A", "A")],
            [
                (
                    "Mismatch with header 'X-A': "
                    "Expected header 'X-A' to have value 'a' but was 'A'"
                )
            ],
        ),
        (
            {"X-A": ["a", "b"]},
            [("X-A", "a")],
            [
                (
                    "Mismatch with header 'X-A': Expected value 'b' at index 1 "
                    "but was missing (actual has 1 value(s))"
                )
            ],
        ),
        (
            {"X-A": ["a"]},
            [("X-A", "a"), ("X-A", "b")],
            [
                (
                    "Mismatch with header 'X-A': Did not expect the value 'b' "
                    "at index 1 (expected 1 value(s))"
                )
            ],
        ),
        (
            {"Content-Type": ["a/b;charset=utf-8"]},
            [("Content-Type", "a/b")],
            [
                (
                    "Mismatch with header 'Content-Type': "
                    "Expected header 'Content-Type' to have value "
                    "'a/b;charset=utf-8' but was 'a/b'"
                )
            ],
        ),
        ({"Accept": ["a/b"]}, [("Accept", "A/B")], 1),
        ({"Accept": ["a/b", "c/d"]}, [("Accept", "a/b")], 1),
        ({"X-A": ["a,b"]}, [("X-A", "b,a")], 1),
    ],
)
def test_a_difference_is_a_mismatch(expected, actual, found):
    texts = problems(expected, actual)

    assert found == (len(texts) if isinstance(found, int) else texts)


@pytest.mark.parametrize(
    ("rule", "actual", "count"),
    [
        (DIGITS, ["5"], 0),
        (DIGITS, ["5", "6", "7"], 0),
        (DIGITS, ["5", "x"], 1),
        ({"match": "type", "min": 2}, ["a"], 1),
        ({"match": "type", "max": 1}, ["a", "b"], 1),
        ({"match": "equality"}, ["1", "2"], 0),
        ({"match": "equality"}, ["1"], 1),
        ({"match": "eachValue", "rules": [DIGITS]}, ["1", "x"], 1),
        ({"match": "eachKey", "rules": [DIGITS]}, ["1"], 1),
    ],
)
def test_a_rule_applies_to_the_list_and_to_each_value(rule, actual, count):
    found = problems(
        {"X-A": ["1", "2"]},
        [("x-a", value) for value in actual],
        {"x-A": matchers(rule)},
    )

    assert count == len(found), found
    assert all("Mismatch with header 'X-A': " in one for one in found)


@pytest.mark.parametrize(
    ("rule", "count"),
    [
        ({"match": "type", "min": 2}, 0),
        (DIGITS, 1),
        ({"match": "eachValue", "rules": [DIGITS]}, 1),
        ({"match": "eachKey"}, 1),
    ],
)
def test_lengths_of_a_single_value_are_not_checked(rule, count):
    found = problems({"X-A": ["a"]}, [("X-A", "b")], {"X-A": matchers(rule)})

    assert count == len(found), found


@pytest.mark.parametrize("names", [["X-A", "x-a"], ["x-a", "X-A"]])
def test_of_keys_that_differ_in_case_the_first_in_sorted_order_is_used(names):
    rules = {"X-A": matchers(DIGITS), "x-a": matchers({"match": "null"})}
    rules = {name: rules[name] for name in names}

    assert [] == problems({"X-A": ["1"]}, [("X-A", "2")], rules)


def test_an_empty_rule_list_is_ignored():
    assert 1 == len(problems({"X-A": ["1"]}, [("X-A", "2")], {"X-A": matchers()}))


@pytest.mark.parametrize("key", ["$.header.x-test", "$.headers['X-Test']"])
def test_keys_of_version_2(key):
    request = {"headers": {"X-Test": "1"}, "matchingRules": {key: DIGITS}}
    interaction = http(request=request, version="2.0.0")

    assert [] == pypact.match_request(interaction, {"headers": {"x-test": "22"}})
    assert 1 == len(pypact.match_request(interaction, {"headers": {"x-test": "b"}}))


def test_an_empty_list_of_values_matches_itself():
    interaction = http(request={"headers": {"X-A": []}})

    assert [] == pypact.match_request(interaction, {"headers": {"X-A": []}})


def test_an_empty_value_counts_where_a_rule_applies():
    rules = {"X-A": matchers({"match": "type", "max": 2})}

    assert 1 == len(
        problems({"X-A": ["a"]}, [("X-A", v) for v in ("a", "", "b")], rules)
    )


def test_each_header_that_differs_is_a_mismatch():
    found = pypact.match_request(
        http(request={"headers": {"A": ["1"], "B": ["2"], "C": ["3"]}}),
        pypact.Request.from_http("GET", "/", [("A", "0"), ("B", "2"), ("C", "0")]),
    )

    assert ["A", "C"] == [one.path for one in found]
