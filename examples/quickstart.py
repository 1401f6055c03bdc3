"""The whole loop in one file: a consumer, its contract, the provider's verification.

Run it with `python examples/quickstart.py`. It opens no port and uses no
network: `https://users.example.com` does not even exist.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import requests
from flask import Flask, jsonify, request

import pypact
from pypact import match

# --- The consumer: production code, independent of pypact ----------------------------


class UserClient:
    """The web shop's client of the user service."""

    def __init__(self, base_url: str = "https://users.example.com/api") -> None:
        self._base_url = base_url
        self._session = requests.Session()

    def name_of(self, user_id: int) -> str:
        """Return the full name of a user."""
        response = self._session.get(f"{self._base_url}/users/{user_id}", timeout=5)
        response.raise_for_status()
        user = response.json()
        return f"{user['firstName']} {user['lastName']}"

    def register(self, first_name: str, last_name: str) -> int:
        """Register a user and return the new id."""
        response = self._session.post(
            f"{self._base_url}/users",
            json={"firstName": first_name, "lastName": last_name},
            timeout=5,
        )
        response.raise_for_status()
        return int(response.json()["id"])


# --- The consumer's test: it declares what the client needs, and calls it -------------


def try_the_consumer(pact_dir: Path) -> None:
    """Run the client against the declared interactions, and write the contract."""
    pact = pypact.Consumer("Web").has_pact_with(
        pypact.Provider("Users"),
        base_url="https://users.example.com/api",
        pact_dir=pact_dir,
    )
    (
        pact.given("There is a user with id 23")
        .upon_receiving("a request for the user with id 23")
        .with_request("GET", "/users/23")
        .will_respond_with(
            200,
            headers={"Content-Type": "application/json"},
            body={
                "id": 23,
                "firstName": match.like("John"),
                "lastName": match.like("Smith"),
                "emails": match.each_like("john@example.com"),
            },
        )
    )
    (
        pact.upon_receiving("the registration of a user")
        .with_request(
            "POST",
            "/users",
            headers={"Content-Type": "application/json"},
            body={"firstName": match.like("Ada"), "lastName": match.like("Lovelace")},
        )
        .will_respond_with(
            201,
            headers={"Content-Type": "application/json"},
            body={"id": match.like(42)},
        )
    )

    with pact.intercept():
        client = UserClient()
        assert client.name_of(23) == "John Smith"
        assert client.register("Ada", "Lovelace") == 42


# --- The provider: a real Flask app ---------------------------------------------------


def create_app(users: dict[int, dict[str, object]]) -> Flask:
    """Return the app of the user service with the given users."""
    app = Flask("users")

    @app.get("/users/<int:user_id>")
    def show(user_id: int):  # noqa: ANN202 -- Flask accepts many kinds of responses
        user = users.get(user_id)
        return (jsonify(user), 200) if user else (jsonify(error="no such user"), 404)

    @app.post("/users")
    def create():  # noqa: ANN202 -- Flask accepts many kinds of responses
        user_id = max(users, default=0) + 1
        users[user_id] = {"id": user_id, **request.get_json()}
        return jsonify(id=user_id), 201

    return app


# --- The provider's verification: the app is called in this process -------------------


def verify_the_provider(pact_dir: Path, first_name: str) -> None:
    """Send the contract's requests to the app, and compare its responses."""
    users: dict[int, dict[str, object]] = {}
    verifier = pypact.Verifier("Users", app=create_app(users), pacts=pact_dir)

    @verifier.state("There is a user with id {id:int}")
    def there_is_a_user(id: int):  # noqa: A002, ANN202 -- named as in the state pattern
        users[id] = {
            "id": id,
            first_name: "Grace",
            "lastName": "Hopper",
            "emails": ["grace@example.com", "hopper@example.com"],
        }
        yield
        users.clear()

    verifier.verify()


def main() -> None:
    """Run the loop, then break the provider and show how the verification fails."""
    with tempfile.TemporaryDirectory() as folder:
        pact_dir = Path(folder) / "pacts"

        print("1. The consumer's requests get their responses in memory …")
        try_the_consumer(pact_dir)
        contract = pact_dir / "Web-Users.json"
        print(f"   … and its contract is written: {contract.name}, ", end="")
        print(f"{len(pypact.read_pact(contract).interactions)} interactions\n")

        print("2. The provider runs in this process and fulfils the contract:\n")
        verify_the_provider(pact_dir, first_name="firstName")

        print("\n3. The provider renames 'firstName' to 'first_name':\n")
        try:
            verify_the_provider(pact_dir, first_name="first_name")
        except pypact.VerificationFailed:
            print("\nThe change was caught before it was deployed.")
        else:
            raise SystemExit("the change was not caught")


if __name__ == "__main__":
    main()
