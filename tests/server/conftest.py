import json
from dataclasses import dataclass, field

import pytest

from pypact.model.http import Request
from pypact.server.app import MockApp
from pypact.server.responses import encode_response
from pypact.server.session import Session, WriteOptions

ADMIN = {"X-Pact-Mock-Service": "true"}


@dataclass
class AppResponse:
    """A response of the app."""

    status: int
    headers: dict
    text: str

    def json(self):
        return json.loads(self.text)


@dataclass
class AppClient:
    """A client that calls an app and encodes its response as the server does."""

    app: object
    headers: dict = field(default_factory=dict)

    def __call__(self, method, target, body=None, **headers):
        content = body if isinstance(body, (bytes, type(None))) else self.encode(body)
        given = {"Host": "localhost:1", **self.headers, **headers}
        lines = [
            (name.replace("_", "-"), value)
            for name, value in given.items()
            if value is not None
        ]
        request = Request.from_http(method, target, lines, content)
        status, found, text = encode_response(self.app(request, "127.0.0.1"))
        return AppResponse(status, dict(found), text.decode())

    @staticmethod
    def encode(body):
        return (body if isinstance(body, str) else json.dumps(body)).encode()


@pytest.fixture
def app(tmp_path):
    writing = WriteOptions("Web", "Users", str(tmp_path / "pacts"))
    return MockApp(Session("MockService", writing), url="http://localhost:1")


@pytest.fixture
def admin(app):
    """Return a client that sends administrative requests."""
    return AppClient(app, ADMIN)


@pytest.fixture
def ask(app):
    """Return a client that sends the consumer's requests."""
    return AppClient(app)


@pytest.fixture
def user():
    """Return an interaction in the form of the Ruby tools."""
    return {
        "description": "a user",
        "provider_state": "there is a user",
        "request": {"method": "get", "path": "/user", "query": "id=23"},
        "response": {"status": 200, "body": {"name": "John"}},
    }


@pytest.fixture
def asking():
    """Return the class of clients for an app."""
    return AppClient
