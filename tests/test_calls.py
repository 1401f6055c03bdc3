"""The Python calls of the main actions do not grow.

Unlike seconds, they are the same in each run on one interpreter with the same
libraries. `python bench/table.py` measures seconds as well.

Source: docs/internals/performance.md, "What costs what".
"""

import contextlib
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[1] / "bench"
PINNED = {
    "flask": "3.1.3",
    "pytest": "9.2.0",
    "requests": "2.34.2",
    "urllib3": "2.8.0",
    "werkzeug": "3.1.9",
}
FOUND = {}
for name in PINNED:
    with contextlib.suppress(PackageNotFoundError):
        FOUND[name] = version(name)

pytestmark = [
    pytest.mark.skipif(
        sys.version_info[:2] != (3, 11) or FOUND != PINNED,
        reason=f"the numbers are those of CPython 3.11 with {PINNED}, not of {FOUND}",
    ),
    pytest.mark.skipif(not BENCH.exists(), reason="bench/ is not in this distribution"),
]


@pytest.fixture
def paths(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    return __import__("paths")


def is_near(count, expected):
    """Return whether a number of calls is at most 2 % above the expected one."""
    return count <= expected * 1.02


def test_one_intercepted_get_of_a_session(paths):
    assert is_near(paths.count_session_get(), 649)


def test_a_whole_test_under_pytest(paths):
    assert is_near(paths.count_test(), 1136)


VERIFY = """
import json, pathlib, pypact, verification

path = pathlib.Path({path!r})
path.write_text(json.dumps(verification.contract(200)), encoding="utf-8")
app = verification.create_app()

def verify():
    pypact.Verifier("Users", app=app, pacts=path).verify(reports=[])

verify()
print(paths.count(verify).in_all)
"""


def test_verifying_an_interaction_with_flask(paths, tmp_path):
    code = VERIFY.format(path=str(tmp_path / "many.json"))
    assert is_near(paths.count_in_child(code) / 200, 338)


READ = """
import pathlib, pypact

path = pathlib.Path({path!r})
paths.write_contract(path, map(paths.interaction, range(200)))
pypact.read_pact(path)
print(paths.count(lambda: pypact.read_pact(path)).in_all)
"""


def test_reading_an_interaction(paths, tmp_path):
    code = READ.format(path=str(tmp_path / "many.json"))
    assert is_near(paths.count_in_child(code) / 200, 55.5)
