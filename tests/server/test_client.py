"""What does the client of a mock server do?"""

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
def test_an_interaction_is_taken_in_every_form(server, client, builder, form):
    assert "Registered interactions" == client.post_interaction(form(builder))
    assert 1 == client.missing()

    got = requests.get(f"{server.url}/user?id=23", timeout=5)
    assert {"name": "John"} == got.json()
    assert "Interactions matched" == client.verify(example="it works")


def test_what_the_server_gets_is_in_the_lowest_form_that_holds_it(client, builder):
    client.post_interaction(builder.to_JSON())
    requests.get(f"{client.url}/user?id=23", timeout=5)

    written = client.write_pact("C", "P", write_mode="none")

    assert {"version": "2.0.0"} == written["metadata"]["pactSpecification"]
    assert {"$.body.name": {"match": "type"}} == (
        written["interactions"][0]["response"]["matchingRules"]
    )


def test_what_only_version_4_holds_is_sent_and_written_as_that(client, builder):
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


def test_the_contract_goes_below_this_process_folder(
    client, builder, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    client.post_interaction(builder)
    requests.get(f"{client.url}/user?id=23", timeout=5)

    client.write_pact("C", "P", pact_dir="pacts", specification="3.0.0")

    assert "3.0.0" == str(pypact.read_pact(tmp_path / "pacts/C-P.json").version)


def test_an_error_carries_the_servers_text(client, builder):
    client.post_interaction(builder)

    with pytest.raises(pypact.ServerError) as caught:
        client.verify()

    assert 500 == caught.value.status
    assert "Missing requests:\n\tGET /user?id=23" in caught.value.text
    assert caught.value.text in str(caught.value)


def test_the_message_of_an_error_in_json_is_the_text(client):
    with pytest.raises(pypact.ServerError, match="expected a value"):
        client.post_interaction({"description": "d", "response": {}})


def test_no_server_is_told():
    with pypact.MockServer(port=0) as gone:
        client = pypact.MockServerClient(gone.url)

    with pytest.raises(pypact.ServerError, match="no mock server can be reached at"):
        client.verify()


@pytest.mark.parametrize("value", ["{no", "[1]", 7, {"a": {1}}])
def test_what_is_no_interaction_is_refused_before_it_is_sent(client, value):
    with pytest.raises(pypact.InvalidExpectation):
        client.post_interaction(value)


def test_its_own_calls_are_never_intercepted(client, builder):
    pact = pypact.Consumer("Other").has_pact_with("Everywhere")
    with pact.intercept():
        assert "Registered interactions" == client.post_interaction(builder)
