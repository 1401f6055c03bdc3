"""A consumer's tests with pytest fixtures, an own class of pacts, and processes."""

import os
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
import requests
from pact import Consumer, EachLike, Like, Pact, Provider, SomethingLike, Term
from pact.matchers import get_generated_values

PACT_DIR = os.environ["SUITE_PACTS"]


class LocalPact(Pact):
    """A pact with the settings of a team."""

    def __init__(self, *args, **kwargs):
        kwargs["port"] = int(os.environ["SUITE_PORT"])
        super().__init__(*args, **kwargs)


@pytest.fixture(scope="module")
def pact():
    consumer = Consumer("Shop", service_cls=LocalPact, version="1.2.3")
    made = consumer.has_pact_with(
        Provider("Catalog"),
        pact_dir=PACT_DIR,
        file_write_mode="merge",
    )
    made.start_service()
    yield made
    made.stop_service()


@pytest.fixture
def session():
    with requests.Session() as opened:
        opened.headers["Accept"] = "application/json"
        yield opened


def define(pact, description, path, body, **more):
    return (
        pact.given("a catalog")
        .upon_receiving(description)
        .with_request("get", path, **more)
        .will_respond_with(200, body=body)
    )


def test_generated_values(pact, session):
    body = {"items": EachLike({"name": Like("pen"), "kind": Term("a|b", "a")})}
    define(pact, "a request for the items", "/items", body)

    with pact:
        found = session.get(pact.uri + "/items").json()

    assert found == get_generated_values(body)


def test_nested_lists(pact, session):
    body = EachLike(EachLike(SomethingLike(1), minimum=2), minimum=2)
    define(pact, "a request for the matrix", "/matrix", body)

    with pact:
        assert session.get(pact.uri + "/matrix").json() == [[1, 1], [1, 1]]


def test_terms_in_headers(pact, session):
    headers = {"Authorization": Term("Bearer .+", "Bearer abc")}
    define(pact, "a request with a token", "/me", {"name": "Ann"}, headers=headers)

    with pact:
        session.headers["Authorization"] = "Bearer xyz"
        assert session.get(pact.uri + "/me").json() == {"name": "Ann"}


def test_a_term_matches_a_part_of_a_string(pact, session):
    define(pact, "a search", "/find", [], query={"text": Term("pen", "pen")})

    with pact:
        assert session.get(pact.uri + "/find?text=a+pencil").json() == []


def test_a_form(pact, session):
    (
        pact.given("a catalog")
        .upon_receiving("a form")
        .with_request(
            "post",
            "/form",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body="name=pen&price=2",
        )
        .will_respond_with(204)
    )

    with pact:
        sent = session.post(pact.uri + "/form", data={"name": "pen", "price": "2"})

    assert sent.status_code == 204


def test_a_body_that_is_text(pact, session):
    (
        pact.given("a catalog")
        .upon_receiving("a request for text")
        .with_request("get", "/text")
        .will_respond_with(200, headers={"Content-Type": "text/plain"}, body="pens")
    )

    with pact:
        assert session.get(pact.uri + "/text").text == "pens"


def test_another_client(pact):
    define(pact, "a request of urllib", "/urllib", {"a": [1, {"b": None}]})

    with pact, urllib.request.urlopen(pact.uri + "/urllib", timeout=5) as response:
        assert response.read() == b'{"a":[1,{"b":null}]}'


def test_a_client_in_another_process(pact):
    define(pact, "a request of a process", "/process", {"a": 1})
    code = f"import urllib.request as u; print(u.urlopen('{pact.uri}/process').status)"

    with pact:
        ran = subprocess.run(
            [sys.executable, "-S", "-c", code], capture_output=True, check=True
        )

    assert ran.stdout.split() == [b"200"]


def test_the_same_interaction_again(pact, session):
    define(pact, "a request for the items again", "/items", {"n": Like(1)})

    with pact:
        for _ in range(2):
            assert session.get(pact.uri + "/items").json() == {"n": 1}


def test_an_unknown_path_gets_status_500(pact):
    define(pact, "a request that is swallowed", "/known", {})

    with pytest.raises(AssertionError), pact:
        assert requests.get(pact.uri + "/unknown", timeout=5).status_code == 500


def test_fails_because_of_an_additional_request(pact, session):
    define(pact, "a request with another", "/one", {})

    with pact:
        session.get(pact.uri + "/one")
        session.get(pact.uri + "/two")


def test_fails_by_its_own_assertion(pact, session):
    define(pact, "a request of a failing test", "/own", {"a": 1})

    with pact:
        assert session.get(pact.uri + "/own").json() == {"a": 2}


def test_a_method_that_does_not_match(pact):
    define(pact, "a request with a method", "/method", {})

    with pytest.raises((AssertionError, urllib.error.HTTPError)), pact:
        urllib.request.urlopen(
            urllib.request.Request(pact.uri + "/method", method="DELETE"), timeout=5
        )


def test_minimum_and_types_are_checked():
    with pytest.raises(AssertionError):
        EachLike(1, minimum=0)
    with pytest.raises(AssertionError):
        Like(object())
    with pytest.raises(ValueError):
        Consumer("A").has_pact_with("B")


def test_fails_because_of_a_different_interaction_of_that_name(pact, session):
    define(pact, "a request for the items again", "/others", {"n": Like(1)})

    with pact:
        session.get(pact.uri + "/others").json()
