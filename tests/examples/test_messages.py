"""The example of messages."""

import importlib.util
import subprocess
import sys
from pathlib import Path

FILE = Path(__file__).parents[2] / "examples" / "messages.py"


def test_it_runs_and_catches_the_change():
    run = subprocess.run(
        [sys.executable, str(FILE)], capture_output=True, text=True, check=False
    )

    assert (0, "") == (run.returncode, run.stderr)
    assert "Mailing -> Users  1 ok" in run.stdout
    assert "missing the following keys: email" in run.stdout
    assert run.stdout.endswith("The change was caught before it was deployed.\n")


def test_a_second_run_writes_the_same_contract(tmp_path, monkeypatch):
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: False)
    spec = importlib.util.spec_from_file_location("messages", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    contract = tmp_path / "Mailing-Users.json"
    module.try_the_consumer(tmp_path)
    first = contract.read_bytes()
    module.try_the_consumer(tmp_path)

    assert first == contract.read_bytes()
