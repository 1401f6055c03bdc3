"""Recording of contracts from a real provider."""

import contextlib
import subprocess
import sys

import flask
import pytest
import requests

import pypact

BASE = "https://users.example.com/api"


@pytest.fixture
def app():
    made = flask.Flask("users")
    count = []

    @made.get("/users/<int:number>")
    def show(number):
        response = flask.jsonify(
            id=number,
            uid="0c6e2c8e-3c0b-4f5e-8f0a-0d3a0a7f9f11",
            born="1815-12-10",
            seen="2024-01-02T03:04:05Z",
            score=1.5,
            active=True,
            boss=None,
            access_token="s3cr3t-of-nobody",
            tags=[{"name": "a"}, {"name": "b"}],
        )
        response.set_cookie("sid", "s3cr3t-cookie")
        return response

    @made.post("/users")
    def create():
        return {"got": flask.request.get_json()["name"]}, 201

    @made.get("/next")
    def following():
        count.append(1)
        return {"count": len(count)}

    @made.get("/text")
    def text():
        return "plain", 200, {"Content-Type": "text/plain", "X-Kind": "t"}

    return made


def test_each_exchange_becomes_an_interaction(pact, app, written):
    with pact.record(app=app, given="some users") as calls:
        found = requests.get(f"{BASE}/text", timeout=5)
        requests.post(f"{BASE}/users", json={"name": "Ada"}, timeout=5)

    interactions = written()["interactions"]

    assert ("plain", "t") == (found.text, found.headers["X-Kind"])
    assert [200, 201] == [call.status for call in calls]
    assert ["GET /text", "POST /users"] == [one["description"] for one in interactions]
    assert [{"name": "some users"}] == interactions[0]["providerStates"]
    assert {"method": "GET", "path": "/text"} == interactions[0]["request"]
    assert {"Content-Type": ["text/plain"], "X-Kind": ["t"]} == interactions[0][
        "response"
    ]["headers"]
    assert {"name": "Ada"} == interactions[1]["request"]["body"]["content"]
    assert ["application/json"] == interactions[1]["request"]["headers"]["Content-Type"]


def test_the_recorded_contract_passes_verification(pact, app, pact_dir):
    with pact.record(app=app, infer=True):
        requests.get(f"{BASE}/users/1", params={"q": "a b"}, timeout=5)
        requests.post(f"{BASE}/users", json={"name": "Ada"}, timeout=5)
        requests.get(f"{BASE}/text", timeout=5)

    assert pypact.Verifier("Users", app=app, pacts=pact_dir).verify(reports=[]).is_ok


def test_rules_are_inferred_on_request(pact, app, written):
    with pact.record(app=app, infer=True):
        requests.get(f"{BASE}/users/1", timeout=5)
    [interaction] = written()["interactions"]
    rules = interaction["response"]["matchingRules"]["body"]
    names = {path: rule["matchers"][0]["match"] for path, rule in rules.items()}

    assert {
        "$.id": "integer",
        "$.born": "date",
        "$.seen": "datetime",
        "$.score": "decimal",
        "$.active": "type",
        "$.tags": "type",
        "$.access_token": "type",
    }.items() <= names.items()
    assert [{"name": "a"}] == interaction["response"]["body"]["content"]["tags"]
    assert "$.boss" not in names
    assert "regex" in names["$.uid"]


def test_without_inference_the_recorded_values_are_literal(pact, app, written):
    with pact.record(app=app):
        requests.post(f"{BASE}/users", json={"name": "Ada"}, timeout=5)
    [interaction] = written()["interactions"]

    assert {"got": "Ada"} == interaction["response"]["body"]["content"]
    assert "matchingRules" not in interaction["response"]


def test_no_credential_is_written(pact, app, pact_dir, written):
    with pact.record(app=app):
        requests.get(
            f"{BASE}/users/1",
            params={"api_key": "s3cr3t-key", "a": "1"},
            headers={"Authorization": "Bearer s3cr3t-b", "X-Api-Key": "s3cr3t-k"},
            cookies={"sid": "s3cr3t-sid"},
            timeout=5,
        )
        requests.post(
            f"{BASE}/users",
            json={"name": "Ada", "password": "s3cr3t-p"},
            auth=("me", "s3cr3t"),
            timeout=5,
        )
        requests.post(f"{BASE}/users", data={"token": "s3cr3t-f", "b": 2}, timeout=5)
    interactions = written()["interactions"]
    text = (pact_dir / "Web-Users.json").read_text("utf-8")

    assert "s3cr3t" not in text
    assert {"api_key": ["[hidden]"], "a": ["1"]} == interactions[0]["request"]["query"]
    assert "headers" not in interactions[0]["request"]
    assert {"api_key"} == set(interactions[0]["request"]["matchingRules"]["query"])


def test_equal_exchanges_are_merged_and_different_responses_numbered(
    pact, app, written
):
    with pact.record(app=app):
        for _ in range(2):
            requests.get(f"{BASE}/text", timeout=5)
            requests.get(f"{BASE}/next", timeout=5)
    interactions = written()["interactions"]

    assert ["GET /next", "GET /next (2)", "GET /text"] == [
        one["description"] for one in interactions
    ]


def test_descriptions_may_be_given(pact, app, written):
    with pact.record(app=app, describe=lambda call: f"asks {call.path[1:]}"):
        requests.get(f"{BASE}/text", timeout=5)

    assert "asks text" == written()["interactions"][0]["description"]


def test_record_decorates_a_test(pact, app, written):
    @pact.record(app=app)
    def consumer():
        return requests.get(f"{BASE}/text", timeout=5).text

    assert "plain" == consumer()
    assert 1 == len(written()["interactions"])


def test_a_block_that_fails_records_nothing(pact, app, tmp_path):
    with pytest.raises(ZeroDivisionError), pact.record(app=app):
        requests.get(f"{BASE}/text", timeout=5)
        _ = 1 / 0

    assert [] == list(tmp_path.iterdir())


def test_a_provider_without_a_response_fails_the_call_and_the_block(pact, tmp_path):
    def app(environ, start_response):
        raise RuntimeError("no database")

    with (
        pytest.raises(pypact.ProviderProtocolError, match="no database"),
        pact.record(app=app),
        contextlib.suppress(Exception),
    ):  # a consumer that swallows all errors
        requests.get(f"{BASE}/text", timeout=5)

    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("options", [{}, {"app": print, "base_url": "http://a"}])
def test_exactly_one_provider_is_required(pact, options):
    with pytest.raises(pypact.InvalidExpectation, match="an app or a base_url"):
        pact.record(**options)


def test_recording_a_provider_does_not_import_responses():
    code = (
        "import sys, pypact, pypact.consumer.recording; "
        "sys.exit('responses' in sys.modules)"
    )

    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
