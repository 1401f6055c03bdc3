"""A client and a provider, tested with other examples than those of the contract.

Run it with `python examples/other_examples.py`; it needs Flask and the extra
`pypact-contracts[examples]`. The client splits the name of a user at a space, which not
every name has, and so does the handler of a message; the provider looks users up, and
does not expect other numbers.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from typing import Any

import flask
import requests

import pypact
from pypact import match

FOLDER = tempfile.TemporaryDirectory()
pact = pypact.Consumer("Web").has_pact_with(
    "Users", base_url="https://users.example", pact_dir=FOLDER.name
)


def get_initials(number: int) -> str:
    """Return the initials of a user: the client under test."""
    response = requests.get(f"https://users.example/users/{number}", timeout=5)
    first, last = response.json()["name"].split(" ")
    return f"{first[0]}.{last[0]}."


@pact.intercept(examples=50)
def test_initials(calls: pypact.Calls) -> None:
    """Compare with what the client got, not with the example of the contract."""
    (
        pact.given("there are users")
        .upon_receiving("a request for a user")
        .with_request("GET", match.regex(r"/users/\d{1,4}", "/users/23"))
        .will_respond_with(200, body={"name": match.string("Ann Lee")})
    )
    initials = get_initials(23)
    assert initials[0] == calls[-1].response.json["name"][0]


def welcome(contents: Any, metadata: Mapping[str, Any]) -> str:
    """Welcome a new user: the handler under test."""
    first, last = contents.json()["name"].split(" ")
    return f"{metadata['greeting']}, {first} {last}!"


def test_welcome() -> None:
    """Call the handler with the message, then with others that the rules accept."""
    message = (
        pact.expects_message("a user was created")
        .with_contents({"name": match.string("Ann Lee")})
        .with_metadata(greeting=match.regex("Hello|Welcome", "Hello"))
    )
    message.verify(welcome, examples=50)


app = flask.Flask("users")
USERS = {23: "Ann Lee"}


@app.get("/users/<int:number>")
def show_user(number: int) -> dict[str, str]:
    """Respond with a user; an unknown number is a KeyError."""
    return {"name": USERS[number]}


def show_failure(test: Callable[..., None]) -> None:
    """Run a test and print its error, with the note that explains it."""
    try:
        test()
    except ValueError as error:
        print(f"{test.__name__}: {error}")
        print("\n".join(error.__notes__))


def main() -> None:
    """Show what is found on both sides."""
    for test in (test_initials, test_welcome):
        show_failure(test)
    verifier = pypact.Verifier("Users", app=app, pacts=FOLDER.name)
    verifier.state("there are users")(lambda: None)
    try:
        verifier.verify(examples=50, reports=[])
    except pypact.VerificationFailed as error:
        print(f"\n{error}")


if __name__ == "__main__":
    main()
