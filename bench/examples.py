"""Measure what 50 other examples cost, next to one run.

Run it with `python bench/examples.py [ROUNDS]`. The goal is at most 60 times the CPU
time of one run on both sides, also for small contracts and fast apps. The calls are
counted as well, as they are the same in each run.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import flask
import paths
import requests
import urllib3
from timing import compare

import pypact
from pypact import match

BOUND = 60
EXAMPLES = pypact.Examples(50, seed=0)
BASE = "https://users.example.com"

Reader = Callable[[str], Any]


class Pair(NamedTuple):
    """One run, and the same with 50 other examples."""

    one: Callable[[], object]
    many: Callable[[], object]

    def count(self) -> float:
        """Return how many times as many Python calls the second one makes."""
        self.many()
        return paths.count(self.many).in_all / paths.count(self.one).in_all


def _read_by_requests(url: str) -> Any:
    return requests.get(url, timeout=5).json()


def _read_by_urllib3(url: str) -> Any:
    return _POOL.request("GET", url).json()


_POOL = urllib3.PoolManager()
CLIENTS: Mapping[str, Reader] = {
    "requests": _read_by_requests,
    "urllib3": _read_by_urllib3,
}
BODIES: Mapping[str, Callable[[], dict[str, object]]] = {
    "1 field": lambda: {"id": match.integer(23)},
    "3 fields": lambda: {
        "id": match.integer(23),
        "name": match.like("Al Bo"),
        "tags": match.each_like("x"),
    },
    "12 fields": lambda: {
        "id": match.integer(23),
        "name": match.like("Al Bo"),
        "at": match.datetime("2020-01-01T10:00:00Z", "yyyy-MM-dd'T'HH:mm:ssXXX"),
        "currency": match.regex("[A-Z]{3}", "EUR"),
        "address": {"street": match.like("Main St"), "zip": match.regex(r"\d+", "1")},
        "items": match.each_like(
            {
                "sku": match.regex(r"[A-Z]{2}-\d+", "AB-1"),
                "count": match.integer(1),
                "price": match.decimal(1.5),
            }
        ),
    },
}


@contextlib.contextmanager
def prepare_consumer(client: str, body: str) -> Iterator[Pair]:
    """Yield the runs of a consumer's test."""
    read = CLIENTS[client]
    with tempfile.TemporaryDirectory() as folder:
        pact = pypact.Consumer("Web").has_pact_with(
            "Users", base_url=BASE, pact_dir=folder
        )

        def check() -> None:
            (
                pact.upon_receiving("a user")
                .with_request("GET", "/users/23")
                .will_respond_with(200, body=BODIES[body]())
            )
            assert read(f"{BASE}/users/23")["id"] is not None

        decorate = pact.intercept(examples=EXAMPLES)
        yield Pair(pact.intercept()(check), decorate(check))


def _create_bare_app() -> Any:
    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        user = json.loads(environ["wsgi.input"].read())
        start_response("201 Created", [("Content-Type", "application/json")])
        return [json.dumps({"name": user["name"], "ok": True}).encode()]

    return app


def _create_flask_app() -> Any:
    app = flask.Flask("users")

    @app.post("/users")
    def create() -> Any:
        return {"name": flask.request.get_json()["name"], "ok": True}, 201

    return app


APPS: Mapping[str, Callable[[], Any]] = {
    "a WSGI function": _create_bare_app,
    "Flask": _create_flask_app,
}


_INTERACTION = {
    "type": "Synchronous/HTTP",
    "description": "a new user",
    "request": {
        "method": "POST",
        "path": "/users",
        "body": {
            "content": {"name": "Al", "age": 3, "email": "al@example.com"},
            "contentType": "application/json",
        },
        "matchingRules": {
            "body": {
                "$.name": {"matchers": [{"match": "type"}]},
                "$.age": {"matchers": [{"match": "integer"}]},
                "$.email": {"matchers": [{"match": "regex", "regex": ".+@.+"}]},
            }
        },
    },
    "response": {
        "status": 201,
        "body": {"content": {"ok": True}, "contentType": "application/json"},
    },
}


@contextlib.contextmanager
def prepare_provider(app: str) -> Iterator[Pair]:
    """Yield the verifications of a contract of one interaction."""
    with tempfile.TemporaryDirectory() as name:
        path = paths.write_contract(Path(name, "users.json"), [_INTERACTION])
        verifier = pypact.Verifier("Users", app=APPS[app](), pacts=path)
        yield Pair(
            lambda: verifier.verify(reports=[]),
            lambda: verifier.verify(examples=EXAMPLES, reports=[]),
        )


def prepare_all() -> Iterator[tuple[str, contextlib.AbstractContextManager[Pair]]]:
    """Yield the name of each row, and what prepares it."""
    for client in CLIENTS:
        for body in BODIES:
            yield f"consumer: {client}, {body}", prepare_consumer(client, body)
    for app in APPS:
        yield f"provider: {app}", prepare_provider(app)


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'50 examples / one run':<36} {'CPU time':>9} {'calls':>7} {'goal':>7}")
    for name, prepared in prepare_all():
        with prepared as pair:
            ratio, calls = compare(pair.many, pair.one, rounds=rounds), pair.count()
        verdict = "met" if ratio <= BOUND else "MISSED"
        print(f"{name:<36} {ratio:9.1f} {calls:7.1f}   <= {BOUND}  {verdict}")


if __name__ == "__main__":
    main()
