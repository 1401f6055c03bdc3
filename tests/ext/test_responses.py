"""Using pypact with `responses`, and migrating from it."""

import json
import re
from dataclasses import replace

import pytest
import requests
import responses
from responses import RequestsMock

import pypact
from pypact import _process
from pypact.errors import PactWarning
from pypact.ext.responses import contract_registry
from pypact.model.rules import Generator

BASE = "https://users.example.com"
OTHER = "https://other.example.com/x"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(_process.STATE, "deferring_sessions", 0)


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )


def define(pact):
    (
        pact.upon_receiving("a user")
        .with_request("GET", "/users/1")
        .will_respond_with(200, body={"id": 1})
    )


def test_an_outer_mock_does_not_affect_the_pacts_origin(pact):
    define(pact)
    with RequestsMock() as mock:
        mock.get(OTHER, body="mocked")
        with pact.intercept():
            assert {"id": 1} == requests.get(f"{BASE}/users/1", timeout=5).json()
            assert "mocked" == requests.get(OTHER, timeout=5).text

        assert [OTHER] == [call.request.url for call in mock.calls]


def test_an_inner_mock_does_not_affect_the_pacts_origin(pact):
    define(pact)
    with pact.intercept(), RequestsMock() as mock:
        mock.get(OTHER, body="mocked")

        assert {"id": 1} == requests.get(f"{BASE}/users/1", timeout=5).json()
        assert "mocked" == requests.get(OTHER, timeout=5).text


@responses.activate
def test_the_default_mock_does_not_affect_the_pacts_origin(pact):
    define(pact)
    responses.get(OTHER, body="mocked")
    with pact.intercept():
        assert {"id": 1} == requests.get(f"{BASE}/users/1", timeout=5).json()
        assert "mocked" == requests.get(OTHER, timeout=5).text


def test_the_mock_works_after_the_block(pact):
    before = vars(RequestsMock)["_on_request"]
    define(pact)
    with RequestsMock() as mock:
        with pact.intercept():
            requests.get(f"{BASE}/users/1", timeout=5)

        assert vars(RequestsMock)["_on_request"] is before
        with pytest.raises(requests.ConnectionError, match="doesn't match any"):
            requests.get(f"{BASE}/users/1", timeout=5)
        assert 0 == len(mock.passthru_prefixes)


def test_a_mismatch_inside_a_mock_raises_unexpected_request(pact):
    define(pact)
    with (
        RequestsMock(),
        pytest.raises(pypact.UnexpectedRequest, match="/users/2"),
        pact.intercept(),
    ):
        requests.get(f"{BASE}/users/2", timeout=5)


def interactions(tmp_path):
    return json.loads((tmp_path / "Web-Users.json").read_text())["interactions"]


def test_the_responses_of_a_mock_become_a_contract(pact, tmp_path):
    with RequestsMock() as mock, pact.record_responses(mock, given="a user") as calls:
        mock.get(f"{BASE}/users/1", json={"id": 1}, headers={"X-A": "b"})
        mock.post(f"{BASE}/users", status=201)
        mock.get(OTHER, body="not ours")
        requests.get(f"{BASE}/users/1?b=2", headers={"Authorization": "no"}, timeout=5)
        requests.post(f"{BASE}/users", json={"name": "Ada"}, timeout=5)
        requests.get(OTHER, timeout=5)

        assert [200, 201] == [call.status for call in calls]

    first, second = interactions(tmp_path)

    assert "GET /users/1 with b" == first["description"]
    assert [{"name": "a user"}] == first["providerStates"]
    assert {"method": "GET", "path": "/users/1", "query": {"b": ["2"]}} == first[
        "request"
    ]
    assert {"id": 1} == first["response"]["body"]["content"]
    assert ["b"] == first["response"]["headers"]["X-A"]
    assert {"name": "Ada"} == second["request"]["body"]["content"]


@responses.activate
def test_the_default_mock_is_recorded_by_default(pact, tmp_path):
    responses.get(f"{BASE}/a", body="x")
    with pact.record_responses(infer=True):
        requests.get(f"{BASE}/a", timeout=5)

    assert ["GET /a"] == [one["description"] for one in interactions(tmp_path)]


def test_losses_of_a_recording_are_reported(pact, tmp_path):
    with RequestsMock() as mock:
        mock.add_callback("GET", f"{BASE}/c", lambda request: (200, {}, "made"))
        mock.get(re.compile(rf"{BASE}/users/\d+"), body="one")
        with pytest.warns(PactWarning) as caught, pact.record_responses(mock):
            requests.get(f"{BASE}/c", timeout=5)
            requests.get(f"{BASE}/users/7", timeout=5)

    texts = [str(one.message) for one in caught]
    assert "not the callback for GET https://users" in texts[0]
    assert "not the pattern" in texts[1]
    assert 2 == len(interactions(tmp_path))


def test_only_a_requests_mock_can_be_recorded(pact):
    with pytest.raises(pypact.InvalidExpectation, match="expected a RequestsMock"):
        pact.record_responses(requests).__enter__()


@pytest.fixture
def contract():
    return pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [
                {
                    "description": "a user",
                    "request": {"method": "GET", "path": "/users/1"},
                    "response": {
                        "status": 200,
                        "headers": {"Content-Type": "application/json", "X-A": "b"},
                        "body": {"id": 1},
                    },
                }
            ],
        }
    )


def test_a_mock_responds_from_a_contract(contract):
    registry = contract_registry(contract, base_url=f"{BASE}/api")
    with RequestsMock(registry=registry) as mock:
        mock.get(OTHER, body="added")
        found = requests.get(f"{BASE}/api/users/1", timeout=5)

        assert ({"id": 1}, "b") == (found.json(), found.headers["X-A"])
        assert "added" == requests.get(OTHER, timeout=5).text
        with pytest.raises(requests.ConnectionError, match='closest    "a user"'):
            requests.get(f"{BASE}/api/users/2", timeout=5)
        with pytest.raises(requests.ConnectionError, match="doesn't match any"):
            requests.get("https://elsewhere.example.com/users/1", timeout=5)


def test_a_contract_without_base_url_applies_to_every_origin(contract):
    with RequestsMock(registry=contract_registry(contract)):
        assert requests.get("http://any.example:81/users/1", timeout=5).ok


URL_GENERATOR = {
    "type": "MockServerURL",
    "example": "http://localhost:1234/users/2",
    "regex": r".*(/users/\d+)$",
}


@pytest.mark.parametrize("base_url", [None, "http://any.example:81/api"])
def test_generators_use_the_url_of_the_request(contract, base_url):
    (one,) = contract.interactions
    headers = pypact.Response.from_http(
        200, [("Next", URL_GENERATOR["example"])]
    ).headers
    generators = {"header": {"Next": Generator("MockServerURL", URL_GENERATOR)}}
    response = replace(one.response, headers=headers, generators=generators)
    changed = replace(contract, interactions=(replace(one, response=response),))

    with RequestsMock(registry=contract_registry(changed, base_url=base_url)):
        url = base_url or "http://any.example:81"
        found = requests.get(f"{url}/users/1", timeout=5)

    assert f"{url}/users/2" == found.headers["Next"]
    # The type of a JSON body is added, as a stub server does.
    assert "application/json" == found.headers["Content-Type"]


def test_an_interaction_that_needs_a_plugin_is_refused_by_name(contract):
    (one,) = contract.interactions
    changed = replace(one, plugin_configuration={"csv": {}})

    with (
        RequestsMock(
            registry=contract_registry(replace(contract, interactions=(changed,)))
        ),
        pytest.raises(
            requests.ConnectionError, match="it needs the plugin csv; pypact"
        ),
    ):
        requests.get("http://any.example/users/1", timeout=5)
