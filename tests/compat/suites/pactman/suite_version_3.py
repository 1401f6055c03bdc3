"""A consumer's tests with pactman: version 3, fixtures, and a server on a port."""

import os
import subprocess
import sys

import pytest
import requests
from pactman import Consumer, EachLike, Equals, Includes, Like, Pact, Provider, Term

PACT_DIR = os.environ["SUITE_PACTS"]


@pytest.fixture(scope="module")
def pact():
    consumer = Consumer("Cashier", service_cls=Pact)
    return consumer.has_pact_with(
        Provider("Bank"), pact_dir=PACT_DIR, version="3.0.0", file_write_mode="merge"
    )


@pytest.fixture(scope="module")
def unwritten():
    return Consumer("Cashier").has_pact_with(
        Provider("Archive"), pact_dir=PACT_DIR, file_write_mode="never"
    )


@pytest.fixture(scope="module")
def served():
    made = Consumer("Browser").has_pact_with(
        Provider("Bank"),
        pact_dir=PACT_DIR,
        log_dir=None,
        port=int(os.environ["SUITE_PORT"]),
        use_mocking_server=True,
    )
    made.start_mocking()
    yield made
    made.stop_mocking()


def test_states_with_parameters(pact):
    (
        pact.given("an account exists", number=4, owner="ann")
        .and_given("the account is not empty")
        .upon_receiving("a request for an account")
        .with_request("get", "/accounts/4")
        .will_respond_with(200, body={"number": 4, "owner": Like("ann")})
    )

    with pact:
        found = requests.get(pact.uri + "/accounts/4", timeout=5).json()

    assert found == {"number": 4, "owner": "ann"}


def test_a_list_of_states(pact):
    (
        pact.given([{"name": "an account exists", "params": {"number": 5}}])
        .upon_receiving("a request with a list of states")
        .with_request("get", "/accounts/5")
        .will_respond_with(200)
    )

    with pact:
        assert requests.get(pact.uri + "/accounts/5", timeout=5).status_code == 200


def test_equals_and_includes(pact):
    (
        pact.given("a note exists")
        .upon_receiving("a request for a note")
        .with_request("get", "/note")
        .will_respond_with(
            200,
            body=Like(
                {"id": 1, "by": Equals("ann"), "text": Includes("pen", "a pencil")}
            ),
        )
    )

    with pact:
        found = requests.get(pact.uri + "/note", timeout=5).json()

    assert found == {"id": 1, "by": "ann", "text": "a pencil"}


def test_includes_in_a_request(pact):
    (
        pact.given("notes can be written")
        .upon_receiving("a note")
        .with_request("post", "/notes", body={"text": Includes("pen", "a pencil")})
        .will_respond_with(201)
    )

    with pact:
        made = requests.post(pact.uri + "/notes", json={"text": "pens"}, timeout=5)

    assert made.status_code == 201


def test_matchers_in_query_headers_and_path(pact):
    (
        pact.given("transfers exist")
        .upon_receiving("a search for transfers")
        .with_request(
            "get",
            Term(r"/accounts/\d+/transfers", "/accounts/1/transfers"),
            query={"since": [Term(r"\d{4}", "2020")]},
            headers={"Accept": Term("application/.*", "application/json")},
        )
        .will_respond_with(200, headers={"X-Page": "1"}, body=[])
    )

    with pact:
        found = requests.get(
            pact.uri + "/accounts/77/transfers?since=1999",
            headers={"Accept": "application/xml"},
            timeout=5,
        )

    assert found.headers["X-Page"] == "1"


def test_a_list_of_objects(pact):
    (
        pact.given("transfers exist")
        .upon_receiving("a request for transfers")
        .with_request("get", "/transfers")
        .will_respond_with(200, body={"all": EachLike({"sum": 3}, minimum=2)})
    )

    with pact:
        found = requests.get(pact.uri + "/transfers", timeout=5).json()

    assert found == {"all": [{"sum": 3}, {"sum": 3}]}


def test_the_same_interaction_again(pact):
    test_a_list_of_objects(pact)


def test_no_content(pact):
    (
        pact.given("a text exists")
        .upon_receiving("a request to delete a text")
        .with_request("delete", "/text")
        .will_respond_with(204)
    )

    with pact:
        assert requests.delete(pact.uri + "/text", timeout=5).status_code == 204


def test_a_pact_that_is_not_written(unwritten):
    (
        unwritten.given("an archive")
        .upon_receiving("a request for the archive")
        .with_request("get", "/archive")
        .will_respond_with(200)
    )

    with unwritten:
        assert requests.get(unwritten.uri + "/archive", timeout=5).status_code == 200

    assert not os.path.exists(os.path.join(PACT_DIR, "Cashier-Archive-pact.json"))


def test_fails_because_of_a_different_interaction_of_that_name(pact):
    (
        pact.given("transfers exist")
        .upon_receiving("a request for transfers")
        .with_request("get", "/transfers")
        .will_respond_with(200, body={"all": []})
    )

    with pact:
        requests.get(pact.uri + "/transfers", timeout=5)


def test_fails_because_of_a_second_request(pact):
    (
        pact.given("transfers exist")
        .upon_receiving("a request that is sent once")
        .with_request("get", "/once")
        .will_respond_with(200)
    )

    with pact:
        requests.get(pact.uri + "/once", timeout=5)
        requests.get(pact.uri + "/once", timeout=5)


def test_fails_because_includes_does_not_match(pact):
    (
        pact.given("notes can be written")
        .upon_receiving("a wrong note")
        .with_request("post", "/notes", body={"text": Includes("pen", "a pencil")})
        .will_respond_with(201)
    )

    with pact:
        requests.post(pact.uri + "/notes", json={"text": "ink"}, timeout=5)


def test_a_client_in_another_process(served):
    (
        served.given("a bank")
        .upon_receiving("a request of a process")
        .with_request("get", "/process")
        .will_respond_with(200)
    )
    code = (
        f"import urllib.request as u; print(u.urlopen('{served.uri}/process').status)"
    )

    with served:
        ran = subprocess.run(
            [sys.executable, "-S", "-c", code], capture_output=True, check=True
        )

    assert ran.stdout.split() == [b"200"]
