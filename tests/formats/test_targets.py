"""A query or fragment that a file wrote into the path is split off."""

import pytest

from pypact.errors import ToleranceWarning
from pypact.formats import contract_to_json, read_pact, read_request
from pypact.model.http import format_target

NAMES = {"consumer": {"name": "Web"}, "provider": {"name": "Users"}}


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize(
    ("request_", "target", "problem"),
    [
        ({"path": "/staff?from=2001"}, "/staff?from=2001", r"read '\?from=2001'"),
        ({"path": "/staff?a=1&b"}, "/staff?a=1&b", r"read '\?a=1&b'"),
        ({"path": "/a?x=b+c%20d"}, "/a?x=b+c%20d", r"as the query"),
        ({"path": "/a?"}, "/a", r"read '\?'"),
        ({"path": "?a=1"}, "/?a=1", r"read '\?a=1'"),
        ({"path": "/a?b=1?c"}, "/a?b=1?c", "as the query"),
        ({"path": "/a?b=1", "query": "c=2"}, "/a?b=1&c=2", "as the query"),
        ({"path": "/a?b=1", "query": ""}, "/a?b=1", "as the query"),
        ({"path": "/a?b=1", "query": {"c": ["2"]}}, "/a?b=1&c=2", "as the query"),
        ({"path": "/a?b=1", "query": {"b": ["2"]}}, "/a?b=1&b=2", "as the query"),
        ({"path": "/a#top"}, "/a", "dropped '#top'"),
        ({"path": "/a?b=1#top"}, "/a?b=1", r"dropped '#top' and read '\?b=1' as"),
        ({"path": "/a#top?b=1"}, "/a", r"dropped '#top\?b=1'"),
    ],
)
def test_the_query_in_a_path_is_read_and_written_back(
    version, request_, target, problem
):
    interaction = {
        "description": "d",
        "request": {"method": "GET", **request_},
        "response": {"status": 200},
    }
    if version == "4.0":
        interaction |= {"type": "Synchronous/HTTP", "pending": False}
    metadata = {"pactSpecification": {"version": version}}
    data = {**NAMES, "metadata": metadata, "interactions": [interaction]}
    with pytest.warns(ToleranceWarning, match=problem):
        contract = read_pact(data)

    request = contract.interactions[0].request
    assert target == format_target(request.path, request.query)
    assert data == contract_to_json(contract, version)


def test_a_split_path_is_written_as_path_and_query_in_another_version():
    metadata = {"pactSpecification": {"version": "2.0.0"}}
    interaction = {"request": {"path": "/a?b=1&c=2"}, "response": {}}
    with pytest.warns(ToleranceWarning):
        contract = read_pact(
            {**NAMES, "metadata": metadata, "interactions": [interaction]}
        )
    (written,) = contract_to_json(contract, "4.0")["interactions"]

    assert "/a" == written["request"]["path"]
    assert {"b": ["1"], "c": ["2"]} == written["request"]["query"]


def test_an_encoded_question_mark_stays_in_the_path():
    request = read_request({"path": "/a%3Fb%23c"}, "3.0.0")

    assert "/a%3Fb%23c" == request.path
    assert 0 == len(request.query)
