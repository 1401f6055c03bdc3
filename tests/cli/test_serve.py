"""The commands `pypact mock` and `pypact stub`."""

import contextlib
import json
import signal
import subprocess
import sys

import pytest
import requests
from click.testing import CliRunner

import pypact
from pypact.cli import main

pytestmark = pytest.mark.enable_socket

PACT = {
    "consumer": {"name": "Web"},
    "provider": {"name": "Users"},
    "interactions": [
        {
            "description": "a user",
            "request": {"method": "GET", "path": "/user"},
            "response": {"status": 200, "body": {"name": "John"}},
        }
    ],
    "metadata": {"pactSpecification": {"version": "2.0.0"}},
}


@contextlib.contextmanager
def serving(folder, *arguments):
    """Run a command; yield the process and the URL that it prints."""
    command = [sys.executable, "-m", "pypact", *map(str, arguments)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=folder
    ) as process:
        try:
            yield process, process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_mock_server_writes_the_pact_on_a_clean_stop(tmp_path, number):
    (tmp_path / "in.json").write_text(json.dumps(PACT))
    names = ("--consumer", "Web", "--provider", "Users", "--pact-dir", "pacts")
    options = (*names, "--port", 0, "--log", "log.txt")
    with serving(tmp_path, "mock", "in.json", *options) as (process, url):
        assert {"name": "John"} == requests.get(f"{url}/user", timeout=5).json()
        client = pypact.MockServerClient(url)
        client.log("a line")
        requests.get(f"{url}/none", timeout=5)
        with pytest.raises(pypact.ServerError, match=r"See log\.txt for details"):
            client.verify()
        process.send_signal(number)
        process.wait(60)

        assert (0, "") == (process.returncode, process.stderr.read())

    contract = pypact.read_pact(tmp_path / "pacts" / "Web-Users.json")
    assert ["a user"] == [one.description for one in contract.interactions]
    assert "a line" in (tmp_path / "log.txt").read_text()


def test_hosts_origins_directories_and_limits_are_options_of_a_mock_server(tmp_path):
    allowed = ("--allow-host", "mock.test", "--allow-origin", "http://karma.test:9876")
    limits = ("--allow-pact-dir", tmp_path / "other", "--max-body", 10, "--timeout", 9)
    names = ("--consumer", "Web", "--provider", "Users", "--pact-dir", "pacts")
    options = (*names, *allowed, *limits, "--port", 0)
    with serving(tmp_path, "mock", *options) as (_, url):

        def get_status(path="", data=None, **headers):
            named = {"X-Pact-Mock-Service": "true", **headers}
            method = "GET" if data is None else "POST"
            got = requests.request(
                method, url + path, data=data, headers=named, timeout=5
            )
            return got.status_code

        assert 200 == get_status(Host="mock.test")
        assert 403 == get_status(Host="page.test")
        assert 200 == get_status(Origin="http://karma.test:9876")
        assert 403 == get_status(Origin="http://page.test")
        assert 413 == get_status("/interactions", "x" * 11)
        assert 500 == get_status("/interactions", "x" * 10)  # not JSON


def test_a_mock_server_without_pact_dir_writes_nothing(tmp_path):
    with serving(tmp_path, "mock", "--port", 0) as (process, url):
        client = pypact.MockServerClient(url)
        client.post_interaction(PACT["interactions"][0])
        requests.get(f"{url}/user", timeout=5)
        process.send_signal(signal.SIGINT)
        process.wait(60)

    assert [] == list(tmp_path.iterdir())


def test_a_stub_serves_contracts_and_notices_changes(tmp_path):
    file = tmp_path / "in.json"
    file.write_text(json.dumps(PACT))
    with serving(tmp_path, "stub", tmp_path, "--port", 0, "--cors") as (process, url):
        got = requests.get(f"{url}/user", headers={"Origin": "http://p"}, timeout=5)
        assert {"name": "John"} == got.json()
        assert "http://p" == got.headers["Access-Control-Allow-Origin"]

        file.write_text(json.dumps(PACT).replace("John", "Joan of Arc"))
        got = requests.get(f"{url}/user", timeout=5)
        assert {"name": "Joan of Arc"} == got.json()

        process.send_signal(signal.SIGINT)
        process.wait(60)
        assert 0 == process.returncode


def test_a_port_in_use_ends_the_command():
    with pypact.MockServer(port=0) as other:
        done = CliRunner().invoke(main, ["mock", "--port", str(other.port)])

    assert 1 == done.exit_code
    assert "is already in use" in done.output


def test_an_invalid_contract_ends_the_command(tmp_path):
    (tmp_path / "bad.json").write_text("{")
    done = CliRunner().invoke(main, ["stub", str(tmp_path / "bad.json")])

    assert 1 == done.exit_code
    assert "bad.json" in done.output


def test_the_commands_are_listed():
    done = CliRunner().invoke(main, ["--help"])

    assert "mock" in done.output
    assert "stub" in done.output


@pytest.mark.parametrize("command", ["mock", "stub"])
def test_the_help_of_a_server_does_not_import_the_targets(command):
    code = (
        "import sys; from pypact.cli import main; "
        f"main(['{command}', '--help'], standalone_mode=False); "
        "assert not {'asyncio', 'pypact.targets'} & set(sys.modules)"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (0, "") == (result.returncode, result.stderr)
