"""Messages in one file: what a consumer expects, and what a provider sends.

Run it with `python examples/messages.py`. There is no broker of messages: the
consumer's handler is given what the contract says, and what the provider's code makes
is held against the same contract.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypact
from pypact import match

# --- The consumer: production code, which knows nothing of pypact --------------------


class Mailing:
    """Welcomes each new user; its handler is called by the message broker's client."""

    def __init__(self) -> None:
        self.welcomed: list[str] = []

    async def on_message(self, contents: bytes, metadata: Mapping[str, Any]) -> None:
        """Take a message of the topic of users."""
        if metadata["topic"] != "users":
            raise ValueError(f"no message for us: {metadata['topic']}")
        user = json.loads(contents)
        self.welcomed.append(user["email"])


# --- The consumer's test -------------------------------------------------------------


def try_the_consumer(folder: Path) -> None:
    """Hand the expected message to the handler; record it, for it does not fail."""
    pact = pypact.Consumer("Mailing").has_pact_with("Users", pact_dir=folder)
    message = (
        pact.expects_message("a user was created")
        .given("a user", email="ada@example.com")
        .with_contents({"id": match.integer(23), "email": match.email()})
        .with_metadata({"topic": "users", "attempt": match.integer(1)})
    )
    mailing = Mailing()
    message.verify(mailing.on_message)

    assert mailing.welcomed == ["user@example.com"]


# --- The provider: production code ---------------------------------------------------


class Users:
    """Keeps users, and says which were created."""

    def __init__(self) -> None:
        self._emails: dict[int, str] = {}

    def create(self, email: str) -> int:
        """Keep a user; gives the id."""
        self._emails[len(self._emails) + 1] = email
        return len(self._emails)

    def created(self, user: int) -> tuple[bytes, dict[str, Any]]:
        """Make the message that is sent to the topic of users."""
        contents = json.dumps({"id": user, "email": self._emails[user], "plan": "free"})
        return contents.encode(), {"topic": "users", "attempt": 1}


# --- The provider's test -------------------------------------------------------------


def verify_the_provider(folder: Path, users: Users) -> None:
    """Hold what the provider's own code makes against the contract."""
    verifier = pypact.Verifier("Users", pacts=folder)

    @verifier.state("a user")
    def a_user(email: str) -> dict[str, int]:
        return {"user": users.create(email)}

    @verifier.message("a user was created")
    def user_was_created(user: int) -> tuple[bytes, dict[str, Any]]:
        return users.created(user)

    verifier.verify()


class BrokenUsers(Users):
    """A later version, whose author did not know who reads the messages."""

    def created(self, user: int) -> tuple[bytes, dict[str, Any]]:
        """Make the message, with another name for the address."""
        contents, metadata = super().created(user)
        return contents.replace(b'"email"', b'"mail"'), metadata


def main() -> None:
    """Show the loop, and what happens when the provider changes."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try_the_consumer(folder)
        verify_the_provider(folder, Users())
        try:
            verify_the_provider(folder, BrokenUsers())
        except pypact.VerificationFailed:
            print("The change was caught before anybody deployed it.")
        else:
            raise SystemExit("the change was not caught")


if __name__ == "__main__":
    main()
