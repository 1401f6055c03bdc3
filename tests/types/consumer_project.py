"""The tests of a consumer, annotated: both type checkers must accept them."""

from __future__ import annotations

import json
import unittest
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

import pypact
from pypact import bodies, fault, generate, match

URL = "https://users.example.com/api"


# --- The consumer: production code, independent of pypact -----------------------------


@dataclass(frozen=True)
class User:
    """A user as this consumer needs it."""

    number: int
    name: str
    emails: tuple[str, ...] = ()


class UserClient:
    """A client of the service "Users"."""

    def __init__(self, url: str = URL, token: str = "token-of-web") -> None:
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers)

    def get(self, number: int) -> User | None:
        """Return a user, or None if there is no such user."""
        response = self._http.get(f"/users/{number}")
        if response.status_code == 404:
            return None
        found = response.raise_for_status().json()
        return User(found["id"], found["name"], tuple(found.get("emails", ())))

    def find(self, name: str) -> list[str]:
        """Return the names that begin with `name`."""
        response = self._http.get("/users", params={"name": name, "limit": 10})
        return [user["name"] for user in response.raise_for_status().json()]

    def create(self, name: str) -> int:
        """Create a user, and return its number."""
        response = self._http.post("/users", json={"name": name})
        return int(response.raise_for_status().json()["id"])


async def get_name(number: int) -> str:
    """Return the name of a user, asynchronously."""
    headers = {"Authorization": "Bearer token-of-web"}
    async with httpx.AsyncClient(base_url=URL, headers=headers) as client:
        response = await client.get(f"/users/{number}")
        return str(response.raise_for_status().json()["name"])


def greet(contents: bytes, metadata: dict[str, Any]) -> str:
    """Process the message about a new user."""
    return f"Hello {json.loads(contents)['name']}, from {metadata['topic']}"


# --- Its tests ------------------------------------------------------------------------

pact: pypact.Pact = pypact.Consumer("Web").has_pact_with(
    pypact.Provider("Users"), base_url=URL, specification="4.0"
)
calls = pact.fixture()
client = UserClient()


def declare_user(name: str, **more: object) -> None:
    """Declare that user 23 exists and has this name."""
    (
        pact.given("user 23 exists", id=23)
        .upon_receiving(f"a request for {name}")
        .with_request(
            "GET",
            "/users/23",
            headers={"Authorization": match.regex(r"Bearer \S+", "Bearer x")},
        )
        .will_respond_with(
            200,
            headers={"Content-Type": "application/json"},
            body={"id": match.integer(23), "name": match.like(name), **more},
        )
    )


def test_a_user_is_read(calls: pypact.Calls) -> None:
    emails = match.each_like(match.email("ann@example.com"), min=1)
    declare_user("Ann", emails=emails)

    assert client.get(23) == User(23, "Ann", ("ann@example.com",))
    exchange: pypact.Exchange = calls[0]
    assert (exchange.method, exchange.status) == ("GET", 200)
    assert [exchange] == calls.to("GET")


def test_a_missing_user_is_none() -> None:
    (
        pact.given("there are no users")
        .upon_receiving("a request for a missing user")
        .with_request("GET", "/users/99")
        .will_respond_with(match.status_code("clientError", 404))
    )
    with pact.intercept() as made:
        assert client.get(99) is None
    assert len(made) == 1


@pact.intercept()
def test_users_are_found() -> None:
    (
        pact.upon_receiving("a search")
        .with_request("GET", "/users", query={"name": "A", "limit": ["10"]})
        .will_respond_with(200, body=match.each_like({"name": match.string("Ann")}))
        .times(1)
    )

    assert ["Ann"] == client.find("A")


@pytest.fixture
@pact.intercept()
def new_user() -> Iterator[str]:
    """Declare the creation of a user, and yield its name."""
    (
        pact.upon_receiving("a new user")
        .with_request("POST", "/users", body={"name": match.not_empty("Bob")})
        .will_respond_with(
            201, body={"id": match.integer(24, generator=generate.random_int(1, 99))}
        )
    )
    yield "Bob"  # noqa: PT022 -- the block ends after it


def test_a_user_is_created(new_user: str) -> None:
    assert client.create(new_user) > 0


@pytest.mark.asyncio
@pact.intercept()
async def test_a_name_is_read_asynchronously() -> None:
    declare_user("Zoe")

    assert "Zoe" == await get_name(23)


def test_a_failure_of_the_network_is_an_error() -> None:
    declare_user("Kim")
    with pact.intercept(fault=fault.connection_reset(times=1)):
        with pytest.raises(httpx.TransportError):
            client.get(23)
        assert client.get(23) == User(23, "Kim")


def test_a_plain_text_is_declared() -> None:
    (
        pact.upon_receiving("a request for the version")
        .with_request("GET", "/version")
        .will_respond_with(200, body=bodies.text("1.0.0"))
    )
    with pact.intercept():
        assert "1.0.0" == httpx.get(f"{URL}/version").text


def test_a_message_is_processed() -> None:
    message = (
        pact.expects_message("a user was created")
        .given("user 23 exists")
        .with_contents({"id": match.integer(23), "name": match.like("Ann")})
        .with_metadata(topic="users")
    )

    assert "Hello Ann, from users" == message.verify(greet)


@pact.intercept()
class TestUsers(unittest.TestCase):
    """A test case whose methods each run in a block."""

    def test_a_user_is_read(self) -> None:
        declare_user("Eve")

        found = client.get(23)
        assert found is not None
        assert "Eve" == found.name


def list_mismatches(path: Path, status: int) -> list[str]:
    """Compare each interaction of a contract with an empty response."""
    contract: pypact.Contract = pypact.read_pact(path)
    response = pypact.Response.from_http(status, [], b"")
    mismatches: list[pypact.Mismatch] = [
        mismatch
        for interaction in contract.interactions
        for mismatch in pypact.match_response(interaction, response)
    ]
    return [f"{one.kind} at {one.path}" for one in mismatches]


# The decorators keep the signatures of what they decorate.
plain: Callable[[], None] = test_users_are_found
later: Callable[[], Awaitable[None]] = test_a_name_is_read_asynchronously
case: type[unittest.TestCase] = TestUsers
