"""The client of a mock server."""

import json

import pytest
import requests

import pypact
from pypact import match

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def server():
    with pypact.MockServer(port=0) as server:
        yield server


@pytest.fixture
def client(server):
    return pypact.MockServerClient(server.url)


@pytest.fixture
def builder():
    pact = pypact.Consumer("C").has_pact_with("P")
    return (
        pact.given("s")
        .upon_receiving("d")
        .with_request("GET", "/user", query="id=23")
        .will_respond_with(200, body={"name": match.like("John")})
    )


@pytest.mark.parametrize(
    "form",
    [
        lambda builder: builder,
        lambda builder: builder.to_JSON(),
        lambda builder: json.dumps(builder.to_json()),
        lambda builder: builder.to_json("2.0.0"),
        lambda builder: builder.to_interaction(),
    ],
    ids=["builder", "to_JSON", "text", "version 2", "value"],
)
def test_every_form_of_an_interaction_is_accepted(server, client, builder, form):
    assert "Registered interactions" == client.post_interaction(form(builder))
    assert 1 == client.missing()

    got = requests.get(f"{server.url}/user?id=23", timeout=5)
    assert {"name": "John"} == got.json()
    assert "Interactions matched" == client.verify(example="it works")


def test_an_interaction_is_sent_in_the_lowest_version_that_fits(client, builder):
    client.post_interaction(builder.to_JSON())
    requests.get(f"{client.url}/user?id=23", timeout=5)

    written = client.write_pact("C", "P", write_mode="none")

    assert {"version": "2.0.0"} == written["metadata"]["pactSpecification"]
    assert {"$.body.name": {"match": "type"}} == (
        written["interactions"][0]["response"]["matchingRules"]
    )


def test_features_of_version_4_are_sent_and_written_as_version_4(client, builder):
    client.post_interaction(builder.key("a key").comment("a remark"))
    requests.get(f"{client.url}/user?id=23", timeout=5)

    written = client.write_pact("C", "P", write_mode="none")

    assert {"version": "4.0"} == written["metadata"]["pactSpecification"]
    assert "a key" == written["interactions"][0]["key"]


def test_put_delete_and_session(client, builder):
    other = {"description": "b", "request": {"path": "/b"}, "response": {}}
    assert "Registered interactions" == client.put_interactions([builder, other])
    assert 2 == client.missing()
    assert "Cleared interactions" == client.delete_interactions(example="e")
    assert 0 == client.missing()
    assert "Cleared session" == client.delete_session()
    assert client.log("a line") is None


def test_a_relative_pact_dir_is_resolved_by_the_client(
    client, builder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    client.post_interaction(builder)
    requests.get(f"{client.url}/user?id=23", timeout=5)

    client.write_pact("C", "P", pact_dir="pacts", specification="3.0.0")

    assert "3.0.0" == str(pypact.read_pact(tmp_path / "pacts/C-P.json").version)


def test_an_error_has_the_text_of_the_server(client, builder):
    client.post_interaction(builder)

    with pytest.raises(pypact.ServerError) as caught:
        client.verify()

    assert 500 == caught.value.status
    assert "Missing requests:\n\tGET /user?id=23" in caught.value.text
    assert caught.value.text in str(caught.value)


def test_the_message_of_a_json_error_is_the_text(client):
    with pytest.raises(pypact.ServerError, match="expected a value"):
        client.post_interaction({"description": "d", "response": {}})


def test_an_unreachable_server_is_an_error():
    with pypact.MockServer(port=0) as gone:
        client = pypact.MockServerClient(gone.url)

    with pytest.raises(pypact.ServerError, match="no mock server can be reached at"):
        client.verify()


@pytest.mark.parametrize("value", ["{no", "[1]", 7, {"a": {1}}])
def test_an_invalid_interaction_is_refused_before_sending(client, value):
    with pytest.raises(pypact.InvalidExpectation):
        client.post_interaction(value)


def test_requests_of_the_client_are_never_intercepted(client, builder):
    pact = pypact.Consumer("Other").has_pact_with("Everywhere")
    with pact.intercept():
        assert "Registered interactions" == client.post_interaction(builder)
