"""The workflow in step 5 of the seed's README, as a test and as a script.

`python tests/test_end2end.py` runs it as well. Each step is a function of
`examples/seed_workflow.py`, which has the seed's own code.
"""

import contextlib
import importlib.util
import json
import os
import socket
import sys
import tempfile
from pathlib import Path

import pytest
import requests
from filelock import FileLock

import pypact

EXAMPLE = Path(__file__).parents[1] / "examples" / "seed_workflow.py"
MAIN = __name__ == "__main__"


def load_example():
    spec = importlib.util.spec_from_file_location("seed_workflow", EXAMPLE)
    module = importlib.util.module_from_spec(spec)
    # A spawned process finds `start_server` by this module name.
    sys.modules["seed_workflow"] = module
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def in_folder(folder):
    before = Path.cwd()
    paths = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = str(EXAMPLE.parent)
    os.chdir(folder)
    sys.path.insert(0, str(EXAMPLE.parent))
    try:
        yield
    finally:
        sys.path.remove(str(EXAMPLE.parent))
        os.chdir(before)
        if paths is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = paths


def port_is_free():
    with contextlib.suppress(OSError), socket.socket() as one:
        one.settimeout(0.5)
        one.connect(("127.0.0.1", 8080))
        return False
    return True


@pytest.mark.enable_socket
def test_the_five_steps_work_as_written(tmp_path, capsys):
    # The steps use port 8080, so concurrent runs wait for each other.
    lock = Path(tempfile.gettempdir(), "pypact-tests-port-8080.lock")
    with FileLock(lock, timeout=120), in_folder(tmp_path):
        if not port_is_free():
            pytest.skip("port 8080, which the seed's steps name, is taken here")
        load_example().main()

    said = capsys.readouterr().out.splitlines()
    assert "Registered interactions" == said[0]
    assert '200 {"firstName":"John"}' == said[1]
    assert "Interactions matched" == said[2]

    # The contract is in a folder of its own: the first step deletes what is there.
    assert [] == list(tmp_path.iterdir())
    written = json.loads(Path(said[3]).read_text())
    assert {"version": "1.1.0"} == written["metadata"]["pactSpecification"]
    assert [
        {
            "description": "get request for user with id {23}",
            "providerState": "There is a user wih id {23}",
            "request": {"method": "GET", "path": "/user", "query": "id=23"},
            "response": {
                "status": 200,
                "headers": {"Content-Type": "application/json"},
                "body": {"firstName": "John"},
            },
        }
    ] == written["interactions"]

    # The server process ends with the steps.
    with pytest.raises(requests.ConnectionError):
        requests.get("http://localhost:8080/user?id=23", timeout=5)
    assert pypact.read_pact(said[3])


if MAIN:
    with tempfile.TemporaryDirectory() as folder, in_folder(folder):
        load_example().main()
        contract = Path("pacts/My consumer-My provider.json")
        assert 1 == len(pypact.read_pact(contract).interactions)
