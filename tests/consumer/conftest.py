"""Fixtures of the tests of the consumer's side."""

import pytest

from pypact.consumer.pact import PACTS


@pytest.fixture(autouse=True)
def forgotten():
    """What a test defines without a block is no news to the reader of this run."""
    yield
    for pact in list(PACTS):
        pact.drop()
        pact.mailbox.drop()
