"""Annotated projects that use pypact pass strict type checkers.

The projects in `tests/types` are the tests of a consumer, and the verification of a
provider.
"""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from sessions import run_session

FILES = sorted((Path(__file__).parent / "types").glob("*.py"))
CHECKERS = {
    "mypy": ["--strict", "--config-file=", "--cache-dir={folder}"],
    "pyright": ["--pythonpath", sys.executable],
}


@pytest.mark.slow
@pytest.mark.parametrize("checker", CHECKERS)
def test_annotated_projects_pass(checker, tmp_path):
    if importlib.util.find_spec(checker) is None:
        pytest.skip(f"{checker} is not installed; `tox run -e {checker}` installs it")
    options = [one.format(folder=tmp_path) for one in CHECKERS[checker]]
    command = [sys.executable, "-m", checker, *options, *map(str, FILES)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode > 1 or (result.returncode and not result.stdout):
        # pyright is a Node.js program, which its package downloads.
        pytest.skip(f"{checker} does not run: {result.stderr.strip()[-300:]}")

    assert 2 == len(FILES)
    assert 0 == result.returncode, result.stdout + result.stderr


def test_the_consumers_project_passes_its_tests(pytester):
    pytester.makepyfile(test_consumer=FILES[0].read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    result = run_session(
        pytester, plugins=["pypact.pytest_plugin", "pytest_asyncio.plugin"]
    )

    result.assert_outcomes(passed=10)
    assert (pytester.path / "pacts" / "Web-Users.json").exists()
