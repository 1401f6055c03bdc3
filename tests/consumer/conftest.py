"""Fixtures of the tests of the consumer's side."""

import json

import pytest

import pypact
from pypact import _process
from pypact.consumer.writer import PACT_WRITER


@pytest.fixture(autouse=True)
def write_at_once(monkeypatch):
    """Write contracts at the end of a block, as without the pytest plugin."""
    monkeypatch.setattr(_process.STATE, "deferring_sessions", 0)
    yield
    PACT_WRITER.reset()


@pytest.fixture
def pact_dir(tmp_path):
    return tmp_path / "pacts"


@pytest.fixture
def make_pact(pact_dir):
    """Return a function that makes a pact of Web and Users."""

    def make(**options):
        return pypact.Consumer("Web").has_pact_with(
            "Users", pact_dir=pact_dir, **options
        )

    return make


@pytest.fixture
def pact(request, make_pact):
    """A pact with the base URL `BASE` of the test's module, if it has one."""
    return make_pact(base_url=getattr(request.module, "BASE", None))


@pytest.fixture
def written(pact_dir):
    """Return a function that reads the written contract; None if there is none."""

    def read():
        file = pact_dir / "Web-Users.json"
        return json.loads(file.read_text("utf-8")) if file.exists() else None

    return read
