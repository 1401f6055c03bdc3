"""The quickstart example, whose contract the official verifier also verifies."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from foreign import pact_cli, run_foreign, served

FILE = Path(__file__).parents[2] / "examples" / "quickstart.py"


@pytest.fixture
def quickstart():
    spec = importlib.util.spec_from_file_location("quickstart", FILE)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def record(folder):
    """Run the consumer in another process: here it would wait for the session's end."""
    code = "import sys, pathlib as p, quickstart as q; "
    code += "q.try_the_consumer(p.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", code, folder], check=True, cwd=FILE.parent)
    return (folder / "Web-Users.json").read_bytes()


def test_it_runs_and_catches_the_change():
    run = subprocess.run(
        [sys.executable, str(FILE)], capture_output=True, text=True, check=False
    )

    assert (0, "") == (run.returncode, run.stderr)
    assert "2 interactions" in run.stdout
    assert "Web -> Users  2 ok" in run.stdout
    assert "missing the following keys: firstName" in run.stdout
    assert run.stdout.endswith("The change was caught before it was deployed.\n")


def test_a_second_run_writes_the_same_contract(tmp_path):
    assert record(tmp_path) == record(tmp_path)


@pytest.mark.foreign
@pytest.mark.enable_socket
@pytest.mark.parametrize(
    ("first_name", "code"),
    [("firstName", 0), ("first_name", 1)],
    ids=["as is", "broken"],
)
def test_the_official_verifier_gives_the_same_verdict(
    quickstart, tmp_path, first_name, code
):
    cli = pact_cli()
    record(tmp_path)
    grace = {
        "id": 23,
        first_name: "Grace",
        "lastName": "Hopper",
        "emails": ["grace@example.com"],
    }
    with served(quickstart.create_app({23: grace})) as port:
        run = run_foreign(
            cli,
            "verifier",
            *("--file", tmp_path / "Web-Users.json"),
            *("--hostname", "127.0.0.1", "--port", port),
            *("--provider-name", "Users", "--no-colour"),
        )

    assert code == run.returncode, run.stdout + run.stderr
