"""Sources of contracts at URLs: credentials and errors."""

import json

import pytest
import requests
from broker import called_as

import pypact
from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.sources import resolve_source

URL = "https://pacts.test/web-users.json"
PACT = {
    "consumer": {"name": "Web"},
    "provider": {"name": "Users"},
    "interactions": [],
    "metadata": {"pactSpecification": {"version": "2.0.0"}},
}


class Server:
    def __init__(self, status="200 OK", body=None):
        self.status = status
        self.body = json.dumps(PACT).encode() if body is None else body
        self.headers = ()
        self.authorizations = []

    def __call__(self, environ, start_response):
        self.authorizations.append(environ.get("HTTP_AUTHORIZATION"))
        start_response(self.status, [("Content-Type", "text/plain"), *self.headers])
        return [self.body]


@pytest.fixture
def server():
    server = Server()
    with called_as(server, "https://pacts.test"):
        yield server


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    monkeypatch.setattr("pypact.web.time.sleep", lambda _: None)


def test_a_url_is_one_contract(server):
    [found] = resolve_source(URL).load("Users")

    assert ("Web", URL) == (found.contract.consumer, found.place)
    assert [None] == server.authorizations


def test_urls_and_files_can_be_mixed(server, tmp_path):
    path = tmp_path / "app.json"
    path.write_text(json.dumps({**PACT, "consumer": {"name": "App"}}))

    found = resolve_source([URL, path]).load("Users")

    assert ["Web", "App"] == [one.contract.consumer for one in found]


@pytest.mark.parametrize(
    ("source", "header"),
    [
        (pypact.UrlSource(URL, token="token-123"), "Bearer token-123"),
        (
            pypact.UrlSource(URL, username="ann", password="s3cret"),
            "Basic YW5uOnMzY3JldA==",
        ),
        ("https://ann:s3cret@pacts.test/web-users.json", "Basic YW5uOnMzY3JldA=="),
    ],
)
def test_credentials_are_sent(server, source, header):
    resolve_source(source).load("Users")

    assert [header] == server.authorizations


def test_credentials_of_the_broker_are_not_sent(server, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_TOKEN", "token-123")

    resolve_source(URL).load("Users")

    assert [None] == server.authorizations


def test_credentials_do_not_follow_to_another_host(server):
    server.status = "302 Found"
    server.headers = [("Location", "https://elsewhere.test/x.json")]
    elsewhere = Server()
    with called_as(elsewhere, "https://elsewhere.test"):
        pypact.UrlSource(URL, token="token-123").load("Users")

    assert ["Bearer token-123"] == server.authorizations
    assert [None] == elsewhere.authorizations


def test_a_netrc_file_does_not_override_credentials(server, monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine pacts.test login bob password other")
    monkeypatch.setenv("NETRC", str(netrc))

    pypact.UrlSource(URL, token="token-123").load("Users")

    assert ["Bearer token-123"] == server.authorizations


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "500 Oh"])
def test_a_refusal_names_the_url_and_the_status(server, status):
    server.status = status

    with pytest.raises(StoreError, match=f"{URL} cannot be read.*{status[:3]}"):
        resolve_source(URL).load("Users")


def test_a_response_that_is_not_a_pact_is_refused(server):
    server.body = b"<html>"

    with pytest.raises(InvalidPact, match=f"{URL}: expected a pact in JSON"):
        resolve_source(URL).load("Users")


def test_a_contract_of_another_provider_is_refused(server):
    with pytest.raises(InvalidPact, match="expected a contract with the provider"):
        resolve_source(URL).load("Orders")


def test_an_unreachable_server_is_named():
    def gone(environ, start_response):
        raise requests.ConnectionError(ConnectionRefusedError(111, "refused"))

    with (
        called_as(gone, "https://pacts.test"),
        pytest.raises(StoreError, match=r"refused") as caught,
    ):
        pypact.UrlSource(URL).load("Users")

    text = f"no response from {URL}: ConnectionRefusedError (refused)"
    assert text in str(caught.value)


def test_secrets_are_never_shown(server):
    server.status = "404 Not Found"
    url = "https://ann:s3cret@pacts.test/a?X-Amz-Signature=5ecret&token=t0ken&page=2"
    source = resolve_source(url)

    with pytest.raises(StoreError) as caught:
        source.load("Users")

    shown = "https://pacts.test/a?X-Amz-Signature=[hidden]&token=[hidden]&page=2"
    assert shown in str(caught.value)
    assert f"UrlSource({shown!r})" == repr(source)


def test_secrets_of_invalid_urls_are_never_shown():
    with pytest.raises(InvalidExpectation) as caught:
        resolve_source("https://ann:s3cret@pacts.test:port/")

    assert "s3cret" not in str(caught.value)


def test_a_url_may_contain_pattern_characters(server):
    [found] = resolve_source(f"{URL}?a=[1]*").load("Users")

    assert "Web" == found.contract.consumer
