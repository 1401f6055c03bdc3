"""The example of fields that a test does not need."""

import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples" / "prove_fields.py"


def test_the_report_names_the_unneeded_field_and_the_loose_rule(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    file = tmp_path / FILE.name
    file.write_bytes(FILE.read_bytes())
    options = ["-q", "-p", "no:cacheprovider", "-p", "pypact.pytest_plugin"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "--pypact-prove", file],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert "$.nickname  declared, but test_get_user passes without it" in run.stdout
    assert (
        "$.id        test_get_user fails unless it is an integer; "
        "the contract accepts any number" in run.stdout
    )
    assert "test_with_side_effects: marked with pypact_no_prove" in run.stdout
    assert "findings: 2" in run.stdout
    assert [file] == list(tmp_path.iterdir())
