"""Contracts are converted between versions, and losses are reported."""

import warnings
from dataclasses import replace

import pytest

from pypact.errors import LossWarning, NotExpressible
from pypact.formats import contract_to_json, interaction_to_json, read_pact, write_pact
from pypact.model.body import Body, parse_content_type
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Message,
    ProviderState,
    SyncMessage,
    UnknownInteraction,
)
from pypact.model.interactions import SpecificationVersion as V
from pypact.model.rules import Generator, Rule, RuleList


def call(request=None, response=None, **parts):
    request, response = request or Request(), response or Response()
    return HttpInteraction(
        description="a call", request=request, response=response, **parts
    )


def event(**parts):
    return AsyncMessage(description="an event", message=Message(**parts))


def contract(*interactions, **parts):
    return Contract("Web", "Users", interactions, **parts)


TYPE = RuleList((Rule("type"),))
PRESENT = Body.of(b"{}", parse_content_type("application/json"))
LOSSES = [
    ("3.0.0", call(key="k"), "the key 'k'"),
    ("3.0.0", call(pending=True), "the pending flag"),
    ("3.0.0", call(comments={"text": ["a"]}), "the comments"),
    ("3.0.0", call(markup={"markup": "a"}), "the markup"),
    ("3.0.0", call(transport="grpc"), "the transport 'grpc'"),
    ("3.0.0", call(plugin_configuration={"csv": {}}), "the configuration of plugins"),
    (
        "3.0.0",
        call(Request(headers=Headers([("Set-Cookie", ["a", "b"])]))),
        "the 2 separate values of the header 'Set-Cookie'",
    ),
    (
        "3.0.0",
        call(response=Response(headers=Headers([("X", [])]))),
        "an empty list of values of the header 'X'",
    ),
    (
        "3.0.0",
        call(Request(body=Body.of(b"\xff"))),
        "a body that is not valid as JSON, text or base64 (content type None)",
    ),
    (
        "2.0.0",
        call(states=(ProviderState("a"), ProviderState("b"))),
        "the second provider state 'b'",
    ),
    (
        "2.0.0",
        call(states=(ProviderState("a", {"id": 1}),)),
        "the parameters of the provider state 'a'",
    ),
    (
        "2.0.0",
        call(Request(query=Query([("a", []), ("b", ["1"])]))),
        "a query parameter with an empty list of values (a)",
    ),
    (
        "2.0.0",
        call(Request(generators={"path": {"": Generator("Uuid")}})),
        "the generator Uuid of path",
    ),
    (
        "2.0.0",
        call(Request(rules={"body": {"$": RuleList((Rule("type"), Rule("type")))}})),
        "the second matching rule 'type' at $.body",
    ),
    (
        "1.1.0",
        call(Request(rules={"path": {"": TYPE}})),
        "the matching rules at $.path",
    ),
]


@pytest.mark.parametrize(("version", "interaction", "part"), LOSSES)
def test_a_part_that_a_version_cannot_express_is_an_error(version, interaction, part):
    with pytest.raises(NotExpressible) as raised:
        interaction_to_json(interaction, version)

    assert part == raised.value.part
    assert version == raised.value.version
    assert "interaction 'a call'" == raised.value.place


@pytest.mark.parametrize(("version", "interaction", "part"), LOSSES)
def test_a_part_that_is_left_out_is_named_in_a_warning(version, interaction, part):
    with pytest.warns(LossWarning) as issued:
        interaction_to_json(interaction, version, lossy=True)

    (loss,) = issued
    assert (part, version, "interaction 'a call'") == (
        loss.message.part,
        loss.message.version,
        loss.message.place,
    )
    assert f"interaction 'a call': left out {part}, which" in str(loss.message)


def test_a_loss_warning_works_without_a_place():
    assert str(LossWarning("a", version="2.0.0", place="")).startswith("left out a,")


@pytest.mark.parametrize(
    ("version", "interaction", "part"),
    [
        ("2.0.0", event(), "a message (needs Pact Specification 3.0.0 or later)"),
        (
            "3.0.0",
            SyncMessage(description="an event", request=Message(), responses=()),
            "a synchronous message (needs Pact Specification 4.0)",
        ),
        (
            "3.0.0",
            UnknownInteraction(description="an event", data={}, problem="unknown"),
            "an interaction that was not read (unknown)",
        ),
    ],
)
def test_an_interaction_that_is_left_out_is_named(version, interaction, part):
    with pytest.raises(NotExpressible) as raised:
        interaction_to_json(interaction, version)

    assert part == raised.value.part

    with pytest.warns(LossWarning, match="interaction 'an event'"):
        written = contract_to_json(contract(interaction), version, lossy=True)

    assert [] == [*written.get("interactions", ()), *written.get("messages", ())]


def test_an_unknown_interaction_of_another_version_cannot_be_expressed():
    found = UnknownInteraction(description="x", data={}, problem="odd", version=V.V3)

    with pytest.raises(
        NotExpressible, match=r"an interaction that was not read \(odd\)"
    ):
        interaction_to_json(found, "4.0")
    with pytest.warns(LossWarning):
        assert {} == interaction_to_json(found, "4.0", lossy=True)


def test_a_file_of_v3_cannot_mix_http_interactions_and_messages():
    mixed = contract(call(), event())

    with pytest.raises(NotExpressible, match="a message beside HTTP interactions"):
        contract_to_json(mixed, "3.0.0")
    with pytest.warns(LossWarning, match="a message beside HTTP interactions"):
        written = contract_to_json(mixed, "3.0.0", lossy=True)

    assert ["a call"] == [found["description"] for found in written["interactions"]]


def test_plugins_cannot_be_expressed_below_v4():
    with_plugins = contract(metadata={"plugins": [{"name": "csv"}], "a": {}})

    with pytest.raises(NotExpressible, match="the plugins in the metadata"):
        contract_to_json(with_plugins, "3.0.0")
    with pytest.warns(LossWarning, match="plugins"):
        written = contract_to_json(with_plugins, "3.0.0", lossy=True)

    assert {"a": {}, "pactSpecification": {"version": "3.0.0"}} == written["metadata"]


def test_the_default_transports_can_be_left_out():
    found = replace(event(), transport="message")

    assert "transport" not in interaction_to_json(call(transport="http"), "3.0.0")
    assert "transport" not in interaction_to_json(found, "3.0.0")


def test_the_content_type_of_a_message_is_written_into_its_metadata():
    written = interaction_to_json(event(contents=PRESENT, metadata={"a": 1}), "3.0.0")

    assert {"a": 1, "contentType": "application/json"} == written["metadata"]
    assert {} == written["contents"]


def test_the_id_of_a_broker_is_written_back():
    assert "7" == interaction_to_json(call(id="7"), "3.0.0")["_id"]


def test_a_message_of_v3_keeps_its_rules_and_generators():
    written = interaction_to_json(
        event(
            rules={"body": {"$": TYPE}},
            generators={"body": {"$": Generator("Uuid")}},
        ),
        "3.0.0",
    )

    assert {"combine": "AND", "matchers": [{"match": "type"}]} == (
        written["matchingRules"]["body"]["$"]
    )
    assert {"$": {"type": "Uuid"}} == written["generators"]["body"]
    assert "contents" not in written


def test_upgrading_v1_keeps_everything():
    old = read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [
                {
                    "description": "a call",
                    "providerState": "s",
                    "request": {"query": "b=1&a=2", "headers": {"Accept": "a, b"}},
                    "response": {"body": "text", "headers": {"Content-Type": "text/a"}},
                }
            ],
            "metadata": {"pactSpecification": {"version": "1.0.0"}},
        }
    )
    (written,) = contract_to_json(old, "4.0")["interactions"]

    assert written == {
        "type": "Synchronous/HTTP",
        "description": "a call",
        "pending": False,
        "providerStates": [{"name": "s"}],
        "request": {
            "method": "GET",
            "path": "/",
            "query": {"b": ["1"], "a": ["2"]},
            "headers": {"Accept": ["a", "b"]},
        },
        "response": {
            "status": 200,
            "headers": {"Content-Type": ["text/a"]},
            "body": {"content": "text", "contentType": "text/a", "encoded": False},
        },
    }


def test_unknown_members_are_dropped_in_a_conversion():
    old = read_pact(
        {
            "consumer": {"name": "Web", "x": 1},
            "provider": {"name": "Users"},
            "x": 1,
            "interactions": [{"request": {"x": 1}, "response": {"x": 1}, "x": 1}],
            "metadata": {"pactSpecification": {"version": "2.0.0"}, "other": {"x": 1}},
        }
    )
    same, new = contract_to_json(old, "2.0.0"), contract_to_json(old, "4.0")

    assert 5 == str(same).count("'x': 1") - str(same["metadata"]).count("'x': 1")
    assert 0 == str(new).count("'x': 1") - 1
    assert {"x": 1} == new["metadata"]["other"]


TOLERATED = {
    "description": "a call",
    "providerStates": [{"name": "a", "params": {"id": 1}}, {"name": "b"}],
    "request": {
        "method": "GET",
        "path": "/",
        "query": {"a": []},
        "headers": {"X": ["a", "b"]},
        "matchingRules": {
            "path": {"combine": "AND", "matchers": [{"match": "type"}] * 2}
        },
        "generators": {"path": {"type": "Uuid"}},
    },
    "response": {"status": 200},
}


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "2.0.0"])
def test_tolerated_parts_of_an_old_file_are_written_back_unchanged(version):
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [TOLERATED],
        "messages": [{"description": "an event", "metadata": {}}],
        "metadata": {"pactSpecification": {"version": version}},
    }

    assert data == contract_to_json(read_pact(data), version)


def test_the_error_has_the_place_of_the_interaction():
    with pytest.raises(NotExpressible) as raised:
        interaction_to_json(call(key="k", place="test_x.py:7"), "3.0.0")

    assert "interaction 'a call' (test_x.py:7)" == raised.value.place


def test_a_contract_defined_in_a_test_names_pypact_in_its_metadata():
    assert ["pactSpecification", "pypact"] == sorted(
        contract_to_json(contract(call()), "4.0")["metadata"]
    )
    assert ["pactSpecification"] == list(
        contract_to_json(contract(call(version=V.V4)), "4.0")["metadata"]
    )


def test_another_version_is_written_on_request(tmp_path):
    path = tmp_path / "made" / "a.json"
    write_pact(contract(call()), path, specification="2.0.0")

    assert V.V2 is read_pact(path).version
    assert V.V4 is contract().version


def test_lossy_leaves_parts_out_with_a_warning(tmp_path):
    with pytest.warns(LossWarning, match="the key"):
        write_pact(
            contract(call(key="k")), tmp_path / "a", specification=V.V2, lossy=True
        )


def test_decimals_become_floats_if_they_are_written_the_same():
    body = Body.of(b'{"a":1.5,"b":1.50,"c":[2]}')
    written = interaction_to_json(call(response=Response(body=body)), "2.0.0")[
        "response"
    ]

    types = {name: type(value).__name__ for name, value in written["body"].items()}

    assert {"a": "float", "b": "Decimal", "c": "list"} == types


def test_a_query_defined_in_a_test_is_sorted_except_in_v1():
    found = call(Request(query=Query([("b", ["1"]), ("a", [None])])))

    assert "a&b=1" == interaction_to_json(found, "2.0.0")["request"]["query"]
    assert "b=1&a" == interaction_to_json(found, "1.0.0")["request"]["query"]


def test_without_a_loss_there_is_no_warning():
    with warnings.catch_warnings(record=True) as issued:
        for version in ("1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0"):
            contract_to_json(contract(call(Request(body=PRESENT))), version)

    assert [] == issued
