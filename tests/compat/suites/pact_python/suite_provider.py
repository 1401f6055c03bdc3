"""Verifications of a provider that runs beside the tests, with Flask."""

import json
import os
import threading

import pytest
from flask import Flask, jsonify, request
from pact import Verifier
from werkzeug.serving import make_server

PACT_DIR = os.environ["SUITE_PACTS"]
USERS = {}
SEEN = []
app = Flask(__name__)


@app.get("/users/<name>")
def get_user(name):
    SEEN.append(dict(request.headers))
    if name not in USERS:
        return jsonify(error="unknown"), 404
    return jsonify(name=name, id=USERS[name], created="2001-02-03 04:05")


@app.get("/closed")
def closed():
    if request.headers.get("Authorization") != "Bearer t":
        return jsonify(error="closed"), 401
    return jsonify(ok=True)


@app.post("/_states")
def set_state():
    state = request.json["state"]
    SEEN.append(dict(request.json))
    USERS.clear()
    if state == "Ann exists":
        USERS["Ann"] = 7
    elif state == "a broken state":
        return "broken", 500
    return jsonify(result=state)


@pytest.fixture(scope="module")
def url():
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def write():
    def write(name, *interactions, version="2.0.0"):
        path = os.path.join(PACT_DIR, f"{name}.json")
        contract = {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": list(interactions),
            "metadata": {"pactSpecification": {"version": version}},
        }
        with open(path, "w") as file:
            json.dump(contract, file)
        return path

    SEEN.clear()
    return write


def interaction(path="/users/Ann", state="Ann exists", status=200, **response):
    made = {
        "description": f"a request for {path}",
        "request": {"method": "get", "path": path},
        "response": {"status": status, **response},
    }
    return {**made, "providerState": state} if state else made


def verify(url, *files, **options):
    verifier = Verifier(provider="Users", provider_base_url=url)
    options.setdefault("provider_states_setup_url", url + "/_states")
    result, _ = verifier.verify_pacts(*files, **options)
    return result


def test_a_provider_that_fulfils_the_contract(url, write):
    assert verify(url, write("a", interaction(body={"name": "Ann", "id": 7}))) == 0


def test_the_payload_of_a_state(url, write):
    assert verify(url, write("b", interaction())) == 0
    assert SEEN[0] == {
        "consumer": "Web",
        "state": "Ann exists",
        "states": ["Ann exists"],
        "params": {},
    }


def test_a_wrong_value(url, write):
    assert verify(url, write("c", interaction(body={"id": 8}))) == 1


def test_a_wrong_status(url, write):
    assert verify(url, write("d", interaction(state="no user exists"))) == 1


def test_a_type(url, write):
    rules = {"$.body.id": {"match": "type"}}
    one = interaction(body={"id": 1000}, matchingRules=rules)

    assert verify(url, write("e", one)) == 0


def test_a_regular_expression_matches_a_part(url, write):
    rules = {"$.body.created": {"match": "regex", "regex": r"\d{4}-\d\d"}}
    one = interaction(body={"created": "1999-01"}, matchingRules=rules)

    assert verify(url, write("f", one)) == 0


def test_a_state_that_fails(url, write):
    assert verify(url, write("g", interaction(state="a broken state"))) == 1


def test_headers_of_the_verifier(url, write):
    file = write("h", interaction("/closed", state=None, body={"ok": True}))

    assert verify(url, file) == 1
    assert verify(url, file, headers=["Authorization: Bearer t"]) == 0


def test_several_files(url, write):
    good = write("i", interaction())
    bad = write("j", interaction("/users/Bob", state="no user exists"))

    assert verify(url, good) == 0
    assert verify(url, good, bad) == 1


def test_a_file_that_is_missing(url):
    with pytest.raises(Exception):  # noqa: B017
        verify(url, os.path.join(PACT_DIR, "none.json"))


def test_no_file(url):
    with pytest.raises(Exception):  # noqa: B017
        verify(url)


def test_the_contract_of_another_provider_name(url, write):
    file = write("k", interaction())

    result, _ = Verifier("Accounts", url).verify_pacts(
        file, provider_states_setup_url=url + "/_states"
    )

    assert result == 0


def test_fails_because_of_a_header(url, write):
    one = interaction(headers={"Content-Type": "text/html"})

    assert verify(url, write("l", one)) == 0
