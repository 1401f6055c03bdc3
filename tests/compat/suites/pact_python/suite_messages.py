"""Tests of a consumer and a provider of messages."""

import os
import sys

import pytest
from pact import EachLike, Like, MessageConsumer, MessageProvider, Provider, Term

PACT_DIR = os.environ["SUITE_PACTS"]
VENDOR = sys.prefix  # the handler must not depend on it


class Refused(Exception):
    pass


def handle(event):
    if event.get("kind") not in ("created", "deleted"):
        raise Refused(event)
    return event["id"]


@pytest.fixture(scope="module")
def pact():
    return MessageConsumer("Mail Job", version="3").has_pact_with(
        Provider("Users"), pact_dir=PACT_DIR
    )


def test_a_message(pact):
    event = {"kind": "created", "id": 3}
    (
        pact.given("a user was created")
        .expects_to_receive("the creation of a user")
        .with_content(event)
        .with_metadata({"Content-Type": "application/json"})
    )

    with pact:
        assert handle(event) == 3


def test_matchers_in_a_message(pact):
    (
        pact.given("a user was deleted", {"id": 4})
        .given("no mail was sent")
        .expects_to_receive("the deletion of a user")
        .with_content(
            {
                "kind": Term("created|deleted", "deleted"),
                "id": Like(4),
                "tags": EachLike("x"),
            }
        )
        .with_metadata({"topic": Like("users")})
    )

    with pact:
        assert handle({"kind": "deleted", "id": 4}) == 4


def test_a_message_of_a_block_that_raises_is_not_written(pact):
    (
        pact.given("a strange event")
        .expects_to_receive("a strange event")
        .with_content({"kind": "?"})
        .with_metadata({})
    )

    with pytest.raises(Refused), pact:
        handle({"kind": "?"})


def test_another_message(pact):
    (
        pact.given("a list")
        .expects_to_receive("a list of users")
        .with_content(EachLike({"id": Like(1)}, minimum=2))
        .with_metadata({"Content-Type": "application/json"})
    )

    with pact:
        pass


def test_fails_by_its_handler(pact):
    (
        pact.given("an unknown event")
        .expects_to_receive("an unknown event")
        .with_content({"kind": "moved", "id": 1})
        .with_metadata({"Content-Type": "application/json"})
    )

    with pact:
        handle({"kind": "moved"})


PROVIDERS = {
    "a user was created": lambda: {"kind": "created", "id": 3},
    "a user was deleted": lambda: {"kind": "created", "id": 99, "tags": ["a", "b"]},
    "a list": lambda: [{"id": 1}, {"id": 2}, {"id": 3}],
}


def make_provider(**changes):
    return MessageProvider(
        message_providers={**PROVIDERS, **changes},
        provider="Users",
        consumer="Mail Job",
        pact_dir=PACT_DIR,
    )


def replace(state, value):
    return make_provider(**{state: lambda: value})


def test_the_provider():
    provider = make_provider()

    with provider:
        provider.verify()


def test_a_provider_with_further_fields():
    provider = replace("a user was created", {"kind": "created", "id": 3, "more": 1})

    with provider:
        provider.verify()


def test_a_provider_with_a_wrong_value():
    provider = replace("a user was created", {"kind": "created", "id": 5})

    with pytest.raises(AssertionError), provider:
        provider.verify()


def test_fails_because_of_a_wrong_type():
    provider = replace("a list", [{"id": "one"}, {"id": "two"}])

    with provider:
        provider.verify()


def test_fails_because_of_a_list_that_is_too_short():
    provider = replace("a list", [{"id": 1}])

    with provider:
        provider.verify()
