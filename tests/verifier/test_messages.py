"""Verifying the messages of a provider: message functions and what they return."""

import asyncio
import datetime as dt
import re

import pytest

import pypact
from pypact import bodies, match
from pypact.consumer.pact import Pact
from pypact.model.interactions import Contract

quiet = {"reports": []}


@pytest.fixture
def pact():
    return pypact.Consumer("Web").has_pact_with("Users")


def verifier_of(pact: Pact, *messages, **options):
    """Return a verifier for a contract that is not read from a file."""
    contract = Contract(
        "Web", "Users", tuple(message.to_interaction() for message in messages)
    )
    return pypact.Verifier("Users", pacts=contract, **options)


@pytest.fixture
def created(pact):
    return (
        pact.expects_message("user 23 was created")
        .given("a user", id=23)
        .with_contents({"id": match.integer(1), "name": match.like("Ann")})
        .with_metadata({"topic": match.regex("[a-z]+", "users")})
    )


@pytest.fixture
def question(pact):
    return (
        pact.expects_sync_message("a question")
        .with_request({"q": match.integer(1)}, {"topic": "questions"})
        .will_respond_with({"a": match.like("x")})
        .will_respond_with("done", {"last": True})
    )


def failure_of(verifier):
    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify(**quiet)
    return str(caught.value)


def test_a_function_makes_the_message_of_its_description(pact, created):
    verifier = verifier_of(pact, created)

    @verifier.message("user {number:int} was created")
    def _(number):
        return {"id": number, "name": "Grace"}, {"topic": "people"}

    assert verifier.verify(**quiet).is_ok


def test_one_function_can_make_all_messages(pact, created):
    other = pact.expects_message("something else").with_contents("Hello")
    verifier = verifier_of(pact, created, other)

    @verifier.message("something else")
    def _():
        return "Hello"

    @verifier.message()
    def _(description, interaction):
        assert description == interaction.description
        return b'{"id": 5, "name": "Grace"}', {"topic": "people"}

    assert verifier.verify(**quiet).is_ok


def test_states_are_set_up_and_provide_values(pact, created):
    verifier = verifier_of(pact, created)
    happened = []

    @verifier.state("a user")
    def _(id):
        happened.append("up")
        yield {"name": f"user {id}"}
        happened.append("down")

    @verifier.message()
    def _(id, name):
        happened.append("made")
        return {"id": id, "name": name}, {"topic": "people"}

    assert verifier.verify(**quiet).is_ok
    assert ["up", "made", "down"] == happened


def test_a_message_function_can_be_a_coroutine_function(pact, created):
    verifier = verifier_of(pact, created)

    @verifier.message()
    async def _():
        await asyncio.sleep(0)
        return {"id": 5, "name": "Grace"}, {"topic": "people"}

    assert verifier.verify(**quiet).is_ok
    assert asyncio.run(verifier.averify(**quiet)).is_ok


def test_all_mismatches_of_contents_and_metadata_are_reported(pact, created):
    verifier = verifier_of(pact, created)
    verifier.message()(lambda: ({"id": "5"}, {"topic": "2"}))
    text = failure_of(verifier)

    assert "3 mismatches" in text
    assert "$.id" in text
    assert "topic" in text


def test_missing_metadata_are_reported(pact, created):
    verifier = verifier_of(pact, created)
    verifier.message()(lambda: {"id": 5, "name": "Ann"})

    assert "Expected message metadata 'topic' but was missing" in failure_of(verifier)


def test_an_unknown_message_is_an_error_with_a_template(pact, created):
    verifier = verifier_of(pact, created)
    verifier.message("user {number:int} was deleted")(lambda number: number)
    text = failure_of(verifier)

    assert 'no message function for "user 23 was created"' in text
    assert 'did you mean "user {number:int} was deleted"?' in text
    assert "@verifier.message(" in text


def test_an_error_in_a_message_function_is_reported_with_its_line(pact, created):
    verifier = verifier_of(pact, created)

    @verifier.message()
    def _():
        raise LookupError("no such topic")

    text = failure_of(verifier)

    place = r"the provider raised LookupError: no such topic\n +\S*test_messages\.py:"
    assert re.search(place, text)
    assert 'raise LookupError("no such topic")' in text


def test_a_parameter_without_a_value_is_named(pact, created):
    verifier = verifier_of(pact, created)
    verifier.message()(lambda session: session)
    text = failure_of(verifier)

    assert "no value for the parameter 'session'" in text


def test_parameters_can_come_from_value_for(pact, created):
    verifier = verifier_of(pact, created)

    @verifier.message()
    def _(factory, default=5, *_, **__):
        return factory(default), {"topic": "people"}

    def value_for(name):
        return {"factory": lambda number: {"id": number, "name": ""}}[name]

    assert verifier.verify(value_for=value_for, **quiet).is_ok


@pytest.mark.parametrize(
    "given", [(1, 2), ("a", {}, {}), dt.date(2000, 1, 1), {"a": {1}}]
)
def test_an_invalid_message_is_reported(pact, created, given):
    verifier = verifier_of(pact, created)
    verifier.message()(lambda: given)

    assert "did not return a valid message: " in failure_of(verifier)


@pytest.mark.parametrize(
    ("expected", "given"),
    [
        (bodies.xml(bodies.element("a", "b")), b"<a>b</a>"),
        (bodies.xml(bodies.element("a", "b")), bodies.xml(bodies.element("a", "b"))),
        (b"\x89PNG", bytearray(b"\x89PNG")),
        ("", None),
        (None, {"any": "thing"}),
        ([1, 2], [1, 2]),
        ({"a": 1.5}, {"a": 1.5, "more": None}),
    ],
)
def test_contents_can_be_of_any_type(pact, expected, given):
    verifier = verifier_of(pact, pact.expects_message("m").with_contents(expected))
    verifier.message("m")(lambda: given)

    assert verifier.verify(**quiet).is_ok


@pytest.mark.parametrize("name", ["contentType", "Content-Type"])
def test_an_undeclared_content_type_is_derived_from_the_contents(pact, name):
    message = (
        pact.expects_message("m")
        .with_contents({"a": 1})
        .with_metadata({name: "application/vnd.user+json"})
    )
    verifier = verifier_of(pact, message)
    verifier.message("m")(lambda: {"a": 1})

    assert verifier.verify(**quiet).is_ok


def test_a_declared_content_type_is_compared(pact):
    message = (
        pact.expects_message("m")
        .with_contents({"a": 1})
        .with_metadata({"contentType": "application/json"})
    )
    verifier = verifier_of(pact, message)
    verifier.message("m")(lambda: ({"a": 1}, {"contentType": "text/plain"}))

    assert "text/plain" in failure_of(verifier)


def test_all_responses_to_a_message_are_compared(pact, question):
    verifier = verifier_of(pact, question)

    @verifier.message("a question")
    def _(request):
        assert {"q": 1} == request.contents.json()
        assert "questions" == request.metadata["topic"]
        return [{"a": "y"}, ("done", {"last": True})]

    assert verifier.verify(**quiet).is_ok


def test_responses_can_be_yielded(pact, question):
    verifier = verifier_of(pact, question)

    @verifier.message("a question")
    def _():
        yield {"a": "y"}
        yield "done", {"last": True}

    assert verifier.verify(**quiet).is_ok


def test_responses_can_be_yielded_by_an_async_generator(pact, question):
    verifier = verifier_of(pact, question)

    @verifier.message("a question")
    async def _():
        yield {"a": "y"}
        await asyncio.sleep(0)
        yield "done", {"last": True}

    assert verifier.verify(**quiet).is_ok


def test_a_mismatch_in_a_response_is_reported_with_its_number(pact, question):
    verifier = verifier_of(pact, question)
    verifier.message("a question")(lambda: [{"a": "y"}, ("over", {"last": False})])
    text = failure_of(verifier)

    assert "response 2: " in text
    assert "response 1: " not in text


def test_a_missing_response_is_reported(pact, question):
    verifier = verifier_of(pact, question)
    verifier.message("a question")(lambda: {"a": "y"})

    assert "expected 2 messages, but the message function" in failure_of(verifier)


def test_values_of_states_fill_the_request_of_a_sync_message(pact):
    message = (
        pact.expects_sync_message("a question")
        .given("a user")
        .with_request({"id": match.from_provider_state("${id}", 1)})
        .will_respond_with("ok")
    )
    verifier = verifier_of(pact, message)
    verifier.state("a user")(lambda: {"id": 99})

    @verifier.message()
    def _(request):
        assert {"id": 99} == request.contents.json()
        return "ok"

    assert verifier.verify(**quiet).is_ok


def test_a_verifier_without_an_app_cannot_verify_http_interactions(pact):
    call = pact.upon_receiving("a call").with_request().will_respond_with()

    assert "has no app or base_url" in failure_of(verifier_of(pact, call))


def test_a_second_function_for_the_same_messages_is_refused(pact):
    verifier = verifier_of(pact)
    for text in ("a", None):
        verifier.message(text)(lambda: None)
        with pytest.raises(pypact.InvalidExpectation, match="registered twice"):
            verifier.message(text)(lambda: None)
    with pytest.raises(pypact.InvalidExpectation, match=r"@verifier\.message\("):
        verifier.message(5)


def test_two_matching_patterns_are_an_error(pact, created):
    verifier = verifier_of(pact, created)
    verifier.message("user {a:int} was created")(lambda a: a)
    verifier.message("{who} was created")(lambda who: who)

    assert "message 'user 23 was created' matches several patterns: " in (
        failure_of(verifier)
    )


def test_a_diff_of_the_contents_is_shown(pact, created):
    verifier = verifier_of(pact, created)
    verifier.state("a user")(lambda: None)
    verifier.message()(lambda: ({"id": "x", "name": "Bob", "more": 1}, {"topic": "t"}))

    assert """
  contents (- contract, + provider; differences that a rule accepts are not marked)
      {
    -   "id": 1,
    +   "id": "x",
        "more": 1,
        "name": "Bob"
      }""" in failure_of(verifier)


def test_a_diff_of_each_mismatched_response_is_shown(pact, question):
    verifier = verifier_of(pact, question)
    verifier.message()(lambda: [{"a": 1}, ("gone", {"last": True})])

    text = failure_of(verifier)

    assert "response 1: contents (- contract, + provider; " in text
    assert "response 2: contents (- contract, + provider; " in text
    assert "    - done\n    + gone" in text
