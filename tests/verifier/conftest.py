"""Fixtures that write contracts and build interactions, and a minimal application."""

import json

import pytest

import pypact


@pytest.fixture
def write_pact(tmp_path):
    """Return a function that writes a contract and returns its folder."""

    def write(*interactions, consumer="Web", provider="Users"):
        data = {
            "consumer": {"name": consumer},
            "provider": {"name": provider},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        file = tmp_path / f"{consumer}-{provider}.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def build_interaction():
    """Return a function that builds an interaction.

    States are names or tuples (name, params).
    """

    def make(
        path="/", *states, description="a request", method="GET", status=200, **request
    ):
        pairs = [(one, {}) if isinstance(one, str) else one for one in states]
        return {
            "description": description,
            "providerStates": [{"name": name, "params": par} for name, par in pairs],
            "request": {"method": method, "path": path, **request},
            "response": {"status": status},
        }

    return make


class Seen:
    """A WSGI application that keeps each environ and responds with 200."""

    def __init__(self):
        self.environs = []

    def __call__(self, environ, start_response):
        self.environs.append(environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b""]

    @property
    def paths(self):
        return [environ["PATH_INFO"] for environ in self.environs]


@pytest.fixture
def seen():
    return Seen()


@pytest.fixture
def examine(write_pact, build_interaction, seen):
    """Return a function that verifies one interaction with the states "a" and "b"."""

    def run(prepare, app=None, **request):
        folder = write_pact(build_interaction("/", "a", "b", **request))
        verifier = pypact.Verifier("Users", app=app or seen, pacts=folder)
        prepare(verifier)
        [case] = verifier.select().cases
        return verifier.examine(case)

    return run
