"""Limits for the number of requests of an interaction."""

import json
import re

import pytest
import requests

import pypact

BASE = "https://users.example.com"


def define(pact, status=200, path="/users/1"):
    return (
        pact.upon_receiving(f"a response {status}")
        .with_request("GET", path)
        .will_respond_with(status)
    )


def call(path="/users/1"):
    return requests.get(BASE + path, timeout=5).status_code


def run(pact, number):
    with pact.intercept():
        return [call() for _ in range(number)]


@pytest.mark.parametrize(
    ("limit", "passing", "failing"),
    [
        (lambda one: one, (1, 2, 5), (0,)),
        (lambda one: one.times(1), (1,), (0, 2)),
        (lambda one: one.times(3), (3,), (0, 2, 4)),
        (lambda one: one.at_least(2), (2, 4), (0, 1)),
        (lambda one: one.at_most(2), (1, 2), (0, 3)),
        (lambda one: one.at_least(2).at_most(3), (2, 3), (0, 1, 4)),
        (lambda one: one.at_most(3).at_least(2), (2, 3), (0, 1, 4)),
        (lambda one: one.at_least(0), (0, 1, 3), ()),
        (lambda one: one.at_least(0).at_most(1), (0, 1), (2,)),
        (lambda one: one.optional().at_most(1), (0, 1), (2,)),
    ],
)
def test_the_number_of_requests_is_limited(pact, limit, passing, failing):
    for number in passing:
        limit(define(pact))

        assert [200] * number == run(pact, number)
    for number in failing:
        limit(define(pact))
        with pytest.raises((pypact.UnexpectedRequest, pypact.MissingRequests)):
            run(pact, number)


def test_equal_definitions_respond_in_order_each_as_often_as_declared(pact):
    define(pact, 201).times(2)
    define(pact, 202).at_least(2)
    define(pact, 203)
    define(pact, 204).at_most(1)

    assert [201, 201, 202, 202, 203, 204, 203, 203] == run(pact, 8)


def test_a_request_beyond_the_limit_names_the_earlier_ones(pact):
    define(pact).times(2)
    with pytest.raises(pypact.UnexpectedRequest) as caught:
        run(pact, 3)
    lines = str(caught.value).splitlines()

    assert lines[0] == (
        f"pypact: GET {BASE}/users/1 was sent 3 times, but Web -> Users allows it 2 "
        "times"
    )
    place = r"\S+test_request_counts\.py:\d+"
    assert re.fullmatch(f"  called at  {place}", lines[4])
    assert re.fullmatch(rf"  earlier    {place} \(2 times\)", lines[5])
    assert '  declared   "a response 200"    ' in "\n".join(lines)
    assert lines[-2:] == [
        "  hint       in the client: send this request only 2 times",
        "             in the contract: .times(3), or .at_least(2)",
    ]


def test_a_specific_definition_that_is_used_up_is_not_replaced_by_a_general_one(pact):
    define(pact, 201).times(1)
    define(pact, 202, pypact.match.regex("/users/[0-9]+", example="/users/2"))
    with pytest.raises(pypact.UnexpectedRequest, match="was sent 2 times"):
        run(pact, 2)


def test_limits_are_not_in_the_contract(pact, pact_dir):
    define(pact).times(2)
    run(pact, 2)
    limited = (pact_dir / "Web-Users.json").read_text("utf-8")
    define(pact)
    run(pact, 1)

    assert limited == (pact_dir / "Web-Users.json").read_text("utf-8")
    assert "times" not in json.dumps(define(pact).times(2).to_json())


@pytest.mark.parametrize(
    ("limit", "problem"),
    [
        (lambda one: one.times(0), r"times\(\) expects a whole number of at least 1"),
        (lambda one: one.at_most(0), "at_most.* at least 1, got 0"),
        (lambda one: one.at_least(-1), "at_least.* at least 0, got -1"),
        (lambda one: one.times(True), "got True"),
        (lambda one: one.times("2"), "got '2'"),
        (lambda one: one.times(2).at_most(3), r"got times\(\) and at_most\(\)"),
        (lambda one: one.at_least(2).at_least(3), r"at_least\(\) and at_least\(\)"),
        (lambda one: one.at_least(3).at_most(2), r"at_least\(3\) is more than"),
    ],
)
def test_limits_that_contradict_are_refused(pact, limit, problem):
    with pytest.raises(pypact.InvalidExpectation, match=problem):
        limit(define(pact))


def test_a_limit_after_the_first_request_is_refused(pact):
    with pact.intercept():
        one = define(pact)
        call()
        with pytest.raises(pypact.InvalidExpectation, match="before the first request"):
            one.times(1)


def test_unfinished_interactions_are_named_beside_missing_requests(pact):
    define(pact)
    pact.upon_receiving("no response").with_request("GET", "/users/1")
    with pytest.raises(pypact.MissingRequests) as caught, pact.intercept():
        pass

    assert '  unfinished "no response"   ' in str(caught.value)
    assert str(caught.value).endswith(": missing will_respond_with()")
