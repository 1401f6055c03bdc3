"""Malformed pact files are rejected with the place of the error."""

import re
import warnings

import pytest

from pypact import Verifier
from pypact.errors import (
    InvalidPact,
    NotExpressible,
    StoreError,
    ToleranceWarning,
    VerificationFailed,
)
from pypact.formats import (
    base,
    contract_to_json,
    read_pact,
    read_request,
    read_response,
)
from pypact.model.interactions import HttpInteraction
from pypact.model.json import parse_json

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


def nest(levels, shape):
    value = 1
    for _ in range(levels):
        value = [value] if shape is list else {"a": value}
    return value


@pytest.mark.parametrize("shape", [list, dict])
def test_members_may_be_nested_as_deeply_as_the_bound(monkeypatch, shape):
    monkeypatch.setattr(base, "MOST_LEVELS", 6)
    contract = {**NAMES, "interactions": [], "x": nest(5, shape)}
    assert () == read_pact(contract).interactions

    with pytest.raises(InvalidPact, match="got members nested deeper than 6 levels"):
        read_pact({**contract, "x": nest(6, shape)})


@pytest.mark.parametrize("shape", [list, dict])
def test_an_interaction_that_is_nested_too_deeply_fails_alone(monkeypatch, shape):
    monkeypatch.setattr(base, "MOST_LEVELS", 6)
    one, other = ({"description": name, "request": {}, "response": {}} for name in "ab")
    found = []
    for levels in (4, 5):
        one["response"] = {"body": nest(levels, shape)}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            contract = read_pact(
                {**NAMES, "metadata": V2, "interactions": [one, other]}
            )
        found.append([type(each).__name__ for each in contract.interactions])

    assert [["HttpInteraction"] * 2, ["UnknownInteraction", "HttpInteraction"]] == found


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
        ({"consumer": 5}, "consumer", "expected an object with a name, got the"),
        ({**NAMES, "interactions": {"a": 1}}, "interactions", "expected a list"),
        ({**NAMES, "interactions": "none"}, "interactions", "got the string 'none'"),
        ({**NAMES, "interactions": "x" * 80}, "interactions", "xxx…"),
    ],
)
def test_the_error_has_the_place_of_the_problem(data, place, problem):
    with pytest.raises(InvalidPact) as raised:
        read_pact(data)

    assert place == raised.value.place
    assert problem in str(raised.value)


@pytest.mark.parametrize(
    ("data", "consumer", "warning"),
    [
        ({}, "consumer", "the name is 'consumer'"),
        ({"consumer": None}, "consumer", "the name is 'consumer'"),
        ({"consumer": ""}, "consumer", "got an empty string"),
        ({"consumer": []}, "consumer", "got an empty list"),
        ({"consumer": {}}, "consumer", "the name is 'consumer'"),
        ({"consumer": {"name": ""}}, "consumer", "the name is 'consumer'"),
        ({"consumer": "Web"}, "Web", "read the string as the name"),
        ({"consumer": {"name": 5}}, "5", None),
    ],
)
def test_a_missing_name_is_replaced(data, consumer, warning):
    data = {**data, "provider": {"name": "Users"}}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        contract = read_pact(data)

    assert (consumer, "Users") == (contract.consumer, contract.provider)
    texts = [str(one.message) for one in caught]
    assert all(text.startswith("consumer: expected") for text in texts)
    assert bool(texts) == (warning is not None)
    assert warning is None or any(warning in text for text in texts)


TYPE = {"matchers": [{"match": "type"}]}
ODD = [
    ({"request": {}}, "interactions[0] has no response"),
    ({"response": {}}, "interactions[0] has no request"),
    ({"request": {}, "response": None}, "interactions[0] has no response"),
    ({"request": [], "response": {}}, "request: expected an object, got a list"),
    ({"request": {}, "response": []}, "response: expected an object, got a list"),
    ({"request": {"query": 5}, "response": {}}, "request.query: expected a string"),
    ({"request": {"headers": ["a"]}, "response": {}}, "request.headers: expected an"),
    (
        {"request": {}, "response": {"matchingRules": {"body": 1}}},
        "response.matchingRules['body']: expected an object, got the number 1",
    ),
    (
        {
            "request": {},
            "response": {"matchingRules": {"status": {"": TYPE, "$": TYPE}}},
        },
        "expected one entry",
    ),
    *(
        ({"request": {}, "response": {"status": status}}, "expected an integer")
        for status in ("abc", True, [1], parse_json("200.5"), parse_json("1e999999"))
    ),
    (5, "interactions[0]: expected an object, got the number 5"),
]


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize(("interaction", "problem"), ODD)
def test_an_interaction_that_cannot_be_read_fails_alone(version, interaction, problem):
    if version == "4.0" and isinstance(interaction, dict):
        interaction = {**interaction, "type": "Synchronous/HTTP"}
    metadata = {"pactSpecification": {"version": version}}
    good = {"type": "Synchronous/HTTP", "request": {}, "response": {}}
    data = {**NAMES, "metadata": metadata, "interactions": [interaction, good]}
    with pytest.warns(ToleranceWarning, match="fails when it is verified"):
        contract = read_pact(data)
    verifier = Verifier("Users", app=respond_with_200, pacts=contract)
    with pytest.raises(VerificationFailed, match="1 of 2 interactions") as failed:
        verifier.verify(reports=[])

    assert problem in str(failed.value)


@pytest.mark.parametrize("version", ["2.0.0", "3.0.0", "4.0"])
def test_an_interaction_that_cannot_be_read_is_written_back(version):
    interaction = {"description": "d", "request": {"query": 5}, "response": {}}
    if version == "4.0":
        interaction["type"] = "Synchronous/HTTP"
    message = {"description": "m", "metadata": [1]}
    metadata = {"pactSpecification": {"version": version}}
    data = {**NAMES, "metadata": metadata, "interactions": [interaction]}
    if version == "3.0.0":
        data["messages"] = [message]
    with pytest.warns(ToleranceWarning):
        contract = read_pact(data)

    assert data == contract_to_json(contract, version)


def test_an_entry_that_is_not_an_object_cannot_be_written():
    with pytest.warns(ToleranceWarning):
        contract = read_pact({**NAMES, "interactions": [5]})

    with pytest.raises(NotExpressible, match="got the number 5"):
        contract_to_json(contract, "3.0.0")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("interactionMarkup", ""),
        ("interactionMarkup", "text"),
        ("pluginConfiguration", []),
        ("pluginConfiguration", ""),
        ("comments", ""),
        ("comments", []),
        ("comments", 5),
        ("pending", "no"),
        ("pending", 1),
        ("providerStates", {}),
        ("providerStates", "a state"),
    ],
)
def test_an_odd_attribute_of_an_interaction_is_named(name, value):
    interaction = {"type": "Synchronous/HTTP", "request": {}, "response": {}}
    data = {**NAMES, "metadata": V4, "interactions": [{**interaction, name: value}]}
    with pytest.warns(ToleranceWarning, match=re.escape(f"interactions[0].{name}: ")):
        contract = read_pact(data)

    (found,) = contract.interactions
    assert isinstance(found, HttpInteraction)
    assert (False, (), {}) == (found.pending, found.states, found.comments)


@pytest.mark.parametrize("empty", ["", []])
@pytest.mark.parametrize("name", ["headers", "query", "matchingRules", "generators"])
def test_an_empty_part_of_the_wrong_shape_is_absent(name, empty):
    if (name, empty) == ("query", ""):
        pytest.skip("an empty string is a valid query")
    with pytest.warns(ToleranceWarning, match=f"request.{name}: expected"):
        assert read_request({name: empty}, "4.0") == read_request({}, "4.0")


@pytest.mark.parametrize(
    ("name", "empty"),
    [
        *(("method", empty) for empty in ("", [], {})),
        *(("path", empty) for empty in ([], {})),
        *(("status", empty) for empty in ("", [], {})),
    ],
)
def test_an_empty_scalar_of_the_wrong_shape_is_absent(name, empty):
    read = read_response if name == "status" else read_request
    with pytest.warns(ToleranceWarning, match=f"{name}: expected a.* read as absent"):
        assert read({name: empty}, "4.0") == read({}, "4.0")


@pytest.mark.parametrize("data", [{}, {"metadata": V2}, {"name": "web", "version": 1}])
def test_an_object_without_any_part_of_a_pact_is_rejected(data):
    with pytest.raises(InvalidPact, match="expected a pact, got an object without"):
        read_pact(data)


@pytest.mark.parametrize("name", ["metadata", "interactions", "messages"])
def test_an_empty_part_of_a_file_of_the_wrong_shape_is_absent(name):
    empty = [] if name == "metadata" else {}
    with pytest.warns(ToleranceWarning, match=f"{name}: expected"):
        assert () == read_pact({**NAMES, name: empty}).interactions


def test_metadata_of_the_wrong_shape_are_left_out():
    with pytest.warns(ToleranceWarning, match="metadata: expected an object, got the"):
        assert {} == read_pact({**NAMES, "metadata": "x"}).metadata


@pytest.mark.parametrize("status", ["200", " 200 ", parse_json("200.0"), 200])
def test_a_number_in_another_form_is_a_status(status):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert 200 == read_response({"status": status}, "3.0.0").status
    assert isinstance(status, str) == bool(caught)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        ({"query": 5}, "request.query"),
        ({"headers": ["a"]}, "request.headers"),
        ({"matchingRules": ["a"]}, "request.matchingRules"),
        ({"matchingRules": {"$.body": 1}}, "request.matchingRules['$.body']"),
        ({"matchingRules": {"body": 1}}, "request.matchingRules['body']"),
        (
            {"matchingRules": {"body": {"$.a": {"matchers": [{}]}}}},
            "request.matchingRules['body']['$.a']",
        ),
        ({"generators": "a"}, "request.generators"),
        ({"body": {1, 2}}, "request.body"),
    ],
)
def test_parts_of_a_request_must_have_the_right_shape(data, place):
    with pytest.raises(InvalidPact) as raised:
        read_request(data, "3.0.0")

    assert place == raised.value.place


def respond_with_200(_environ, start_response):
    start_response("200 OK", [])
    return [b""]


def test_a_boolean_is_described_in_the_error():
    with pytest.raises(InvalidPact, match=r"^response\.headers: .*the boolean True"):
        read_response({"headers": True}, "4.0")


@pytest.mark.parametrize(
    ("interaction", "problem"),
    [
        ({"type": "Synchronous/Messages", "response": []}, "[0] has no request"),
        ({"type": "Synchronous/Messages", "request": {}}, "[0] has no response"),
        (
            {"type": "Synchronous/Messages", "request": {}, "response": {}},
            "[0].response: expected a list, got an object",
        ),
        (
            {"type": "Synchronous/Messages", "request": {}, "response": [1]},
            "[0].response[0]: expected an object",
        ),
        ({"type": "Asynchronous/Messages", "metadata": 1}, "[0].metadata: expected"),
        (
            {"type": "Asynchronous/Messages", "pluginConfiguration": 1},
            "[0].pluginConfiguration: expected an object",
        ),
    ],
)
def test_messages_of_v4_must_have_their_parts(interaction, problem):
    with pytest.warns(ToleranceWarning):
        found = read_pact({**NAMES, "metadata": V4, "interactions": [interaction]})

    assert problem in found.interactions[0].problem


def test_an_unknown_rule_can_be_read():
    rules = {"$.body": {"match": "zodiac", "sign": "lion"}}
    (rule,) = read_request({"matchingRules": rules}, "2.0.0").rules["body"]["$"].rules

    assert ("zodiac", {"sign": "lion"}) == (rule.name, rule.attributes)
