"""Results and reports of verifications: by the API, the command, and pytest."""

from __future__ import annotations

import contextlib
import importlib.metadata
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from click.testing import CliRunner
from freeze_calls import error_name
from freeze_contracts import without_release

import pypact

__all__ = ["by_command", "by_pytest", "by_verifier"]

JSON = {"Content-Type": ["application/json"]}


def interaction(description: str, path: str, **more: Any) -> dict[str, Any]:
    """Write an interaction as version 4 has it."""
    response = {"status": more.pop("status", 200)}
    if "body" in more:
        response["body"] = more.pop("body")
    if "rules" in more:
        response["matchingRules"] = {"body": more.pop("rules")}
    if "headers" in more:
        response["headers"] = more.pop("headers")
    request = {"method": more.pop("method", "GET"), "path": path}
    request.update(more.pop("request", {}))
    return {
        "type": "Synchronous/HTTP",
        "description": description,
        "request": request,
        "response": response,
        **more,
    }


def message(description: str, content: object, **more: Any) -> dict[str, Any]:
    """Write a message as version 4 has it."""
    return {
        "type": "Asynchronous/Messages",
        "description": description,
        "contents": in_json(content),
        **more,
    }


def in_json(value: object) -> dict[str, object]:
    """Write a JSON body as version 4 has it."""
    return {"content": value, "contentType": "application/json", "encoded": False}


def in_text(value: str, content_type: str) -> dict[str, object]:
    """Write another body as version 4 has it."""
    return {"content": value, "contentType": content_type, "encoded": False}


def states(*names: str, **params: object) -> list[dict[str, object]]:
    """Write provider states; all get the same parameters."""
    return [{"name": name, "params": params} for name in names]


def rules(**by_name: Any) -> dict[str, object]:
    """Write rules of members of a JSON body."""
    return {
        f"$.{name}": {"combine": "AND", "matchers": [rule]}
        for name, rule in by_name.items()
    }


BY_HTTP = [
    interaction("all well", "/json", body=in_json({"id": 1, "name": "Ann"})),
    interaction("well by rules", "/json", body=in_json({"id": 9}))
    | {
        "response": {
            "status": 200,
            "body": in_json({"id": 9}),
            "matchingRules": {"body": rules(id={"match": "integer"})},
        }
    },
    interaction("another status", "/json", status=201),
    interaction("a range of statuses", "/json")
    | {
        "response": {
            "status": 404,
            "matchingRules": {
                "status": {
                    "matchers": [{"match": "statusCode", "status": "clientError"}]
                }
            },
        }
    },
    interaction("a header", "/json", headers={"X-A": ["b"], "X-Missing": ["c"]}),
    interaction("another value", "/json", body=in_json({"id": 2, "name": "Ann"})),
    interaction("a missing key", "/json", body=in_json({"id": 1, "email": "a@b.c"})),
    interaction("another type", "/json", body=in_json({"id": "1", "name": {"a": []}})),
    interaction(
        "rules that fail",
        "/json",
        body=in_json({"id": 1.5, "name": "12", "tags": ["a", "b", "c"]}),
        rules=rules(
            id={"match": "decimal"},
            name={"match": "regex", "regex": "\\d+"},
            tags={"match": "type", "min": 3},
        ),
    ),
    interaction("another content type", "/json", body=in_text("x", "text/plain")),
    interaction("no body", "/none", body=in_json({"id": 1})),
    interaction("no JSON", "/broken", body=in_json({"id": 1})),
    interaction(
        "XML", "/xml", body=in_text("<a i='1'><b>x</b></a>", "application/xml")
    ),
    interaction("text", "/text", body=in_text("other\ntext", "text/plain")),
    interaction(
        "a form",
        "/form",
        body=in_text("a=1&b=3", "application/x-www-form-urlencoded"),
    ),
    interaction("a crash", "/crash"),
    interaction("a wrong protocol", "/protocol"),
    interaction("pending", "/nowhere", pending=True),
    interaction("pending and well", "/json", pending=True),
    interaction("with a state", "/users/5", providerStates=states("user", id=5)),
    interaction("a state with a value", "/x", providerStates=states("user 7 exists"))
    | {
        "request": {
            "method": "GET",
            "path": "/users/1",
            "generators": {
                "path": {"type": "ProviderState", "expression": "/users/${id}"}
            },
        }
    },
    interaction("a missing state", "/json", providerStates=states("nobody has this")),
    interaction("a failing state", "/json", providerStates=states("user", "broken")),
    interaction(
        "a secret",
        "/secret",
        request={"headers": {"Authorization": ["Bearer s3cr3t"]}},
    ),
    interaction("a post", "/echo", method="POST")
    | {
        "request": {
            "method": "POST",
            "path": "/echo",
            "query": {"a": ["1", "2"], "b": [""]},
            "headers": JSON,
            "body": in_json({"x": [1]}),
        },
        "response": {"status": 200, "body": in_json({"x": [1]})},
    },
    interaction(
        "with comments",
        "/none",
        status=500,
        comments={"text": ["look here"], "testname": "test_x"},
        key="k1",
    ),
]
MESSAGES = [
    message("a good message", {"id": 1}, metadata={"topic": "users"}),
    message("other contents", {"id": 2}, metadata={"topic": "users"}),
    message("other metadata", {"id": 1}, metadata={"topic": "shops", "n": 1}),
    message("no function", {"id": 1}),
    message("a crash", {"id": 1}),
    message("nothing", {"id": 1}),
    {
        "type": "Synchronous/Messages",
        "description": "two answers",
        "request": {"contents": in_json({"q": 1})},
        "response": [{"contents": in_json({"n": 1})}, {"contents": in_json({"n": 3})}],
    },
    {"type": "Something/Else", "description": "a plugin's", "pending": False},
]


def contract(interactions: Iterable[object], provider: str = "Users") -> dict[str, Any]:
    """Write a contract of version 4."""
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }


# The provider is a module of its own, as users have it: it is imported by the command
# and by pytest as well.
PROVIDER = """
import json

TYPES = {"/json": "application/json", "/broken": "application/json"}
TYPES |= {"/xml": "application/xml", "/text": "text/plain", "/secret": "text/plain"}
TYPES |= {"/form": "application/x-www-form-urlencoded", "/echo": "application/json"}
BODIES = {"/json": b'{"id": 1, "name": "Ann", "tags": ["a"]}', "/broken": b"{"}
BODIES |= {"/xml": b"<a i='2'><b>y</b><c/></a>", "/text": b"some\\ntext"}
BODIES |= {"/form": b"a=1&b=2", "/secret": b"s3cr3t"}
USERS = {}


def app(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/crash":
        raise ValueError("the provider fails")
    if path == "/protocol":
        return [b"no start"]
    body = BODIES.get(path, b"")
    if path == "/echo":
        body = environ["wsgi.input"].read()
    is_known = path in TYPES or path == "/none" or path in USERS
    status = "200 OK" if is_known else "404 Not Found"
    start_response(status, [("Content-Type", TYPES[path])] if path in TYPES else [])
    return [body]
"""


def provider_in(folder: Path) -> Any:
    """Write and import the provider's module."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "freeze_provider.py").write_text(PROVIDER, encoding="utf-8")
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
    return importlib.import_module("freeze_provider")


# -- by the API ----------------------------------------------------------------------


def by_verifier(scratch: Path) -> dict[str, object]:
    """Return results and reports of verifications by the API."""
    provider = provider_in(scratch)
    data = contract([*BY_HTTP, *MESSAGES])
    path = scratch / "all.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    clean = Cleaner(scratch)
    found: dict[str, object] = {}
    for name, options in {
        "all": {},
        "unknown states are errors": {"unknown_states": "error"},
        "unknown states are ignored": {"unknown_states": "ignore"},
    }.items():
        verifier = verifier_of(provider, path, **options)
        found[name] = verified(verifier, clean)
    for name, criteria in {
        "by description": {"description": "rule"},
        "by state": {"state": "user"},
        "without states": {"no_state": True, "description": "^a "},
        "nothing": {"description": "no such"},
        "nothing, allowed": {"description": "no such", "allow_empty": True},
    }.items():
        found[name] = verified(verifier_of(provider, path), clean, **criteria)
    verifier = pypact.Verifier("Users", app=asgi, pacts=path)
    found["ASGI"] = verified(verifier, clean, description="^(all well|text|a post)$")
    verifier = verifier_of(provider, path)
    verifier.request_filter(failing_filter)
    found["a failing filter"] = verified(verifier, clean, description="all well")
    verifier = verifier_of(provider, path)
    verifier.request_filter(authorize)
    verifier.before_each(lambda: None)
    verifier.after_each(failing_hook)
    found["hooks"] = verified(verifier, clean, description="a (secret|header)")
    return found


def verifier_of(provider: Any, pacts: object, **options: Any) -> pypact.Verifier:
    """Make a verifier with states and messages."""
    verifier = pypact.Verifier("Users", app=provider.app, pacts=pacts, **options)

    @verifier.state("user")
    def user(id: int | None = None) -> Any:  # noqa: A002 -- the state's name for it
        provider.USERS[f"/users/{id}"] = id
        yield
        provider.USERS.clear()

    @verifier.state("user {id:int} exists")
    def user_exists(id: int) -> dict[str, int]:  # noqa: A002 -- the same
        provider.USERS[f"/users/{id}"] = id
        return {"id": id}

    @verifier.state("broken")
    def broken() -> None:
        raise LookupError("the state fails")

    for text in ("a good message", "other contents", "other metadata"):
        verifier.message(text)(lambda: ({"id": 1}, {"topic": "users"}))

    @verifier.message("a crash")
    def crash() -> None:
        raise ArithmeticError("the function fails")

    @verifier.message("nothing")
    def nothing() -> None:
        return None

    @verifier.message("two answers")
    def answers() -> list[object]:
        return [{"n": 1}, {"n": 2}]

    return verifier


def failing_filter(request: object) -> None:
    """Fail before the request is sent."""
    raise KeyError(type(request).__name__)


def authorize(request: Any) -> None:
    """Change two headers."""
    request.replace_header("Authorization", "Bearer other")
    request.add_header("X-Added", "1")


def failing_hook(response: Any) -> None:
    """Fail after the interaction."""
    raise KeyError(response.status)


async def asgi(scope: Any, receive: Any, send: Any) -> None:
    """Answer as an ASGI application without a framework."""
    if scope["type"] == "lifespan":
        while True:
            event = await receive()
            await send({"type": f"{event['type']}.complete"})
            if event["type"] == "lifespan.shutdown":
                return
    body = (await receive())["body"] or b'{"id": 1, "name": "Ann"}'
    headers = [(b"content-type", b"application/json")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def verified(verifier: pypact.Verifier, clean: Cleaner, **criteria: Any) -> object:
    """Return how a verification ends, its result, and what the console shows."""
    console = io.StringIO()
    how = "passes"
    events: list[str] = []
    with contextlib.redirect_stdout(console):
        try:
            result: Any = verifier.verify(**criteria)
        except pypact.VerificationFailed as error:
            how, result = error_name(error), error.result
        except Exception as error:  # noqa: BLE001 -- its class is the outcome
            return f"raises {error_name(error)}"
    with contextlib.suppress(pypact.PactError):
        # The names of the events' classes are internal: their number is not.
        verifier.verify(**criteria, reports=[lambda _: events.append("event")])
    return {
        "how": how,
        "result": clean.json(result.to_json()),
        "console": clean.console(console.getvalue()),
        "events": len(events),
    }


# -- by the command ------------------------------------------------------------------


def by_command(scratch: Path) -> dict[str, object]:
    """Return exit codes, results and reports of the command."""
    provider_in(scratch)
    good = [BY_HTTP[0], BY_HTTP[1]]
    for name, interactions in {
        "good": good,
        "http": BY_HTTP,
        "pending": [BY_HTTP[0], BY_HTTP[17]],
    }.items():
        file = scratch / f"{name}.json"
        file.write_text(json.dumps(contract(interactions)), encoding="utf-8")
    (scratch / "no_pact.json").write_text("[", encoding="utf-8")
    app = ["--app", "freeze_provider:app"]
    runs: dict[str, list[str]] = {
        "good": ["good.json", *app],
        "failing": ["http.json", *app],
        "failing, quiet": ["http.json", *app, "--quiet"],
        "pending": ["pending.json", *app],
        "selected": ["http.json", *app, "--description", "^all well$"],
        "unknown states": ["http.json", *app, "--state", ".", "--unknown-states=error"],
        "no states": ["http.json", *app, "--no-state", "--consumer", "Web"],
        "nothing": ["http.json", *app, "--consumer", "Nobody"],
        "nothing, allowed": ["http.json", *app, "--consumer", "No", "--allow-empty"],
        "headers": ["good.json", *app, "--header", "X-A: b"],
        "another provider": ["good.json", *app, "--provider", "Other"],
        "coverage": ["good.json", *app, "--coverage"],
        "no file": ["absent.json", *app],
        "no pact": ["no_pact.json", *app],
        "no app": ["good.json"],
        "unknown app": ["good.json", "--app", "freeze_nowhere:app"],
        "unknown option": ["good.json", "--nonsense"],
    }
    scripts = importlib.metadata.entry_points(group="console_scripts")
    [script] = [one for one in scripts if one.name == "pypact"]
    command = script.load()
    clean = Cleaner(scratch)
    found: dict[str, object] = {}
    before = Path.cwd()
    os.chdir(scratch)
    try:
        for name, arguments in runs.items():
            found[name] = run_command(command, arguments, scratch, clean)
    finally:
        os.chdir(before)
        for arguments in (["--version"], ["--help"], ["verify", "--help"], ["no"]):
            result = CliRunner().invoke(command, arguments)
            found[" ".join(arguments)] = result.exit_code
    return found


def run_command(
    command: Any, arguments: list[str], scratch: Path, clean: Cleaner
) -> object:
    """Run `pypact verify` with all its reports in files."""
    files = {name: scratch / f"report.{name}" for name in ("json", "junit", "markdown")}
    reports = [f"--{name}={file}" for name, file in files.items()]
    result = CliRunner().invoke(command, ["verify", *arguments, *reports])
    found: dict[str, object] = {
        "exit code": result.exit_code,
        "output": clean.console(result.stdout),
        "errors": bool(result.stderr),
    }
    for name, file in files.items():
        if file.exists():
            found[name] = clean.report(name, file)
            file.unlink()
    return found


# -- by pytest -----------------------------------------------------------------------

TESTS = """
import freeze_provider
import pypact
import pytest
import requests

verifier = pypact.Verifier("Users", app=freeze_provider.app, pacts="http.json")
pact = pypact.Consumer("Web").has_pact_with("Shops", base_url="https://s.example.com")


@pytest.fixture
def id():
    return 5


@verifier.state("user")
def user(id):
    freeze_provider.USERS[f"/users/{id}"] = id
    yield
    freeze_provider.USERS.clear()


@verifier.state("broken")
def broken(no_such_fixture):
    raise AssertionError


@verifier.each()
def test_contract(interaction):
    interaction.verify()


def define(name):
    http = pact.upon_receiving(name).with_request("GET", f"/{name}")
    http.will_respond_with(200, body={"a": 1})


@pact.intercept()
def test_passing():
    define("x")
    requests.get("https://s.example.com/x")


def test_failing():
    define("y")
    with pact.intercept():
        requests.get("https://s.example.com/y")
    assert False


def test_missing():
    define("z")
    with pact.intercept():
        pass


def test_unclaimed():
    define("w")
"""


def by_pytest(scratch: Path) -> dict[str, object]:
    """Return outcomes, reports and contracts of runs of pytest."""
    provider_in(scratch)
    (scratch / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    file = scratch / "http.json"
    file.write_text(json.dumps(contract(BY_HTTP)), encoding="utf-8")
    (scratch / "test_freeze.py").write_text(TESTS, encoding="utf-8")
    return {
        name: run_pytest(arguments, scratch)
        for name, arguments in {
            "all": [],
            "selected": ["--pypact-description=^a "],
            "pending fails": ["--pypact-fail-pending", "-m", "pypact", "-k", "pending"],
            "no network": ["--pypact-block-network", "-k", "test_passing"],
        }.items()
    }


def run_pytest(arguments: list[str], scratch: Path) -> object:
    """Run pytest in a process of its own."""
    files = {name: scratch / f"pytest.{name}" for name in ("json", "markdown")}
    xml = scratch / "pytest.xml"
    command = [sys.executable, "-m", "pytest", "-q", f"--junitxml={xml}", *arguments]
    command += [f"--pypact-{name}={file}" for name, file in files.items()]
    # Only what belongs to the question: other plugins cost time.
    command += ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist"]
    # The pypact of this process, whichever one that is.
    search = [str(scratch), str(Path(str(pypact.__file__)).parents[1])]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(search)}
    ended = subprocess.run(
        command, cwd=scratch, capture_output=True, check=False, env=environment
    )
    clean = Cleaner(scratch)
    found: dict[str, object] = {
        "exit code": ended.returncode,
        "tests": [
            f"{case.get('name')}: {' '.join(one.tag for one in case) or 'passed'}"
            for case in ET.parse(xml).iter("testcase")
        ],
    }
    for name, file in files.items():
        if file.exists():
            found[name] = clean.report(name, file)
            file.unlink()
    for file in sorted((scratch / "pacts").glob("*.json")):
        text = without_release(file.read_bytes()).decode()
        found[file.name] = text.splitlines(keepends=True)
        file.unlink()
    return found


# -- without wording -----------------------------------------------------------------


class Cleaner:
    """Leaves the structure of a report, without wording, times and places."""

    def __init__(self, folder: Path) -> None:
        self._folders = {str(folder), str(folder.resolve()), str(Path.cwd())}

    def json(self, data: Any) -> list[str]:
        """Return the lines of a JSON report, in its own order."""
        return json.dumps(self._plain("", data), indent=1).splitlines()

    def report(self, name: str, file: Path) -> object:
        """Return the structure of a report's file."""
        text = file.read_text(encoding="utf-8")
        if name == "json":
            return self.json(json.loads(text))
        if name == "junit":
            return self._elements(ET.fromstring(text), "")
        return self.markdown(text)

    def markdown(self, text: str) -> list[str]:
        """Return the structure of a Markdown report."""
        found: list[str] = []
        fence = ""
        for line in text.splitlines():
            start = MARKUP.match(line)
            shown = "WORDS" if start is None else start[0]
            if fence and line != fence:
                shown = "WORDS"  # a failure's text, with blank lines of its own
            elif shown.startswith("```"):
                fence = "" if fence else shown.removesuffix("text")
            add(found, self._clean(line) if shown == "|" else shown)
        return found

    def console(self, text: str) -> list[str]:
        """Return the structure of what a console shows."""
        found: list[str] = []
        for line in filter(None, text.splitlines()):
            word = re.match(r"  (ok|FAILED|pending)\b", line)
            add(found, f"{word[1]} WORDS" if word else "WORDS")
        return found

    def _elements(self, element: ET.Element, indent: str) -> list[str]:
        attributes = {
            key: "WORDS" if key == "message" else self._clean(value)
            for key, value in element.attrib.items()
        }
        if "time" in attributes:
            attributes["time"] = "0"
        text = " WORDS" if (element.text or "").strip() else ""
        found = [f"{indent}{element.tag} {attributes}{text}"]
        for one in element:
            found += self._elements(one, f"{indent} ")
        return found

    def _plain(self, key: str, value: Any) -> Any:
        if key in ("duration", "time"):
            return 0
        if key in WORDY:
            return self._wordless(value)
        if isinstance(value, dict):
            return {name: self._plain(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [self._plain("", item) for item in value]
        return self._clean(value) if isinstance(value, str) else value

    def _wordless(self, value: Any) -> Any:
        if isinstance(value, list):
            return ["WORDS"] if value else []
        return "WORDS" if value else value

    def _clean(self, text: str) -> str:
        for folder in self._folders:
            text = text.replace(folder, "FOLDER")
        text = re.sub(r"^(answer|response) (\d+)(?: of \d+)?: ", r"[\2] ", text)
        text = re.sub(r"(\w+\.py):\d+", r"\1:LINE", text)
        return re.sub(r"(localhost|127\.0\.0\.1):\d+", r"\1:PORT", text)


def add(lines: list[str], line: str) -> None:
    """Add a line, but not one wordy line after the other."""
    if not (line == "WORDS" and lines and lines[-1] == "WORDS"):
        lines.append(line)


MARKUP = re.compile(r"#+ [^\w\s]*|\||`{3,}\w*|</?details>(?:<summary>)?|$")

# Members of the JSON reports that are free text.
WORDY = {
    *("message", "remarks", "changes", "problem", "headline", "text", "selection"),
    *("traceback", "providerTraceback"),
}
