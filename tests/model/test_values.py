"""Requests, responses, messages, bodies, versions and mismatches as values."""

from decimal import Decimal

import pytest

from pypact.model.body import (
    EMPTY_BODY,
    MISSING_BODY,
    NULL_BODY,
    UNKNOWN_CONTENT_TYPE,
    Body,
    BodyState,
    parse_content_type,
)
from pypact.model.http import Request, Response
from pypact.model.interactions import Message, SpecificationVersion
from pypact.model.mismatches import Mismatch, MismatchKind, json_type_name
from pypact.model.rules import Rule

V = SpecificationVersion


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0.0", V.V1),
        ("1.1.0", V.V1_1),
        ("1.2", V.V1),
        ("2", V.V2),
        ("V3", V.V3),
        ("3.0", V.V3),
        ("4.0", V.V4),
        (" 4 ", V.V4),
        ("5.0", None),
        ("0.9", None),
        ("three", None),
        ("", None),
    ],
)
def test_a_version_is_parsed_in_all_its_forms(text, version):
    assert version == V.parse(text)


def test_versions_are_ordered():
    assert sorted(V, reverse=True) == [V.V4, V.V3, V.V2, V.V1_1, V.V1]
    assert V.V1 <= V.V1_1 < V.V2
    assert str(V.V4) == "4.0"
    with pytest.raises(TypeError):
        _ = V.V1 < 2


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


def test_a_request_is_created_from_wire_data():
    request = Request.from_http(
        "post", "/a%20b?x=1&y", [("Accept", "a, b"), ("X", "1"), ("x", "2")], b"{}"
    )

    assert "POST" == request.method
    assert "/a%20b" == request.path
    assert "x=1&y" == request.query.text
    assert {"Accept": ("a", "b"), "X": ("1", "2")} == dict(request.headers.items())
    assert Body.of(b"{}") == request.body
    assert "application/json" == str(request.content_type)


def test_a_response_is_created_from_wire_data():
    response = Response.from_http(204, [("Set-Cookie", "a"), ("Set-Cookie", "b")], b"")

    assert ("a", "b") == response.headers["set-cookie"]
    assert EMPTY_BODY == response.body
    assert UNKNOWN_CONTENT_TYPE == response.content_type


@pytest.mark.parametrize(
    ("own", "declared", "found"),
    [
        ("text/a", "text/b", "text/a"),
        (None, "text/b", "text/b"),
        (None, "garbage", "application/json"),
        (None, None, "application/json"),
    ],
)
def test_the_content_type_is_that_of_the_body_the_declared_one_or_a_guess(
    own, declared, found
):
    body = Body.of(b"{}", parse_content_type(own) if own else None)
    lines = [("content-type", declared)] if declared is not None else []
    request = Request(headers=Request.from_http("GET", "/", lines).headers, body=body)

    assert found == str(request.content_type)


@pytest.mark.parametrize("key", ["contentType", "content-type", "Content-Type"])
def test_a_message_declares_its_type_in_its_metadata(key):
    message = Message(Body.of(b"{}"), {"a": 1, key: "text/plain"})

    assert "text/plain" == str(message.content_type)
    assert "application/json" == str(Message(Body.of(b"{}"), {key: 1}).content_type)
    assert "application/json" == str(Message(Body.of(b"{}")).content_type)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({}, "Object"),
        ([], "Array"),
        (None, "Null"),
        (True, "Boolean"),
        (1, "Integer"),
        (Decimal("1.0"), "Decimal"),
        ("", "String"),
    ],
)
def test_a_json_value_has_a_type_name(value, name):
    assert name == json_type_name(value)


def test_a_value_that_is_not_json_has_no_type_name():
    with pytest.raises(TypeError, match="not a JSON value"):
        json_type_name(object())


def test_the_message_of_a_mismatch_is_built_from_its_template():
    mismatch = Mismatch(
        MismatchKind.BODY,
        "$.a",
        Rule("regex", {"regex": r"\d+"}),
        "12",
        None,
        "Expected {actual:typed} to match {regex}, as {expected} does",
    )

    assert "Expected null (Null) to match '\\d+', as '12' does" == mismatch.message
    assert f"$.a -> {mismatch.message}" == str(mismatch)
    assert "BodyMismatch" == mismatch.type_name


def test_only_a_body_mismatch_includes_its_path_in_the_message():
    mismatch = Mismatch(
        MismatchKind.STATUS, "", None, 200, 404, "expected {expected} but was {actual}"
    )

    assert "expected 200 but was 404" == str(mismatch)
