"""A client and a provider, tested with other examples than those of the contract.

Run it with `python examples/other_examples.py`; it needs Flask and the extra
`pypact-contracts[examples]`. The client splits the name of a user at a space, which not
every name has; the provider looks users up, and does not expect other numbers.
"""

from __future__ import annotations

import tempfile

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


app = flask.Flask("users")
USERS = {23: "Ann Lee"}


@app.get("/users/<int:number>")
def show_user(number: int) -> dict[str, str]:
    """Respond with a user; an unknown number is a KeyError."""
    return {"name": USERS[number]}


def main() -> None:
    """Show what is found on both sides."""
    try:
        test_initials()
    except ValueError as error:
        print(f"the client: {error}")
        print("\n".join(error.__notes__))
    verifier = pypact.Verifier("Users", app=app, pacts=FOLDER.name)
    verifier.state("there are users")(lambda: None)
    try:
        verifier.verify(examples=50, reports=[])
    except pypact.VerificationFailed as error:
        print(f"\n{error}")


if __name__ == "__main__":
    main()
