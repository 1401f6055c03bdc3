"""Drives a mock service by the v2 API of pact-python 2.3.3; prints what it sees.

Run by a Python that has it: `python pact_python_2.py PORT`. The service is started by
somebody else.
"""

import json
import sys
import warnings

import requests
from pact import Consumer, EachLike, Like, Provider, Term

warnings.simplefilter("ignore")
PORT = int(sys.argv[1])
URL = f"http://127.0.0.1:{PORT}"
INTERACTIONS = f"{URL}/interactions"
ADMIN = {"X-Pact-Mock-Service": "true"}
SEEN = []

pact = Consumer("Web").has_pact_with(
    Provider("Users"), host_name="127.0.0.1", port=PORT
)


def see(name, response):
    SEEN.append([name, response.status_code, response.text])


def fails(name, ask):
    try:
        with pact:
            ask()
    except AssertionError as error:
        SEEN.append([name, 500, str(error)])
    else:
        SEEN.append([name, 200, ""])


def a_plain_interaction():
    (
        pact.given("there is a user")
        .upon_receiving("a user")
        .with_request(
            "GET", "/user", query="id=23", headers={"Accept": "application/json"}
        )
        .will_respond_with(
            200,
            headers={"Content-Type": "application/json"},
            body={"name": Like("John"), "tags": EachLike("new", minimum=2)},
        )
    )
    with pact:
        headers = {"Accept": "application/json"}
        see("plain", requests.get(f"{URL}/user?id=23", headers=headers, timeout=9))


def matchers_everywhere():
    (
        pact.given("nothing")
        .upon_receiving("a registration")
        .with_request(
            "post",
            Term("^/users/[0-9]+$", "/users/1"),
            query={"at": Term("[0-9]{4}", "2024")},
            headers={"Content-Type": "application/json", "X-Id": Term("[a-f]+", "abc")},
            body={
                "name": Like("John"),
                "emails": EachLike({"at": Term("@", "a@b")}),
                "age": Like(7),
            },
        )
        .will_respond_with(201, body={"id": Like(1)})
    )
    with pact:
        see(
            "matchers",
            requests.post(
                f"{URL}/users/77?at=1999",
                json={"name": "Ann", "emails": [{"at": "x@y"}, {"at": "@"}], "age": 8},
                headers={"X-Id": "fed"},
                timeout=9,
            ),
        )


def requests_that_go_wrong():
    def define(name):
        (
            pact.upon_receiving(name)
            .with_request("GET", "/wrong", query="a=1")
            .will_respond_with(204)
        )

    define("never requested")
    fails("missing", lambda: None)
    define("requested otherwise")
    fails(
        "incorrect",
        lambda: see("miss", requests.get(f"{URL}/wrong?a=2", timeout=9)),
    )
    define("beside another")

    def ask():
        see("right", requests.get(f"{URL}/wrong?a=1", timeout=9))
        see("unknown", requests.delete(f"{URL}/unknown?x=1", timeout=9))

    fails("unexpected", ask)


def administration():
    one = {
        "description": "clash",
        "provider_state": "s",
        "request": {"method": "get", "path": "/clash"},
        "response": {"status": 200, "body": "one"},
    }

    def post(name, data):
        see(
            name,
            requests.post(INTERACTIONS, json=data, headers=ADMIN, timeout=9),
        )

    requests.delete(INTERACTIONS, headers=ADMIN, timeout=9)
    post("first", one)
    see("first answer", requests.get(f"{URL}/clash", timeout=9))
    post("same again", one)
    post("other content", {**one, "response": {"status": 201}})
    post("clashing", {**one, "description": "another"})
    see("several", requests.get(f"{URL}/clash", timeout=9))
    see(
        "count",
        requests.get(f"{URL}/interactions/missing/", headers=ADMIN, timeout=9),
    )
    see("running", requests.get(f"{URL}/", headers=ADMIN, timeout=9))
    see("no header", requests.get(f"{URL}/interactions/missing", timeout=9))
    see("unknown path", requests.get(f"{URL}/nope", headers=ADMIN, timeout=9))
    see("log", requests.get(f"{URL}/log?msg=x", headers=ADMIN, timeout=9))
    see(
        "preflight",
        requests.options(
            INTERACTIONS,
            headers={"Access-Control-Request-Headers": "x-pact-mock-service"},
            timeout=9,
        ),
    )
    see(
        "malformed",
        requests.post(INTERACTIONS, data="{", headers=ADMIN, timeout=9),
    )
    post("without a request", {"description": "d", "response": {}})
    see("cleared", requests.delete(INTERACTIONS, headers=ADMIN, timeout=9))
    see(
        "verified",
        requests.get(f"{URL}/interactions/verification", headers=ADMIN, timeout=9),
    )


a_plain_interaction()
matchers_everywhere()
requests_that_go_wrong()
administration()
see("written", requests.post(f"{URL}/pact", headers=ADMIN, timeout=9))
sys.stdout.write(json.dumps(SEEN))
