"""The list of calls of a block."""

import pytest
import requests

import pypact

BASE = "https://users.example.com"


@pytest.fixture
def calls(pact):
    pact.upon_receiving("all").with_request("GET", "/users").will_respond_with(200)
    one = pact.upon_receiving("new").with_request("POST", "/users", body={"a": 1})
    one.will_respond_with(201)
    with pytest.raises(pypact.UnexpectedRequest), pact.intercept() as calls:
        requests.get(f"{BASE}/users", timeout=5)
        requests.post(f"{BASE}/users", json={"a": 1}, timeout=5)
        assert calls.of(one) == [calls[1]]
        key = {"Authorization": "Bearer abcdefgh"}
        with pytest.raises(pypact.UnexpectedRequest):
            requests.get(f"{BASE}/x?q=abcdefgh", headers=key, timeout=5)
    return calls


def test_calls_are_listed_in_order_with_their_responses(calls):
    assert [(call.method, call.path, call.status) for call in calls] == [
        ("GET", "/users", 200),
        ("POST", "/users", 201),
        ("GET", "/x", None),
    ]
    assert [call.description for call in calls] == ["all", "new", None]
    assert all("test_calls.py:" in call.caller for call in calls)


def test_calls_are_filtered_by_method_path_interaction_and_outcome(calls):
    first, second, third = calls

    assert calls.to("post") == [second]
    assert calls.to(path="/users") == [first, second]
    assert calls.to("GET", "/users") == [first]
    assert calls.of("new") == [second]
    assert calls.answered == [first, second]
    assert calls.failed == [third]
    assert calls[:2] == (first, second)
    assert len(calls) == 3


def test_the_repr_of_calls_is_a_table_without_secrets(calls):
    lines = repr(calls).splitlines()

    assert lines[0] == "<3 calls of Web -> Users:"
    assert lines[1].split()[:4] == ["GET", "/users", "200", '"all"']
    assert lines[3].split()[:5] == ["GET", "/x?q=[hidden]", "no", "response", "-"]
    assert "abcdefgh" not in repr(calls)


def test_the_repr_of_no_calls_is_one_line(pact):
    with pact.intercept() as calls:
        assert repr(calls) == "<0 calls of Web -> Users>"
