"""Test the comparison of XML bodies.

Source: docs/internals/specification.md, "4.5 XML".
"""

import re
import time

import pytest
from interactions import body_problems, matchers

from pypact.masking import HIDDEN, find_secret_names
from pypact.matching.xml import XmlPlan, hide_xml_secrets
from pypact.model.body import ContentType, ExpectedBody

XML = "application/xml"
XML_TYPE = ContentType("application", "xml")
TYPE = {"match": "type"}
DIGITS = {"match": "regex", "regex": r"\d+"}


def problems(expected, actual, rules=None, *, strict=False):
    return body_problems(XML, expected, actual, rules or {}, strict=strict)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ("<a/>", "<a></a>"),
        ("<a>x</a>", "<a>\n  x\n</a>"),
        ("<a>x</a>", "<a><![CDATA[x]]></a>"),
        ("<a b='1' c='2'/>", "<a c='2' b='1'/>"),
        ("<a><b/><c/></a>", "<a><c/><b/></a>"),
        ("<a><b/></a>", "<?xml version='1.0'?><a><!-- x --><b/><?y z?></a>"),
        ("<a xmlns='urn:x'/>", "<n:a xmlns:n='urn:x'/>"),
        ("<a xmlns:n='urn:x' n:b='1'/>", "<a xmlns:m='urn:x' m:b='1'/>"),
        ("<a>&amp;</a>", "<a>&#38;</a>"),
    ],
)
def test_equivalent_documents_match_in_requests_and_responses(expected, actual):
    assert [] == problems(expected, actual)
    assert [] == problems(expected, actual, strict=True)


@pytest.mark.parametrize(
    ("expected", "actual", "found"),
    [
        ("<a/>", "<b/>", [("$.a", "Expected 'b' to be equal to 'a'")]),
        (
            "<a>x</a>",
            "<a>y</a>",
            [("$.a['#text']", "Expected 'y' to be equal to 'x'")],
        ),
        (
            "<a b='1'/>",
            "<a b='2'/>",
            [("$.a['@b']", "Expected '2' to be equal to '1'")],
        ),
        (
            "<a b='1'/>",
            "<a c='1'/>",
            [("$.a['@b']", "Expected attribute 'b'='1' but was missing")],
        ),
        (
            "<a b='1'/>",
            "<a/>",
            [
                ("$.a", "Expected 1 attribute(s) but received 0 attribute(s)"),
                ("$.a['@b']", "Expected attribute 'b'='1' but was missing"),
            ],
        ),
        (
            "<a><b/></a>",
            "<a/>",
            [("$.a", "Expected child <b/> but was missing")],
        ),
        (
            "<a><b/><b/></a>",
            "<a><b/></a>",
            [("$.a", "Expected child <b/> but was missing")],
        ),
        (
            "<a><b>1</b><b>2</b></a>",
            "<a><b>2</b><b>1</b></a>",
            [
                ("$.a.b['#text']", "Expected '2' to be equal to '1'"),
                ("$.a.b['#text']", "Expected '1' to be equal to '2'"),
            ],
        ),
    ],
)
def test_a_difference_is_a_mismatch_in_requests_and_responses(expected, actual, found):
    assert found == problems(expected, actual)
    assert found == problems(expected, actual, strict=True)


@pytest.mark.parametrize(
    ("expected", "actual", "text"),
    [
        ("<a/>", "<a b='1'/>", "Did not expect any attributes but received b"),
        (
            "<a b='1'/>",
            "<a b='1' c='1'/>",
            "Expected 1 attribute(s) but received 2 attribute(s)",
        ),
        ("<a/>", "<a><b/></a>", "Expected no children but received [b]"),
        ("<a><b/></a>", "<a><b/><c/></a>", "Unexpected child <c/>"),
        ("<a><b/></a>", "<a><b/><b/></a>", "Unexpected child <b/>"),
    ],
)
def test_unexpected_nodes_are_a_mismatch_in_a_request_only(expected, actual, text):
    assert [] == problems(expected, actual)
    assert [("$.a", text)] == problems(expected, actual, strict=True)


@pytest.mark.parametrize(
    ("rules", "expected", "actual", "count"),
    [
        # Attributes and texts are compared as strings.
        ({"$.a['@b']": DIGITS}, "<a b='1'/>", "<a b='22'/>", 0),
        ({"$.a['@b']": DIGITS}, "<a b='1'/>", "<a b='x'/>", 1),
        ({"$.a['#text']": DIGITS}, "<a>1</a>", "<a>22</a>", 0),
        ({"$.a.#text": DIGITS}, "<a>1</a>", "<a>x</a>", 1),
        # Rules of values at an element apply to its text.
        ({"$.a": DIGITS}, "<a>1</a>", "<a>22</a>", 0),
        ({"$.a": DIGITS}, "<a>1</a>", "<a>x</a>", 1),
        ({"$.a": {"match": "integer"}}, "<a>1</a>", "<a>2</a>", 0),
        ({"$.a": {"match": "date"}}, "<a>2020-01-01</a>", "<a>x</a>", 1),
        # A cascading one is ignored at elements that contain elements only.
        ({"$": DIGITS}, "<a><b>1</b></a>", "<a><b>2</b></a>", 1),
        (
            {"$.a": {"match": "include", "value": "1"}},
            "<a>1<b>1</b></a>",
            "<a>1<b>1</b></a>",
            0,
        ),
        ({"$.a.b": DIGITS}, "<a><b>1</b></a>", "<a><b>2</b></a>", 0),
        # `type` accepts any text, and compares all elements of a name with the first.
        ({"$": TYPE}, "<a><b>1</b></a>", "<a><b>2</b><b>3</b></a>", 0),
        ({"$": TYPE}, "<a><b>1</b><b c='1'/></a>", "<a><b>2</b></a>", 0),
        ({"$": TYPE}, "<a><b/></a>", "<a><b/><c/></a>", 1),
        ({"$.a": {**TYPE, "min": 2}}, "<a><b/></a>", "<a><b/></a>", 1),
        ({"$.a": {**TYPE, "min": 2}}, "<a><b/></a>", "<a><b/>x</a>", 0),
        ({"$.a": {**TYPE, "max": 1}}, "<a><b/></a>", "<a><b/> <b/></a>", 1),
        ({"$": {**TYPE, "min": 9}}, "<a><b/></a>", "<a><b/></a>", 0),
        ({"$.a": {"match": "equality"}}, "<a>1</a>", "<a>1</a>", 0),
        ({"$.a": {"match": "notEmpty"}}, "<a>1</a>", "<a/>", 1),
        ({"$.a": {"match": "notEmpty"}}, "<a><b/></a>", "<a><b/></a>", 2),
        ({"$.a": {"match": "null"}}, "<a/>", "<a/>", 1),
        ({"$.a": {"match": "unknown"}}, "<a/>", "<a/>", 1),
        ({"$.a": {"match": "eachKey"}}, "<a/>", "<a/>", 1),
        # Indexes and stars.
        ({"$.a.b[1]": DIGITS}, "<a><b>x</b><b>1</b></a>", "<a><b>x</b><b>2</b></a>", 0),
        ({"$.a.b[0]": DIGITS}, "<a><b>x</b></a>", "<a><b>2</b></a>", 0),
        (
            {"$.a.b[0]": DIGITS, "$.a.b[1]": DIGITS, "$.a.c": DIGITS},
            "<a><b>1</b><b>1</b><c>1</c></a>",
            "<a><b>2</b><b>3</b><c>4</c></a>",
            0,
        ),
        ({"$.a.b[1]": DIGITS}, "<a><b>x</b></a>", "<a><b>2</b></a>", 1),
        ({"$.a.b[*]": DIGITS}, "<a><b>1</b></a>", "<a><b>2</b></a>", 0),
        ({"$.a.b[*]['@c']": DIGITS}, "<a><b c='1'/></a>", "<a><b c='2'/></a>", 0),
        ({"$.a.*['@c']": DIGITS}, "<a><b c='1'/></a>", "<a><b c='2'/></a>", 0),
        ({"$[*].a": DIGITS}, "<a>1</a>", "<a>2</a>", 0),
        ({"$[0].a": DIGITS}, "<a>1</a>", "<a>2</a>", 0),
        ({"$[1].a": DIGITS}, "<a>1</a>", "<a>2</a>", 1),
        ({"$.a.b.c.d": DIGITS}, "<a><b>1</b></a>", "<a><b>2</b></a>", 1),
        ({"$.x": DIGITS}, "<a>1</a>", "<a>2</a>", 1),
        # Qualified names.
        (
            {"$['urn:x:a']['@urn:x:b']": DIGITS},
            "<n:a xmlns:n='urn:x' n:b='1'/>",
            "<n:a xmlns:n='urn:x' n:b='2'/>",
            0,
        ),
    ],
)
def test_a_rule(rules, expected, actual, count):
    found = problems(expected, actual, rules)

    assert count == len(found), found


@pytest.mark.parametrize("kind", ["eachKey", "eachValue"])
def test_rules_of_collections_do_not_cascade_to_texts(kind):
    rules = {"$.a": matchers({"match": kind}, TYPE, combine="OR")}

    assert [] == problems("<a><b>1</b></a>", "<a><b>2</b></a>", rules)


def test_the_heaviest_of_paths_with_an_index_is_chosen():
    rules = {
        "$.items.item['#text']": {"match": "null"},
        "$.items.item[*]['#text']": {"match": "null"},
        "$.items.item[1]['#text']": DIGITS,
    }
    expected = "<items><item>1</item><item>2</item></items>"

    assert ["$.items.item['#text']"] == [
        path for path, _ in problems(expected, expected, rules)
    ]


@pytest.mark.parametrize(
    "bad",
    [
        "<a>",
        "no XML",
        "",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>",
        "<!DOCTYPE a SYSTEM 'x.dtd'><a/>",
        "<a>&b;</a>",
    ],
)
def test_invalid_xml_and_document_types_are_a_mismatch(bad):
    if bad:
        ((path, text),) = problems("<a/>", bad)
        assert "$" == path
        assert text.startswith("Failed to parse the actual body")
        assert 2 == len(problems(bad, bad))
    else:
        assert [("/", "Expected body '<a/>' but was empty")] == problems("<a/>", bad)


def test_a_type_rule_does_not_accept_another_root_element():
    assert 1 == len(problems("<a>1</a>", "<b>1</b>", {"$": TYPE}))


@pytest.mark.parametrize("levels", [1, 300, 1_000])
def test_deeply_nested_elements_are_compared(levels):
    document = b"<a>" * levels + b"x" + b"</a>" * levels
    plan = XmlPlan(ExpectedBody(document, XML_TYPE, {}, strict=True))

    assert [] == plan.check(document, XML_TYPE)
    assert 1 == len(plan.check(document.replace(b"x", b"y"), XML_TYPE))


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        (b"<a>" * 1_001 + b"</a>" * 1_001, "nested deeper than 1,000 levels"),
        (
            b"<a " + b" ".join(b'a%d=""' % n for n in range(10_001)) + b"/>",
            "an element has more than 10,000 attributes",
        ),
    ],
    ids=["depth", "attributes"],
)
def test_a_document_beyond_the_bounds_is_a_mismatch(document, problem):
    plan = XmlPlan(ExpectedBody(b"<a/>", XML_TYPE, {}, strict=True))
    found = plan.check(document, XML_TYPE)
    assert problem in found[0].message

    plan = XmlPlan(ExpectedBody(document, XML_TYPE, {}, strict=True))
    assert "the expected body" in plan.check(b"<a/>", XML_TYPE)[0].message


def test_secrets_of_elements_and_attributes_are_hidden():
    content = b"<a b='1' token='x'><n:password>y</n:password><c>z</c></a>\xff"

    hidden = hide_xml_secrets(content, find_secret_names)

    assert hidden == (
        b"<a b='1' token='[hidden]'><n:password>[hidden]</n:password><c>z</c></a>\xff"
    )


@pytest.mark.parametrize(
    ("document", "hidden"),
    [
        ("<password>x<b/>y</password>z", "<password>#<b/>#</password>z"),
        ("<password><b>x</b> <c>y</c></password>", None),
        ("<password><![CDATA[<x>]]><!-- y --></password>", "<password>##</password>"),
        ("<token a='1'><b c='x'/></token>z", "<token a='1'><b c='#'/></token>z"),
        ("<token a='1'/>z", "<token a='1'/>z"),
        ("<token><b xmlns:n='1'/></token>z", "<token><b xmlns:n='1'/></token>z"),
        ("<a token='x", "<a token='#"),
        ("<token xmlns='u'><b c='x>y'>z</b></token><d>e</d>", None),
        ("<token>x<token>y</token>z</token><d>e</d>", None),
        ("<a>1</a><password>x<b>y", "<a>1</a><password>#<b>#"),
        ("</a></a><password>x</password></a>y", "</a></a><password>#</password></a>y"),
        ("<password><?pi x?>y</password>", "<password><?pi x?>#</password>"),
        ("<password", "<password"),
    ],
)
def test_all_that_is_inside_of_a_secret_element_is_hidden(document, hidden):
    found = hide_xml_secrets(document.encode(), find_secret_names).decode()

    if hidden is None:
        assert not re.search("[xyz]", found.replace("xmlns", ""))
        assert "<d>" not in document or "<d>e</d>" in found
    else:
        assert found.startswith(hidden.replace("#", HIDDEN))


@pytest.mark.parametrize("piece", ["<a ", "<a '", "<!--", "<![CDATA[", "<?", "<", "a"])
def test_secrets_of_a_broken_document_are_hidden_in_linear_time(piece):
    began = time.process_time()
    hide_xml_secrets(b"<" + piece.encode() * 50_000, find_secret_names)

    assert time.process_time() - began < 2


def test_a_repeated_example_needs_only_one_element_beside_a_mismatch():
    found = problems(
        "<a><b>1</b><b>2</b><c>1</c></a>",
        "<a><b>3</b><c>x</c></a>",
        {"$.a.b": TYPE, "$.a.c": DIGITS},
    )

    assert ["$.a.c"] == [path.partition("[")[0] for path, _ in found]
