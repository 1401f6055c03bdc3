"""A null body of JSON type is the JSON value null; any other is no body."""

import json
import urllib.request

import pytest
from interactions import build_pact

import pypact
from pypact import match
from pypact.errors import PactWarning, ToleranceWarning
from pypact.formats import contract_to_json, read_pact

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain"}
NULLS = [
    ("2.0.0", {"body": None}),
    ("3.0.0", {"body": None}),
    ("4.0", {"body": None}),
    ("4.0", {"body": {"content": None}}),
    ("4.0", {"body": {"content": "null", "encoded": "json"}}),
]
CASES = [
    *((version, {**part, "headers": JSON}, b"null") for version, part in NULLS),
    *((version, {**part, "headers": TEXT}, b"") for version, part in NULLS[:-1]),
    *((version, part, b"") for version, part in NULLS[:-1]),
]


@pytest.mark.parametrize(("version", "part", "expected"), CASES)
def test_a_null_body_of_a_request_is_sent_by_its_type(version, part, expected):
    received = []

    def app(environ, start_response):
        received.append(environ["wsgi.input"].read())
        start_response("200 OK", [])
        return [b""]

    contract = read_pact(build_pact(version, request={"method": "POST", **part}))
    pypact.Verifier("Users", app=app, pacts=contract).verify(reports=[])

    assert [expected] == received


@pytest.mark.parametrize(("version", "part", "expected"), CASES)
def test_a_null_body_of_a_response_is_answered_by_its_type(version, part, expected):
    contract = read_pact(build_pact(version, response=part))
    with pypact.stub(contract, base_url="http://users.test"):
        call = urllib.request.Request("http://users.test/")
        with urllib.request.urlopen(call) as response:
            assert expected == response.read()


def test_the_type_of_a_null_body_can_be_its_own():
    body = {"content": None, "contentType": "application/json"}
    contract = read_pact(build_pact("4.0", response={"body": body}))
    (written,) = contract_to_json(contract, "4.0")["interactions"]

    assert written["response"]["body"] == {
        "content": "null",
        "encoded": "json",
        "contentType": "application/json",
    }


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize("example", [match.null(), match.like("")], ids=["null", "''"])
@pytest.mark.filterwarnings("ignore::pypact.errors.PactWarning")
def test_null_and_the_empty_string_are_read_back_as_json(version, example):
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="http://users.test")
    builder = pact.upon_receiving("d").with_request("GET", "/")
    builder.will_respond_with(200, headers=JSON, body=example)
    contract = pypact.Contract("Web", "Users", (builder.to_interaction(),))
    written = read_pact(contract_to_json(contract, version))
    with (
        pypact.stub(written, base_url="http://users.test"),
        urllib.request.urlopen("http://users.test/") as response,
    ):
        assert (None if example == match.null() else "") == json.load(response)


def test_writing_json_null_in_v3_warns():
    body = {"content": "null", "encoded": "json"}
    contract = read_pact(build_pact("4.0", response={"body": body, "headers": JSON}))
    with pytest.warns(PactWarning, match="other tools read it as no body"):
        contract_to_json(contract, "3.0.0")


def test_v4_content_without_a_version_is_named():
    data = build_pact("4.0")
    del data["metadata"]
    with pytest.warns(ToleranceWarning, match="no version in the metadata: read as v3"):
        read_pact(data)
