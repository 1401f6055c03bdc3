"""Main actions of pypact, warmed up, for counting what runs in each.

`bench/tree.py` counts the files, `bench/calls.py` the Python calls. Only public names
are used, so that both run at any commit.
"""

from __future__ import annotations

import contextlib
import http.client
import importlib
import json
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


# -- contracts -----------------------------------------------------------------------


def write_contract(path: Path, interactions: Iterable[object]) -> Path:
    """Write a contract of version 4 by hand."""
    contract = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    path.write_text(json.dumps(contract), encoding="utf-8")
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
