"""Suites for pact-python 2 and pactman run unchanged, but for their imports.

Each suite is run here with pypact. Where the old libraries are installed, in a Python
with pytest and Flask, it also runs with them: `PYPACT_PACT_PYTHON_2` has pact-python
2.3.3, `PYPACT_PACTMAN` has pactman 2.31.
"""

import atexit
import json
import os
import re
import socket
import xml.etree.ElementTree as ET
from pathlib import Path

import flask  # noqa: F401 -- pytester drops what a suite is the first to import
import pytest
import requests  # noqa: F401 -- the same
import werkzeug.serving  # noqa: F401 -- the same
from foreign import run_foreign

import pypact.compat.pact
import pypact.compat.pact.matchers
import pypact.compat.pactman
import pypact.compat.pactman.verifier.pytest_plugin  # noqa: F401 -- the same
from pypact.compat.pact import *  # noqa: F403 -- the same
from pypact.formats import read_pact
from pypact.review.contracts import compare_contracts

SUITES = Path(__file__).parent / "suites"
LIBRARIES = {
    "pact_python": ("pact", "pypact.compat.pact", "PYPACT_PACT_PYTHON_2"),
    "pactman": ("pactman", "pypact.compat.pactman", "PYPACT_PACTMAN"),
}
# Those that open a port, for a provider or for a client in another process.
WITH_PORT = ("suite_fixtures", "suite_provider", "suite_version_3")
PARAMETERS = [
    pytest.param(
        path,
        id=f"{path.parent.name}-{path.stem}",
        marks=[pytest.mark.enable_socket] if path.stem in WITH_PORT else [],
    )
    for path in sorted(SUITES.glob("*/suite_*.py"))
]
PLUGIN = "pypact.compat.pactman.verifier.pytest_plugin"


def describe(description, status, body, **members):
    request = {"method": "GET", "path": "/users/pat"}
    response = {"status": status, "body": body, **members.pop("response", {})}
    return {
        "description": description,
        "request": request,
        "response": response,
        **members,
    }


V2 = (
    describe(
        "a request for pat",
        200,
        {"name": "pat", "fullname": "Any"},
        response={"matchingRules": {"$.body.fullname": {"match": "type"}}},
        providerState="the user pat exists",
    ),
    describe("a missing user", 404, {"error": "unknown"}, providerState="unknown"),
    describe("a wrong name", 200, {"name": "x"}, providerState="the user pat exists"),
)
V3 = (
    describe(
        "a full name",
        200,
        {"fullname": "Patricia"},
        providerStates=[
            {"name": "the user pat exists", "params": {"fullname": "Patricia"}}
        ],
    ),
    describe(
        "a key",
        200,
        {"key": "k"},
        providerStates=[{"name": "the user pat exists", "params": {}}],
    ),
)


def write_contract(folder, consumer, version, interactions):
    contract = {
        "consumer": {"name": consumer},
        "provider": {"name": "Users"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": version}},
    }
    path = folder / f"{consumer}-Users-pact.json"
    path.write_text(json.dumps(contract), encoding="utf-8")


def prepare(folder, suite, module):
    """Write the suite for a library into a folder; return its options."""
    old = LIBRARIES[suite.parent.name][0]
    text = suite.read_text(encoding="utf-8")
    changed = re.sub(rf"(?m)^from {old}(?=[ .])", f"from {module}", text)
    (folder / f"test_{suite.stem}.py").write_text(changed, encoding="utf-8")
    pacts = folder / "pacts"
    pacts.mkdir()
    if suite.parent.name != "pactman" or suite.stem != "suite_provider":
        return []
    given = folder / "given"
    given.mkdir()
    write_contract(given, "Portal", "2.0.0", V2)
    write_contract(given, "Mobile", "3.0.0", V3)
    return [f"--pact-files={given}/*.json"]


def find_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def is_expected(name):
    """Return whether a test passes; the names of those that fail say so."""
    return not re.search(
        r"test_fails_|wrong name|test_pacts\[Mobile with request 'a key'\]", name
    )


@pytest.fixture
def run_here(pytester, monkeypatch, request):
    """Return a function that runs a suite with pypact in this process."""
    exits = []
    monkeypatch.setattr(atexit, "register", lambda f, *_: exits.append(f) or f)

    def run(suite):
        module = LIBRARIES[suite.parent.name][1]
        options = prepare(pytester.path, suite, module)
        monkeypatch.setenv("SUITE_PACTS", str(pytester.path / "pacts"))
        has_port = request.node.get_closest_marker("enable_socket") is not None
        monkeypatch.setenv("SUITE_PORT", find_port() if has_port else "18221")
        if options:
            options += ["-p", PLUGIN]
        options += ["-o", "asyncio_default_fixture_loop_scope=function"]
        recorder = pytester.inline_run("-p", "no:cacheprovider", *options)
        return {
            report.nodeid.partition("::")[2]: report.passed
            for report in recorder.getreports("pytest_runtest_logreport")
            if report.when == "call"
        }

    yield run
    for function in exits:
        if getattr(function, "__name__", "") == "stop_service":
            function()


@pytest.mark.parametrize("suite", PARAMETERS)
def test_a_suite_passes_and_fails_as_with_the_old_library(run_here, suite):
    outcomes = run_here(suite)

    assert len(outcomes) >= 10
    assert {name: is_expected(name) for name in outcomes} == outcomes


def run_old(folder, suite, monkeypatch):
    """Run a suite with the old library in its own Python; return the outcomes."""
    module, _, variable = LIBRARIES[suite.parent.name]
    python = os.environ.get(variable)
    if not python:
        pytest.skip(f"no Python with {suite.parent.name}: {variable} names none")
    folder.mkdir()
    options = prepare(folder, suite, module)
    monkeypatch.setenv("SUITE_PACTS", str(folder / "pacts"))
    monkeypatch.setenv("SUITE_PORT", find_port())
    command = (python, "-m", "pytest", "-p", "no:cacheprovider", "--junitxml=out.xml")
    ran = run_foreign(*command, *options, cwd=folder, timeout=300)
    assert (folder / "out.xml").exists(), ran.stdout + ran.stderr
    cases = ET.parse(folder / "out.xml").iter("testcase")
    return {case.get("name"): case.find("failure") is None for case in cases}


@pytest.mark.foreign
@pytest.mark.enable_socket
@pytest.mark.parametrize("suite", PARAMETERS)
def test_the_old_library_agrees(run_here, tmp_path, monkeypatch, suite):
    expected = run_old(tmp_path / "old", suite, monkeypatch)
    outcomes = {name.rpartition("::")[2]: one for name, one in run_here(suite).items()}
    here = Path(os.environ["SUITE_PACTS"])
    there = tmp_path / "old" / "pacts"

    assert expected == outcomes
    assert {one.name for one in there.iterdir()} == {one.name for one in here.iterdir()}
    for file in [one.name for one in there.iterdir()]:
        text = (there / file).read_text(encoding="utf-8")
        # Ruby writes a slash in a regular expression with a backslash.
        (there / file).write_text(text.replace(r"\\/", "/"), encoding="utf-8")
        changes = compare_contracts(read_pact(there / file), read_pact(here / file))
        assert [] == list(changes)
