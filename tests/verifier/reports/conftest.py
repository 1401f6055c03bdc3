"""A contract with one interaction per outcome, and the run that verifies it."""

import json
import logging

import flask
import pytest
from report_cases import INTERACTIONS, SECRET

import pypact


@pytest.fixture
def app():
    made = flask.Flask("users")

    @made.get("/fine")
    def fine():
        return "", 200

    @made.get("/users/<number>")
    def user(number):
        logging.getLogger("app").warning("seen: %s", SECRET)
        body = {"id": 42, "address": {"city": "Jena", "zip": "89073"}}
        return body, 200, {"X-Echo": SECRET}

    @made.get("/crash")
    def crash():
        raise KeyError("email")

    return made


@pytest.fixture
def run(tmp_path, monkeypatch, app):
    """Return a function that verifies the contract with the given reports."""
    monkeypatch.chdir(tmp_path)

    def verify(*reports, interactions=INTERACTIONS, app=app, consumer="web"):
        data = {
            "consumer": {"name": consumer},
            "provider": {"name": "users"},
            "interactions": [
                {"type": "Synchronous/HTTP", **one} for one in interactions
            ],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
        text = json.dumps(data)
        (tmp_path / "web-users.json").write_text(text, encoding="utf-8")
        verifier = pypact.Verifier("users", app=app, pacts="web-users.json")
        verifier.state("user {number:int} exists")(lambda number: None)
        try:
            return verifier.verify(reports=reports)
        except pypact.VerificationFailed as error:
            return error.result

    return verify
