"""Interactions of v4 are read and written."""

import pytest

from pypact.errors import ToleranceWarning
from pypact.formats import (
    contract_to_json,
    interaction_to_json,
    read_message,
    read_pact,
)
from pypact.formats.merge import identify
from pypact.model.interactions import AsyncMessage, SyncMessage, UnknownInteraction


def pact(*interactions):
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


HTTP = {
    "type": "Synchronous/HTTP",
    "description": "a call",
    "key": "k1",
    "pending": True,
    "providerStates": [{"name": "s", "params": {"id": 1}}],
    "comments": {"text": ["a"], "testname": "t", "references": {"g": {"n": 1}}, "x": 1},
    "interactionMarkup": {"markup": "# a", "markupType": "COMMON_MARK"},
    "transport": "http",
    "pluginConfiguration": {"csv": {"a": 1}},
    "_id": "5",
    "foreign": True,
    "request": {
        "method": "POST",
        "path": "/a",
        "query": {"a": ["1", None]},
        "headers": {"Set-Cookie": ["a", "b"], "Content-Type": ["text/plain"]},
        "body": {"content": "x", "contentType": "text/plain", "encoded": False},
        "generators": {"path": {"type": "Uuid"}},
        "matchingRules": {"path": {"combine": "AND", "matchers": [{"match": "type"}]}},
        "foreign": 1,
    },
    "response": {"status": 201, "foreign": 2},
}
EVENT = {
    "type": "Asynchronous/Messages",
    "description": "an event",
    "pending": False,
    "contents": {
        "content": {"a": 1},
        "contentType": "application/json",
        "encoded": False,
    },
    "metadata": {"depth": [100, {"a": None}]},
    "matchingRules": {
        "body": {"$.a": {"combine": "OR", "matchers": [{"match": "integer"}]}}
    },
    "generators": {"body": {"$.a": {"type": "RandomInt"}}},
    "foreign": 1,
}
CALL = {
    "type": "Synchronous/Messages",
    "description": "a question",
    "pending": False,
    "request": {"contents": {"content": ""}, "foreign": 1},
    "response": [{"metadata": {"a": 1}}, {}],
}
OTHER = {"type": "Smoke/Signal", "description": "smoke", "puffs": 3}


@pytest.mark.parametrize("written", [HTTP, EVENT, CALL], ids=lambda i: i["type"])
def test_reading_and_writing_gives_the_same_json(written):
    assert pact(written) == contract_to_json(read_pact(pact(written)), "4.0")


def test_an_interaction_of_unknown_type_is_kept():
    with pytest.warns(ToleranceWarning, match="type 'Smoke/Signal'"):
        contract = read_pact(pact(OTHER))
    (found,) = contract.interactions

    assert isinstance(found, UnknownInteraction)
    assert "smoke" == found.description
    assert ("interactions Smoke/Signal", "smoke", ()) == identify(found)
    assert pact(OTHER) == contract_to_json(contract, "4.0")


def test_an_interaction_whose_type_is_not_a_string_is_kept():
    with pytest.warns(ToleranceWarning, match="the interaction type 5 is not supp"):
        (found,) = read_pact(pact({"description": "x", "type": 5})).interactions

    assert isinstance(found, UnknownInteraction)


def test_a_list_of_messages_is_read_with_a_warning():
    message = {"description": "m", "contents": EVENT["contents"]}
    with pytest.warns(ToleranceWarning, match="messages: not a list of v4"):
        contract = read_pact({**pact(HTTP), "messages": [message]})

    assert ["HttpInteraction", "AsyncMessage"] == [
        type(found).__name__ for found in contract.interactions
    ]
    assert "messages" not in contract_to_json(contract, "4.0")


@pytest.mark.parametrize("kind", [{}, {"type": None}, {"type": ""}])
def test_an_interaction_without_a_type_is_an_http_interaction(kind):
    parts = {"request": {"path": "/a"}, "response": {}}
    with pytest.warns(ToleranceWarning, match="read as Synchronous/HTTP"):
        (found,) = read_pact(pact({"description": "x", **parts, **kind})).interactions

    assert "/a" == found.request.path


def test_interactions_are_written_in_order_of_description():
    contract = read_pact(pact(EVENT, HTTP, CALL))

    assert ["an event", "a call", "a question"] == [
        found.description for found in contract.interactions
    ]
    assert ["a call", "a question", "an event"] == [
        found["description"]
        for found in contract_to_json(contract, "4")["interactions"]
    ]


def test_asynchronous_and_synchronous_messages_are_distinguished():
    event, call = read_pact(pact(EVENT, CALL)).interactions

    assert isinstance(event, AsyncMessage)
    assert isinstance(call, SyncMessage)
    assert 2 == len(call.responses)


def test_only_true_means_pending():
    with pytest.warns(ToleranceWarning, match="pending: expected a boolean"):
        (found,) = read_pact(pact({**EVENT, "pending": "yes"})).interactions

    assert found.pending is False


def test_empty_comments_are_left_out():
    comments = {"text": [], "testname": "", "references": {}, "a": None, "b": 0}
    (found,) = read_pact(pact({**EVENT, "comments": comments})).interactions

    assert {"b": 0} == found.comments


def test_malformed_comments_are_left_out_with_a_warning():
    with pytest.warns(ToleranceWarning, match="comments"):
        (found,) = read_pact(pact({**EVENT, "comments": ["a"]})).interactions

    assert {} == found.comments


@pytest.mark.parametrize("category", ["body", "content", "contents"])
def test_rules_of_message_contents_have_three_category_names(category):
    data = {
        "contents": {"content": "a"},
        "matchingRules": {category: {"$": {"match": "type"}}},
    }

    assert ["$"] == list(read_message(data, "4.0").rules["body"])


def test_the_metadata_declares_the_content_type_of_the_contents():
    data = {
        "metaData": {"Content-Type": "application/json"},
        "contents": {"content": "a"},
    }

    assert b'"a"' == read_message(data, "4.0").contents.content


def test_a_message_can_have_no_contents():
    (found,) = read_pact(pact({"type": "Asynchronous/Messages"})).interactions

    written = {
        "type": "Asynchronous/Messages",
        "description": "Interaction 1",
        "pending": False,
    }

    assert written == interaction_to_json(found, "4.0")
