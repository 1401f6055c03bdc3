"""Measure the verification of 1,000 interactions, and compare it with other tools.

Run it with `python bench/verification.py` (Flask has to be there). PYPACT_PACT_PYTHON
names a Python with pact-python 4 and Flask, PYPACT_PACTMAN_PYTHON one with pactman and
Flask: both verify the same contract against the same app, served on loopback.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import flask
from timing import lowest, show

import pypact
from pypact.targets import create_target

JSON = {"Content-Type": "application/json"}


def create_app() -> flask.Flask:
    """Return a trivial app."""
    app = flask.Flask("users")

    @app.get("/users/<int:number>")
    def show_user(number: int) -> dict[str, object]:
        return {"id": number, "name": "Ann", "tags": ["a"]}

    @app.post("/users")
    def create() -> tuple[dict[str, object], int]:
        return {"id": 1, **flask.request.get_json()}, 201

    return app


def create_fastapi_app() -> Any:
    """Return the same app, made with FastAPI."""
    fastapi = importlib.import_module("fastapi")
    app = fastapi.FastAPI()

    @app.get("/users/{number}")
    async def show_user(number: int) -> dict[str, object]:
        return {"id": number, "name": "Ann", "tags": ["a"]}

    @app.post("/users", status_code=201)
    async def create(body: dict[str, object] = fastapi.Body()) -> dict[str, object]:  # noqa: B008 -- as FastAPI has it
        return {"id": 1, **body}

    return app


def measure_pact_python(path: Path) -> float | str:
    """Return the seconds of pact-python, or why there are none."""
    return measure_peer("PYPACT_PACT_PYTHON", _PACT_PYTHON, path)


def contract(count: int) -> dict[str, object]:
    """Return a contract in version 2, which all tools read; three GET for each POST."""
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [_interaction(number) for number in range(count)],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


def _interaction(number: int) -> dict[str, object]:
    if number % 4 == 3:
        request = {"method": "POST", "path": "/users", "headers": JSON}
        request["body"] = {"name": f"n{number}"}
        response = {"status": 201, "headers": JSON, "body": {"id": 1, "name": "x"}}
        response["matchingRules"] = {"$.body": {"match": "type"}}
    else:
        request = {"method": "GET", "path": f"/users/{number}"}
        body = {"id": number, "name": "Bob", "tags": ["z"]}
        response = {"status": 200, "headers": JSON, "body": body}
        response["matchingRules"] = {
            "$.body.name": {"match": "type"},
            "$.body.tags": {"match": "type", "min": 1},
        }
    return {"description": f"call {number}", "request": request, "response": response}


def measure_pypact(path: Path) -> float:
    """Return the seconds of reading the contract and verifying it."""
    app = create_app()

    def verify() -> None:
        pypact.Verifier("Users", app=app, pacts=path).verify(reports=[])

    return lowest(verify, times=1, rounds=7)


def measure_bare_app(path: Path) -> float:
    """Return the seconds of the app's calls alone, through the same driver."""
    requests = [one.request for one in pypact.read_pact(path).interactions]
    target = create_target(create_app())
    return lowest(lambda: [target.send(one) for one in requests], times=1, rounds=7)


def measure_peer(variable: str, script: str, path: Path) -> float | str:
    """Return the seconds of another tool in its own Python, without its start."""
    python = os.environ.get(variable)
    if not python:
        return f"not there: {variable} names no Python that has it"
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [python, "-c", _SERVE + script, str(path)],
            capture_output=True,
            text=True,
            check=False,
            cwd=folder,
            env={**os.environ, "PACT_DO_NOT_TRACK": "true"},
        )
    last = run.stdout.strip().splitlines()[-1:] if run.returncode == 0 else []
    return float(last[0]) if last else f"failed: {run.stderr.strip()[-160:]}"


_SERVE = """
import sys, threading, time
from wsgiref.simple_server import WSGIServer, WSGIRequestHandler, make_server
from socketserver import ThreadingMixIn
import flask
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
class Quiet(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
app = flask.Flask("users")
@app.get("/users/<int:number>")
def show_user(number): return {"id": number, "name": "Ann", "tags": ["a"]}
@app.post("/users")
def create(): return {"id": 1, **flask.request.get_json()}, 201
server = make_server("127.0.0.1", 0, app, Server, Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"
"""

_PACT_PYTHON = """
from pact import Verifier
verifier = Verifier("Users", host="127.0.0.1").add_transport(url=url)
verifier = verifier.add_source(sys.argv[1])
began = time.process_time()
verifier.verify()
print(time.process_time() - began)
"""

_PACTMAN = """
from pactman.verifier.broker_pact import BrokerPact
began = time.process_time()
pact = BrokerPact.load_file(sys.argv[1])
for interaction in pact.interactions:
    interaction.verify_with_callable_setup(url, lambda *_, **__: None)
seconds = time.process_time() - began
assert pact.success, "pactman says that the app does not honour the contract"
print(seconds)
"""


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        for count in (1, 1000):
            path = Path(folder, f"{count}.json")
            path.write_text(json.dumps(contract(count)), encoding="utf-8")
            rows: dict[str, float | str] = {
                "the app's calls alone": measure_bare_app(path),
                "pypact, all": measure_pypact(path),
                "pact-python": measure_peer("PYPACT_PACT_PYTHON", _PACT_PYTHON, path),
                "pactman": measure_peer("PYPACT_PACTMAN_PYTHON", _PACTMAN, path),
            }
            title = f"{count} interaction{'s' if count > 1 else ''} against Flask"
            show(title, rows, floor="the app's calls alone")
            each = rows["pypact, all"]
            assert isinstance(each, float)
            print(f"  pypact, for each interaction: {each / count * 1e3:.3f} ms")


if __name__ == "__main__":
    began = time.process_time()
    main()
    print(f"\n{time.process_time() - began:.0f} s in all", file=sys.stderr)
