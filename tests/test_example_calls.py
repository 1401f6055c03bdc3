"""50 other examples make fewer than 55 times the Python calls of one run.

Unlike seconds, the calls do not depend on the load of the machine.
`python bench/examples.py` measures seconds as well.

Source: docs/internals/performance.md, "Other examples".
"""

import sys
from pathlib import Path

import pytest

from pypact.consumer.writer import PACT_WRITER

BENCH = Path(__file__).parents[1] / "bench"
MOST = 55  # the time, which is limited to 60 times that of one run, grows less

pytestmark = pytest.mark.skipif(
    not BENCH.exists(), reason="bench/ is not in this distribution"
)


@pytest.fixture
def examples(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    yield __import__("examples")
    sys.modules.pop("examples")
    PACT_WRITER.reset()  # a session that another test runs would write what is staged


def test_the_test_of_a_consumer(examples):
    with examples.prepare_consumer("urllib3", "3 fields") as pair:
        assert pair.count() < MOST


def test_the_verification_of_a_provider(examples):
    with examples.prepare_provider("a WSGI function") as pair:
        assert pair.count() < MOST
