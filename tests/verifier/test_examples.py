"""The example that a state function receives as `expected`."""

import pytest

import pypact
from pypact.errors import InvalidExpectation, ToleranceWarning
from pypact.verifier.examples import find_example

PACT = {
    "consumer": {"name": "web"},
    "provider": {"name": "users"},
    "metadata": {"pactSpecification": {"version": "4.0"}},
}


def json_part(value):
    return {"contents": {"content": value, "contentType": "application/json"}}


def example_of(kind, **parts):
    one = {"type": kind, "description": "x", **parts}
    contract = pypact.read_pact({**PACT, "interactions": [one]})
    return find_example(contract.interactions[0])


def test_a_response_has_status_headers_and_body():
    found = example_of(
        "Synchronous/HTTP",
        request={"method": "GET", "path": "/"},
        response={
            "status": 201,
            "headers": {"X-A": ["1"]},
            "body": {"content": {"a": 1.5}, "contentType": "application/json"},
        },
    )

    assert (201, "1") == (found.status, found.headers.first("x-a"))
    assert {"a": 1.5} == found.json
    assert found.json is not found.json
    assert '{"a":1.5}' == found.text.replace(" ", "")
    assert ({}, ()) == (found.metadata, found.others)


def test_a_message_has_contents_and_metadata():
    found = example_of(
        "Asynchronous/Messages", **json_part([1]), metadata={"topic": "t", "n": 1.5}
    )

    assert ([1], None) == (found.json, found.status)
    assert {"topic": "t", "n": 1.5} == found.metadata
    assert [] == list(found.headers)


def test_the_further_responses_of_a_synchronous_message_are_others():
    found = example_of(
        "Synchronous/Messages",
        request=json_part("question"),
        response=[json_part("first"), json_part("second")],
    )

    assert "first" == found.json
    assert ["second"] == [one.json for one in found.others]


@pytest.mark.parametrize(
    ("body", "words"),
    [(None, "is empty"), ({"content": "<a/>", "contentType": "text/xml"}, "not JSON")],
)
def test_a_body_that_is_not_json_is_an_error(body, words):
    found = example_of(
        "Synchronous/HTTP",
        request={"method": "GET", "path": "/"},
        response={"status": 200, **({"body": body} if body else {})},
    )

    with pytest.raises(InvalidExpectation, match=f"expected.json: .* {words}"):
        _ = found.json


def test_an_interaction_of_an_unknown_type_has_no_example():
    with pytest.warns(ToleranceWarning, match="Other/Type"):
        assert example_of("Other/Type") is None
