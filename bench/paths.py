"""Main actions of pypact, warmed up, for counting what runs in each.

`bench/tree.py` counts the files, `bench/calls.py` the Python calls. Only public names
are used, so that both run at any commit.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, TypeAlias

import requests
import urllib3

import pypact
from pypact.hooks import claims
from pypact.model.json import dump_json

__all__ = ["Count", "Work", "count", "entered", "package"]

Work: TypeAlias = Callable[[], object]

URL = "https://users.example.com/users/23"
HEADERS = {"Content-Type": "application/json"}


def package() -> Path:
    """Return the folder of the pypact that is imported."""
    assert pypact.__file__ is not None
    return Path(pypact.__file__).parent


@dataclass
class Count:
    """The Python calls of one action: of pypact's files, and in all."""

    by_file: Counter[str] = field(default_factory=Counter)
    in_all: int = 0

    @property
    def in_pypact(self) -> int:
        """The number of calls of functions in pypact's files."""
        return self.by_file.total()

    @property
    def files(self) -> list[str]:
        """The files of pypact whose code ran."""
        return sorted(self.by_file)


def count(work: Work) -> Count:
    """Count the `call` events while `work` runs in this thread."""
    prefix = f"{package()}/"
    found: Counter[str] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            found[frame.f_code.co_filename] += 1

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    ours = {
        name.removeprefix(prefix): times
        for name, times in found.items()
        if name.startswith(prefix)
    }
    return Count(Counter(ours), found.total())


@contextlib.contextmanager
def entered(make: Callable[[Path], contextlib.AbstractContextManager[Work]]) -> Any:
    """Enter what `make` gives with a folder of its own."""
    with tempfile.TemporaryDirectory() as folder, make(Path(folder)) as work:
        yield work


# -- the consumer's side -------------------------------------------------------------


def make_pact(folder: Path) -> pypact.Pact:
    """Make a pact that is written into `folder`."""
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url="https://users.example.com", pact_dir=folder
    )


def define(pact: pypact.Pact) -> Any:
    """Define one interaction: GET, a JSON response, no rules."""
    return (
        pact.upon_receiving("a user")
        .with_request("GET", "/users/23")
        .will_respond_with(200, headers=HEADERS, body={"id": 23, "firstName": "John"})
    )


@contextlib.contextmanager
def one_get(folder: Path) -> Iterator[Work]:
    """One `requests.get` in an open block, after a first one."""
    pact = make_pact(folder)
    define(pact)
    with pact.intercept():

        def get() -> None:
            assert requests.get(URL, timeout=5).json()["id"] == 23

        get()
        yield get


@contextlib.contextmanager
def one_call(folder: Path, client: str) -> Iterator[Work]:
    """One call of another client in an open block, after a first one."""
    pact = make_pact(folder)
    define(pact)
    with pact.intercept():
        call = CALLS[client]()
        call()
        yield call


def _call_urllib3() -> Work:
    pools = urllib3.PoolManager()
    return lambda: pools.request("GET", URL).data


def _call_http_client() -> Work:
    connection = http.client.HTTPSConnection("users.example.com")

    def call() -> None:
        connection.request("GET", "/users/23")
        connection.getresponse().read()

    return call


def _call_httpx() -> Work:
    client = importlib.import_module("httpx").Client(verify=False)
    return lambda: client.get(URL).content


CALLS: dict[str, Callable[[], Work]] = {
    "http.client": _call_http_client,
    "httpx": _call_httpx,
    "urllib3": _call_urllib3,
}


@contextlib.contextmanager
def undeclared(folder: Path) -> Iterator[Work]:
    """Decide whether one undeclared call passes, in an open block."""
    pact = make_pact(folder)
    define(pact).optional()
    with pact.intercept():
        yield lambda: claims.find_refusal("http", "localhost", 5432)


@contextlib.contextmanager
def one_session_get(folder: Path, *, is_ready: bool = False) -> Iterator[Work]:
    """One GET of an open Session in an open block, after a first one.

    With `is_ready`, an adapter has the ready response; the block sees no request.
    """
    pact = make_pact(folder)
    define(pact).optional()
    with pact.intercept(), requests.Session() as session:
        if is_ready:
            ready = importlib.import_module("interception").Ready()
            session.mount("https://", ready)

        def get() -> None:
            assert session.get(URL, timeout=5).json()["id"] == 23

        get()
        yield get


@contextlib.contextmanager
def defining(folder: Path) -> Iterator[Work]:
    """Define one interaction, after a first one."""
    pact = make_pact(folder)
    define(pact).optional()
    yield lambda: define(pact).optional()
    with pact.intercept():
        pass


@contextlib.contextmanager
def whole_block(folder: Path) -> Iterator[Work]:
    """Make a pact, define, enter the block, one GET, leave, write; after a first."""

    def block() -> None:
        pact = make_pact(folder)
        define(pact)
        with pact.intercept():
            requests.get(URL, timeout=5)

    block()
    yield block


# -- a test under pytest -------------------------------------------------------------

_HEAD = """
import pytest
import requests

session = requests.Session()
"""
TESTS = (
    _HEAD
    + """
from pypact import Consumer

pact = Consumer("Web").has_pact_with("Users", base_url="https://users.example.com")

@pytest.mark.parametrize("number", range(5))
def test_user(number):
    (
        pact.upon_receiving(f"user {number}")
        .with_request("GET", f"/users/{number}")
        .will_respond_with(200, headers={"Content-Type": "application/json"},
                           body={"id": number, "firstName": "John"})
    )
    with pact.intercept():
        url = f"https://users.example.com/users/{number}"
        assert session.get(url, timeout=5).json()["id"] == number
"""
)
"""Tests of which each defines an interaction, enters a block and sends one GET."""

TESTS_WITHOUT = (
    _HEAD
    + """
@pytest.mark.parametrize("number", range(5))
def test_user(number):
    assert number >= 0
"""
)
"""The same tests without a pact."""

_CONFTEST = """
import sys

import pytest

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    if not pyfuncitem.name.endswith("[3]"):
        return (yield)
    calls = 0

    def note(frame, event, _):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(note)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        pyfuncitem.path.with_name("calls.txt").write_text(str(calls))
"""


def write_tests(folder: Path, tests: str) -> None:
    """Write a folder with tests."""
    folder.mkdir()
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (folder / "test_users.py").write_text(tests, encoding="utf-8")


def count_session_get(*, is_ready: bool = False) -> int:
    """Return the Python calls of `one_session_get`, counted in a process of its own."""
    return count_in_child(
        "from functools import partial\n"
        f"make = partial(paths.one_session_get, is_ready={is_ready})\n"
        "with paths.entered(make) as work:\n"
        "    print(paths.count(work).in_all)"
    )


def count_in_child(code: str) -> int:
    """Return the number that `code` prints, in a process without this one's state.

    It has no environment variables, each of which `requests` reads, and no libraries,
    such as Django, that other code has imported.
    """
    command = [sys.executable, "-c", f"import paths\n{code}"]
    folder = Path(__file__).parent
    run = subprocess.run(command, cwd=folder, env={}, check=True, capture_output=True)
    return int(run.stdout)


def count_test() -> int:
    """Return the Python calls of a warm test under pytest, in a process of its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "tests")
        write_tests(folder, TESTS)
        (folder / "conftest.py").write_text(_CONFTEST, encoding="utf-8")
        # Without the variables of this environment, each of which `requests` reads.
        environ = {"PATH": os.environ.get("PATH", "")}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        subprocess.run(
            command, cwd=folder, env=environ, check=True, capture_output=True
        )
        return int((folder / "calls.txt").read_text(encoding="utf-8"))


# -- contracts -----------------------------------------------------------------------


def contract_text(interactions: Iterable[object]) -> str:
    """Return a contract of version 4."""
    contract = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    return dump_json(contract)


def write_contract(path: Path, interactions: Iterable[object]) -> Path:
    """Write a contract of version 4 by hand."""
    path.write_text(contract_text(interactions), encoding="utf-8")
    return path


def interaction(number: int) -> dict[str, object]:
    """One interaction as a file of version 4 has it, with two rules."""
    matching_rules = {
        "body": {
            "$.name": {"combine": "AND", "matchers": [{"match": "type"}]},
            "$.tags": {"combine": "AND", "matchers": [{"match": "type", "min": 1}]},
        }
    }
    body = {"id": number, "name": "Bob", "tags": ["z"]}
    return {
        "type": "Synchronous/HTTP",
        "description": f"user {number}",
        "pending": False,
        "request": {"method": "GET", "path": f"/users/{number}"},
        "response": {
            "status": 200,
            "headers": {"Content-Type": ["application/json"]},
            "body": {
                "content": body,
                "contentType": "application/json",
                "encoded": False,
            },
            "matchingRules": matching_rules,
        },
    }


@contextlib.contextmanager
def reading(folder: Path) -> Iterator[Work]:
    """Read a file with one interaction, after a first time."""
    path = write_contract(folder / "one.json", [interaction(1)])
    pypact.read_pact(path)
    yield lambda: pypact.read_pact(path)


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Work]:
    """Write a contract of twenty interactions, after a first time."""
    path = write_contract(folder / "many.json", map(interaction, range(20)))
    contract = pypact.read_pact(path)
    other = folder / "written.json"
    pypact.write_pact(contract, other)
    yield lambda: pypact.write_pact(contract, other)


# -- the provider's side -------------------------------------------------------------


def users(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as the contract has it: a WSGI application without a framework."""
    number = int(environ["PATH_INFO"].rpartition("/")[2])
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"id": number, "name": "Ann", "tags": ["a"]}).encode()]


@contextlib.contextmanager
def verifying(folder: Path, number: int = 1) -> Iterator[Work]:
    """Make a verifier and verify `number` interactions, after a first time."""
    path = write_contract(folder / "pact.json", map(interaction, range(number)))

    def verify() -> None:
        pypact.Verifier("Users", app=users, pacts=path).verify(reports=[])

    verify()
    yield verify


# -- matching ------------------------------------------------------------------------


@contextlib.contextmanager
def matching(_: Path, *, with_rules: bool) -> Iterator[Work]:
    """Match a response with 100 kB of JSON, after a first time."""
    items = [
        {"id": number, "name": f"name {number}", "tags": ["a", "b"], "ok": True}
        for number in range(1550)
    ]
    content = json.dumps(items).encode()
    assert 95_000 < len(content) < 105_000
    one = interaction(1)
    one["response"] = {
        "status": 200,
        "body": {"content": items, "contentType": "application/json", "encoded": False},
    }
    if with_rules:
        one["response"]["matchingRules"] = {  # type: ignore[index] # just made
            "body": {
                "$": {"matchers": [{"match": "type", "min": 1}]},
                "$[*].id": {"matchers": [{"match": "integer"}]},
                "$[*].name": {"matchers": [{"match": "regex", "regex": "name \\d+"}]},
            }
        }
    contract = pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [one],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )
    expected = contract.interactions[0]
    # Written otherwise, so that the bytes alone do not decide.
    body = json.dumps(items, separators=(",", ":")).encode()
    actual = pypact.Response.from_http(200, HEADERS.items(), body)

    def match() -> None:
        assert pypact.match_response(expected, actual) == []

    match()
    yield match
