"""Consumer tests of optional fields: a nickname that may be null or absent.

Run them with `pytest examples/optional_fields.py -v`. The contract gets one
interaction for each variant, each with a state parameter from which the provider's
state function creates such a user: `nickname` is "Al", "null" or "absent".
"""

from __future__ import annotations

import pytest
import requests

import pypact
from pypact import match

pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://users.example")

user = (
    pact.given("a user exists", id=23)
    .upon_receiving("a request for a user")
    .with_request("GET", "/users/23")
    .will_respond_with(
        200,
        body={
            "id": match.integer(23),
            "nickname": match.one_of(match.string("Al"), None, match.absent),
        },
    )
)


def get_greeting(number: int) -> str:
    """Return the greeting of a user: the client under test."""
    response = requests.get(f"https://users.example/users/{number}", timeout=5)
    return f"Hello {response.json().get('nickname') or 'stranger'}!"


# Three items: test_greeting[nickname=Al], [nickname=null] and [nickname=absent].
@pact.intercept(user)
def test_greeting(pypact_variant: str) -> None:
    name = "Al" if pypact_variant == "nickname=Al" else "stranger"
    assert get_greeting(23) == f"Hello {name}!"


# One block with the variant that it is given.
@pytest.mark.parametrize("variant", user.variants)
def test_greeting_in_a_block(variant: str) -> None:
    with pact.intercept(user, variant=variant) as calls:
        assert get_greeting(23).startswith("Hello ")
    assert calls.variant == variant


# One item, because the interaction is defined in the test: its variants are subtests.
@pact.intercept()
def test_language() -> None:
    (
        pact.given("a user exists", id=24)
        .upon_receiving("a request for settings")
        .with_request("GET", "/users/24/settings")
        .will_respond_with(
            200,
            headers={"Content-Language": match.one_of("en", match.absent)},
            body={"theme": match.string("dark")},
        )
    )
    response = requests.get("https://users.example/users/24/settings", timeout=5)
    assert response.headers.get("Content-Language", "en") == "en"
