"""Fixtures of all tests."""

import gc
import logging
import os

import pytest
from hypothesis import HealthCheck, settings

from pypact.consumer.definitions import DEFINITIONS

pytest_plugins = ["pytester"]

# The tests start hundreds of interpreters, each of which would compile pypact anew.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# pytest prints longer summaries where these are set; the tests read what it prints.
for _name in ("CI", "BUILD_NUMBER"):
    os.environ.pop(_name, None)

# `--hypothesis-profile=long` has other examples in each run, and many of them.
_PROFILE = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile(
    "normal", max_examples=40, derandomize=True, database=None, **_PROFILE
)
settings.register_profile("long", max_examples=2000, **_PROFILE)
settings.load_profile("normal")


def pytest_collection_finish():
    """Exclude what exists now from garbage collections, which so take less time."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def keep_log_level():
    """Restore the level of the root logger, which commands set.

    pytest keeps each logged record: at another level, later tests keep more.
    """
    level = logging.root.level
    yield
    logging.root.setLevel(level)


@pytest.fixture(autouse=True)
def drop_definitions():
    """Drop what was defined outside of a block, so that it is not reported."""
    yield
    for definitions in list(DEFINITIONS):
        definitions.take_all()
        definitions.messages.drop_messages()
