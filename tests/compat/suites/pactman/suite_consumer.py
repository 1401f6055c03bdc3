"""A consumer's tests with pactman: version 2, requests and unittest."""

import os
import unittest

import pytest
import requests
from pactman import Consumer, EachLike, Equals, Like, Provider, SomethingLike, Term

PACT_DIR = os.environ["SUITE_PACTS"]
pact = Consumer("Portal").has_pact_with(Provider("Accounts"), pact_dir=PACT_DIR)


def get_user(name):
    response = requests.get(f"{pact.uri}/users/{name}", timeout=5)
    response.raise_for_status()
    return response.json()


class UserTest(unittest.TestCase):
    def test_a_user(self):
        expected = {"name": "ann", "id": 12, "groups": ["Editors"]}
        pact.given("ann exists").upon_receiving("a request for ann").with_request(
            "GET", "/users/ann"
        ).will_respond_with(200, body=expected)

        with pact:
            result = get_user("ann")

        self.assertEqual(result, expected)

    def test_matchers(self):
        pact.given("bob exists").upon_receiving("a request for bob").with_request(
            "GET", "/users/bob"
        ).will_respond_with(
            200,
            body={
                "name": Term("bob|rob", "bob"),
                "id": Like(3),
                "seen": SomethingLike({"at": "2020", "by": 4}),
                "groups": EachLike("Editors", minimum=2),
            },
        )

        with pact:
            result = get_user("bob")

        self.assertEqual(result["groups"], ["Editors", "Editors"])


def test_query_of_lists():
    pact.given("some data exists").upon_receiving("a search").with_request(
        "get", "/", query={"foo": ["bar"], "one": "1"}
    ).will_respond_with(200)

    with pact:
        requests.get(pact.uri, params={"foo": ["bar"], "one": 1}, timeout=5)


def test_query_with_a_matcher():
    pact.given("some data exists").upon_receiving("a search by page").with_request(
        "get", "/pages", query={"page": [Term(r"\d+", "1")]}
    ).will_respond_with(200, body=[])

    with pact:
        assert requests.get(pact.uri + "/pages?page=77", timeout=5).json() == []


def test_post():
    pact.given("orders are open").upon_receiving("an order").with_request(
        "POST",
        "/orders",
        body={"sku": Like("a"), "count": 2},
        headers={"Content-Type": "application/json"},
    ).will_respond_with(201, headers={"Location": "/orders/1"})

    with pact:
        made = requests.post(
            pact.uri + "/orders", json={"sku": "zz", "count": 2}, timeout=5
        )

    assert made.headers["Location"] == "/orders/1"


def test_several_interactions_in_order():
    with (
        pact.given("ann exists")
        .upon_receiving("the first of two")
        .with_request("get", "/first")
        .will_respond_with(200, body={"n": 1}),
        pact.given("ann exists")
        .upon_receiving("the second of two")
        .with_request("get", "/second")
        .will_respond_with(200, body={"n": 2}),
    ):
        assert requests.get(pact.uri + "/first", timeout=5).json() == {"n": 1}
        assert requests.get(pact.uri + "/second", timeout=5).json() == {"n": 2}


def test_no_state():
    pact.given(None).upon_receiving("a ping").with_request(
        "get", "/ping"
    ).will_respond_with(204)

    with pact:
        assert requests.get(pact.uri + "/ping", timeout=5).status_code == 204


def test_setup_and_verify():
    pact.start_mocking()
    pact.given("ann exists").upon_receiving("a status").with_request(
        "get", "/status"
    ).will_respond_with(503)

    pact.setup()
    try:
        assert requests.get(pact.uri + "/status", timeout=5).status_code == 503
    finally:
        pact.verify()
        pact.stop_mocking()


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_an_interaction_that_is_not_requested():
    pact.given("ann exists").upon_receiving("never sent").with_request(
        "get", "/never"
    ).will_respond_with(200)

    with pact:
        pass


def test_matchers_of_version_3():
    with pytest.raises(TypeError):
        pact.given("ann exists").upon_receiving("equal").with_request(
            "get", "/", body=Equals(1)
        )
    pact._interactions.clear()


def test_only_strings_are_states():
    with pytest.raises(ValueError):
        pact.given([{"name": "ann exists"}])


def test_the_expected_error_of_a_wrong_path():
    pact.given("ann exists").upon_receiving("a wrong path").with_request(
        "get", "/right"
    ).will_respond_with(200)

    with pytest.raises(AssertionError), pact:
        requests.get(pact.uri + "/wrong", timeout=5)


def test_fails_because_of_the_order():
    for number in ("one", "two"):
        pact.given("ann exists").upon_receiving(f"number {number}").with_request(
            "get", f"/{number}"
        ).will_respond_with(200)

    try:
        with pact:
            requests.get(pact.uri + "/two", timeout=5)
            requests.get(pact.uri + "/one", timeout=5)
    finally:
        pact._interactions.clear()


def test_fails_because_of_a_wrong_body():
    pact.given("ann exists").upon_receiving("a wrong body").with_request(
        "put", "/users/ann", body={"id": Like(1)}
    ).will_respond_with(200)

    with pact:
        requests.put(pact.uri + "/users/ann", json={"id": "1"}, timeout=5)


def test_fails_because_a_term_must_match_the_whole_string():
    pact.given("ann exists").upon_receiving("a search by date").with_request(
        "get", "/dates", headers={"X-Date": Term(r"\d{4}", "2020")}
    ).will_respond_with(200)

    with pact:
        requests.get(pact.uri + "/dates", headers={"X-Date": "2020-01"}, timeout=5)


def test_passes_after_a_failed_one():
    pact.given("eve exists").upon_receiving("a request for eve").with_request(
        "GET", "/users/eve"
    ).will_respond_with(200, body={"name": "eve"})

    with pact:
        assert get_user("eve") == {"name": "eve"}
