"""The fields of contents, and their changes."""

import pytest

from pypact.fields.base import (
    FORM,
    FRACTION,
    OTHER,
    REMOVED,
    VALUE,
    replace_all,
    replace_last,
)
from pypact.fields.json import list_json_fields
from pypact.fields.parts import list_fields
from pypact.fields.text import list_form_fields, list_text_fields
from pypact.fields.xml import list_xml_fields
from pypact.model.body import Body, parse_content_type
from pypact.model.http import Headers, Request, Response
from pypact.model.interactions import HttpInteraction, UnknownInteraction

XML = (
    b'<a:r xmlns:a="urn:a"><a:i n="1"><x>5</x></a:i><a:i n="2"><x>6</x><y/></a:i></a:r>'
)


def change(fields, path, kind, content):
    """Apply the first change of a kind to the field at a path."""
    found = next(one for one in fields if one.path == path)
    return found.changes[kind][0].apply(content)


def test_json_elements_share_a_path_and_follow_their_array():
    fields = list_json_fields(b'[{"a": 1}, {"a": 2, "b": [true]}, null]')

    assert ["$", "$[*]", "$[*].a", "$[*].b", "$[*].b[*]"] == [
        one.path for one in fields
    ]
    assert ("$", "$[*]", "$[*].b") == fields[-1].parents


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("$.a", REMOVED, b'{"b":["x","7"]}'),
        ("$.a", "null", b'{"a":null,"b":["x","7"]}'),
        ("$.a", "type", b'{"a":1.0,"b":["x","7"]}'),
        ("$.a", VALUE, b'{"a":2,"b":["x","7"]}'),
        ("$.b", "empty", b'{"a":1,"b":[]}'),
        ("$.b", VALUE, b'{"a":1,"b":["x","7","7"]}'),
        ("$.b[*]", "type", b'{"a":1,"b":[1,7]}'),
        ("$.b[*]", OTHER, b'{"a":1,"b":["y","8"]}'),
        ("$", VALUE, b'{"c":["x","7"],"a":1,"b":["x","7"]}'),
        ("$.a", FRACTION, b'{"a":1.5,"b":["x","7"]}'),
        ("$.b", "shorter", b'{"a":1,"b":["x"]}'),
        ("$.b[*]", FORM, b'{"a":1,"b":["text","text"]}'),
    ],
)
def test_json_is_changed_at_one_path(path, kind, expected):
    content = b'{"a":1,"b":["x","7"]}'

    assert expected == change(list_json_fields(content), path, kind, content)


def test_xml_elements_and_attributes_with_prefixes_are_fields():
    paths = [one.path for one in list_xml_fields(XML)]

    assert [
        "$['a:r']",
        "$['a:r']['a:i']",
        "$['a:r']['a:i']['@n']",
        "$['a:r']['a:i'].x",
        "$['a:r']['a:i'].y",
    ] == paths


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [
        ("$['a:r']['a:i'].x", REMOVED, b'<a:i n="1"/><a:i n="2"><y/></a:i>'),
        ("$['a:r']['a:i'].x", "type", b"<x>text</x>"),
        ("$['a:r']['a:i'].x", "empty", b'<a:i n="1"><x/></a:i>'),
        ("$['a:r']['a:i']['@n']", REMOVED, b"<a:i><x>5</x></a:i><a:i><x>6"),
        ("$['a:r']['a:i']['@n']", OTHER, b'<a:i n="2"><x>5</x></a:i><a:i n="3">'),
        ("$['a:r']['a:i']", VALUE, b"<x>5</x><x>5</x></a:i>"),
        (
            "$['a:r']",
            "shorter",
            b'<a:r xmlns:a="urn:a"><a:i n="1"><x>5</x></a:i></a:r>',
        ),
        ("$['a:r']", "empty", b'<a:r xmlns:a="urn:a"/>'),
    ],
)
def test_xml_is_changed_at_one_path(path, kind, expected):
    assert expected in change(list_xml_fields(XML), path, kind, XML)


def test_all_values_of_a_name_are_one_field_of_a_form():
    content = b"a=1&b=x&a=2"
    fields = list_form_fields(content)

    assert ["$.a", "$.b"] == [one.path for one in fields]
    assert b"b=x" == change(fields, "$.a", REMOVED, content)
    assert b"a=text&b=x&a=text" == change(fields, "$.a", "type", content)


def test_text_is_one_field():
    fields = list_text_fields(b"Hi 9")

    assert b"Hi 1" == change(fields, "$", VALUE, b"Hi 9")
    assert b"Ij 1" == change(fields, "$", OTHER, b"Hi 9")


@pytest.mark.parametrize(
    ("value", "last", "everything"),
    [
        ("", "", ""),
        ("-", "-", "-"),
        ("azZ", "azB", "bbB"),
        ("az9Z", "az1Z", "bb1B"),
        ("a-1.", "a-2.", "b-2."),
        ("0f-ff", "1f-ff", "1b-bb"),
        ("ff", "fg", "gg"),
        ("2020-01-31", "2020-01-11", "1111-11-11"),
        ("2011-11-11T23:59:00Z", "2011-11-12T23:59:00Z", "1112-12-12T11:11:11Z"),
        ("23:59", "23:51", "11:11"),
    ],
)
def test_characters_are_replaced_by_others_of_their_kind(value, last, everything):
    assert (last, everything) == (replace_last(value), replace_all(value))


@pytest.mark.parametrize("content", [b"{", b"\xff"])
def test_a_body_that_cannot_be_read_is_one_field(content):
    body = Body.of(content, parse_content_type("application/json"))
    response = Response(200, Headers.from_lines([("X-A", "1")]), body)
    interaction = HttpInteraction(
        description="", request=Request("GET", "/"), response=response
    )

    assert ["header X-A", "$"] == [one.path for one in list_fields(interaction)]


def test_an_interaction_of_an_unknown_type_has_no_fields():
    interaction = UnknownInteraction(description="", data={}, problem="no type")

    assert [] == list_fields(interaction)
