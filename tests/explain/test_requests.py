"""The text of an unexpected request has all that is needed to fix it."""

import pickle
import time

import pytest

from pypact.explain.requests import SentRequest, UnexpectedExplanation
from pypact.model.body import Body
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import HttpInteraction, ProviderState
from pypact.model.rules import Rule, RuleList


def rules(name, **attributes):
    return RuleList((Rule(name, attributes),))


def interaction(description, request, *states, place="tests/test_client.py:31"):
    return HttpInteraction(
        description=description,
        states=states,
        request=request,
        response=Response(),
        place=place,
    )


def text_of(request, *interactions, caller=None):
    sent = SentRequest(request, caller=caller)
    return str(UnexpectedExplanation("web -> users", sent, tuple(interactions)))


GET_USER = interaction(
    "a request for a user",
    Request(
        path="/users/42",
        query=Query.from_text("fields=id,name"),
        headers=Headers([("X-Trace", ("0a",))]),
        rules={"header": {"X-Trace": rules("regex", regex="[0-9a-f]+")}},
    ),
    ProviderState("user exists", {"id": 42}),
    ProviderState("it is Monday"),
)
SEARCH = interaction(
    "a search for users", Request(path="/users/search"), place="tests/test_client.py:52"
)
UNRELATED = interaction("a report", Request(method="POST", path="/reports/2024/may"))


def test_the_closest_interaction_is_shown_with_every_difference():
    request = Request.from_http(
        "GET",
        "/users/42?fields=name",
        [
            ("Host", "users.example.com"),
            ("User-Agent", "requests"),
            ("Accept", "application/json"),
        ],
    )

    expected = """\
pypact: GET /users/42?fields=name matches no interaction of web -> users

  sent       GET /users/42?fields=name
             Accept: application/json
  called at  app/client.py:20

  closest    "a request for a user" given "user exists" {"id":42} and "it is Monday"\
    tests/test_client.py:31
    query fields     equality          expected "id,name"   got "name"
    header X-Trace   regex [0-9a-f]+   e.g. "0a"            missing
             2 others not shown

  hint       in the client: send the query parameter 'fields' with the value \
"id,name"; send the header 'X-Trace': "0a"
             in the contract: query={"fields": match.like("id,name")} accepts any \
value; remove the header 'X-Trace' from headers="""

    assert expected == text_of(
        request, SEARCH, GET_USER, UNRELATED, caller="app/client.py:20"
    )


def test_a_body_is_shown_as_a_diff_of_the_whole():
    """The name differs too, but a rule accepts it."""
    create = interaction(
        "a new user",
        Request(
            method="POST",
            path="/users",
            headers=Headers([("Content-Type", ("application/json",))]),
            body=Body.of(b'{"name": "Ann", "age": "42", "tags": ["a"], "zip": "1"}'),
            rules={"body": {"$.name": rules("type")}},
        ),
    )
    request = Request.from_http(
        "POST",
        "/users",
        [("Content-Type", "application/json")],
        b'{"name": "John", "age": 42, "tags": ["a"]}',
    )

    expected = """\
pypact: POST /users matches no interaction of web -> users

  sent       POST /users
             Content-Type: application/json
             {"name": "John", "age": 42, "tags": ["a"]}

  closest    "a new user"    tests/test_client.py:31
    $       equality   Expected a Map with keys [age, name, tags, zip] but received \
one with keys [age, name, tags]
    $.age   equality   expected "42" (string)   got 42 (integer)

  body (- expected, + sent; differences that a rule accepts are not marked)
      {
    -   "age": "42",
    +   "age": 42,
        "name": "John",
        "tags": [
          "a"
        ]
    -   "zip": "1"
      }

  hint       $.age differs only in its type, string and integer
             in the client: send 'zip' at $; send a string at $.age
             in the contract: remove 'zip' from body=; match.like(42) there accepts \
any integer"""

    assert expected == text_of(request, create)


def test_others_that_are_nearly_as_close_are_named():
    one, two, three, four, five = (
        interaction(f"user {n}", Request(path=f"/users/{n}"), place=None)
        for n in range(1, 6)
    )
    text = text_of(Request(path="/users/7"), one, two, three, four, five, UNRELATED)

    expected = """\
  closest    "user 1"
    path   equality   expected "/users/1"   got "/users/7"
  also near  "user 2"  (path)
             "user 3"  (path)
             "user 4"  (path)
             2 others not shown

  hint       in the client: request /users/1
             in the contract: with_request(path="/users/7"), or define a further \
interaction"""

    assert text.endswith(expected)


def test_a_wrong_method_is_nearer_than_a_wrong_path():
    delete = interaction("delete", Request(method="DELETE", path="/users/1"))
    get = interaction("get", Request(path="/users/2"))
    text = text_of(Request(path="/users/1"), get, delete)

    assert '  closest    "delete"    tests/test_client.py:31' in text.splitlines()
    assert '    method   equality   expected "DELETE"   got "GET"' in text.splitlines()


def test_the_defined_interactions_are_listed_if_none_is_similar():
    many = [
        interaction(f"report {n}", Request(path=f"/reports/{n}"), place="a.py:1")
        for n in range(12)
    ]
    text = text_of(Request(path="/health"), *many)

    assert '    GET /reports/0   "report 0"    a.py:1' in text.splitlines()
    title = (
        "  no interaction has this path: define one, or remove the call; these are "
        "defined:"
    )
    assert title in text.splitlines()
    assert text.endswith("\n    and 2 more")


def test_the_only_defined_interaction_is_shown():
    expected = """\
pypact: GET /health matches no interaction of web -> users

  sent       GET /health

  no interaction has this path: define one, or remove the call; this one is defined:
    POST /reports/2024/may   "a report"    tests/test_client.py:31"""

    assert expected == text_of(Request(path="/health"), UNRELATED)


def test_the_text_says_if_no_interaction_is_defined():
    assert text_of(Request()).endswith(
        "\n\n  no interaction is defined: define one, or remove the call"
    )


def test_secrets_are_hidden_everywhere():
    login = interaction(
        "a login",
        Request(
            path="/login",
            query=Query.from_text("t=expected-token"),
            headers=Headers([("Authorization", ("Bearer expected-token",))]),
        ),
    )
    request = Request.from_http(
        "GET",
        "/login?t=actual%2Ftoken",
        [("Authorization", "Bearer actual/token"), ("Cookie", "sid=session-of-ann")],
        b"actual/token session-of-ann",
    )

    expected = """\
pypact: GET /login?t=[hidden] matches no interaction of web -> users

  sent       GET /login?t=[hidden]
             Authorization: Bearer [hidden]
             Cookie: sid=[hidden]
             [hidden] [hidden]

  closest    "a login"    tests/test_client.py:31
    query t                equality   expected "expected-token"          got "[hidden]"
    header Authorization   equality   expected "Bearer expected-token"   got Bearer \
[hidden], and different"""

    assert text_of(request, login).startswith(expected)
    for secret in ("actual/token", "actual%2Ftoken", "session-of"):
        assert secret not in text_of(request, login)


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"\xff\x00", "2 bytes of */*"),
        (b"\xff" * 2_000_000, "2000000 bytes of */*"),
        (b"a\n" * 1_000_000, "a\\n" * 100 + "… (2000000 bytes)"),
        (b"aaa" + "ü".encode() * 1_000_000, "aaa" + "ü" * 99 + "… (2000003 bytes)"),
        (b"two\nlines", "two\\nlines"),
        (b"x" * 300, "x" * 200 + "… (100 characters more)"),
    ],
)
def test_a_body_is_shown_by_an_excerpt(body, shown):
    text = text_of(Request.from_http("PUT", "/", body=body), UNRELATED)

    assert f"             {shown}" in text.splitlines()


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (
            "application/xml",
            b"<a><password>hush</password>" + b"<b/>" * 70_000 + b"</a>",
        ),
        (
            "multipart/form-data; boundary=b",
            b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nhush\r\n'
            + b"--b--\r\n" * 40_000,
        ),
        ("application/json", b'{"password": "hush", "a": [' + b"1," * 140_000 + b"1]}"),
        ("application/x-www-form-urlencoded", b"password=hush" + b"&a=1" * 70_000),
    ],
)
def test_the_secrets_of_a_large_body_are_hidden(content_type, body):
    lines = [("Content-Type", content_type)]
    put_user = interaction("a change", Request(method="PUT", path="/users/23"))

    for declared in (UNRELATED, put_user):
        request = Request.from_http("PUT", "/users/23", lines, body)
        assert "hush" not in text_of(request, declared)


def test_an_explanation_survives_pickling():
    explanation = UnexpectedExplanation(
        "web -> users", SentRequest(Request()), (GET_USER,)
    )

    assert str(explanation) == str(pickle.loads(pickle.dumps(explanation)))


def test_a_mismatch_among_thousands_is_explained_quickly():
    many = [
        interaction(f"user {n}", Request(path=f"/users/{n}")) for n in range(10_000)
    ]
    started = time.process_time()
    text = text_of(Request(path="/user/1234"), *many)

    assert '  closest    "user 1234"' in text
    assert 2 > time.process_time() - started


def test_interactions_that_cannot_respond_are_listed_with_the_reason():
    left_out = tuple(
        (interaction(f"csv {n}", Request(), place="a.json"), "odd") for n in range(22)
    )

    text = str(
        UnexpectedExplanation("w -> u", SentRequest(Request()), (), left_out=left_out)
    )

    assert (
        '\n\n  left out   "csv 0"    a.json: odd\n             "csv 1"    a.json: odd\n'
        in text
    )
    assert text.endswith('"csv 19"    a.json: odd\n             and 2 more')
