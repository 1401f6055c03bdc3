"""Malformed pact files are rejected with the place of the error."""

import json

import pytest

from pypact.errors import InvalidPact, StoreError
from pypact.formats import read_pact, read_request, read_response

NAMES = {"consumer": {"name": "Web"}, "provider": {"name": "Users"}}
V2 = {"pactSpecification": {"version": "2.0.0"}}
V4 = {"pactSpecification": {"version": "4.0"}}


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "got an empty file"),
        (b"\xef\xbb\xbf \n", "got an empty file"),
        (b"<pact/>", "invalid JSON"),
        (b'{"consumer": NaN}', "NaN is not JSON"),
        (b'{"consumer": {"name": "We', "truncated JSON"),
        (b'{"consumer": ', "truncated JSON"),
        (b'{"a": "\xff"}', "bytes that are not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"[]", "expected an object, got a list"),
        (b'"pact"', "got the string 'pact'"),
    ],
)
def test_a_file_that_is_not_a_pact_is_named_in_the_error(tmp_path, content, problem):
    path = tmp_path / "web.json"
    path.write_bytes(content)

    with pytest.raises(InvalidPact) as raised:
        read_pact(path)

    assert str(raised.value).startswith(f"{path}: expected ")
    assert problem in str(raised.value)


def test_a_directory_is_rejected(tmp_path):
    with pytest.raises(InvalidPact, match="expected a file, got a directory"):
        read_pact(tmp_path)


def test_a_missing_file_cannot_be_read(tmp_path):
    with pytest.raises(StoreError, match=r"web\.json cannot be read: No such file"):
        read_pact(tmp_path / "web.json")


def test_an_invalid_file_name_cannot_be_read():
    with pytest.raises(StoreError, match="cannot be read"):
        read_pact("a\0b")


@pytest.mark.parametrize(
    ("data", "place", "problem"),
    [
        ({}, "consumer", "expected an object with a name, got nothing"),
        ({"consumer": None}, "consumer", "got null"),
        ({"consumer": "Web"}, "consumer", "got the string 'Web'"),
        ({"consumer": {}}, "consumer.name", "expected the consumer's name"),
        ({"consumer": {"name": ""}}, "consumer.name", "got the string ''"),
        ({"consumer": {"name": "a"}}, "provider", "got nothing"),
        ({**NAMES, "interactions": {}}, "interactions", "expected a list"),
        ({**NAMES, "interactions": [1]}, "interactions[0]", "got the number 1"),
        ({**NAMES, "metadata": []}, "metadata", "got a list"),
        (
            {**NAMES, "interactions": [{"response": {}}]},
            "interactions[0].request",
            "expected an object, got nothing",
        ),
        (
            {**NAMES, "interactions": [{"request": {}, "response": None}]},
            "interactions[0].response",
            "expected an object, got null",
        ),
        (
            {**NAMES, "messages": [{"metadata": "x" * 80}]},
            "messages[0].metadata",
            "…",
        ),
    ],
)
def test_the_error_has_the_place_of_the_problem(data, place, problem):
    with pytest.raises(InvalidPact) as raised:
        read_pact(data)

    assert place == raised.value.place
    assert problem in str(raised.value)


@pytest.mark.parametrize("status", ["200", True, [], 200.5])
def test_a_status_must_be_an_integer(tmp_path, status):
    path = tmp_path / "web.json"
    interaction = {"request": {}, "response": {"status": status}}
    path.write_text(json.dumps({**NAMES, "interactions": [interaction]}))

    with pytest.raises(InvalidPact) as raised:
        read_pact(path)

    assert f"{path}: interactions[0].response.status" == raised.value.place
    assert "expected an integer" in str(raised.value)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"query": 5}, "request.query"),
        ({"headers": ["a"]}, "request.headers"),
        ({"matchingRules": []}, "request.matchingRules"),
        ({"matchingRules": {"$.body": 1}}, "request.matchingRules['$.body']"),
        ({"matchingRules": {"body": 1}}, "request.matchingRules['body']"),
        (
            {"matchingRules": {"body": {"$.a": {"matchers": [{}]}}}},
            "request.matchingRules['body']['$.a']",
        ),
        ({"generators": []}, "request.generators"),
        ({"body": {1, 2}}, "request.body"),
    ],
)
def test_parts_of_a_request_must_have_the_right_shape(data, place):
    with pytest.raises(InvalidPact) as raised:
        read_request(data, "3.0.0")

    assert place == raised.value.place


def test_a_boolean_is_described_in_the_error():
    with pytest.raises(InvalidPact, match="got the boolean True"):
        read_response({"headers": True}, "4.0")


@pytest.mark.parametrize(
    ("interaction", "place"),
    [
        ({"type": "Synchronous/HTTP", "response": {}}, "request"),
        ({"type": "Synchronous/HTTP", "request": {}}, "response"),
        ({"type": "Synchronous/Messages", "response": []}, "request"),
        ({"type": "Synchronous/Messages", "request": {}}, "response"),
        (
            {"type": "Synchronous/Messages", "request": {}, "response": {}},
            "response",
        ),
        (
            {"type": "Synchronous/Messages", "request": {}, "response": [1]},
            "response[0]",
        ),
        ({"type": "Asynchronous/Messages", "metadata": 1}, "metadata"),
    ],
)
def test_interactions_of_v4_must_have_their_parts(interaction, place):
    with pytest.raises(InvalidPact) as raised:
        read_pact({**NAMES, "metadata": V4, "interactions": [interaction]})

    assert f"interactions[0].{place}" == raised.value.place


def test_an_unknown_rule_can_be_read():
    rules = {"$.body": {"match": "zodiac", "sign": "lion"}}
    (rule,) = read_request({"matchingRules": rules}, "2.0.0").rules["body"]["$"].rules

    assert ("zodiac", {"sign": "lion"}) == (rule.name, rule.attributes)
