"""The examples in the docstrings of the public API run."""

import doctest
import unittest

import flask
import pytest
import requests

import pypact
from pypact import bodies, generate, match, select
from pypact.consumer.builders import InteractionBuilder

OWNERS = [
    *(
        pypact.Pact,
        pypact.Calls,
        InteractionBuilder,
        pypact.Verifier,
        pypact.MockServer,
    ),
    *(pypact.read_pact, pypact.write_pact, pypact.match_response, pypact.secret),
    *(pypact.stub, pypact.contract_coverage, bodies, generate, select),
]


@pytest.fixture
def names(tmp_path, monkeypatch):
    """Return the names that the examples use; the folder has a contract."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: False)
    consumer = pypact.Consumer("Web")
    pact = consumer.has_pact_with("Users", base_url="https://users.example.com")
    app = flask.Flask("users")
    app.get("/users/<int:number>")(lambda number: {"id": number, "name": "Ann"})
    pact.upon_receiving("a user").with_request("GET", "/users/23").will_respond_with()
    with pact.intercept() as calls:
        requests.get("https://users.example.com/users/23", timeout=5)
    pact = consumer.has_pact_with(
        "Users", base_url="https://users.example.com", pact_dir="written"
    )
    verifier = pypact.Verifier("Users", app=app, pacts="pacts/")
    own = {"pact": pact, "app": app, "calls": calls, "verifier": verifier, "users": {}}
    modules = (pypact, match, bodies, generate, requests, unittest)
    return {**own, **{one.__name__.rpartition(".")[2]: one for one in modules}}


@pytest.mark.enable_socket
def test_the_examples_run(names):
    finder, runner = doctest.DocTestFinder(), doctest.DocTestRunner()
    found = [one for owner in OWNERS for one in finder.find(owner, globs=dict(names))]
    tests = [one for one in found if one.examples]
    for one in tests:
        runner.run(one)

    assert 0 == runner.failures
    assert len(tests) >= 20
