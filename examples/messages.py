"""Messages in one file: what a consumer expects, and what a provider sends.

Run it with `python examples/messages.py`. It needs no message broker: the
consumer's handler receives the message of the contract, and the message that the
provider's code produces is compared with the same contract.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pypact
from pypact import match

# --- The consumer: production code, independent of pypact ----------------------------


class Mailing:
    """A service that welcomes new users.

    The client of the message broker calls its handler.
    """

    def __init__(self) -> None:
        self.welcomed: list[str] = []

    async def on_message(self, contents: bytes, metadata: Mapping[str, Any]) -> None:
        """Handle a message of the topic `users`."""
        if metadata["topic"] != "users":
            raise ValueError(f"unexpected topic: {metadata['topic']}")
        user = json.loads(contents)
        self.welcomed.append(user["email"])


# --- The consumer's test -------------------------------------------------------------


def try_the_consumer(folder: Path) -> None:
    """Pass the expected message to the handler, and record it if that succeeds."""
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
    """A service that stores users and announces new ones."""

    def __init__(self) -> None:
        self._emails: dict[int, str] = {}

    def create(self, email: str) -> int:
        """Store a user and return the id."""
        self._emails[len(self._emails) + 1] = email
        return len(self._emails)

    def created(self, user: int) -> tuple[bytes, dict[str, Any]]:
        """Return the message to send to the topic `users`."""
        contents = json.dumps({"id": user, "email": self._emails[user], "plan": "free"})
        return contents.encode(), {"topic": "users", "attempt": 1}


# --- The provider's test -------------------------------------------------------------


def verify_the_provider(folder: Path, users: Users) -> None:
    """Compare the messages of the provider's code with the contract."""
    verifier = pypact.Verifier("Users", pacts=folder)

    @verifier.state("a user")
    def a_user(email: str) -> dict[str, int]:
        return {"user": users.create(email)}

    @verifier.message("a user was created")
    def user_was_created(user: int) -> tuple[bytes, dict[str, Any]]:
        return users.created(user)

    verifier.verify()


class BrokenUsers(Users):
    """A later version that breaks the contract."""

    def created(self, user: int) -> tuple[bytes, dict[str, Any]]:
        """Return the message, with the e-mail address under another name."""
        contents, metadata = super().created(user)
        return contents.replace(b'"email"', b'"mail"'), metadata


def main() -> None:
    """Run the loop, then break the provider."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        try_the_consumer(folder)
        verify_the_provider(folder, Users())
        try:
            verify_the_provider(folder, BrokenUsers())
        except pypact.VerificationFailed:
            print("The change was caught before it was deployed.")
        else:
            raise SystemExit("the change was not caught")


if __name__ == "__main__":
    main()
