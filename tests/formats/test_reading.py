"""Pact files of every version are read."""

import json
from decimal import Decimal

import pytest

from pypact.errors import ToleranceWarning
from pypact.formats import read_pact, read_request, read_response
from pypact.model.http import Query
from pypact.model.interactions import ProviderState
from pypact.model.interactions import SpecificationVersion as V


def pact(*interactions, version="2.0.0", **members):
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
        **members,
    }


def interaction(**members):
    return {"description": "a call", "request": {}, "response": {}, **members}


def only(data):
    (found,) = read_pact(data).interactions
    return found


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"pactSpecification": {"version": "1.0.0"}}, V.V1),
        ({"pactSpecification": {"version": "1.1.0"}}, V.V1_1),
        ({"pactSpecification": {"version": 2}}, V.V2),
        ({"pactSpecification": {"version": Decimal("3.0")}}, V.V3),
        ({"pactSpecification": {"version": "V4"}}, V.V4),
        ({"pactSpecification": "2.0.0"}, V.V2),
        ({"pact-specification": {"version": "4.0"}}, V.V4),
        ({"pactSpecificationVersion": "2.0.0"}, V.V2),
        ({"pactSpecification": {}}, V.V3),
        ({}, V.V3),
        (None, V.V3),
    ],
)
def test_all_forms_of_the_version_are_read(metadata, expected):
    data = {**pact(), "metadata": metadata}

    assert expected is read_pact(data).version


@pytest.mark.parametrize(
    ("metadata", "expected", "problem"),
    [
        ({"pactSpecification": {"version": "9.0"}}, V.V3, "unknown version '9.0'"),
        ({"pactSpecification": {"version": "latest"}}, V.V3, "version 'latest'"),
        ({"pactSpecification": {"version": "1.7"}}, V.V1, "unknown version '1.7'"),
        (
            {
                "pactSpecificationVersion": "1.0.0",
                "pact-specification": {"version": "3.0.0"},
                "pactSpecification": {"version": "2.0.0"},
            },
            V.V2,
            "2.0.0, 3.0.0, 1.0.0 differ",
        ),
    ],
)
def test_an_unclear_version_is_read_with_a_warning(metadata, expected, problem):
    with pytest.warns(ToleranceWarning, match=problem):
        contract = read_pact({**pact(), "metadata": metadata})

    assert expected is contract.version


def test_other_metadata_is_kept():
    metadata = {
        "pactSpecification": {"version": "3.0.0", "draft": True},
        "pact-specification": {"version": "3.0.0"},
        "pact-jvm": {"version": "4.1"},
        "depth": [1, {"a": None}],
    }
    contract = read_pact({**pact(), "metadata": metadata})

    assert contract.metadata == {
        "pactSpecification": {"draft": True},
        "pact-jvm": {"version": "4.1"},
        "depth": [1, {"a": None}],
    }


def test_absent_members_have_defaults():
    found = only(pact({"request": {}, "response": {}}))

    assert "Interaction 1" == found.description
    assert ("GET", "/", 200) == (
        found.request.method,
        found.request.path,
        found.response.status,
    )
    assert () == found.states
    assert V.V2 is found.version
    assert "interaction 1" == found.place


def test_null_is_the_same_as_absent():
    nothing = dict.fromkeys(
        ("method", "path", "query", "headers", "matchingRules", "generators")
    )
    found = only(
        pact(
            interaction(
                request=nothing,
                response={"status": None, "headers": None},
                providerState=None,
                description=None,
            )
        )
    )

    assert found == only(pact({"request": {}, "response": {}}))


def test_other_json_values_are_accepted_for_strings():
    found = only(
        pact(
            interaction(description=7, request={"method": "pOsT", "path": {"a": 1}}),
            consumer={"name": 5},
        )
    )

    assert "7" == found.description
    assert ("POST", '{"a":1}') == (found.request.method, found.request.path)
    assert "5" == read_pact(pact(consumer={"name": 5})).consumer


def test_an_integral_status_may_have_a_decimal_point():
    assert 200 == read_response({"status": Decimal("200.0")}, "2.0.0").status


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"providerState": "a"}, (ProviderState("a"),)),
        ({"provider_state": "a"}, (ProviderState("a"),)),
        ({"providerState": ""}, ()),
        ({"providerState": ["a"]}, (ProviderState('["a"]'),)),
        ({"providerStates": None}, ()),
        (
            {"providerState": "x", "providerStates": [{"name": "a"}]},
            (ProviderState("a"),),
        ),
        (
            {"providerStates": [{"name": "a", "params": {"id": 1}}, {"name": "b"}]},
            (ProviderState("a", {"id": 1}), ProviderState("b")),
        ),
    ],
)
def test_all_forms_of_provider_states_are_read(members, expected):
    assert expected == only(pact(interaction(**members))).states


@pytest.mark.parametrize(
    ("state", "expected", "problem"),
    [
        ({"params": {"a": 1}}, "unknown provider states", "without a name"),
        ({"name": "a", "params": [1]}, "a", "parameters"),
        ("a", "a", "used the value as its name"),
    ],
)
def test_a_malformed_state_is_read_with_a_warning(state, expected, problem):
    with pytest.warns(ToleranceWarning, match=problem):
        found = only(pact(interaction(providerStates=[state])))

    assert expected == found.states[0].name


def test_messages_of_v3_are_read_with_both_names_of_metadata():
    common = {"description": "an event", "contents": {"a": 1}}
    data = pact(version="3.0.0")
    del data["interactions"]
    data["messages"] = [
        {**common, "metaData": {"contentType": "application/json"}},
        {**common, "metadata": {"contentType": "application/json"}},
    ]
    first, second = read_pact(data).interactions

    assert first == second
    assert b'{"a":1}' == first.message.contents.content
    assert "message 1" == first.place


def test_requests_and_messages_of_one_file_are_all_read():
    data = pact(interaction(), version="3.0.0", messages=[{"description": "event"}])

    assert ["a call", "event"] == [i.description for i in read_pact(data).interactions]


def test_old_names_of_rules_are_read():
    rules = {"$.body.a": {"match": "type"}}
    found = only(
        pact(
            interaction(
                request={"requestMatchingRules": rules},
                response={"responseMatchingRules": rules},
            )
        )
    )

    assert ["$.a"] == list(found.request.rules["body"])
    assert found.request.rules == found.response.rules


def test_unknown_members_are_kept():
    found = read_pact(
        pact(
            interaction(request={"x": 1}, response={"y": 2}, z=3, _id="7"),
            consumer={"name": "Web", "team": "a"},
            _links={},
        )
    )
    (one,) = found.interactions

    assert {"_links": {}, "consumer": {"team": "a"}} == found.unknown
    assert ({"x": 1}, {"y": 2}, {"z": 3}, "7") == (
        one.request.unknown,
        one.response.unknown,
        one.unknown,
        one.id,
    )


def test_a_query_of_v1_keeps_its_order_and_string():
    query = read_request({"query": "b=1&a=2&"}, "1.0.0").query

    assert query.ordered
    assert "b=1&a=2&" == query.text


def test_a_query_of_v1_may_be_a_map():
    query = read_request({"query": {"b": ["1"], "a": "2"}}, "1.0.0").query

    assert Query.from_text("b=1&a=2", ordered=True) == query


@pytest.mark.parametrize("version", ["1.1.0", "2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize(
    "written",
    ["a=1&b=x+y&b&n=5", {"a": "1", "b": ["x y", None], "n": 5}],
)
def test_both_forms_of_a_query_are_read_at_every_version(version, written):
    query = read_request({"query": written}, version).query

    expected = Query([("a", ["1"]), ("b", ["x y", None]), ("n", ["5"])])

    assert expected == query
    assert not query.ordered


def test_an_empty_query_is_no_query():
    assert Query() == read_request({"query": ""}, "1.0.0").query


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "3.0.0", "4.0"])
def test_both_forms_of_headers_are_read_at_every_version(version):
    written = {"Accept": "a, b", "X-A": "1, 2", "Vary": ["a, b"], "X-N": 5, "X-E": []}
    headers = read_request({"headers": written}, version).headers

    assert dict(headers.items()) == {
        "Accept": ("a", "b"),
        "X-A": ("1, 2",),
        "Vary": ("a, b",),
        "X-N": ("5",),
        "X-E": (),
    }


def test_a_file_with_a_byte_order_mark_is_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + json.dumps(pact(interaction())).encode())
    contract = read_pact(str(path))

    assert "Web" == contract.consumer
    assert f"{path}, interaction 1" == contract.interactions[0].place


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (interaction(provderState="x"), r"0\].provderState: .* 'providerState'\?"),
        (interaction(response={"staus": 1}), r"response.staus: .*mean 'status'\?"),
        (interaction(request={"qeury": ""}), r"request.qeury: .*mean 'query'\?"),
    ],
)
def test_a_misspelt_member_is_warned_of(data, text):
    with pytest.warns(ToleranceWarning, match=text):
        read_pact(pact(data))


def test_an_unknown_version_is_rejected():
    with pytest.raises(ValueError, match="'7' is not a Pact Specification version"):
        read_request({}, "7")
