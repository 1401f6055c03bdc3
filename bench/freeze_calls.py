"""What comes of calls in a block, for each client: responses, errors, faults."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import aiohttp
import httpx
import requests
import urllib3
from freeze_contracts import without_release

import pypact
from pypact import bodies, match

__all__ = ["calls", "error_name", "servers"]

Reply: TypeAlias = tuple[int, list[tuple[str, str]], bytes]
Ask: TypeAlias = Callable[[str, str, dict[str, str], bytes | None], Reply]

ORIGIN = "https://users.example.com"
JSON = {"Content-Type": "application/json"}

# -- clients -------------------------------------------------------------------------


def by_requests(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by `requests`."""
    found = requests.request(method, url, headers=headers, data=body, timeout=5)
    return found.status_code, list(found.raw.headers.iteritems()), found.content


def by_urllib3(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by urllib3, without retries."""
    with urllib3.PoolManager() as pools:
        found = pools.request(
            method, url, headers=headers, body=body, timeout=5, retries=False
        )
        return found.status, list(found.headers.iteritems()), found.data


def by_httpx(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by httpx."""
    with httpx.Client(verify=False, trust_env=False) as client:
        found = client.request(method, url, headers=headers, content=body)
    return found.status_code, found.headers.multi_items(), found.content


def by_httpx_async(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by httpx in an event loop."""

    async def ask() -> Reply:
        async with httpx.AsyncClient(verify=False, trust_env=False) as client:
            found = await client.request(method, url, headers=headers, content=body)
        return found.status_code, found.headers.multi_items(), found.content

    return asyncio.run(ask())


def by_aiohttp(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by aiohttp."""

    async def ask() -> Reply:
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, headers=headers, data=body) as found,
        ):
            content = await found.read()
            return found.status, list(found.headers.items()), content

    return asyncio.run(ask())


def by_http_client(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by http.client."""
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    kind = http.client.HTTPSConnection if is_tls else http.client.HTTPConnection
    with contextlib.closing(kind(parts.netloc, timeout=5)) as connection:
        target = f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}"
        connection.request(method, target, body, headers)
        found = connection.getresponse()
        return found.status, found.getheaders(), found.read()


def by_urllib(method: str, url: str, headers: Any, body: bytes | None) -> Reply:
    """Send a request by urllib.request."""
    request = urllib.request.Request(url, body, headers, method=method)
    with urllib.request.urlopen(request, timeout=5) as found:
        return found.status, found.getheaders(), found.read()


CLIENTS: dict[str, Ask] = {
    "aiohttp": by_aiohttp,
    "http.client": by_http_client,
    "httpx": by_httpx,
    "httpx async": by_httpx_async,
    "requests": by_requests,
    "urllib": by_urllib,
    "urllib3": by_urllib3,
}

# -- blocks --------------------------------------------------------------------------


def define(pact: pypact.Pact) -> None:
    """Define what the calls below are for; none has to come."""
    tag = match.regex("[a-z]+", "abc")
    for builder in (
        pact.upon_receiving("JSON")
        .with_request("GET", "/json", query={"q": "1"})
        .will_respond_with(200, body={"id": match.integer(1), "name": "Änne"}),
        pact.upon_receiving("text")
        .with_request("GET", match.regex("/t/\\d+", "/t/1"))
        .will_respond_with(
            200, headers={"Content-Type": "text/plain", "X-A": ["a", "b"]}, body="täxt"
        ),
        pact.upon_receiving("binary")
        .with_request("GET", "/binary")
        .will_respond_with(200, body=bodies.binary(b"\x00\xff")),
        pact.upon_receiving("a post")
        .with_request("POST", "/users", headers=JSON, body={"tag": tag})
        .will_respond_with(201, headers={"Location": "/users/1"}),
        pact.upon_receiving("none")
        .with_request("DELETE", "/users/1")
        .will_respond_with(204),
        pact.upon_receiving("a head")
        .with_request("HEAD", "/json")
        .will_respond_with(200, headers={"Content-Type": "application/json"}),
        pact.upon_receiving("an error")
        .with_request("GET", "/error")
        .will_respond_with(500, body={"error": "x"}),
        pact.upon_receiving("a redirect")
        .with_request("GET", "/moved")
        .will_respond_with(302, headers={"Location": f"{ORIGIN}/json?q=1"}),
        pact.upon_receiving("a retry")
        .with_request("GET", "/twice")
        .will_respond_with(503),
        pact.given("it is up")
        .upon_receiving("a retry")
        .with_request("GET", "/twice")
        .will_respond_with(200, body="done"),
    ):
        builder.optional()


CALLS: dict[str, tuple[str, str, dict[str, str], bytes | None]] = {
    "JSON": ("GET", "/json?q=1", {}, None),
    "text": ("GET", "/t/77", {}, None),
    "binary": ("GET", "/binary", {}, None),
    "a post": ("POST", "/users", JSON, b'{"tag": "xyz"}'),
    "none": ("DELETE", "/users/1", {}, None),
    "a head": ("HEAD", "/json", {}, None),
    "an error": ("GET", "/error", {}, None),
    "a redirect": ("GET", "/moved", {}, None),
    "a retry": ("GET", "/twice", {}, None),
    "the retry again": ("GET", "/twice", {}, None),
    "another path": ("GET", "/nowhere", {}, None),
    "another query": ("GET", "/json?q=2", {}, None),
    "another method": ("PATCH", "/users", {}, None),
    "another body": ("POST", "/users", JSON, b'{"tag": "1"}'),
    "broken JSON": ("POST", "/users", JSON, b"{"),
}


def make_pact(folder: Path, **options: Any) -> pypact.Pact:
    """Make a pact that is written into `folder`."""
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url=ORIGIN, pact_dir=folder, **options
    )


def calls(scratch: Path) -> dict[str, object]:
    """Return what comes of each call by each client, and of its block."""
    found: dict[str, object] = {}
    for name, ask in CLIENTS.items():
        folder = scratch / name
        entry: dict[str, object] = {}
        pact = make_pact(folder)
        define(pact)
        entry["end of the block"], log = in_block(pact.intercept(), ask, entry)
        entry["log"] = log
        entry["written"] = [one.name for one in sorted(folder.glob("*"))]
        entry["faults"] = {
            kind: of_fault(kind, ask, scratch / "faults") for kind in FAULTS
        }
        found[name] = entry
    found["blocks"] = blocks(scratch)
    return found


def in_block(block: Any, ask: Ask, entry: dict[str, object]) -> tuple[str, object]:
    """Make all calls; return how the block ends, and its log."""
    log: Any = []
    try:
        with block as log:
            for name, (method, path, headers, body) in CALLS.items():
                entry[name] = outcome(ask, method, f"{ORIGIN}{path}", headers, body)
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        return f"raises {error_name(error)}", told(log)
    return "ends", told(log)


def outcome(ask: Ask, method: str, url: str, headers: Any, body: Any) -> object:
    """Return status, headers and bytes, or the class of the error and its causes."""
    try:
        status, lines, content = ask(method, url, headers, body)
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        return f"raises {' from '.join(map(error_name, chain(error)))}"
    shown = [f"{name}: {value}" for name, value in lines]
    return [status, shown, content.decode("utf-8", "backslashreplace")]


def chain(error: BaseException) -> Iterator[BaseException]:
    """Give an error and what it was raised from."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__


def error_name(error: BaseException) -> str:
    """Name the class of an error, of pypact's by their public names."""
    kind = type(error)
    if kind.__module__.startswith("pypact"):
        public = [one for one in kind.__mro__ if one.__name__ in pypact.__all__]
        return f"pypact.{public[0].__name__}" if public else kind.__mro__[1].__name__
    return f"{kind.__module__}.{kind.__qualname__}"


def told(log: Any) -> object:
    """Return the data of a block's calls."""
    return [
        [
            call.method,
            call.path,
            call.status,
            call.description,
            None if call.error is None else error_name(call.error),
        ]
        for call in log
    ]


# -- faults --------------------------------------------------------------------------

FAULTS: dict[str, Callable[[], Any]] = {
    "connect_timeout": lambda: pypact.fault.connect_timeout(times=1),
    "connection_reset": lambda: pypact.fault.connection_reset(times=1),
    "name_not_found": lambda: pypact.fault.name_not_found(times=1),
    "read_timeout": lambda: pypact.fault.read_timeout(times=1),
    "slow_body": lambda: pypact.fault.slow_body(0.01, times=1),
    "truncated_body": lambda: pypact.fault.truncated_body(times=1),
    "unavailable": lambda: pypact.fault.unavailable(7, times=1),
}


def of_fault(kind: str, ask: Ask, folder: Path) -> object:
    """Return what comes of two calls, of which the first one fails."""
    pact = make_pact(folder)
    define(pact)
    found: list[object] = []
    try:
        with pact.intercept(fault=FAULTS[kind]()):
            found += [outcome(ask, "GET", f"{ORIGIN}/t/1", {}, None) for _ in "12"]
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        found.append(f"the block raises {error_name(error)}")
    return [*found, folder.exists()]


# -- blocks as such ------------------------------------------------------------------


def blocks(scratch: Path) -> dict[str, object]:
    """Return how blocks end, and what they write."""
    return {
        name: attempt(one, scratch / name)
        for name, one in {
            "a missing request": missing,
            "all as declared": passing,
            "a second run": second_run,
            "two contents of one interaction": conflicting,
            "unfinished": unfinished,
            "nested": nested,
            "no network": no_network,
            "messages": messages,
            "a message that fails": failing_message,
            "recording": recording,
            "both sides": both_sides,
            "version 2": older,
            "not expressible": not_expressible,
            "a stub": stubbed,
        }.items()
    }


def attempt(work: Callable[[Path], object], folder: Path) -> object:
    """Return what a block gives or raises, and the contracts it wrote."""
    try:
        result = work(folder)
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        result = f"raises {error_name(error)}"
    files = {
        file.name: without_release(file.read_bytes()).decode().splitlines(keepends=True)
        for file in sorted(folder.glob("*.json"))
    }
    return {"result": result, "files": files}


def get(path: str) -> Reply:
    """Send a GET by requests."""
    return by_requests("GET", f"{ORIGIN}{path}", {}, None)


def one(pact: pypact.Pact, name: str = "one", path: str = "/one") -> Any:
    """Define one interaction."""
    http = pact.given(f"state of {name}").upon_receiving(name)
    return http.with_request("GET", path).will_respond_with(200, body={"a": [1]})


def missing(folder: Path) -> object:
    """Leave out a declared request."""
    pact = make_pact(folder)
    one(pact)
    one(pact, "two", "/two")
    with pact.intercept():
        get("/one")
    return None


def passing(folder: Path) -> object:
    """Make each declared request."""
    pact = make_pact(folder)
    one(pact)
    one(pact, "two", "/two")
    with pact.intercept() as log:
        get("/two")
        get("/one")
    return told(log)


def second_run(folder: Path) -> object:
    """Write into the file of an earlier block."""
    for name in ("b", "a", "b"):
        pact = make_pact(folder)
        one(pact, name, f"/{name}")
        with pact.intercept():
            get(f"/{name}")
    return None


def conflicting(folder: Path) -> object:
    """Declare one interaction with two contents."""
    pact = make_pact(folder)
    one(pact)
    one(pact, "one", "/two")
    with pact.intercept():
        get("/one")
        get("/two")
    return None


def unfinished(folder: Path) -> object:
    """Leave out the response."""
    pact = make_pact(folder)
    pact.upon_receiving("x").with_request("GET", "/")
    with pact.intercept():
        pass
    return None


def nested(folder: Path) -> object:
    """Enter two blocks of different origins."""
    pact = make_pact(folder)
    one(pact)
    other = pypact.Consumer("Web").has_pact_with(
        "Shops", base_url="https://shops.example.com/v1", pact_dir=folder
    )
    one(other, "two", "/two")
    with pact.intercept() as first, other.intercept() as second:
        get("/one")
        by_requests("GET", "https://shops.example.com/v1/two", {}, None)
    return [told(first), told(second)]


def no_network(folder: Path) -> object:
    """Call another origin where that is refused."""
    pact = make_pact(folder)
    one(pact)
    with pact.intercept(block_network=True):
        get("/one")
        return outcome(by_requests, "GET", "http://127.0.0.1:9/", {}, None)


def messages(folder: Path) -> object:
    """Hand messages to handlers."""
    pact = make_pact(folder)
    found: list[object] = []

    def handle(contents: Any, metadata: Any) -> str:
        found.append([repr(contents), dict(metadata)])
        return "handled"

    message = pact.expects_message("m").with_contents({"id": match.integer(1)})
    found.append(message.with_metadata(topic="t").verify(handle))
    sync = pact.expects_sync_message("s").with_request("a").will_respond_with({"b": 1})
    sync.verify(lambda request, answers: found.append([repr(request), repr(answers)]))
    return [one if isinstance(one, list) else str(one) for one in found]


def failing_message(folder: Path) -> object:
    """Hand a message to a handler that fails."""
    pact = make_pact(folder)
    pact.expects_message("m").with_contents("x").verify(json.loads)
    return None


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """Answer as WSGI."""
    headers = [("Content-Type", "application/json")]
    start_response("200 OK" if environ["PATH_INFO"] == "/one" else "404 No", headers)
    return [b'{"a": [1], "at": "2020-01-01", "b": {"c": null}}']


def recording(folder: Path) -> object:
    """Record what an application answers."""
    pact = make_pact(folder)
    with pact.record(app=app, given="some", infer=True) as log:
        get("/one?x=1")
        get("/two")
    return told(log)


def both_sides(folder: Path) -> object:
    """Let the provider's application answer."""
    pact = make_pact(folder)
    one(pact)
    pact.upon_receiving("two").with_request("GET", "/two").will_respond_with(200)
    with pact.intercept(app=app):
        get("/one")
        return outcome(by_requests, "GET", f"{ORIGIN}/two", {}, None)


def older(folder: Path) -> object:
    """Write a contract of version 2."""
    pact = make_pact(folder, specification="2.0.0")
    http = pact.given("s").upon_receiving("x").with_request("GET", "/x", query="a=1")
    http.will_respond_with(200, body={"a": match.each_like(match.integer(1))})
    with pact.intercept():
        return outcome(by_requests, "GET", f"{ORIGIN}/x?a=1", {}, None)


def not_expressible(folder: Path) -> object:
    """Write what version 2 cannot hold."""
    pact = make_pact(folder, specification="2.0.0")
    one(pact).key("k").comment("c").pending()
    with pact.intercept():
        get("/one")
    return None


def stubbed(folder: Path) -> object:
    """Let a contract answer."""
    passing(folder)
    with pypact.stub(folder):
        # Without an origin a stub answers for every one.
        return [
            outcome(by_requests, "GET", f"{ORIGIN}{path}", {}, None)
            for path in ("/one", "/three")
        ]


# -- servers -------------------------------------------------------------------------


def servers(scratch: Path) -> dict[str, object]:
    """Return what comes of calls to servers: a block's, a mock server, a stub."""
    return {
        name: attempt(one, scratch / f"server {name}")
        for name, one in {
            "serve": served,
            "serve, missing": served_missing,
            "mock": mock_server,
            "stub": stub_server,
        }.items()
    }


def over_the_wire(url: str, path: str, headers: Any = None) -> object:
    """Return status, types and a JSON body's keys, of what a server answers."""
    status, lines, content = by_http_client("GET", f"{url}{path}", headers or {}, None)
    names = sorted(name.lower() for name, _ in lines)
    try:
        found = json.loads(content)
    except ValueError:
        return [status, names, len(content) > 0]
    return [status, names, found if status == 200 else sorted(found)]


def served(folder: Path) -> object:
    """Answer a block's calls on a port."""
    pact = make_pact(folder)
    one(pact)
    with pact.serve() as server:
        found = over_the_wire(server.url, "/one")
    return [found, told(server.calls)]


def served_missing(folder: Path) -> object:
    """Make another call than the declared one."""
    pact = make_pact(folder)
    one(pact)
    with pact.serve() as server:
        over_the_wire(server.url, "/other")
    return None


def mock_server(folder: Path) -> object:
    """Speak the protocol of the Ruby mock service."""
    folder.mkdir(parents=True, exist_ok=True)
    found: list[object] = []
    with pypact.MockServer(
        port=0, consumer="Web", provider="Users", pact_dir=folder
    ) as server:
        client = pypact.MockServerClient(server.url)
        client.post_interaction(
            {
                "description": "x",
                "providerState": "s",
                "request": {"method": "get", "path": "/x"},
                "response": {"status": 200, "body": {"a": 1}},
            }
        )
        found.append(attempted(client.verify))
        found.append(client.missing())
        found.append(over_the_wire(server.url, "/x"))
        found.append(attempted(client.verify))
        found.append(attempted(client.write_pact))
        found.append(over_the_wire(server.url, "/y"))
        found.append(attempted(client.verify))
        client.delete_interactions()
    return found


def attempted(work: Callable[[], object]) -> str:
    """Return whether an action succeeds, or the error's class."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 -- its class is the outcome
        return f"raises {error_name(error)}"
    return "done"


def stub_server(folder: Path) -> object:
    """Let a contract answer on a port."""
    passing(folder)
    with pypact.StubServer(folder, port=0) as server:
        return [over_the_wire(server.url, path) for path in ("/one", "/three")]
