"""Matching rules in pact files are read and written."""

import warnings
from dataclasses import replace
from decimal import Decimal

import pytest

from pypact.errors import InvalidPact, NotExpressible, PactWarning, ToleranceWarning
from pypact.formats import rules as rules_module
from pypact.formats.base import Conversion
from pypact.formats.rules import (
    drop_rules,
    read_generators,
    read_rules,
    write_flat_rules,
    write_generators,
    write_rules_by_category,
)
from pypact.formats.v1_to_v3 import V1, V2, V3
from pypact.formats.v4 import V4
from pypact.model.rules import Generator, Rule, RuleList

TYPE = {"match": "type"}
A_TYPE = RuleList((Rule("type"),))
TO_V2 = Conversion(V2, place="interaction 'x'")


@pytest.mark.parametrize(
    ("key", "category", "name"),
    [
        ("$.body", "body", "$"),
        ("$.body.a[0].b", "body", "$.a[0].b"),
        ("$.body[*]", "body", "$[*]"),
        ("$.body['2'].str", "body", "$['2'].str"),
        ("$.contents.a", "body", "$.a"),
        ("$.header.X-Test", "header", "X-Test"),
        ("$.headers.X-Test", "header", "X-Test"),
        ("$.headers['X.Test']", "header", "X.Test"),
        ("$.headers.Accept[0]", "header", "Accept"),
        ("$.query.q", "query", "q"),
        ("$.query.q[0]", "query", "q"),
        ("$.query.q[*]", "query", "q"),
        ("$.query['q']", "query", "q"),
        ("$.query['x.y']", "query", "x.y"),
        ("$.query['a[]']", "query", "a[]"),
        ("$.query['a[0]']", "query", "a[0]"),
        ("$.query.a[]", "query", "a[]"),
        ("$.query.x.y", "query", "x.y"),
        ("$.path", "path", ""),
        ("$.method", "method", ""),
        ("$.metadata.origin", "metadata", "origin"),
        ("$", "body", "$"),
        ("$['body']", "body", "$"),
        ("$['body']['id']", "body", "$['id']"),
        ("$['body'].a[0]['b c']", "body", "$.a[0]['b c']"),
        ("$['headers']['Content-Type']", "header", "Content-Type"),
        ("$['header'].Accept", "header", "Accept"),
        ("$['query']['q']", "query", "q"),
        ("$['query']['q'][0]", "query", "q"),
        ("$['path']", "path", ""),
        ("$['status']", "status", ""),
        ("$['metadata']['a.b']", "metadata", "a.b"),
        ("$[0]", "body", "$[0]"),
        ("$['a b']", "body", "$['a b']"),
    ],
)
def test_a_v2_path_is_split_into_category_and_key(key, category, name):
    assert {category: {name: A_TYPE}} == read_rules({key: TYPE}, "rules")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"match": "type", "min": 1}, Rule("type", {"min": 1})),
        ({"min": 2}, Rule("type", {"min": 2})),
        ({"regex": "a+"}, Rule("regex", {"regex": "a+"})),
        ({"timestamp": "yyyy"}, Rule("datetime", {"format": "yyyy"})),
        ({"match": "zodiac", "x": 1}, Rule("zodiac", {"x": 1})),
    ],
)
def test_old_forms_of_a_rule_are_read(written, expected):
    assert (
        RuleList((expected,)) == read_rules({"$.body": written}, "rules")["body"]["$"]
    )


@pytest.mark.parametrize(
    "written",
    [
        {"combine": "AND", "matchers": [TYPE]},
        {"combine": "and", "matchers": [TYPE]},
        {"matchers": [TYPE]},
        [TYPE],
        TYPE,
    ],
)
def test_all_forms_of_a_rule_list_are_read(written):
    expected = {"body": {"$.a": A_TYPE}, "path": {"": A_TYPE}}

    assert expected == read_rules({"body": {"$.a": written}, "path": written}, "rules")


def test_equal_rules_are_one_object():
    data = [{"$.body.shared": {"match": "type", "min": 7}} for _ in range(2)]

    first, second = (read_rules(one, "rules") for one in data)

    assert first is second


def test_few_rules_are_kept_to_be_shared(monkeypatch):
    monkeypatch.setattr(rules_module, "_MOST_SHARED", 2)
    monkeypatch.setattr(rules_module, "_SHARED", {})
    for number in range(5):
        read_rules({"$.body": {"match": "type", "min": number}}, "rules")

    assert 1 == len(rules_module._SHARED)


def test_a_decimal_in_a_rule_is_read():
    data = {"$.body": {"match": "decimal", "example": Decimal("1.5")}}

    (found,) = read_rules(data, "rules")["body"]["$"].rules

    assert Rule("decimal", {"example": Decimal("1.5")}) == found


def test_synonyms_of_categories_are_read():
    rules = {
        "headers": {"A": TYPE},
        "content": {"$.a": TYPE},
        "contents": {"$.b": TYPE},
    }

    assert read_rules(rules, "rules") == {
        "header": {"A": A_TYPE},
        "body": {"$.a": A_TYPE, "$.b": A_TYPE},
    }


def test_names_of_headers_and_parameters_are_literal():
    rules = {"query": {"a[0]": TYPE, "x.y": TYPE}, "header": {"X Y": TYPE}}

    assert read_rules(rules, "rules") == {
        "query": {"a[0]": A_TYPE, "x.y": A_TYPE},
        "header": {"X Y": A_TYPE},
    }


def test_paths_of_a_body_are_kept_as_they_are_written():
    rules = read_rules(
        {"body": {"": TYPE, "[0]": TYPE, "column:1": TYPE, "$.b": TYPE}}, "rules"
    )

    assert ["$", "[0]", "column:1", "$.b"] == list(rules["body"])


def test_paths_of_a_body_without_root_get_one_in_version_2():
    rules = read_rules({"body": {"[0]": TYPE, "a.b": TYPE}}, "rules")

    written = write_flat_rules(rules, TO_V2)

    assert ["$.body[0]", "$.body.a.b"] == list(written)


@pytest.mark.parametrize(
    "written",
    [
        None,
        {},
        {"body": {}},
        {"path": {"combine": "AND"}},
        {"path": {"matchers": []}},
        {"body": {"$.a": {"matchers": []}, "$.b": {"combine": "AND"}}},
    ],
)
def test_empty_rules_are_ignored(written):
    assert {} == read_rules(written, "rules")


def test_both_forms_can_appear_in_one_file():
    rules = read_rules({"$.body.a": TYPE, "path": TYPE}, "rules")

    assert {"body": {"$.a": A_TYPE}, "path": {"": A_TYPE}} == rules


def test_categories_are_written_with_combine():
    rules = {
        "path": {"": A_TYPE},
        "body": {"$.a": RuleList((Rule("type", {"min": 1}), Rule("null")), "OR")},
        "header": {},
    }

    assert write_rules_by_category(rules, TO_V2) == {
        "path": {"combine": "AND", "matchers": [TYPE]},
        "body": {
            "$.a": {
                "combine": "OR",
                "matchers": [{"match": "type", "min": 1}, {"match": "null"}],
            }
        },
    }


def test_flat_rules_are_written_with_paths():
    rules = {
        "path": {"": A_TYPE},
        "body": {"$": A_TYPE, "$.a[0]": A_TYPE, "$['x y']": A_TYPE},
        "header": {"Accept": A_TYPE, "X-A": A_TYPE},
        "query": {"q": A_TYPE, "a[]": A_TYPE, "none": RuleList(())},
        "metadata": {"origin": A_TYPE},
    }
    with pytest.warns(PactWarning, match="cannot read the rule path"):
        written = write_flat_rules(rules, TO_V2)

    assert list(written) == [
        "$.path",
        "$.body",
        "$.body.a[0]",
        "$.body['x y']",
        "$.headers.Accept",
        "$.headers['X-A']",
        "$.query.q",
        "$.query['a[]']",
        "$.metadata.origin",
    ]
    del rules["query"]["none"]
    assert rules == read_rules(written, "rules")


def test_a_second_rule_cannot_be_expressed_in_v2():
    rules = {"body": {"$.a": RuleList((Rule("type"), Rule("regex", {"regex": "a"})))}}

    with pytest.raises(
        NotExpressible, match=r"interaction 'x': .* 'regex' at \$.body.a"
    ):
        write_flat_rules(rules, TO_V2)


def test_rules_read_from_a_v2_file_are_written_back():
    rules = {"body": {"$.a": RuleList((Rule("type"), Rule("integer")), "OR")}}
    same = Conversion(V2, is_same_version=True)

    assert rules == read_rules(write_flat_rules(rules, same), "rules")
    assert {"$.body": {"match": "integer"}} == write_flat_rules(
        {"body": {"$": RuleList((Rule("integer"),))}}, same
    )


def test_a_newer_rule_is_written_into_v2_with_a_warning():
    rules = {"body": {"$": RuleList((Rule("integer"),))}}

    with pytest.warns(PactWarning, match="rule 'integer' at .* is newer than"):
        written = write_flat_rules(rules, TO_V2)

    assert {"$.body": {"match": "integer"}} == written


def test_rules_cannot_be_expressed_in_v1():
    with pytest.raises(NotExpressible, match=r"the matching rules at \$.headers.A"):
        drop_rules({"header": {"A": A_TYPE}}, Conversion(V1))


def test_rules_read_from_a_v1_file_are_written_back():
    with warnings.catch_warnings(record=True) as issued:
        written = drop_rules(
            {"header": {"A": A_TYPE}}, Conversion(V1, is_same_version=True)
        )

    assert {"$.headers.A": TYPE} == written
    assert [] == issued


@pytest.mark.parametrize("category", ["method", "path", "status"])
@pytest.mark.parametrize("key", [None, "", "$"])
def test_the_rule_of_a_single_value_has_any_usual_key(category, key):
    rules = {"combine": "AND", "matchers": [TYPE]}
    written = {category: rules if key is None else {key: rules}}
    found = read_rules(written, "rules")

    assert {category: {"": A_TYPE}} == found
    assert {category: rules} == write_rules_by_category(found, TO_V2)


def test_an_unusual_key_of_a_single_value_is_named():
    with pytest.warns(ToleranceWarning, match=r"\['x'\]: expected the key"):
        found = read_rules({"status": {"x": {"matchers": [TYPE]}}}, "rules")

    assert {"status": {"": A_TYPE}} == found


def test_several_keys_of_a_single_value_are_refused():
    rules = {"matchers": [TYPE]}
    with pytest.raises(InvalidPact, match="expected one entry, got the keys '', '\\$'"):
        read_rules({"status": {"": rules, "$": rules}}, "rules")


@pytest.mark.parametrize(
    "written",
    [
        {"bdoy": {"$.id": TYPE}},
        {"$.bdoy.id": TYPE},
        {"$['bdoy']['id']": TYPE},
        {"$.bdoy": TYPE},
    ],
)
def test_an_unknown_category_is_refused(written):
    with pytest.raises(InvalidPact, match=r"expected a category \(body, .* got 'bdoy'"):
        read_rules(written, "rules")


def test_an_unknown_category_of_generators_is_refused():
    with pytest.raises(InvalidPact, match=r"generators\.animal: expected a category"):
        read_generators({"animal": {"$.id": {"type": "Uuid"}}}, "generators")


@pytest.mark.parametrize("path", ["$x", "$$", "$ .a"])
def test_an_invalid_path_of_v2_is_written_as_it_was_read(path):
    read_in_v2 = replace(TO_V2, is_same_version=True)

    assert {path: TYPE} == write_flat_rules(read_rules({path: TYPE}, "r"), read_in_v2)


@pytest.mark.parametrize(("empty", "warns"), [(None, False), ("", True), ([], False)])
def test_an_empty_category_has_no_rules(empty, warns):
    with warnings.catch_warnings(record=True) as issued:
        warnings.simplefilter("always")
        found = read_rules({"body": empty, "path": empty}, "rules")

    assert {} == found
    assert warns == bool(issued)


@pytest.mark.parametrize("key", [None, "", "$"])
def test_the_generator_of_a_single_value_has_any_usual_key(key):
    generator = {"type": "RandomInt", "min": 400, "max": 499}
    found = read_generators(
        {"status": generator if key is None else {key: generator}}, "generators"
    )

    assert ["RandomInt"] == [one.type for one in found["status"].values()]
    assert {"status": generator} == write_generators(found, TO_V2)


UNREADABLE = [
    (V2, "query", "filter[]", r"\$\.query\['filter\[\]'\]"),
    (V2, "query", "filter[id]", r"\$\.query\['filter\[id\]'\]"),
    (V2, "header", "a[0]", r"\$\.headers\['a\[0\]'\]"),
    (V2, "header", "X-A.b", r"\$\.headers\['X-A.b'\]"),
    (V2, "query", "a b", r"\$\.query\['a b'\]"),
    (V2, "query", "-a", r"\$\.query\['-a'\]"),
    (V2, "body", r"$['it\'s']", r"\$\.body\['it\\'s'\]"),
    (V3, "body", r"$.a['it\'s']", r"\$\.a\['it\\'s'\]"),
    (V4, "body", r"$['a\\b']", r"\$\['a\\\\b'\]"),
]


@pytest.mark.parametrize(("version", "category", "key", "path"), UNREADABLE)
def test_a_path_that_the_official_tools_cannot_read_is_named(
    version, category, key, path
):
    conversion = Conversion(version, place="interaction 'x'")
    with pytest.warns(PactWarning, match=f"official tools cannot read .* {path}"):
        version.write_rules({category: {key: A_TYPE}}, conversion)


def test_a_generator_path_that_the_official_tools_cannot_read_is_named():
    conversion = Conversion(V3, place="interaction 'x'")
    with pytest.warns(PactWarning, match=r"cannot read the rule path \$\['it"):
        write_generators({"body": {r"$['it\'s']": Generator("Uuid")}}, conversion)


READABLE = [
    (V2, "query", "filter"),
    (V2, "header", "X-Test"),
    (V2, "query", "a:b"),
    (V2, "body", "$['a[0]'].b"),
    (V3, "query", "filter[]"),
    (V4, "body", "$['a b']"),
]


@pytest.mark.parametrize(("version", "category", "key"), READABLE)
def test_a_path_that_the_official_tools_read_is_written_without_a_warning(
    version, category, key
):
    conversion = Conversion(version, place="interaction 'x'")

    assert version.write_rules({category: {key: A_TYPE}}, conversion)
