"""Fixtures of the tests of the consumer's side."""

import pytest

from pypact.consumer.pact import PACTS


@pytest.fixture(autouse=True)
def drop_definitions():
    """Drop interactions defined without a block, so that they are not reported."""
    yield
    for pact in list(PACTS):
        pact.drop()
        pact.mailbox.drop()
