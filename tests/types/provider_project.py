"""The verification of a provider, annotated: both type checkers must accept it."""

from __future__ import annotations

import unittest
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, jsonify, request
from flask.typing import ResponseReturnValue

import pypact
from pypact import select

PACTS = Path(__file__).with_name("pacts")


# --- The provider: production code, independent of pypact -----------------------------


class Users:
    """The users of the service; a real one has a database."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def add(self, name: str, number: int | None = None) -> int:
        """Store a name, and return its number."""
        number = number or max(self.names, default=0) + 1
        self.names[number] = name
        return number


def create_app(users: Users) -> Flask:
    """Return the service with these users."""
    app = Flask("users")

    @app.before_request
    def authorize() -> None:
        if request.authorization is None or request.authorization.token != "secret":
            abort(401)

    @app.get("/users/<int:number>")
    def show(number: int) -> ResponseReturnValue:
        if number not in users.names:
            return jsonify(error="no such user"), 404
        return jsonify(id=number, name=users.names[number])

    @app.post("/users")
    def create() -> ResponseReturnValue:
        return jsonify(id=users.add(request.get_json()["name"])), 201

    return app


def make_user_created(number: int, name: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the message about a new user: contents and metadata."""
    return {"id": number, "name": name}, {"topic": "users"}


# --- Its verification -----------------------------------------------------------------

users = Users()
verifier: pypact.Verifier = pypact.Verifier(
    "Users", app=create_app(users), pacts=PACTS, content_types={"text/x-log": "text"}
)


@verifier.state("user {number:int} exists")
def user_exists(number: int) -> Iterator[dict[str, object]]:
    """Set up a user; the value is used by generators and by message functions."""
    users.add("Ann", number)
    yield {"user_number": number}
    users.names.clear()


@verifier.state("there are no users")
def no_users() -> None:
    """Remove all users."""
    users.names.clear()


@verifier.state("the service is busy")
async def busy() -> None:
    """Set up a state asynchronously."""


@verifier.state("users are named by a file")
@contextmanager
def named_by_file() -> Iterator[None]:
    """Set up and tear down in a context manager."""
    users.add("Bob")
    yield
    users.names.clear()


@verifier.request_filter
def authorize(outgoing: pypact.OutgoingRequest) -> None:
    """Send a valid token in place of the consumer's."""
    outgoing.set_header("Authorization", "Bearer secret")


@verifier.message("a user was created")
def user_created(user_number: int) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the contents and the metadata of the message."""
    return make_user_created(user_number, users.names[user_number])


@verifier.before_each
def begin() -> None:
    """Start each interaction without users."""
    users.names.clear()


@verifier.after_each
def end() -> None:
    """End each interaction without users."""
    users.names.clear()


@verifier.filter_consumer("Web").request_filter
def add_trace(outgoing: pypact.OutgoingRequest) -> None:
    """Send a further header in the requests of one consumer."""
    outgoing.set_header("X-Trace", "1")


@verifier.each()
def test_contract(interaction: Any) -> None:
    """Verify one interaction with pytest."""
    interaction.verify()


@verifier.each(consumer="Web", no_state=True)
@pytest.mark.parametrize("debug", [False, True])
def test_without_states(interaction: Any, debug: bool) -> None:
    """Verify some interactions twice."""
    interaction.verify()


@verifier.cases
class TestContract(unittest.TestCase):
    """Verify each interaction with unittest."""

    def setUp(self) -> None:
        """Start each interaction without users."""
        self.store = users
        self.store.names.clear()


class Base(unittest.TestCase):
    """The set-up of the test case below."""


TestWeb = verifier.cases(Base, consumer="Web", allow_empty=True)


def verify_in_a_script() -> int:
    """Verify all contracts, and return the number of failures."""
    try:
        result: pypact.VerificationResult = verifier.verify()
    except pypact.VerificationFailed as error:
        if isinstance(error.result, pypact.VerificationResult):
            return len(error.result.failed)
        raise
    return 0 if result.is_ok else 1


def make_broker_verifier(token: str) -> pypact.Verifier:
    """Return a verifier whose contracts are in a broker."""
    broker = pypact.Broker(
        "https://broker.example.com",
        token=token,
        selectors=[select.main_branch(), select.deployed_or_released()],
        pending=True,
        provider_version="1.0.0",
        provider_branch="main",
        publish=True,
    )
    return pypact.Verifier("Users", base_url="http://localhost:8080", pacts=broker)


def list_descriptions(path: Path) -> list[str]:
    """Return the descriptions of the interactions of a contract."""
    contract = pypact.read_pact(path)
    return [interaction.description for interaction in contract.interactions]


# The decorators keep the types of what they decorate.
state: Callable[[], None] = no_users
message: Callable[[int], tuple[dict[str, Any], dict[str, str]]] = user_created
case: type[unittest.TestCase] = TestContract
