"""Bodies, and content types: parsing, kinds, comparison and guessing.

Source: docs/internals/specification.md, "4.1 Content type".
"""

import pytest

from pypact.model.body import (
    EMPTY_BODY,
    MISSING_BODY,
    NULL_BODY,
    UNKNOWN_CONTENT_TYPE,
    Body,
    BodyState,
    find_content_kind,
    guess_content_type,
    parse_content_type,
)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; Charset=UTF-8", "application/json;charset=utf-8"),
        ("application/json ; charset = utf-8", "application/json;charset=utf-8"),
        ('text/plain; b="x;y"; a=Z', "text/plain;a=Z;b=x;y"),
        ("text/plain;", "text/plain"),
        ("*/*", "*/*"),
    ],
)
def test_a_media_type_is_normalized(text, written):
    assert written == str(parse_content_type(text))


@pytest.mark.parametrize("text", ["", "garbage", "a/b/c", "text/plain; charset", ";"])
def test_an_invalid_media_type_is_none(text):
    assert parse_content_type(text) is None


def test_a_parameter_is_found_by_its_name():
    found = parse_content_type("multipart/form-data; boundary=AbC")

    assert found.get_parameter("boundary") == "AbC"
    assert found.get_parameter("charset") is None


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("application/json", "json"),
        ("application/hal+json", "json"),
        ("application/json-rpc", "json"),
        ("application/graphql", "json"),
        ("application/vnd.schemaregistry.v1+json", "schema-registry"),
        ("text/json", "text"),
        ("application/xml", "xml"),
        ("text/xml", "xml"),
        ("application/soap+xml", "xml"),
        ("text/html", "text"),
        ("application/x-www-form-urlencoded", "form"),
        ("multipart/form-data", "multipart"),
        ("image/jpeg", "binary"),
        ("image/svg+xml", "binary"),
        ("*/*", "binary"),
        ("text/*", "text"),
    ],
)
def test_a_content_type_is_of_one_kind(text, kind):
    assert kind == find_content_kind(parse_content_type(text)).name


@pytest.mark.parametrize(
    ("expected", "actual", "accepted"),
    [
        ("*/*", "image/png", True),
        ("image/png", "*/*", True),
        ("application/xml", "text/xml;charset=utf-8", True),
        ("text/xml;charset=utf-8", "application/xml;charset=utf-8", True),
        ("text/xml;charset=utf-8", "application/xml", False),
        ("application/json", "application/json;charset=utf-8", True),
        ("application/json;charset=utf-8", "application/json", False),
        ("application/json;charset=utf-8", "application/json;charset=UTF-8", True),
        ("application/json", "application/hal+json", True),
        ("application/hal+json", "application/json", False),
        ("application/json", "text/json", False),
        ("application/json", "application/vnd.api+json;a=b", True),
        ("application/json;charset=utf-8", "application/hal+json;charset=utf-8", False),
        ("text/plain", "text/html", False),
    ],
)
def test_an_expected_type_accepts_an_actual_one(expected, actual, accepted):
    assert accepted is parse_content_type(expected).accepts(parse_content_type(actual))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'<?xml version="1.0"?><a/>', "application/xml"),
        (b" <!doctype html><p>", "text/html"),
        (b"<html><p>", "text/html"),
        (b"\n<people/>", "application/xml"),
        (b'{"a": 1}', "application/json"),
        (b"[]", "application/json"),
        (b'"abc"', "application/json"),
        (b"123", "application/json"),
        (b"null", "application/json"),
        (b"123 Main Street", "text/plain"),
        (b"2026-01-31", "text/plain"),
        (b'{"a": 1', "text/plain"),
        (b"Hello", "text/plain"),
        (b"", "text/plain"),
    ],
)
def test_the_type_of_a_body_is_guessed(content, found):
    assert found == str(guess_content_type(content))


def test_binary_content_is_of_unknown_type():
    assert guess_content_type(b"\xff\xd8\xff") is UNKNOWN_CONTENT_TYPE


def test_the_four_states_of_a_body_are_different():
    assert 4 == len(
        {body.state for body in (MISSING_BODY, NULL_BODY, EMPTY_BODY, Body.of(b"x"))}
    )
    assert MISSING_BODY == Body.of(None)
    assert EMPTY_BODY == Body.of(b"")
    assert Body.of(b"x").is_present
    assert Body(BodyState.PRESENT, b"x") == Body.of(
        b"x", parse_content_type("a/b"), "TEXT"
    )
