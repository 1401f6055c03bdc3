"""A provider verified with the fixture of pactman, one test for each interaction."""

import threading

import pytest
from flask import Flask, jsonify, request
from pactman.verifier.verify import ProviderStateMissing
from werkzeug.serving import make_server

USERS = {}
app = Flask(__name__)


@app.get("/users/<name>")
def get_user(name):
    if name not in USERS:
        return jsonify(error="unknown"), 404
    return jsonify(name=name, fullname=USERS[name], key=request.headers.get("X-Key"))


@pytest.fixture(scope="module")
def url():
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def set_state(name, **params):
    USERS.clear()
    if name == "the user pat exists":
        USERS["pat"] = params.get("fullname", "Pat")
    else:
        raise ProviderStateMissing(name)


def test_pacts(url, pact_verifier):
    pact_verifier.verify(url, set_state)


def test_pacts_with_headers(url, pact_verifier):
    pact_verifier.verify(url, set_state, {"X-Key": "k"})
