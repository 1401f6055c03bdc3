"""The examples of provider verification, run with only the plugins that they need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sessions import run_session

FOLDER = Path(__file__).parents[2] / "examples"
# The settings of the checkout need further plugins.
OPTIONS = ["-q", "-c", os.devnull, f"--rootdir={FOLDER}", "-p", "no:cacheprovider"]
DJANGO = "test_django_rest"


@pytest.mark.parametrize(
    "file",
    [file for file in sorted(FOLDER.glob("test_*.py")) if file.stem != DJANGO],
    ids=lambda file: file.stem,
)
def test_it_passes(pytester, file):
    result = run_session(pytester, *OPTIONS, file)

    assert 0 == result.ret
    result.stdout.fnmatch_lines(["* passed*"])


def test_the_django_example_passes():
    """Django has global settings, so that it needs a process of its own."""
    plugins = ["-p", "pypact.pytest_plugin", "-p", "pytest_django.plugin"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *OPTIONS, *plugins, f"{DJANGO}.py"],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert " passed" in run.stdout
