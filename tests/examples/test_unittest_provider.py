"""The unittest example: one test method for each interaction."""

import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "unittest_provider.py"


def run(path):
    """Run the example as its first lines say."""
    command = [sys.executable, "-m", "unittest", "-v", path.name]
    return subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, check=False
    )


def test_each_interaction_is_a_test_that_passes():
    result = run(EXAMPLE)

    assert "Ran 3 tests" in result.stderr, result.stderr
    assert 0 == result.returncode


def test_a_provider_that_breaks_its_contract_fails_one_of_them(tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8")
    broken = text.replace("id=number, name=", "id=number, full_name=")
    pacts = repr(str(EXAMPLE.parent / "pacts"))
    (tmp_path / "broken_provider.py").write_text(
        broken.replace('Path(__file__).parent / "pacts"', f"Path({pacts})"),
        encoding="utf-8",
    )

    result = run(tmp_path / "broken_provider.py")

    assert "FAILED (failures=1)" in result.stderr, result.stderr
    assert "Web -> Users: a request for a user: 1 mismatch" in result.stderr
