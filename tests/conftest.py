"""Fixtures of all tests."""

import os

import pytest

from pypact.consumer.definitions import DEFINITIONS

pytest_plugins = ["pytester"]

# The tests start hundreds of interpreters, each of which would compile pypact anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# pytest prints longer summaries where these are set; the tests read what it prints.
for _name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(_name, None)


@pytest.fixture(autouse=True)
def drop_definitions():
    """Drop what was defined outside of a block, so that it is not reported."""
    yield
    for definitions in list(DEFINITIONS):
        definitions.take_all()
        definitions.messages.drop_messages()
