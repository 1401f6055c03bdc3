"""Measure an intercepted call of each client, relative to the client's own cost.

Run it with `python bench/clients.py`; `pip install httpx httpx2 aiohttp respx` installs
the other clients.
"""

from __future__ import annotations

import asyncio
import contextlib
import email.message
import http.client
import importlib
import io
import socket
import ssl
import statistics
import urllib.request
import urllib.response
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import requests
from interception import BODY, HEADERS, URL, Ready, nothing, with_pypact
from timing import lowest, show
from urllib3 import HTTPResponse, HTTPSConnectionPool, PoolManager

WIRE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
)

Asking: TypeAlias = Iterator[Callable[[], object]]
"""Yields two calls: one with nothing below the client, and an ordinary one."""


class ReadyPool(HTTPSConnectionPool):
    """A pool with a ready response, to measure the cost of a PoolManager."""

    def urlopen(self, *_: object, **__: object) -> HTTPResponse:
        """Return the ready response."""
        return HTTPResponse(body=io.BytesIO(BODY), status=200, headers=HEADERS)


class ReadyHandler(urllib.request.HTTPSHandler):
    """A handler with a ready response, to measure the cost of an opener."""

    def https_open(self, req: urllib.request.Request) -> Any:
        """Return the ready response."""
        lines = email.message.Message()
        found = urllib.response.addinfourl(io.BytesIO(BODY), lines, req.full_url, 200)
        found.msg = "OK"  # type: ignore[attr-defined] # urllib.request reads it
        return found


def by_requests() -> Asking:
    """Yield calls of one Session each; the floor is an adapter."""
    for adapter in (Ready(), None):
        with requests.Session() as session:
            if adapter is not None:
                session.mount("https://", adapter)
            yield lambda one=session: one.get(URL, timeout=5).json()


def by_urllib3() -> Asking:
    """Yield calls of one PoolManager each; the floor is a pool."""
    with PoolManager() as floor, PoolManager() as pools:
        floor.pool_classes_by_scheme = {"https": ReadyPool}
        yield lambda: floor.request("GET", URL).json()
        yield lambda: pools.request("GET", URL).json()


class ReadySocket(socket.socket):
    """A socket with a ready response to each request."""

    def sendall(self, *_: object) -> None:
        """Ignore the request."""

    def makefile(self, *_: object, **__: object) -> Any:
        """Return the ready response as bytes."""
        return io.BytesIO(WIRE)


def by_http_client() -> Asking:
    """Yield calls of one connection each; the floor is a socket."""
    for is_ready in (True, False):
        connection = http.client.HTTPSConnection("users.example.com")
        if is_ready:
            connection.sock = ReadySocket()

        def call(one: http.client.HTTPSConnection = connection) -> object:
            one.request("GET", "/users/23")
            return one.getresponse().read()

        yield call
        connection.close()


def by_httpx(name: str) -> Asking:
    """Yield calls of one Client each; the floor is the library's MockTransport."""
    library = importlib.import_module(name)

    def ready(_: object) -> Any:
        return library.Response(200, headers=HEADERS, content=BODY)

    for options in ({"transport": library.MockTransport(ready)}, {"verify": False}):
        with library.Client(**options) as client:
            yield lambda one=client: one.get(URL).json()


def by_httpx_async() -> Asking:
    """Yield calls of one AsyncClient each; the floor is httpx's MockTransport."""
    httpx = importlib.import_module("httpx")

    def ready(_: object) -> Any:
        return httpx.Response(200, headers=HEADERS, content=BODY)

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        for options in ({"transport": httpx.MockTransport(ready)}, {"verify": False}):
            client = httpx.AsyncClient(**options)
            yield lambda one=client: loop.run_until_complete(one.get(URL))
            loop.run_until_complete(client.aclose())


def by_aiohttp() -> Asking:
    """Yield a call of one ClientSession, without a floor: no part can be left out."""
    aiohttp = importlib.import_module("aiohttp")

    async def opened() -> Any:
        return aiohttp.ClientSession()

    async def ask(session: Any) -> object:
        async with session.get(URL) as found:
            return await found.json()

    with contextlib.closing(asyncio.new_event_loop()) as loop:
        session = loop.run_until_complete(opened())
        yield lambda: loop.run_until_complete(ask(session))
        loop.run_until_complete(session.close())


def by_urllib() -> Asking:
    """Yield calls of one opener each; the floor is a handler."""
    # Without an explicit context, each call would read the system's certificates.
    context = ssl.create_default_context()
    for handler in (ReadyHandler(), urllib.request.HTTPSHandler(context=context)):
        opener = urllib.request.build_opener(handler)
        yield lambda one=opener: one.open(URL, timeout=5).read()


def by_respx() -> float | str:
    """Return the seconds of one GET in one httpx client, mocked by respx."""
    try:
        httpx, respx = (importlib.import_module(one) for one in ("httpx", "respx"))
    except ModuleNotFoundError as error:
        return f"not there: {error.name} is not installed"
    with respx.mock() as mock, httpx.Client(verify=False) as client:
        mock.get(URL).respond(200, headers=HEADERS, content=BODY)
        return lowest(lambda: client.get(URL).json(), times=200)


def measure(asking: Callable[[], Asking]) -> dict[str, float | str]:
    """Return the seconds of one GET, for the floor and for an intercepted client."""
    found: dict[str, list[float]] = {}
    blocks = {"the floor": nothing, "pypact": lambda: with_pypact(1)}
    for _ in range(9):  # in turn, as the speed of the machine changes
        asks = asking()
        for ask, (row, block) in zip(asks, blocks.items(), strict=False):
            with block() if asking is not by_aiohttp else with_pypact(1):
                seconds = lowest(ask, times=100, rounds=1)
            found.setdefault(row, []).append(seconds)
        asks.close()
    if "pypact" not in found:
        found = {"pypact, without a floor": found["the floor"]}
    return {row: statistics.median(several) for row, several in found.items()}


def main() -> None:
    """Measure and print."""
    clients: dict[str, Callable[[], Any]] = {
        "requests": by_requests,
        "urllib3": by_urllib3,
        "http.client": by_http_client,
        "httpx": lambda: by_httpx("httpx"),
        "httpx2": lambda: by_httpx("httpx2"),
        "httpx, async": by_httpx_async,
        "aiohttp": by_aiohttp,
        "urllib.request": by_urllib,
    }
    for name, asking in clients.items():
        try:
            rows = measure(asking)
        except ModuleNotFoundError as error:
            print(f"\n{name}: {error.name} is not installed")
            continue
        if name == "httpx":
            rows["respx"] = by_respx()
        show(f"one GET by {name}", rows, floor=next(iter(rows)))


if __name__ == "__main__":
    main()
