"""The advice of a failure names what to change in the client and in the contract."""

import pytest

from pypact import bodies, match
from pypact.consumer.builders import InteractionBuilder
from pypact.explain.advice import Advice, find_advice
from pypact.explain.secrets import hide_mismatch_secrets
from pypact.matching import match_request
from pypact.model.http import Request
from pypact.model.interactions import SpecificationVersion

JSON = [("Content-Type", "application/json")]
FORM = [("Content-Type", "application/x-www-form-urlencoded")]
TEXT = [("Content-Type", "text/plain")]
XML = [("Content-Type", "application/xml")]


def advise(expected, method="POST", target="/", headers=(), body=None):
    builder = InteractionBuilder(SpecificationVersion.V4).upon_receiving("a call")
    builder.with_request(**{"method": "POST", "path": "/", **expected})
    request = Request.from_http(method, target, headers, body)
    mismatches = match_request(builder.will_respond_with(200), request)
    base_url = "https://u.example/v1"
    return find_advice(hide_mismatch_secrets(mismatches, request), base_url)


@pytest.mark.parametrize(
    ("expected", "sent", "client", "contract"),
    [
        ({}, {"method": "PUT"}, "send POST", 'with_request("PUT", …)'),
        (
            {"path": "/users"},
            {"target": "/user"},
            "request https://u.example/v1/users",
            'with_request(path="/user"), or define a further interaction',
        ),
        (
            {"path": match.regex("/[0-9]", example="/1")},
            {"target": "/a"},
            "request https://u.example/v1/1, which passes the rule `regex /[0-9]`",
            'with_request(path="/a"), or define a further interaction',
        ),
        (
            {"query": {"page": "1"}},
            {"target": "/?pages=1"},
            "rename the query parameter 'pages' to 'page'",
            "rename 'page' to 'pages' in query=",
        ),
        (
            {"query": {"a": "1"}},
            {},
            "send the query parameter 'a': \"1\"",
            "remove the query parameter 'a' from query=",
        ),
        (
            {},
            {"target": "/?a=1"},
            "do not send the query parameter 'a'",
            'declare it: query={"a": match.like("1")}',
        ),
        (
            {},
            {"target": "/?token=1"},
            "do not send the query parameter 'token'",
            'declare it: query={"token": match.like("an example")}',
        ),
        (
            {"query": {"a": ["1", "2"]}},
            {"target": "/?a=1"},
            'send the query parameter \'a\' with the values ["1","2"]',
            'query={"a": ["1"]}',
        ),
        (
            {"headers": {"X": match.regex("a", example="a")}},
            {"headers": [("X", "b")]},
            "send a value of the header 'X' that passes the rule `regex a`, as \"a\"",
            'headers={"X": match.like("a")} accepts any value',
        ),
        (
            {"body": {"a": "x"}},
            {"headers": JSON, "body": b'{"a": "y"}'},
            'send "x" at $.a',
            'match.like("y") there accepts any string',
        ),
        (
            {"body": {"pin": 1}},
            {"headers": JSON, "body": b'{"pin": "2"}'},
            "send an integer at $.pin",
            'match.like("an example") there accepts any string',
        ),
        (
            {"body": {"a": match.regex("[0-9]", example="1")}},
            {"headers": JSON, "body": b'{"a": "b"}'},
            "send a value at $.a that passes the rule `regex [0-9]`",
            'change the rule there, as to match.like("b")',
        ),
        (
            {"body": {"a": "x"}},
            {"headers": JSON, "body": b'{"a": null}'},
            "send a string at $.a",
            "declare null there",
        ),
        (
            {"body": {"a": None}},
            {"headers": JSON, "body": b'{"a": [1]}'},
            "send null at $.a",
            "declare the array there",
        ),
        (
            {"body": {"a": 1, "b": 2}},
            {"headers": JSON, "body": b'{"a": 1, "c": 2}'},
            "send 'b' and do not send 'c' at $",
            "remove 'b' from body= and add 'c' to body=",
        ),
        (
            {"body": [1, {}]},
            {"headers": JSON, "body": b"[1]"},
            "send an object at $; send 2 items at $",
            "remove it from body=; match.each_like(…) there accepts any number",
        ),
        (
            {"body": match.each_like(1, min=2)},
            {"headers": JSON, "body": b"[1]"},
            "send a list at $ that passes the rule `at least 2 of the same type`",
            "change the rule there",
        ),
        ({"body": {"a": 1}}, {}, "send a body", "remove body="),
        (
            {"body": "hello", "headers": {"Content-Type": "text/plain"}},
            {"headers": TEXT, "body": b"hallo"},
            'send "hello"',
            'body="hallo"',
        ),
        (
            {"body": b"\x00", "headers": {"Content-Type": "image/png"}},
            {"headers": [("Content-Type", "image/png")], "body": b"\x01"},
            "send the $ that is declared",
            "declare the $ that the client sends",
        ),
        (
            {"body": bodies.form({"a": "1"})},
            {"headers": FORM, "body": b"a=1&b=2"},
            "do not send $.b",
            "add $.b to body=",
        ),
        (
            {"body": bodies.xml(bodies.element("a", bodies.element("b")))},
            {"headers": XML, "body": b"<a><c/></a>"},
            "do not send <c/> at $.a; send <b/> at $.a",
            "add <c/> to body=; remove <b/> from body=",
        ),
        (
            {"body": {"a": 1}},
            {"headers": FORM, "body": b"a=1"},
            "send the body as JSON (json=… in requests, httpx, aiohttp; not data=…)",
            "declare a form: body=pypact.bodies.form({…})",
        ),
        (
            {"body": bodies.form({"a": "1"})},
            {"headers": JSON, "body": b'{"a": "1"}'},
            "send the body as a form (data=… in requests, httpx, aiohttp; not json=…)",
            "declare a JSON body: body={…}",
        ),
        (
            {"body": "a", "headers": {"Content-Type": "text/csv"}},
            {"headers": JSON, "body": b"[]"},
            "send the body as a body with the content type text/csv",
            "declare a JSON body: body={…}",
        ),
        (
            {"body": {}, "headers": {"Content-Type": "application/vnd.a+json"}},
            {"headers": JSON, "body": b"{}"},
            "send the header Content-Type: application/vnd.a+json",
            'headers={"Content-Type": "application/json"}',
        ),
    ],
)
def test_both_sides_get_advice(expected, sent, client, contract):
    assert Advice(client, contract) == advise(expected, **sent)


def test_at_most_three_pieces_of_advice_are_given():
    advice = advise({"query": {"a": "1"}}, "PUT", "/?b=1&c=2&d=3")

    assert (
        "send POST; send the query parameter 'a': \"1\"; do not send the query "
        "parameter 'b'"
    ) == advice.client


def test_a_request_that_matches_needs_no_advice():
    assert None is advise({})
