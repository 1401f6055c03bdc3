"""Faults, as each client raises them; they are never recorded."""

import time

import pytest
import requests
from client_families import FAMILIES
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

import pypact
from pypact import fault

BASE = "http://users.example.com"
FAULTS = {
    "connect_timeout": fault.connect_timeout(),
    "connection_reset": fault.connection_reset(),
    "name_not_found": fault.name_not_found(),
    "read_timeout": fault.read_timeout(),
    "slow_body": fault.slow_body(0.2),
    "truncated_body": fault.truncated_body(),
}


@pytest.fixture(params=FAMILIES, ids=[family.__name__ for family in FAMILIES])
def client(request):
    with request.param() as client:
        client.timeout = 0.05
        yield client


def define(pact, path="/"):
    (
        pact.upon_receiving(f"a request for {path}")
        .with_request("GET", path)
        .will_respond_with(200, body="0123456789")
    )


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_arrives_as_the_clients_own_exception(pact, client, kind):
    define(pact)
    with (
        pact.intercept(fault=FAULTS[kind]),
        pytest.raises(client.errors[kind]) as caught,
    ):
        client.request("GET", f"{BASE}/")

    assert not isinstance(caught.value, pypact.PactError)


def test_503_arrives_with_retry_after(pact, client):
    define(pact)
    with pact.intercept(fault=fault.unavailable(retry_after=7)):
        found = client.request("GET", f"{BASE}/")

    assert (503, ["7"]) == (found.status, found.all("retry-after"))


def test_a_slow_body_is_read_within_the_timeout(pact, client):
    client.timeout = 5
    define(pact)
    began = time.monotonic()
    with pact.intercept(fault=fault.slow_body(0.05)):
        assert b"0123456789" == client.request("GET", f"{BASE}/").content

    assert time.monotonic() - began > 0.045


def test_the_client_gets_a_response_after_the_fault(pact, client):
    define(pact)
    with pact.intercept(fault=fault.read_timeout(times=1)) as calls:
        with pytest.raises(client.errors["read_timeout"]):
            client.request("GET", f"{BASE}/")
        assert b"0123456789" == client.request("GET", f"{BASE}/").content

    assert 2 == len(calls)


@pytest.mark.parametrize(
    "one", [fault.connect_timeout(times=2), fault.unavailable(0, times=2)]
)
def test_the_retries_of_a_client_can_be_tested(pact, one):
    define(pact)
    with requests.Session() as session, pact.intercept(fault=one) as calls:
        retry = Retry(total=3, backoff_factor=0, status_forcelist=[503])
        session.mount("http://", HTTPAdapter(max_retries=retry))
        assert "0123456789" == session.get(f"{BASE}/", timeout=1).text

    assert 3 == len(calls)


def test_a_block_with_a_fault_writes_nothing(pact, tmp_path):
    define(pact)
    with pact.intercept(fault=fault.read_timeout(times=1)):
        with pytest.raises(requests.Timeout):
            requests.get(f"{BASE}/", timeout=1)
        requests.get(f"{BASE}/", timeout=1)

    assert [] == list(tmp_path.iterdir())


def test_unused_interactions_are_no_error_in_a_block_with_a_fault(pact):
    define(pact, "/first")
    define(pact, "/second")
    with (
        pact.intercept(fault=fault.connection_reset()),
        pytest.raises(requests.ConnectionError),
    ):
        requests.get(f"{BASE}/first", timeout=1)


def test_an_unexpected_request_still_fails_in_a_block_with_a_fault(pact):
    define(pact)
    with (
        pytest.raises(pypact.UnexpectedRequest),
        pact.intercept(fault=fault.connection_reset()),
    ):
        requests.get(f"{BASE}/other", timeout=1)


def test_a_fault_needs_no_interaction(pact):
    with (
        pact.intercept(fault=fault.name_not_found()),
        pytest.raises(requests.ConnectionError, match=r"resolve|Name"),
    ):
        requests.get(f"{BASE}/", timeout=1)


def test_an_empty_body_is_truncated_too(pact):
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200)
    with (
        pact.intercept(fault=fault.truncated_body()),
        pytest.raises(requests.exceptions.ChunkedEncodingError),
    ):
        requests.get(f"{BASE}/", timeout=1)


def test_a_fault_happens_at_least_once():
    with pytest.raises(pypact.InvalidExpectation):
        fault.read_timeout(times=0)
