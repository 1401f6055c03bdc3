"""The registry chooses the interaction for a request, and judges all requests."""

import pickle
import threading

import pytest

from pypact.errors import BlockMisuse, MissingRequests, UnexpectedRequest
from pypact.explain.verdict import RareRequests
from pypact.generators import GENERATORS, GeneratorKind
from pypact.model.body import Body, parse_content_type
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import (
    HttpInteraction,
    RequestCount,
    UnknownInteraction,
)
from pypact.model.rules import Generator, Rule, RuleList
from pypact.registry import (
    Exchange,
    MatchedResponse,
    Registry,
    Verdict,
    complete_response,
)

ANYTHING = RuleList((Rule("regex", {"regex": ".*"}),))


def interaction(description, target="/users", response=None, **request):
    path, _, query = target.partition("?")
    return HttpInteraction(
        description=description,
        request=Request(path=path, query=Query.from_text(query), **request),
        response=response or Response(),
        place=f"tests/test_users.py:{len(description)}",
    )


def registry_of(*interactions):
    registry = Registry("Web -> Users")
    for one in interactions:
        registry.add(one)
    return registry


def get(target="/users", headers=(), body=None):
    return Request.from_http("GET", target, headers, body)


# -- choice of the interaction ---------------------------------------------------------


def test_the_interaction_that_matches_responds():
    one, other = interaction("one", "/one"), interaction("other", "/other")
    registry = registry_of(one, other)

    assert MatchedResponse(other, other.response) == registry.respond_to(get("/other"))


def test_the_method_ignores_case():
    one = interaction("one", method="post")

    assert [one] == registry_of(one).find_matching(Request.from_http("Post", "/users"))


def test_an_exact_path_comes_before_one_by_rule():
    by_rule = interaction("rule", "/users", rules={"path": {"": ANYTHING}})
    exact = interaction("exact")
    registry = registry_of(by_rule, exact)

    assert [exact, by_rule] == registry.find_matching(get())
    assert [by_rule] == registry.find_matching(get("/other"))


def test_a_more_specific_interaction_comes_first():
    plain = interaction("plain")
    with_header = interaction("header", headers=Headers([("X-A", ("1",))]))
    registry = registry_of(plain, with_header)

    assert [with_header, plain] == registry.find_matching(get(headers=[("X-A", "1")]))
    assert [plain] == registry.find_matching(get())


@pytest.mark.parametrize("sent", ["a=1&b=2", "b=2&a=1", "b=2&&a=1&"])
def test_a_query_is_found_in_any_order_of_its_names(sent):
    one = interaction("one", "/users?a=1&b=2")
    others = [interaction(f"no {n}", f"/users?a=1&b={n}") for n in (1, 3)]
    registry = registry_of(*others, one, interaction("none"))

    assert [one] == registry.find_matching(get(f"/users?{sent}"))


def test_a_parameter_without_value_is_one_with_an_empty_value():
    one, other = interaction("one", "/users?a"), interaction("other", "/users?a=")

    assert [one, other] == registry_of(one, other).find_matching(get("/users?a"))
    assert [one, other] == registry_of(one, other).find_matching(get("/users?a="))


def test_a_query_with_rules_is_found_by_its_path():
    by_rule = interaction("rule", "/users?a=1", rules={"query": {"a": ANYTHING}})
    exact = interaction("exact", "/users?a=1")
    registry = registry_of(by_rule, exact)

    assert [exact, by_rule] == registry.find_matching(get("/users?a=1"))
    assert [by_rule] == registry.find_matching(get("/users?a=2"))


def test_a_query_of_specification_1_is_found_in_its_order_only():
    ordered = HttpInteraction(
        description="ordered",
        request=Request(path="/", query=Query.from_text("a=1&b=2", ordered=True)),
        response=Response(),
    )
    registry = registry_of(ordered)

    assert [ordered] == registry.find_matching(get("/?a=1&b=2"))
    assert [] == registry.find_matching(get("/?b=2&a=1"))


def test_equally_specific_ones_respond_in_turn_and_the_last_repeats():
    """A retry is defined as two interactions with the same request."""
    busy = interaction("busy", response=Response(503))
    fine = interaction("fine", response=Response(200))
    registry = registry_of(busy, fine)

    statuses = [registry.respond_to(get()).response.status for _ in range(4)]

    assert [503, 200, 200, 200] == statuses


def test_equally_specific_ones_keep_their_order():
    by_rule = interaction("rule", "/users?a=1", rules={"query": {"a": ANYTHING}})
    registry = registry_of(by_rule, interaction("exact", "/users?a=1"), by_rule)

    assert ["exact", "rule", "rule"] == [
        one.description for one in registry.find_matching(get("/users?a=1"))
    ]


def test_the_most_specific_one_responds_each_time():
    plain = interaction("plain")
    special = interaction("special", headers=Headers([("X-A", ("1",))]))
    registry = registry_of(plain, special)
    request = get(headers=[("X-A", "1")])

    answered = [registry.respond_to(request).interaction for _ in range(2)]

    assert [special, special] == answered


def test_an_interaction_may_be_added_after_the_first_call():
    registry = registry_of(interaction("one", "/one"))
    registry.respond_to(get("/one"))
    registry.add(interaction("two", "/two"))

    assert "two" == registry.respond_to(get("/two")).interaction.description


# -- generators of the response --------------------------------------------------------


def test_generators_are_applied_to_the_response():
    response = Response(
        headers=Headers([("X-Id", ("example",))]),
        generators={"header": {"X-Id": Generator("RandomInt", {"min": 7, "max": 7})}},
    )
    registry = registry_of(interaction("one", response=response))

    answer = registry.respond_to(get())

    assert ("7",) == answer.response.headers["x-id"]
    assert answer.response == registry.exchanges[0].response


def test_an_exception_of_a_generator_fails_the_call_and_the_verdict(monkeypatch):
    def break_down(*_):
        raise RuntimeError("broken")

    monkeypatch.setitem(GENERATORS, "Mine", GeneratorKind("Mine", break_down))
    response = Response(generators={"status": {"": Generator("Mine")}})
    registry = registry_of(interaction("one", response=response))

    with pytest.raises(RuntimeError) as caught:
        registry.respond_to(get())

    assert (caught.value,) == registry.verdict().unexpected


# -- exchanges and verdict -------------------------------------------------------------


def test_each_call_is_recorded_in_order():
    one = interaction("one")
    registry = registry_of(one)
    registry.respond_to(get(), caller="client.py:7")
    with pytest.raises(UnexpectedRequest) as caught:
        registry.respond_to(get("/other"), caller="client.py:8")

    assert (
        Exchange(get(), "client.py:7", one, one.response),
        Exchange(get("/other"), "client.py:8", error=caught.value),
    ) == registry.exchanges


@pytest.mark.parametrize("name", ["respond", "change"])
def test_the_error_of_a_function_is_recorded_with_its_caller(name):
    def fail(*_):
        raise ValueError("a mistake")

    one = interaction("one")
    registry = registry_of(one)
    with pytest.raises(ValueError, match="a mistake") as caught:
        registry.respond_to(get(), caller="client.py:7", **{name: fail})

    recorded = Exchange(get(), "client.py:7", one, error=caught.value)
    assert (recorded,) == registry.exchanges


def test_a_block_without_problems_passes():
    one, other = interaction("one"), interaction("other", "/other")
    registry = registry_of(one, other)
    registry.respond_to(get("/other"))
    registry.respond_to(get())
    verdict = registry.verdict()

    assert Verdict("Web -> Users", used=(one, other)) == verdict
    assert verdict
    assert verdict.error() is None
    assert "pypact: Web -> Users: all requests matched" == str(verdict)


def test_an_optional_interaction_is_used_if_requested_and_never_missing():
    one, other = interaction("one"), interaction("other", "/other")
    registry = Registry("Web -> Users")
    registry.add(one, optional=True)
    registry.add(other, optional=True)
    registry.respond_to(get())
    verdict = registry.verdict()

    assert verdict.passed
    assert (one,) == verdict.used


def test_an_interaction_without_a_request_is_missing():
    one, other = interaction("one"), interaction("other", "/other")
    registry = registry_of(one, other)
    registry.respond_to(get())
    error = registry.verdict().error()

    expected = """\
pypact: Web -> Users: 1 interaction not requested: GET /other

  not requested
    "other"    tests/test_users.py:5   GET /other"""

    assert isinstance(error, MissingRequests)
    assert expected == str(error)


def test_a_caught_unexpected_request_is_in_the_verdict():
    registry = registry_of(interaction("one"))
    registry.respond_to(get())
    try:
        registry.respond_to(get("/user"))
    except UnexpectedRequest as error:
        text = str(error)
    verdict = registry.verdict()

    assert not verdict
    assert isinstance(verdict.error(), UnexpectedRequest)
    assert str(verdict.error()).startswith(f"{text}\n\n  note       raised at the call")


def test_all_problems_are_in_one_text():
    registry = registry_of(interaction("one"), interaction("two", "/two"))
    for number in range(7):
        with pytest.raises(UnexpectedRequest):
            registry.respond_to(get(f"/x-{number}-x-x-x-x"))
    text = str(registry.verdict())

    head = "pypact: Web -> Users: 7 unexpected requests, 2 interactions not requested"
    tail = """
and 2 unexpected requests more

  note       raised at the call as well; it did not end the test, because the \
consumer caught it, or called in another thread or process

  not requested
    "one"    tests/test_users.py:3   GET /users
    "two"    tests/test_users.py:3   GET /two"""

    head += "; first: GET /x-0-x-x-x-x matches no interaction of Web -> Users"
    assert head == text.splitlines()[0]
    assert text.endswith(tail)
    assert 6 == text.count(" matches no interaction of ")


def test_a_recorded_failure_is_in_the_verdict():
    registry = registry_of(interaction("one"))
    registry.respond_to(get())
    error = BlockMisuse("the caller belongs to no block")
    registry.record_failure(get("/v2/users"), error, caller="client.py:7")

    assert (
        Exchange(get("/v2/users"), "client.py:7", error=error)
        == (registry.exchanges[-1])
    )
    assert (error,) == registry.verdict().unexpected
    assert str(registry.verdict()).startswith(str(error))


def test_errors_and_verdicts_survive_pickling():
    registry = registry_of(interaction("one"))
    with pytest.raises(UnexpectedRequest) as caught:
        registry.respond_to(get("/other"))
    verdict = registry.verdict()

    assert str(caught.value) == str(pickle.loads(pickle.dumps(caught.value)))
    assert str(verdict) == str(pickle.loads(pickle.dumps(verdict)))
    assert str(verdict) == str(pickle.loads(pickle.dumps(verdict.error())))


def test_equal_interactions_are_shared_between_threads():
    """Each of 64 equal interactions responds once, in whichever thread."""
    registry = registry_of(
        *(interaction(f"{n}", response=Response(200 + n)) for n in range(64))
    )
    threads = [
        threading.Thread(target=lambda: [registry.respond_to(get()) for _ in range(8)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    statuses = sorted(one.response.status for one in registry.exchanges)

    assert list(range(200, 264)) == statuses
    assert registry.verdict().passed


def test_a_body_without_a_declared_type_is_sent_with_a_type():
    text, json = Body.of(b"x", parse_content_type("text/plain")), Body.of(b"[1]")
    cases = [
        (Response(body=text), False, "text/plain"),
        (Response(body=json), False, None),
        (Response(body=json), True, "application/json"),
        (Response(body=Body.of(b"x")), True, None),
        (Response(body=Body.of(b"")), True, None),
        (Response(), True, None),
        (
            Response(headers=Headers([("content-type", ("a/b",))]), body=json),
            True,
            "a/b",
        ),
    ]
    for response, guess_json, expected in cases:
        completed = complete_response(response, guess_json=guess_json)

        assert expected == completed.headers.first("Content-Type")
        if expected in (None, "a/b"):
            assert completed is response


def test_a_request_beyond_the_limit_is_refused_with_the_places_of_the_others():
    registry = Registry("Web -> Users")
    registry.add(interaction("one"), times=RequestCount(1, 2, 2))
    registry.add(interaction("any", rules={"path": {"": ANYTHING}}))
    registry.respond_to(get(), caller="a.py:1")
    registry.respond_to(get())

    with pytest.raises(UnexpectedRequest) as raised:
        registry.respond_to(get(), caller="a.py:3", base_url="http://x/")

    expected = REPEATED
    assert expected == str(raised.value)
    assert raised.value is registry.exchanges[-1].error
    assert "a.py:3" == registry.exchanges[-1].caller


def test_too_few_requests_are_counted():
    registry = Registry("Web -> Users")
    one = interaction("one")
    registry.add(one, times=RequestCount(2, None))
    registry.respond_to(get())
    verdict = registry.verdict()

    assert (RareRequests(one, 1, 2),) == verdict.rare
    assert not verdict.passed
    assert () == verdict.missing
    registry.respond_to(get())
    assert registry.verdict().passed


def test_a_registry_that_does_not_remember_answers_with_the_first():
    registry = Registry("Web -> Users", remembers=False)
    first = interaction("first")
    registry.add(first)
    registry.add(interaction("second"))

    assert [first, first] == [registry.respond_to(get()).interaction for _ in range(2)]
    assert () == registry.exchanges


def test_what_was_added_since_is_removed_when_the_state_is_restored():
    one, other = interaction("one"), interaction("other", "/other")
    registry = registry_of(one)
    registry.respond_to(get())
    restore = registry.save_state()
    registry.add(other)
    registry.respond_to(get("/other"))
    registry.respond_to(get())
    restore()

    assert [one] == [found.interaction for found in registry.exchanges]
    assert [] == registry.find_matching(get("/other"))
    assert [one] == registry.find_matching(get())
    assert Verdict("Web -> Users", used=(one,)) == registry.verdict()
    registry.add(other)
    assert (other,) == registry.verdict().missing


def test_what_is_left_out_of_a_contract_is_named():
    registry = Registry("Web -> Users", list_unfinished=lambda: ("'half'",))
    assert registry.is_empty
    registry.add_supported(
        [UnknownInteraction(description="odd", data={}, problem="it is odd")]
    )
    assert registry.is_empty
    registry.add_supported([interaction("one")])
    assert not registry.is_empty

    with pytest.raises(UnexpectedRequest) as raised:
        registry.respond_to(get("/x"), url="http://host/x")

    assert LEFT_OUT == str(raised.value)
    assert registry.verdict().missing == ()


REPEATED = """\
pypact: GET http://x/users was sent 3 times, but Web -> Users allows it 2 times

  sent       GET http://x/users
  called at  a.py:3
  earlier    a.py:1
             an unknown place

  declared   "one"    tests/test_users.py:3   at most 2 times

  hint       in the client: send this request only 2 times
             in the contract: .times(3), or .at_least(2)"""
LEFT_OUT = """\
pypact: GET http://host/x matches no interaction of Web -> Users; 1 is unfinished

  sent       GET http://host/x

  unfinished 'half'

  completely defined:
    GET /users   "one"    tests/test_users.py:3

  left out   "odd": it is odd"""
