"""Test the comparison of JSON bodies.

Source: docs/internals/specification.md, "4.4 JSON", "6.2 Collections", "6.5
arrayContains", "6.6 values, eachValue, eachKey".
"""

import json

import pytest
from interactions import JSON, body_problems, matchers

import pypact
from pypact.matching import json as json_matching
from pypact.matching.body import PairCounter, compile_body
from pypact.model.body import Body, ExpectedBody, parse_content_type
from pypact.model.interactions import AsyncMessage, Message
from pypact.model.rules import Rule, RuleList

TYPE = {"match": "type"}
EQUALITY = {"match": "equality"}
INTEGER = {"match": "integer"}
DIGITS = {"match": "regex", "regex": r"\d+"}
LETTERS = {"match": "regex", "regex": "[a-z]+"}


def problems(expected, actual, rules=None, *, strict=False):
    """Compare JSON bodies, given as values or as JSON in bytes."""
    texts = [
        body.decode() if isinstance(body, bytes) else json.dumps(body)
        for body in (expected, actual)
    ]
    return body_problems(JSON, *texts, rules or {}, strict=strict)


def paths(*arguments, **options):
    return [path for path, _ in problems(*arguments, **options)]


def test_a_body_that_is_not_utf_8_is_shown():
    plan = compile_body(ExpectedBody(b"[1]", parse_content_type(JSON), {}, False))

    (found,) = plan.check(b"[\xff", parse_content_type(JSON))

    assert "[\ufffd" == found.actual


def test_the_start_of_a_body_that_is_not_json_is_shown():
    plan = compile_body(ExpectedBody(b"{" * 201, parse_content_type(JSON), {}, False))

    found = plan.check(b"[" * 201, parse_content_type(JSON))

    assert [("$", None, "{" * 200, "[" * 200)] * 2 == [
        (one.path, one.rule, one.expected, one.actual) for one in found
    ]


@pytest.mark.parametrize("strict", [False, True])
def test_json_that_is_nested_too_deeply_to_compare_is_one_mismatch(strict, monkeypatch):
    def fail(*_):
        raise RecursionError

    plan = compile_body(ExpectedBody(b"[1]", parse_content_type(JSON), {}, strict))
    monkeypatch.setattr("pypact.matching.json._match_surely", fail)

    [found] = plan.check(b"[2]", parse_content_type(JSON))

    assert ("$", None, "…", "…", "The JSON is nested too deeply to compare") == (
        found.path,
        found.rule,
        found.expected,
        found.actual,
        found.message,
    )


def test_lists_that_are_too_long_to_be_compared_in_any_order_are_one_mismatch(
    monkeypatch,
):
    monkeypatch.setattr("pypact.matching.body._MOST_PAIRED_VALUES", 60)
    rule = {"match": "ignore-order"}
    text = (
        "The lists are too long to be compared in any order: too many pairs of items, "
        "or too many values in them"
    )

    # A pair of numbers counts 10, and looking at it 1.
    assert [] == problems([1, 2], [2, 1], {"$": rule})
    assert [("$", text)] == problems([1, 2, 3], [3, 2, 1], {"$": rule})
    assert [("$.a", text)] == problems(
        {"a": [[1, 2, 3]]}, {"a": [[3, 2, 1]]}, {"$.a": rule, "$.a[*]": rule}
    )
    variants = {"match": "arrayContains", "variants": []}
    assert [("$", text)] == problems([1, 2, 3], [4, 5, 6], {"$": variants})


def test_the_sizes_of_values_are_measured_once():
    class Counted(list):
        times = 0

        def __iter__(self):
            Counted.times += 1
            return super().__iter__()

    counter, value = PairCounter(), Counted([1, [2, 3], {"a": 4}])
    for _ in range(3):
        counter.count_pair(value, 5)

    assert 1 == Counted.times
    # Of each pair: 8, the list and its 6 values and lists, and the number.
    assert 800_000 - 3 * (8 + 7 + 1) == counter._left


def test_several_rules_of_a_map_or_a_list_share_the_comparison_below(monkeypatch):
    compared = []
    for name in ("_pair_common", "_pair_items"):
        pair = getattr(json_matching, name)
        monkeypatch.setattr(
            json_matching,
            name,
            lambda *args, pair=pair: compared.append(1) or pair(*args),
        )
    both = matchers(TYPE, {"match": "notEmpty"})

    assert ["$.a"] == paths({"a": 1}, {"a": "x"}, {"$": both})
    assert ["$[0]"] == paths([1], ["x"], {"$": both})
    assert [1, 1] == compared


def test_a_large_body_of_another_layout_matches():
    value = {"a": [{"b": number} for number in range(300)]}

    assert [] == problems(value, json.dumps(value, indent=1).encode())
    assert [] == problems(value, json.dumps(value, indent=1).encode(), strict=True)
    changed = json.dumps(value).replace("299", "0").encode()
    assert ["$.a[299].b"] == paths(value, changed)


class TestWithoutRules:
    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            (b"1", b"1"),
            (b'"abc"', b' "abc"\n'),
            (b"100.0", b"100.00"),
            (b"1e2", b"100.0"),
            (b"12345678901234567890123", b"12345678901234567890123"),
            ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
            ([], []),
            ({}, {}),
        ],
    )
    def test_equal_values_match_in_requests_and_responses(self, expected, actual):
        assert [] == problems(expected, actual)
        assert [] == problems(expected, actual, strict=True)

    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            (b"100", b"100.0"),
            (b"100", b"1e2"),
            (b"1", b"true"),
            (b'"1"', b"1"),
            (b"false", b"null"),
            (b'"a"', b"[]"),
            (b"1", b"{}"),
            ({"a": None}, {}),
            ([1], [1, 2]),
            ([1, 2], [1]),
            ([], [1]),
            ([1, 2], [2, 1]),
            ({"a": {}}, {"a": []}),
            ([1], {"0": 1}),
            ({"a": [[1, 2]]}, {"a": [[1]]}),
            ({"a": {"b": 1}}, {"a": {}}),
            ({"a": {"b": 1}}, {"a": {"c": 1}}),
            ({"a": 1}, {"a": True}),
            ({"a": 1}, b'{"a": 1.0}'),
            ({"a": {"b": 0}}, {"a": {"b": False}}),
            ([1], [True]),
            ([1], b"[1.0]"),
            ([[0]], [[False]]),
        ],
    )
    def test_different_values_never_match(self, expected, actual):
        assert problems(expected, actual)
        assert problems(expected, actual, strict=True)

    def test_further_keys_are_allowed_in_a_response_only(self):
        assert [] == problems({"a": 1}, {"a": 1, "b": None})
        assert [
            ("$", "Expected a Map with keys [a] but received one with keys [a, b]")
        ] == problems({"a": 1}, {"b": None, "a": 1}, strict=True)

    def test_an_empty_map_expects_an_empty_one_in_a_request_only(self):
        assert [] == problems({}, {"a": 1})
        assert [("$", 'Expected an empty Map but received {"a":1}')] == problems(
            {}, {"a": 1}, strict=True
        )

    @pytest.mark.parametrize(
        ("expected", "actual", "found"),
        [
            (
                {"a": 1, "b": 2, "c": 3},
                {"b": 2},
                [("$", "Actual map is missing the following keys: a, c")],
            ),
            (
                ["b"],
                "b",
                [
                    (
                        "$",
                        (
                            "Type mismatch: Expected 'b' (String) "
                            'to be the same type as ["b"] (Array)'
                        ),
                    )
                ],
            ),
            (
                {"a": "b"},
                {"a": "c"},
                [("$.a", "Expected 'c' (String) to be equal to 'b' (String)")],
            ),
            ([], [1], [("$", "Expected an empty List but received [1]")]),
            (
                [1, 2],
                [1],
                [
                    ("$", "Expected 2 but was missing"),
                    ("$", "Expected a List with 2 elements but received 1 elements"),
                ],
            ),
            (
                {"x y": [{"1": 1}]},
                {"x y": [{"1": 2}]},
                [
                    (
                        "$['x y'][0][1]",
                        "Expected 2 (Integer) to be equal to 1 (Integer)",
                    )
                ],
            ),
        ],
    )
    def test_a_mismatch_has_a_path_and_a_text(self, expected, actual, found):
        assert found == problems(expected, actual)

    @pytest.mark.parametrize("bad", [b"{", b"NaN", b'"\x01"', b"1 2", b"[1,]"])
    def test_invalid_actual_json_is_a_mismatch(self, bad):
        ((path, text),) = problems({"a": 1}, bad)
        assert ("$", True) == (path, text.startswith("Failed to parse the actual body"))

    def test_invalid_json_on_both_sides_is_two_mismatches(self):
        found = body_problems(JSON, "{", "[", {}, strict=True)
        assert 2 == len(found)

    def test_deep_nesting_is_a_mismatch(self):
        deep = b"[" * 900 + b"1" + b"]" * 900
        other = b"[" * 900 + b"2" + b"]" * 900

        ((_, text),) = problems(deep, other)
        assert "nested too deeply" in text or "equal" in text


class TestLists:
    @pytest.mark.parametrize(
        ("rule", "expected", "actual", "count"),
        [
            (TYPE, [1, 2, 3], [5], 0),
            (TYPE, [1], [], 0),
            (TYPE, [1], [1, 2, "x"], 1),
            (TYPE, [1, "a"], [2, "b", 3, 4], 0),
            (TYPE, [], [1, "x"], 0),
            ({**TYPE, "min": 2}, [1], [5], 1),
            ({**TYPE, "min": 2}, [], [5], 0),
            ({**TYPE, "max": 2}, [1], [5, 6, 7], 1),
            ({**TYPE, "min": 1, "max": 2}, [1], [5, 6], 0),
            (EQUALITY, [1], [1], 0),
            (EQUALITY, [1], [1, 1], 1),
            (EQUALITY, [], [1], 1),
            ({"match": "notEmpty"}, [1], [], 1),
            ({"match": "notEmpty"}, [], [], 1),
            ({"match": "notEmpty"}, [1], [0], 0),
            ({"match": "null"}, [None], [None], 1),
            ({"match": "statusCode"}, [200], [200], 1),
            ({"match": "unknown"}, [1], [1], 2),
            ({"match": "unknown"}, [], [1], 1),
            (DIGITS, ["1"], ["22", "x"], 1),
            ({"match": "values"}, [1], [1, 1], 0),
            ({"match": "eachKey", "rules": [DIGITS]}, [1], ["x"], 0),
            ({"match": "eachValue", "rules": [INTEGER]}, [1], [2, 3], 0),
            ({"match": "eachValue", "rules": [INTEGER]}, [1], [2, "x"], 1),
            ({"match": "eachValue", "rules": [INTEGER]}, [], ["x"], 0),
            ({"match": "eachValue"}, [1], [1, 1], 0),
            ({"match": "eachValue"}, [1], [2], 1),
            ({"match": "eachValue", "rules": "all"}, [1], [1], 1),
            ({"match": "eachValue", "rules": [{"match": "regex"}]}, [1], [1], 1),
        ],
    )
    def test_a_rule_at_a_list(self, rule, expected, actual, count):
        found = problems({"a": expected}, {"a": actual}, {"$.a": rule})

        assert count == len(found), found

    def test_a_rule_of_the_items_alone_keeps_the_length(self):
        assert ["$"] == paths([1], [1, 2], {"$[*]": TYPE})
        assert ["$"] == paths([1, 2], [1], {"$[*]": TYPE})
        assert [] == problems([1], [7], {"$[*]": TYPE})

    def test_lengths_do_not_cascade(self):
        rules = {"$.a": {**TYPE, "min": 2}}

        assert [] == problems({"a": [[1], [1]]}, {"a": [[5], [6]]}, rules)
        assert [] == problems({"a": {"b": [1]}}, {"a": {"b": []}}, {"$.a": TYPE})

    def test_not_empty_does_not_cascade_to_an_expected_empty_list(self):
        assert [] == problems({"a": []}, {"a": []}, {"$": {"match": "notEmpty"}})

    def test_each_item_has_its_own_rules(self):
        rules = {"$": TYPE, "$[*].id": INTEGER, "$[1].id": DIGITS}

        assert [] == problems([{"id": 1}], [{"id": 5}, {"id": "5"}], rules)
        assert ["$[2].id"] == paths(
            [{"id": 1}], [{"id": 5}, {"id": "5"}, {"id": "5"}], rules
        )

    def test_each_value_does_not_cascade_to_lists_below(self):
        anything = {"match": "regex", "regex": ".*"}
        rules = {"$": matchers(anything, {"match": "eachValue", "rules": [anything]})}

        assert [] == problems([[1]], [["x", "y"]], rules)


class TestMaps:
    def test_a_length_applies_to_its_own_map_only(self):
        rules = {"$": {**TYPE, "max": 2}}
        expected = {"a": {"b": 1, "c": 2, "d": 3}}
        actual = {"a": {"b": 4, "c": 5, "d": "x"}}

        (found,) = problems(expected, actual, rules)
        assert "$.a.d" == found[0]

    @pytest.mark.parametrize(
        ("rule", "actual", "count"),
        [
            (TYPE, {"a": 5, "b": "y"}, 0),
            (TYPE, {"a": "5", "b": 1}, 2),
            (TYPE, {"a": 5}, 1),
            (TYPE, {"a": 5, "b": "y", "c": 1}, 0),
            ({**TYPE, "min": 3}, {"a": 5, "b": "y"}, 1),
            ({**TYPE, "max": 1}, {"a": 5, "b": "y"}, 1),
            (EQUALITY, {"a": 1, "b": "x"}, 0),
            (EQUALITY, {"a": 1, "b": "x", "c": 1}, 1),
            ({"match": "notEmpty"}, {"a": 1, "b": "x"}, 0),
            (INTEGER, {"a": 1, "b": 2}, 1),
            ({"match": "null"}, {"a": None, "b": None}, 1),
            ({"match": "unknown"}, {"a": 1, "b": "x"}, 3),
            ({"match": "regex", "regex": ".*"}, {"a": "q", "b": 5}, 0),
            ({"match": "values"}, {}, 0),
            ({"match": "values"}, {"z": 1}, 0),
            ({"match": "values"}, {"b": "x", "z": 2}, 1),
            ({"match": "eachValue", "rules": [INTEGER]}, {"z": 2, "y": 3}, 0),
            ({"match": "eachValue", "rules": [INTEGER]}, {"z": "2"}, 1),
            ({"match": "eachKey", "rules": [LETTERS]}, {"zz": "2"}, 0),
            ({"match": "eachKey", "rules": [LETTERS]}, {"a": "2", "7": 1}, 1),
            ({"match": "arrayContains", "variants": []}, {"z": 1}, 0),
        ],
    )
    def test_a_rule_at_a_map(self, rule, actual, count):
        found = problems({"a": 1, "b": "x"}, actual, {"$": rule})

        assert count == len(found), found

    def test_in_a_request_a_type_rule_allows_no_further_keys(self):
        rules = {"$": TYPE}

        assert ["$"] == paths({"a": 1}, {"a": 1, "b": 2}, rules, strict=True)
        assert ["$"] == paths({}, {"a": 1}, rules, strict=True)
        assert [] == problems({"a": [1]}, {"a": [2, 3]}, rules, strict=True)
        assert ["$.a"] == paths({"a": {}}, {"a": {"b": 1}}, rules, strict=True)
        assert ["$.a"] == paths({"a": [1]}, {"a": {}}, rules)

    def test_values_of_an_empty_example_match_any_object_in_a_response(self):
        rules = {"$.a": {"match": "values"}}

        assert [] == problems({"a": {}}, {"a": {"b": 1}}, rules)
        assert ["$.a"] == paths({"a": {}}, {"a": {"b": 1}}, rules, strict=True)

    def test_a_mismatch_of_each_value_has_its_path(self):
        rules = {"$.a": {"match": "eachValue", "rules": [INTEGER]}}

        assert ["$.a.b"] == paths({"a": {"b": 1}}, {"a": {"b": "x"}}, rules)

    def test_a_mismatch_of_each_key_contains_the_key(self):
        rules = {"$.a": {"match": "eachKey", "rules": [LETTERS]}}

        assert [("$.a[100]", "Expected '100' to match '[a-z]+'")] == problems(
            {"a": {"b": 1}}, {"a": {"100": 1}}, rules
        )

    def test_each_key_with_a_star_below(self):
        rules = {
            "$.a": {"match": "eachKey", "rules": [LETTERS]},
            "$.a.*": INTEGER,
        }

        assert [] == problems({"a": {"b": 1}}, {"a": {"c": 2}}, rules)
        assert ["$.a.b"] == paths({"a": {"b": 1}}, {"a": {"b": "2"}}, rules)

    @pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning")
    def test_each_value_replaces_the_rules_below(self):
        rules = {
            "$.a": {"match": "eachValue", "rules": [TYPE]},
            "$.a.*.id": INTEGER,
        }

        assert [] == problems(
            {"a": {"b": {"id": 1.5}}}, {"a": {"c": {"id": 2.5}}}, rules
        )

    def test_each_key_does_not_cascade_to_maps_below(self):
        rules = {"$": {"match": "eachKey", "rules": [LETTERS]}}

        assert [] == problems({"a": {"b": 1}}, {"a": {"b": 1, "7": 1}}, rules)

    def test_with_or_one_rule_must_pass_for_the_whole_value(self):
        rules = {"$.a": matchers(EQUALITY, {**TYPE, "min": 2}, combine="OR")}

        assert [] == problems({"a": {"b": 1}}, {"a": {"b": 1}}, rules)
        assert [] == problems({"a": [1]}, {"a": [7, 7]}, rules)
        assert problems({"a": [1]}, {"a": [7]}, rules)

    def test_equal_mismatches_of_several_rules_are_reported_once(self):
        rules = {"$": matchers(TYPE, {**TYPE, "max": 9})}

        assert ["$.a"] == paths({"a": 1}, {"a": "x"}, rules)

    def test_a_rule_of_a_child_replaces_that_of_its_parent(self):
        rules = {"$": TYPE, "$.a": EQUALITY}

        assert ["$.a"] == paths({"a": 1, "b": 1}, {"a": 2, "b": 2}, rules)


class TestArrayContains:
    EXPECTED = (
        {"name": "a", "size": 1},
        {"name": "b", "size": 2},
    )

    def rule(self, *variants):
        return {"$": {"match": "arrayContains", "variants": list(variants)}}

    def test_a_variant_may_match_any_item(self):
        rules = self.rule(
            {"index": 0, "rules": {"$.size": matchers(TYPE)}},
            {"index": 1, "rules": {"$.*": matchers(TYPE)}},
        )

        assert [] == problems(
            self.EXPECTED,
            [5, {"name": "z", "size": 9}, {"name": "a", "size": 7, "x": 1}],
            rules,
        )

    def test_a_missing_variant_is_shown(self):
        rules = self.rule({"index": 1, "rules": {}})

        assert [
            (
                "$",
                (
                    'Variant at index 1 ({"name":"b","size":2}) '
                    "was not found in the actual list"
                ),
            )
        ] == problems(self.EXPECTED, [{"name": "a", "size": 1}], rules)

    def test_one_item_may_match_two_variants(self):
        rules = self.rule(
            {"rules": {"$.*": matchers(TYPE)}},
            {"index": 1, "rules": {"$.*": matchers(TYPE)}},
        )

        assert [] == problems(self.EXPECTED, [{"name": "z", "size": 0}], rules)

    def test_a_variant_without_rules_is_compared_by_equality(self):
        item = {"name": "a", "size": 1, "x": 1}

        assert ["$"] == paths(self.EXPECTED, [item], self.rule({"index": 0}))
        assert [] == problems(
            self.EXPECTED, [item], self.rule({"index": 0, "rules": {}})
        )

    def test_without_variants_each_expected_item_is_one(self):
        assert [] == problems(self.EXPECTED, [*self.EXPECTED[::-1], 1], self.rule())
        assert ["$"] == paths(self.EXPECTED, self.EXPECTED[:1], self.rule())

    def test_in_a_request_a_variant_allows_no_further_keys(self):
        rules = self.rule({"index": 0, "rules": {"$.*": matchers(TYPE)}})
        item = {"name": "a", "size": 1, "x": 1}

        assert [] == problems(self.EXPECTED, [item], rules)
        assert ["$"] == paths(self.EXPECTED, [item], rules, strict=True)

    @pytest.mark.parametrize(
        ("variant", "text"),
        [
            ({"index": 7}, "variant 7 is missing from the expected list"),
            (5, "not valid: expected a variant object, got 5"),
            ({"index": -1}, "the index of a variant must be an integer from 0"),
            ({"rules": []}, "the rules of a variant must be an object"),
            ({"rules": {"$.[": matchers(TYPE)}}, "the matching rule is not valid"),
        ],
    )
    def test_an_invalid_variant_is_a_mismatch(self, variant, text):
        ((_, found),) = problems(self.EXPECTED, [1], self.rule(variant))

        assert text in found

    def test_it_cascades_to_lists_below(self):
        rule = {"match": "arrayContains", "variants": []}

        assert [] == problems({"a": {"b": [1]}}, {"a": {"b": [2, 1]}}, {"$.a": rule})

    def test_an_empty_example_matches_any_list(self):
        assert [] == problems([], [1], self.rule({"index": 0}))


def test_an_invalid_rule_path_is_a_mismatch():
    ((path, text),) = problems({"a": 1}, {"a": 1}, {"$.[": TYPE})

    assert "$.[" == path
    assert text.startswith("The path of the matching rule is not valid")


def test_a_rule_below_a_value_without_rules_is_applied():
    nothing = {"match": "null"}
    rules = {"$.a[*].b": INTEGER, "$.c": matchers(INTEGER, nothing, combine="OR")}
    expected = {"a": [{"b": 1}, {"b": 1}], "c": 1, "d": "x"}

    assert [] == problems(expected, {**expected, "c": None}, rules)
    assert ["$.d"] == paths(expected, {**expected, "d": "y"}, rules)
    assert ["$"] == paths(expected, {"a": expected["a"], "c": 1}, rules)
    assert {"$.a"} == set(paths(expected, {**expected, "a": [{"b": 2}]}, rules))


@pytest.mark.parametrize(
    ("actual", "strict", "matches"),
    [
        ({"a": {"x": 1, "y": "q"}}, False, True),
        ({"a": {"x": 1}}, False, False),
        ({"a": {"x": 1, "z": "q"}}, False, False),
        ({"a": {"x": 1, "y": "q", "z": 0}}, False, True),
        ({"a": {"x": 1, "y": "q", "z": 0}}, True, False),
        ({"a": []}, False, False),
    ],
)
def test_a_type_rule_applies_to_maps_with_nested_rules(actual, strict, matches):
    rules = {"$": TYPE, "$.a.x": INTEGER}
    found = problems({"a": {"x": 5, "y": "p"}}, actual, rules, strict=strict)

    assert matches == (not found)


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        ({"a": []}, {"a": [1]}, True),
        ({"a": [1]}, {"a": []}, True),
        ({"a": [1]}, {"a": [2, "x"]}, False),
    ],
)
def test_a_type_rule_applies_to_lists_with_nested_rules(expected, actual, matches):
    rules = {"$": TYPE, "$.a[5].z": INTEGER}

    assert matches == (not problems(expected, actual, rules))


def test_a_list_without_rules_must_have_its_exact_length():
    expected = {"a": [1], "b": {"c": 1}}

    assert problems(expected, {"a": [1, 2], "b": {"c": 2}}, {"$.b.c": TYPE})


@pytest.mark.parametrize("rules", [{}, {"$": TYPE}], ids=["equal", "type"])
@pytest.mark.parametrize(("actual", "matches"), [(1, True), ("x", False)])
def test_rules_with_deeper_paths_do_not_apply_to_a_scalar(rules, actual, matches):
    rules = {**rules, "$.b.c": INTEGER}

    assert matches == (not problems({"b": 1}, {"b": actual}, rules))


def test_a_plan_with_variants_can_check_many_bodies():
    variants = [{"index": 0, "rules": {"$": {"matchers": [TYPE]}}}]
    rules = {"$": RuleList((Rule("arrayContains", {"variants": variants}),))}
    json_type = parse_content_type(JSON)
    plan = compile_body(ExpectedBody(b"[1]", json_type, rules, strict=False))

    assert [] == plan.check(b'["x",2]', json_type)
    assert [] == plan.check(b"[3]", json_type)
    assert [] != plan.check(b'["x"]', json_type)


# -- the wire format of Kafka's schema registry --------------------------------------

REGISTRY = "application/vnd.schemaregistry.v1+json"
SMALL = b'{"one": "a"}'


@pytest.mark.parametrize("expected", [SMALL, b"\0\0\0\0\x01" + SMALL])
@pytest.mark.parametrize("actual", [SMALL, b"\0\0\0\0\x02" + SMALL])
def test_the_prefix_is_not_compared(expected, actual):
    assert [] == compare_messages(expected, actual)


def test_the_json_after_the_prefix_is_compared():
    [mismatch] = compare_messages(SMALL, b'\0\0\0\0\x02{"one": "b"}')

    assert "$.one" == mismatch.path


def test_invalid_json_after_the_prefix_is_a_mismatch():
    assert compare_messages(SMALL, b"\0\0\0\0\x02{")


def compare_messages(expected, actual):
    contents = Body.of(expected, parse_content_type(REGISTRY))
    message = AsyncMessage(description="m", message=Message(contents))
    return pypact.match_message(message, actual, {"contentType": REGISTRY})


IN_ANY_ORDER = {"match": "ignore-order"}


@pytest.mark.parametrize(
    ("rule", "expected", "actual", "count"),
    [
        (IN_ANY_ORDER, [1, 2, 3], [3, 1, 2], 0),
        (IN_ANY_ORDER, [1, 2], [1, 2, 3], 1),
        (IN_ANY_ORDER, [1, 2, 3], [1, 2], 1),
        (IN_ANY_ORDER, [1, 1], [1, 2], 1),
        (IN_ANY_ORDER, [1, 2], [3, 4], 2),
        (IN_ANY_ORDER, [], [], 0),
        (IN_ANY_ORDER, [], [1], 1),
        (IN_ANY_ORDER, [1], "1", 1),
        (IN_ANY_ORDER, [{"a": 1}, {"a": 2}], [{"a": 2}, {"a": 1, "b": 3}], 0),
        (IN_ANY_ORDER, [[1, 2], [3]], [[3], [2, 1]], 0),
        ({**IN_ANY_ORDER, "min": 2}, [1, 2], [5, 2, 1], 0),
        ({**IN_ANY_ORDER, "min": 4}, [1, 2], [5, 2, 1], 1),
        ({**IN_ANY_ORDER, "max": 3}, [1, 2], [5, 2, 1], 0),
        ({**IN_ANY_ORDER, "max": 2}, [1, 2], [5, 2, 1], 1),
        ({**IN_ANY_ORDER, "min": "1", "max": "3"}, [1, 2], [2, 1], 0),
        ({**IN_ANY_ORDER, "min": 1}, [1, 2], [2], 1),
    ],
)
def test_items_may_be_in_any_order(rule, expected, actual, count):
    assert count == len(problems(expected, actual, {"$": rule}))


def test_items_in_any_order_are_compared_by_their_own_rules():
    rules = {"$": IN_ANY_ORDER, "$[0]": {"match": "type"}, "$[1]": DIGITS}

    assert [] == problems([1, "2"], ["77", 5], rules)
    assert ["$[1]"] == paths([1, "2"], ["x", 5], rules)


def test_items_in_any_order_are_paired_as_well_as_possible():
    # The first item matches both, so that it must leave "1" to the second one.
    rules = {"$": IN_ANY_ORDER, "$[0]": {"match": "type"}, "$[1]": DIGITS}

    assert [] == problems(["a", "2"], ["1", "b"], rules)
    assert [] == problems(["a", "2"], ["b", "1"], rules)


def test_bounds_of_items_in_any_order_are_not_inherited():
    rules = {"$": {**IN_ANY_ORDER, "min": 2}}

    assert [] == problems([[1], [2]], [[2], [1], [3]], rules)
