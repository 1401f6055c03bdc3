"""The examples of provider verification, run as their first lines say."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "examples"


@pytest.mark.parametrize(
    "file", sorted(FOLDER.glob("test_*.py")), ids=lambda file: file.stem
)
def test_it_passes(file):
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", file.name],
        capture_output=True,
        text=True,
        check=False,
        cwd=FOLDER,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert " passed" in run.stdout
