"""A provider verified with unittest: one test method for each interaction.

Run it with `python -m unittest examples/unittest_provider.py -v`. State functions
receive attributes of the test as arguments, and `setUp` isolates each interaction.
"""

from __future__ import annotations

import unittest
from pathlib import Path

from flask import Flask, jsonify, request

import pypact


class Users:
    """The users of the service; a real one has a database."""

    def __init__(self) -> None:
        self.names: dict[int, str] = {}

    def add(self, name: str, number: int | None = None) -> int:
        """Store a name and return its number."""
        number = number or max(self.names, default=0) + 1
        self.names[number] = name
        return number


app = Flask("users")
users = Users()


@app.get("/users/<int:number>")
def show(number: int):  # noqa: ANN201 -- Flask accepts many kinds of responses
    """Show one user."""
    if number not in users.names:
        return jsonify(error="no such user"), 404
    return jsonify(id=number, name=users.names[number])


@app.post("/users")
def create():  # noqa: ANN201 -- Flask accepts many kinds of responses
    """Store a new user."""
    return jsonify(id=users.add(request.get_json()["name"])), 201


verifier = pypact.Verifier(
    "Users", app=app, pacts=Path(__file__).parent / "pacts" / "Web-Users-unittest.json"
)


@verifier.state("user {number:int} exists")
def user_exists(number: int, store: Users):  # noqa: ANN201 -- a generator: the teardown follows the yield
    """Set up one user; `store` is the test's attribute of that name."""
    store.add("Ann", number)
    yield
    store.names.clear()


@verifier.cases
class TestContracts(unittest.TestCase):
    """A test case with one method `test_web_…` for each interaction."""

    def setUp(self) -> None:
        """Start each interaction without users."""
        self.store = users
        self.store.names.clear()


if __name__ == "__main__":
    unittest.main()
