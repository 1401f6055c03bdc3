"""A consumer test whose contract declares more than the client needs.

Run it with `pytest --pypact-prove examples/prove_fields.py`. The report names
`$.nickname`, which the client does not read, and `$.id`, for which the contract accepts
any number although the client needs an integer.
"""

from __future__ import annotations

import pytest
import requests

import pypact
from pypact import match

pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://users.example")


def get_profile_url(name: str) -> str:
    """Return the URL of a user's profile page: the client under test."""
    response = requests.get(f"https://users.example/users/{name}", timeout=5)
    return f"/profiles/{response.json()['id']}"


def test_get_user() -> None:
    (
        pact.upon_receiving("a request for a user")
        .with_request("GET", "/users/al")
        .will_respond_with(
            200, body={"id": match.number(23), "nickname": match.string("Al")}
        )
    )
    with pact.intercept():
        assert get_profile_url("al") == "/profiles/23"


@pytest.mark.pypact_no_prove
def test_with_side_effects() -> None:
    """Sends an e-mail in a real project, so it must not be rerun."""
    (
        pact.upon_receiving("a request for an administrator")
        .with_request("GET", "/users/root")
        .will_respond_with(200, body={"id": match.integer(1)})
    )
    with pact.intercept():
        assert get_profile_url("root") == "/profiles/1"
