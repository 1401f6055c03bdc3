"""The examples of provider verification, run with only the plugins that they need."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    "file", sorted(FOLDER.glob("test_*.py")), ids=lambda file: file.stem
)
def test_it_passes(file):
    # The settings of the checkout need further plugins.
    options = ["-q", "-c", os.devnull, "--rootdir", ".", "-p", "no:cacheprovider"]
    options += ["-p", "pypact.pytest_plugin"]
    if "django" in file.stem:
        options += ["-p", "pytest_django.plugin"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, file.name],
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert " passed" in run.stdout
