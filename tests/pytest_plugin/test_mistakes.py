"""Who reads only the failure of a consumer's test sees what to change."""

import re

from sessions import run_session

TESTS = r"""
import urllib.parse

import pytest, requests
import pypact
from pypact import match

URL = "https://users.example.com/api/v2"


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url=URL, pact_dir=tmp_path
    )


def define(pact, method="GET", **request):
    return (
        pact.given("a user")
        .upon_receiving("the call")
        .with_request(method, "/users/23", **request)
        .will_respond_with(200)
    )


def call(method="GET", url=URL + "/users/23", **options):
    return requests.request(method, url, timeout=5, **options)


def test_path(pact):
    define(pact)
    with pact.intercept():
        call(url=URL + "/user/23")


def test_prefix(pact):
    define(pact)
    with pact.intercept():
        call(url="https://users.example.com/users/23")


def test_host(pact):
    define(pact)
    with pact.intercept():
        call(url="https://user.example.com/api/v2/users/23")


def test_query_name(pact):
    define(pact, query={"page": "1"})
    with pact.intercept():
        call(params={"pages": "1"})


def test_query_value(pact):
    define(pact, query={"page": "1"})
    with pact.intercept():
        call(params={"page": "2"})


def test_method(pact):
    define(pact, "POST")
    with pact.intercept():
        call("PUT")


def test_header_missing(pact):
    define(pact, headers={"X-Tenant": match.regex(r"\d+", example="12")})
    with pact.intercept():
        call()


def test_header_value(pact):
    define(pact, headers={"X-Tenant": "12"})
    with pact.intercept():
        call(headers={"X-Tenant": "13"})


def test_body_type(pact):
    define(pact, "POST", body={"age": 3})
    with pact.intercept():
        call("POST", json={"age": "3"})


def test_extra_key(pact):
    define(pact, "POST", body={"age": 3})
    with pact.intercept():
        call("POST", json={"age": 3, "name": "x"})


def test_form(pact):
    define(pact, "POST", body={"age": 3})
    with pact.intercept():
        call("POST", data={"age": 3})


def test_item(pact):
    define(pact, "POST", body={"items": match.each_like({"id": 3})})
    with pact.intercept():
        call("POST", json={"items": [{"id": 1}, {"id": "2"}]})


def test_extra_call(pact):
    define(pact)
    with pact.intercept():
        call()
        call(url=URL + "/accounts")


def test_missing_call(pact):
    define(pact)
    with pact.intercept():
        pass


def test_called_twice(pact):
    define(pact).times(1)
    with pact.intercept():
        call()
        call()


def test_called_too_seldom(pact):
    define(pact).at_least(2)
    with pact.intercept():
        call()


def test_swallowed(pact):
    define(pact)
    with pact.intercept():
        try:
            call(url=URL + "/user/23")
        except AssertionError:
            pass


def test_unfinished(pact):
    pact.upon_receiving("the call").with_request("GET", "/users/23")
    with pact.intercept():
        call()


def test_unclaimed(pact):
    define(pact)


def test_secret(pact):
    define(pact, headers={"Authorization": "Bearer declared-token"})
    with pact.intercept():
        call(headers={"Authorization": "Bearer token-of-ann"})


def test_query_secret(pact):
    define(pact, query={"access_token": "declared-token"})
    with pact.intercept():
        call(params={"access_token": "token-of-ann"})


def test_body_secret(pact):
    define(pact, "POST", body={"password": "declared-token"})
    with pact.intercept():
        print("token-of-ann")
        call("POST", json={"password": "token-of-ann"})
"""
SENT = "sent       GET https://users.example.com/api/v2/users/23"
EXPECTED = {
    "path": [
        'path   equality   expected "/users/23"   got "/user/23"',
        "in the client: request https://users.example.com/api/v2/users/23\n",
        'in the contract: with_request(path="/user/23")',
    ],
    "prefix": [
        "/users/23 is outside of the path prefixes of the pacts on this origin\n",
        "owned      https://users.example.com/api/v2 by Web -> Users (the block at ",
        "in the client: request a URL below https://users.example.com/api/v2\n",
        "that the URL begins with, such as https://users.example.com\n",
    ],
    "host": [
        "https://user.example.com/api/v2/users/23 was refused: no block declares ",
        "did you mean https://users.example.com/api/v2?",
        "intercept(allow_hosts=['user.example.com'])",
    ],
    "query_name": [
        SENT + "?pages=1",
        'query page    equality       expected "1"   missing',
        'query pages   not expected   got "1"',
        "in the client: rename the query parameter 'pages' to 'page'",
    ],
    "query_value": [
        'query page   equality   expected "1"   got "2"',
        "in the client: send the query parameter 'page' with the value \"1\"",
        'in the contract: query={"page": match.like("1")} accepts any value',
    ],
    "method": [
        'method   equality   expected "POST"   got "PUT"',
        "in the client: send POST",
        'in the contract: with_request("PUT", …)',
    ],
    "header_missing": [
        'header X-Tenant   regex \\d+   e.g. "12"   missing',
        "in the client: send the header 'X-Tenant': \"12\"",
        "in the contract: remove the header 'X-Tenant' from headers=",
    ],
    "header_value": [
        'header X-Tenant   equality   expected "12"   got "13"',
        "in the client: send the header 'X-Tenant' with the value \"12\"",
        'in the contract: headers={"X-Tenant": match.like("12")} accepts any value',
    ],
    "body_type": [
        '$.age   equality   expected 3 (integer)   got "3" (string)',
        "in the client: send an integer at $.age",
        'in the contract: match.like("3") there accepts any string',
    ],
    "extra_key": [
        "in the client: do not send 'name' at $",
        "in the contract: add 'name' to body=",
    ],
    "form": [
        "in the client: send the body as JSON (json=… in requests, ",
        "in the contract: declare a form: body=pypact.bodies.form({…})",
    ],
    "item": ['$.items[1].id   same type as 3 (integer)   got "2" (string)'],
    "extra_call": [
        "no interaction has this path: define one, or remove the call; this one is",
        'GET /users/23   "the call" given "a user"',
    ],
    "missing_call": ["1 interaction not requested: GET /users/23\n"],
    "called_twice": [
        "/users/23 was sent 2 times, but Web -> Users allows it once\n",
        "earlier    ",
        "in the client: send this request only once",
        "in the contract: .times(2), or .at_least(1)",
    ],
    "called_too_seldom": [
        "1 interaction requested too few times: GET /users/23\n",
        "requested 1 time, expected 2",
    ],
    "swallowed": [
        "/api/v2/user/23 matches no interaction of Web -> Users\n",
        "note       raised at the call as well",
    ],
    "unfinished": [
        "matches no interaction of Web -> Users; 1 is unfinished",
        'unfinished "the call"   test_mistakes_it.py:',
        ": missing will_respond_with()",
    ],
    "secret": [
        'expected "Bearer declared-token"   got Bearer [hidden], and different',
        "the header 'Authorization' with the value \"Bearer declared-token\"",
    ],
    "query_secret": [
        SENT + "?access_token=[hidden]",
        'expected "declared-token"   got [hidden], and different',
    ],
    "body_secret": [
        '{"password":"[hidden]"}',
        'expected "declared-token" (string)   got [hidden], and different (string)',
        '-   "password": "declared-token"',
        '+   "password": "[hidden]"',
    ],
}
LISTED_AS_MISSING = {"missing_call", "prefix", "host"}
AT_THE_CALL = EXPECTED.keys() - {"missing_call", "called_too_seldom"}


def test_who_reads_only_the_failure_sees_what_to_change(pytester, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    pytester.makepyfile(test_mistakes_it=TESTS)
    result = run_session(pytester, "--junitxml=junit.xml")
    output = result.stdout.str()
    failures, _, summary = output.partition("short test summary info")
    parts = re.split(r"\n_{3,} test_(.*?) _{3,}(?=\n)", failures)
    shown = dict(zip(parts[1::2], parts[2::2], strict=True))

    assert EXPECTED.keys() == shown.keys()
    for name, lines in EXPECTED.items():
        text = re.sub(r"\nE {3,7}", "\n", shown[name])
        assert [] == [line for line in lines if line not in text], (name, text)
        # What the failing call is closest to is not listed again.
        assert (name in LISTED_AS_MISSING) == ("not requested\n" in text), name
    for name in AT_THE_CALL:
        line = rf"test_{name} - pypact\.errors\.\w+: pypact: \w+ https://\S+ "
        verdict = "(matches no|was sent|was refused|is outside)"
        assert re.search(line + verdict, summary), name
    unclaimed = "<interaction 'the call' at test_mistakes_it.py:"
    assert re.search(
        rf"::test_unclaimed: {unclaimed}\d+> of Web -> Users; send", output
    )
    junit = (pytester.path / "junit.xml").read_text("utf-8")
    assert "token-of-ann" not in output + junit
