"""Compare the mock server with the Ruby mock service, driven by old official clients.

The same scripts drive both. `PYPACT_PACT_PYTHON_2` is the path of a Python that has
pact-python 2.3.3, which contains the Ruby mock service; `PYPACT_PACT_JS` is a folder
`node_modules` with @pact-foundation/pact 9.18.1, installed with `--ignore-scripts`.
"""

import contextlib
import json
import os
import shutil
import subprocess
import time
from dataclasses import replace
from pathlib import Path

import pytest
import requests
from foreign import run_foreign

import pypact
from pypact.formats import interaction_to_json
from pypact.model.rules import Rule, RuleList

pytestmark = [pytest.mark.foreign, pytest.mark.enable_socket]

DRIVERS = Path(__file__).parent / "drivers"


def old_python():
    found = os.environ.get("PYPACT_PACT_PYTHON_2")
    if not found:
        pytest.skip("no Python with pact-python 2.3.3: PYPACT_PACT_PYTHON_2 names none")
    return found


def old_javascript():
    found = os.environ.get("PYPACT_PACT_JS")
    if not found or not shutil.which("node"):
        pytest.skip("no node_modules with pact-js 9.18.1: PYPACT_PACT_JS names none")
    return found


def ruby_service():
    code = "from pact.constants import MOCK_SERVICE_PATH as p; print(p)"
    done = run_foreign(old_python(), "-c", code)
    return done.stdout.strip()


def free_port():
    with pypact.MockServer(port=0) as probe:
        return probe.port


@contextlib.contextmanager
def ruby_server(folder):
    port = free_port()
    command = [ruby_service(), "service", "--consumer=Web", "--provider=Users"]
    command += [f"--port={port}", "--host=127.0.0.1", f"--pact-dir={folder}"]
    command += [f"--log={folder}/log", "--pact-specification-version=2.0.0"]
    environment = {**os.environ, "PACT_DO_NOT_TRACK": "true"}
    with subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        start_new_session=True,
    ) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}")
            yield port
        finally:
            os.killpg(process.pid, 15)  # also the shell that started it
            process.wait(60)


@contextlib.contextmanager
def our_server(folder):
    with pypact.MockServer(
        port=0, consumer="Web", provider="Users", pact_dir=folder
    ) as server:
        yield server.port


def wait_for(url):
    for _ in range(300):
        with contextlib.suppress(requests.ConnectionError):
            headers = {"X-Pact-Mock-Service": "true"}
            assert requests.get(url, headers=headers, timeout=5).ok
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing answers at {url}")


def python_client(port):
    return run_foreign(old_python(), DRIVERS / "pact_python_2.py", port)


def javascript_client(port):
    driver = DRIVERS / "pact_js_9.js"
    return run_foreign(shutil.which("node"), driver, old_javascript(), port)


def seen_by(client, server, folder):
    folder.mkdir()
    with server(folder) as port:
        done = client(port)
    assert 0 == done.returncode, done.stdout + done.stderr
    (file,) = folder.glob("*.json")
    seen = json.loads(done.stdout.splitlines()[-1])
    return [comparable(*one) for one in seen], pypact.read_pact(file)


def comparable(name, status, text):
    """Return the parts of a response that must be the same.

    The texts of diffs and of internal errors may differ; contracts are compared as
    files.
    """
    text = text.split("\n\nDiff with interaction")[0].split("\n\n\nSee ")[0]
    text = text.split("\nSee ")[0].rstrip("\n")
    start = text.find("{")
    with contextlib.suppress(ValueError):
        data = json.loads(text[start:]) if start >= 0 else None
        if isinstance(data, dict):
            return name, status, shown(data)
    return name, status, text


def shown(data):
    if "backtrace" in data:
        return sorted(data)
    if "interactions" in data:
        return sorted(one["description"] for one in data["interactions"])
    if "interaction_diffs" in data:
        diffs = data["interaction_diffs"]
        described = [
            (d["description"], d.get("provider_state"), sorted(d)) for d in diffs
        ]
        return data["message"], described
    return data


def normalized_contract(contract):
    """Return the interactions of a contract in a normal form.

    Ruby escapes slashes in regular expressions, and has one rule for each value of a
    query parameter.
    """
    normalized_interactions = (
        replace(one, request=normalized(one.request), response=normalized(one.response))
        for one in contract.interactions
    )
    return [interaction_to_json(one, "2.0.0") for one in normalized_interactions]


def normalized(part):
    rules = {
        category: {
            key.removesuffix("[0]"): RuleList(tuple(map(unescaped, found.rules)))
            for key, found in by_key.items()
        }
        for category, by_key in part.rules.items()
    }
    return replace(part, rules=rules)


def unescaped(rule):
    if rule.name != "regex":
        return rule
    return Rule("regex", {"regex": rule.attributes["regex"].replace(r"\/", "/")})


@pytest.mark.parametrize("client", [python_client, javascript_client])
def test_an_old_client_sees_the_same_and_the_same_is_written(tmp_path, client):
    expected, theirs = seen_by(client, ruby_server, tmp_path / "theirs")
    actual, ours = seen_by(client, our_server, tmp_path / "ours")

    assert expected == actual
    assert normalized_contract(theirs) == normalized_contract(ours)


def test_our_client_drives_the_ruby_mock_service(tmp_path):
    old_python()
    pact = pypact.Consumer("Web").has_pact_with("Users")
    builder = (
        pact.given("there is a user")
        .upon_receiving("a user")
        .with_request("GET", "/user", query="id=23")
        .will_respond_with(
            200,
            headers={"Content-Type": "application/json"},
            body={"name": pypact.match.like("John")},
        )
    )
    with ruby_server(tmp_path) as port:
        client = pypact.MockServerClient(f"http://127.0.0.1:{port}")
        assert "Registered interactions" == client.post_interaction(builder.to_JSON())
        assert 1 == client.missing()
        with pytest.raises(pypact.ServerError, match="GET /user"):
            client.verify()
        got = requests.get(f"{client.url}/user?id=23", timeout=9)
        assert {"name": "John"} == got.json()
        assert "Interactions matched" == client.verify()
        written = client.write_pact(pact_dir=tmp_path / "pacts")
        assert "a user" == written["interactions"][0]["description"]
        assert "Registered interactions" == client.put_interactions([builder])
        assert "Cleared interactions" == client.delete_interactions()
        assert "Cleared session" == client.delete_session()
        client.log("done")
