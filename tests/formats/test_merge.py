"""Contracts are merged, and conflicts within one run are detected."""

from dataclasses import replace

import pytest

from pypact.errors import MergeConflict
from pypact.formats.merge import deduplicate, identify, merge_contracts
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Message,
    ProviderState,
    SpecificationVersion,
)

V2, V4 = SpecificationVersion.V2, SpecificationVersion.V4


def call(description="a call", path="/", states=(), **more):
    return HttpInteraction(
        description=description,
        states=tuple(ProviderState(name) for name in states),
        request=Request("GET", path),
        response=Response(200),
        **more,
    )


def contract(*interactions, version=V4, **more):
    return Contract("Web", "Users", interactions, version=version, **more)


def test_type_description_and_states_identify_an_interaction():
    assert identify(call(states=["a", "b"])) == identify(call("a call", "/x", "ab"))
    assert identify(call(states=["a", "b"])) != identify(call(states=["b", "a"]))
    message = AsyncMessage(description="a call", message=Message())

    assert identify(call()) != identify(message)


def test_the_same_interaction_is_replaced_and_others_are_kept():
    old = contract(call("one", "/old"), call("two"))

    merged = merge_contracts(old, contract(call("one", "/new")))

    assert [("one", "/new"), ("two", "/")] == [
        (one.description, one.request.path) for one in merged.interactions
    ]


def test_interactions_with_the_same_key_are_the_same():
    merged = merge_contracts(
        contract(call("old", key="k")), contract(call("new", key="k"))
    )

    assert ["new"] == [one.description for one in merged.interactions]


def test_interactions_with_different_keys_are_different():
    merged = merge_contracts(contract(call(key="k")), contract(call(key="l")))

    assert ["k", "l"] == [one.key for one in merged.interactions]


def test_the_result_is_sorted_and_has_the_higher_version():
    old = contract(call("b"), call("a", states=["2"]), version=V2)
    new = contract(call("a", states=["1"]), version=V2)

    merged = merge_contracts(old, new)

    assert [("a", "1"), ("a", "2"), ("b", "")] == [
        (one.description, "".join(state.name for state in one.states))
        for one in merged.interactions
    ]
    assert V4 is merge_contracts(replace(old, version=V4), new).version
    assert V4 is merge_contracts(old, replace(new, version=V4)).version


def test_contracts_of_different_participants_are_not_merged():
    other = replace(contract(), provider="Orders")

    with pytest.raises(MergeConflict, match="Web and Users, Web and Orders"):
        merge_contracts(contract(), other)


def test_metadata_is_merged_and_the_new_values_win():
    csv, avro = ({"name": name, "version": "1"} for name in ("csv", "avro"))
    old = contract(metadata={"a": 1, "b": 1, "plugins": [csv]})
    new = contract(metadata={"b": 2, "plugins": [avro, csv]})

    assert {"a": 1, "b": 2, "plugins": [csv, avro]} == merge_contracts(
        old, new
    ).metadata


def test_plugins_of_two_versions_are_two_plugins():
    one, two = ({"name": "csv", "version": number} for number in "12")
    newer = {**two, "configuration": {"a": 1}}
    merged = merge_contracts(
        contract(metadata={"plugins": [one, two]}),
        contract(metadata={"plugins": [newer]}),
    )

    assert [one, newer] == merged.metadata["plugins"]


def test_unknown_members_are_kept_only_in_the_same_version():
    old = contract(version=V2, unknown={"x": 1})

    assert {"x": 1} == merge_contracts(old, contract(version=V2)).unknown
    assert {} == merge_contracts(old, contract(version=V4)).unknown


def test_an_interaction_defined_twice_in_a_run_is_kept_once():
    assert (call(),) == deduplicate([call(place="a:1"), call(place="b:2")])


def test_two_contents_in_one_run_are_a_conflict_with_both_places():
    pair = [call(states=["s"], place="a:1"), call("a call", "/x", ["s"], place="b:2")]

    with pytest.raises(MergeConflict, match=r"'a call' given 's' .* a:1 and b:2"):
        deduplicate(pair)
    assert ["/x"] == [one.request.path for one in deduplicate(pair, overwrite=True)]
