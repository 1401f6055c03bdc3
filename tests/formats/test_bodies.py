"""Bodies in pact files are read and written."""

import pytest

from pypact.errors import InvalidPact, NotExpressible, ToleranceWarning
from pypact.formats.base import Conversion
from pypact.formats.bodies import (
    read_body_entity,
    read_plain_body,
    write_body_entity,
    write_plain_body,
)
from pypact.formats.v1_to_v3 import V3
from pypact.model.body import (
    EMPTY_BODY,
    MISSING_BODY,
    NULL_BODY,
    Body,
    parse_content_type,
)
from pypact.model.json import parse_json

JSON = "application/json"
TEXT = "text/plain"
BINARY = "application/octet-stream"
STRICT = Conversion(V3)


def body(content, declared=None, hint=None):
    return Body.of(content, declared and parse_content_type(declared), hint)


@pytest.mark.parametrize(
    ("written", "declared", "expected"),
    [
        (None, None, None),
        ("", JSON, b""),
        ({"a": [1, True, None]}, None, b'{"a":[1,true,null]}'),
        ({}, TEXT, b"{}"),
        (False, JSON, b"false"),
        (parse_json("[1.0, 1.50, 2]"), JSON, b"[1.0,1.50,2]"),
        # a string with a JSON content type: a JSON string, unless it contains JSON
        ("abc", JSON, b'"abc"'),
        ("100", JSON, b'"100"'),
        ('a"b\n', JSON, b'"a\\"b\\n"'),
        ('{"a": 1}', JSON, b'{"a": 1}'),
        ("[1]", JSON, b"[1]"),
        ("[1", JSON, b'"[1"'),
        ('"abc"', JSON, b'"abc"'),
        ('"abc', JSON, b'"\\"abc"'),
        # a string with a text content type, or without one, is used unchanged
        ("abc", TEXT, b"abc"),
        ('{"a": 1}', TEXT, b'{"a": 1}'),
        ("abc", None, b"abc"),
        ("abc", "garbage", b"abc"),
        ('{"a": 1}', None, b'{"a": 1}'),
        ("<a/>", None, b"<a/>"),
        # a string with another content type is base64, if it is valid
        ("AAH/", BINARY, b"\x00\x01\xff"),
        ("not base64!", BINARY, b"not base64!"),
        ("é", TEXT, b"\xc3\xa9"),
    ],
)
def test_a_body_up_to_v3_is_read_by_its_content_type(written, declared, expected):
    found = read_plain_body(written, declared, "body")

    assert found == (NULL_BODY if expected is None else body(expected))


@pytest.mark.parametrize(
    ("content", "declared", "expected"),
    [
        (b'{"a":1.50}', JSON, {"a": parse_json("1.50")}),
        (b'{"a":1}', TEXT, '{"a":1}'),
        (b'{"a":1}', None, {"a": 1}),
        (b'"abc"', JSON, "abc"),
        (b'"abc"', None, '"abc"'),
        (b'"{}"', JSON, '"{}"'),
        (b"<a/>", "application/xml", "<a/>"),
        (b"abcd", BINARY, "YWJjZA=="),
        (b"ab", BINARY, "ab"),
        (b"\xff", BINARY, "/w=="),
        (b"", JSON, ""),
        (None, TEXT, None),
        (b'""', JSON, '""'),
    ],
)
def test_a_body_up_to_v3_is_written_so_that_it_reads_back(content, declared, expected):
    given = NULL_BODY if content is None else body(content)
    written = write_plain_body(given, declared, STRICT)

    assert expected == written
    assert given == read_plain_body(written, declared, "body")


@pytest.mark.parametrize(
    ("content", "declared"),
    [(b"{", JSON), (b"\xff", TEXT), (b"\xff", None)],
)
def test_some_bodies_cannot_be_written_up_to_v3(content, declared):
    with pytest.raises(NotExpressible, match="a body that is not valid as JSON"):
        write_plain_body(body(content), declared, STRICT)


@pytest.mark.parametrize(
    ("written", "declared", "expected"),
    [
        (None, None, NULL_BODY),
        ({"content": None}, None, NULL_BODY),
        ({"content": ""}, JSON, EMPTY_BODY),
        ({}, None, MISSING_BODY),
        ({"contentType": JSON, "encoded": False}, None, MISSING_BODY),
        ({"content": {"a": 1}}, None, body(b'{"a":1}')),
        ({"content": 5, "contentType": TEXT}, None, body(b"5")),
        ({"content": "a", "contentType": JSON}, None, body(b'"a"')),
        ({"content": "a", "contentType": ""}, JSON, body(b'"a"')),
        ({"content": "a", "contentType": 5}, None, body(b"a")),
        ({"content": '{"a":1}'}, None, body(b'{"a":1}')),
        ({"content": "a", "contentType": TEXT}, JSON, body(b"a")),
        ({"content": "/w==", "encoded": "Base64"}, None, body(b"\xff")),
        ({"content": "", "encoded": "base64"}, None, EMPTY_BODY),
        ({"content": "1.50", "encoded": "JSON"}, None, body(b"1.50")),
    ],
)
def test_a_body_of_v4_is_read_by_its_own_members(written, declared, expected):
    assert expected == read_body_entity(written, declared, "body")


@pytest.mark.parametrize(
    ("written", "expected", "problem"),
    [
        ("text", b'"text"', "as a JSON body"),
        ([1], b"[1]", "as a JSON body"),
        ({"foreign": 1}, b'{"foreign":1}', "the whole object"),
        ({"content": "YQ==", "encoded": True}, b"YQ==", "encoding True"),
        ({"content": "YQ==", "encoded": "rot13"}, b"YQ==", "encoding 'rot13'"),
        ({"content": "a!", "encoded": "base64"}, b"a!", "not valid base64"),
        ({"content": "a", "contentTypeHint": "X"}, b"a", "hint 'X'"),
        ({"content": "a", "contentTypeHint": ["X"]}, b"a", "hint"),
    ],
)
def test_a_malformed_body_of_v4_is_read_with_a_warning(written, expected, problem):
    with pytest.warns(ToleranceWarning, match=problem):
        found = read_body_entity(written, None, "body")

    assert body(expected) == found


def test_a_content_that_is_not_json_is_an_error_with_its_place():
    with pytest.raises(InvalidPact) as raised:
        read_body_entity({"content": {1, 2}}, None, "response.body")

    assert "response.body" == raised.value.place


def test_a_body_of_v4_keeps_its_type_and_hint():
    written = {"content": "a", "contentType": "Text/Plain", "contentTypeHint": "BINARY"}
    found = read_body_entity(written, None, "body")

    assert ("text/plain", "BINARY") == (str(found.content_type), found.hint)


@pytest.mark.parametrize(
    "content", [{"content": None}, {"content": "null", "encoded": "json"}]
)
def test_a_null_of_v4_keeps_its_type_and_hint(content):
    written = {"contentType": "Application/JSON", "contentTypeHint": "TEXT"}
    found = read_body_entity({**written, **content}, None, "body")

    assert NULL_BODY == found
    assert ("application/json", "TEXT") == (str(found.content_type), found.hint)


@pytest.mark.parametrize(
    ("given", "declared", "expected"),
    [
        (NULL_BODY, TEXT, {"content": None}),
        (
            NULL_BODY,
            JSON,
            {"content": "null", "encoded": "json", "contentType": JSON},
        ),
        (
            body(b'""', JSON),
            None,
            {"content": '""', "encoded": "json", "contentType": JSON},
        ),
        (EMPTY_BODY, JSON, {"content": ""}),
        (body(b"", TEXT), None, {"content": "", "contentType": TEXT}),
        (
            body(b'{"a":1}'),
            None,
            {"content": {"a": 1}, "contentType": JSON, "encoded": False},
        ),
        (
            body(b'"a"', JSON),
            None,
            {"content": "a", "contentType": JSON, "encoded": False},
        ),
        (
            body(b"{", JSON),
            None,
            {"content": "ew==", "contentType": JSON, "encoded": "base64"},
        ),
        (
            body(b"a"),
            "text/csv",
            {"content": "a", "contentType": "text/csv", "encoded": False},
        ),
        (
            body(b"\xff", TEXT),
            None,
            {"content": "/w==", "contentType": TEXT, "encoded": "base64"},
        ),
        (
            body(b"a", TEXT, "BINARY"),
            None,
            {
                "content": "YQ==",
                "contentType": TEXT,
                "contentTypeHint": "BINARY",
                "encoded": "base64",
            },
        ),
        (
            body(b"a", BINARY, "TEXT"),
            None,
            {
                "content": "a",
                "contentType": BINARY,
                "contentTypeHint": "TEXT",
                "encoded": False,
            },
        ),
        (
            body(b"a", BINARY),
            None,
            {"content": "YQ==", "contentType": BINARY, "encoded": "base64"},
        ),
        (
            body(b"\xff"),
            None,
            {"content": "/w==", "contentType": "*/*", "encoded": "base64"},
        ),
    ],
)
def test_a_body_of_v4_is_written_with_its_type(given, declared, expected):
    assert expected == write_body_entity(given, declared)
    assert given == read_body_entity(expected, declared, "body")


@pytest.mark.parametrize("declared", [JSON, None])
def test_a_lone_surrogate_in_a_json_body_stays_escaped(declared):
    found = read_plain_body({"a": "\ud800"}, declared, "body")

    assert b'{"a":"\\ud800"}' == found.content
    assert {"a": "\ud800"} == write_plain_body(found, declared, STRICT)


def test_a_lone_surrogate_in_a_text_body_survives():
    found = read_plain_body("a\ud800", TEXT, "body")

    assert "a\ud800" == write_plain_body(found, TEXT, STRICT)
    assert "a\ud800" == write_body_entity(found, TEXT)["content"]
