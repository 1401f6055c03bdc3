"""Requests and responses; headers and queries as mappings of several values.

Source: docs/internals/specification.md, "2.4 Parsing a query string", "3.4 Headers".
"""

import copy
import pickle

import pytest

from pypact.model.body import (
    EMPTY_BODY,
    UNKNOWN_CONTENT_TYPE,
    Body,
    parse_content_type,
)
from pypact.model.http import (
    Headers,
    Query,
    Request,
    Response,
    forbids_body,
    is_token,
    split_header_value,
    split_pairs,
)


def test_header_names_are_case_insensitive_and_keep_their_first_form():
    headers = Headers.from_lines([("X-A", "1"), ("x-a", "2"), ("B", "3")])

    assert [("X-A", ("1", "2")), ("B", ("3",))] == list(headers.items())
    assert ("1", "2") == headers["x-A"] == headers.get("X-a")
    assert "b" in headers
    assert "c" not in headers
    assert 1 not in headers
    assert headers.get("c") is None
    assert ["X-A", "B"] == list(headers)
    assert 2 == len(headers)


def test_equality_of_headers_ignores_the_case_and_order_of_names():
    assert Headers([("A", ["1"]), ("B", ["2"])]) == Headers(
        [("b", ["2"]), ("a", ["1"])]
    )
    assert hash(Headers([("A", ["1"])])) == hash(Headers([("a", ["1"])]))
    assert Headers([("A", ["1"])]) != Headers([("A", ["2"])])
    assert Headers() != {}


def test_replacing_or_removing_a_header_returns_a_copy():
    headers = Headers([("A", ["1"]), ("B", ["2", "3"])])

    assert [("A", "9"), ("B", "2"), ("B", "3")] == list(
        headers.replacing("a", "9").lines()
    )
    assert [("A", "1"), ("B", "2"), ("B", "3"), ("C", "4")] == list(
        headers.replacing("C", "4").lines()
    )
    assert [("B", "2"), ("B", "3")] == list(headers.without("a").lines())


def test_first_returns_the_first_value_of_a_header():
    headers = Headers([("A", ["1", "2"]), ("E", [])])

    assert "1" == headers.first("a")
    assert headers.first("e") is None
    assert headers.first("x") is None


@pytest.mark.parametrize(
    ("name", "value", "values"),
    [
        ("Accept", "a, b;q=1 ,c", ("a", "b;q=1", "c")),
        ("accept", '"a,b",c', ('"a,b"', "c")),
        ("Date", "Tue, 01 Jan 2030", ("Tue, 01 Jan 2030",)),
        ("X-Custom", " a,b ", ("a,b",)),
        ("Vary", "", ("",)),
    ],
)
def test_only_list_headers_are_split_at_commas(name, value, values):
    assert values == split_header_value(name, value)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("a=1&b=x+y&", [("a", "1"), ("b", "x y")]),
        ("a", [("a", None)]),
        ("a=", [("a", "")]),
        ("a=b=c", [("a", "b=c")]),
        ("%61%5B%5D=%C3%BC", [("a[]", "ü")]),
        ("a=%zz", [("a", "%zz")]),
        ("a=%ff", [("a", "%ff")]),
    ],
)
def test_a_query_is_split_and_decoded(text, pairs):
    assert pairs == split_pairs(text)


def test_a_query_collects_repeated_names_and_keeps_its_string():
    query = Query.from_text("a=1&b=2&a=3&c")

    assert [("a", ("1", "3")), ("b", ("2",)), ("c", (None,))] == list(query.items())
    assert "a=1&b=2&a=3&c" == query.encoded()
    assert ("1", "3") == query["a"] == query.get("a")
    assert query.get("x") is None
    assert "c" in query
    assert ["a", "b", "c"] == list(query)
    assert 3 == len(query)


def test_a_query_without_a_string_is_encoded():
    query = Query([("a b", ["ü&", None]), ("c", [""])])

    assert "a%20b=%C3%BC%26&a%20b&c=" == query.encoded()


def test_queries_are_compared_by_their_parameters():
    assert Query.from_text("a=1&b=2") == Query([("b", ["2"]), ("a", ["1"])])
    assert hash(Query.from_text("a=1&b=2")) == hash(Query.from_text("b=2&a=1"))
    assert Query.from_text("a=1") != Query.from_text("a=2")
    assert Query() != {}


def test_ordered_queries_are_compared_by_their_string():
    assert Query.from_text("a=1", ordered=True) != Query.from_text("a=1")
    assert Query.from_text("a=1&", ordered=True) != Query.from_text("a=1", ordered=True)


def test_replacing_a_parameter_discards_the_original_string():
    assert "a=9&b=2" == Query.from_text("a=1&b=2").replacing("a", "9").encoded()


@pytest.mark.parametrize(
    "value", [Headers([("A", ["1"])]), Query.from_text("a=1", ordered=True)], ids=repr
)
def test_values_survive_pickling_and_copying(value):
    assert value == pickle.loads(pickle.dumps(value)) == copy.deepcopy(value)


@pytest.mark.parametrize(
    ("method", "status", "expected"),
    [
        ("GET", 200, False),
        ("GET", 100, True),
        ("GET", 204, True),
        ("GET", 304, True),
        ("HEAD", 200, True),
        (None, 404, False),
    ],
)
def test_some_responses_are_sent_without_a_body(method, status, expected):
    assert expected is forbids_body(method, status)


@pytest.mark.parametrize(("text", "expected"), [("X-Id", True), ("a b", False)])
def test_a_token_is_a_valid_method_or_header_name(text, expected):
    assert expected is is_token(text)


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


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"user": {"password": "s3cr"}}'),
        ("application/json", b'{"password": "s3cr'),
        ("application/x-www-form-urlencoded", b"a=1&password=s3cr"),
        ("text/plain", b"a=1&password=s3cr"),
        ("application/xml", b"<a password='s3cr'><b:token>s3cr</b:token>t</a>"),
        ("application/xml", b"<password><![CDATA[<s3cr>]]></password>"),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="token"\r\n\r\ns3cr\r\n--b--',
        ),
    ],
)
def test_the_repr_of_a_request_hides_secrets(content_type, body):
    headers = [("Content-Type", content_type), ("X-Hub-Signature", "s3cr")]
    request = Request.from_http("POST", "/login?a=1&token=s3cr", headers, body)

    assert "s3cr" not in repr(request)
    assert "s3cr" not in repr(Response.from_http(200, headers, body))
    assert "[hidden]" in repr(Body.of(body, parse_content_type(content_type)))
    assert "Query([('a', ('1',)), ('token', ('[hidden]',))])" in repr(request)
