"""Intercept the requests of `http.client`, and so of urllib.request and xmlrpc.client.

An intercepted connection gets a socket that responds from memory, chosen when it is
opened, also by a subclass's own `connect` (httplib2), and again when a request begins
(`putrequest`), so that connections may outlive blocks. Requests of urllib3's pools,
whose connections derive from these, are handled at a higher level.
"""

from __future__ import annotations

import contextlib
import io
import socket
from http.client import HTTPS_PORT, HTTPConnection
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.hooks.subclasses import find_class, wrap_overrides
from pypact.hooks.wire import (
    RequestReader,
    WireResponse,
    build_wire_response,
    extract_target,
    make_socket_error,
    wait_for_content,
)


def install(library: ModuleType) -> Undo:  # noqa: ARG001 # imported above
    """Wrap the methods that open connections and begin requests."""
    with contextlib.ExitStack() as undo:
        undo.callback(
            wrap_methods(
                [
                    (_CONNECTION, "connect", _connect),
                    (_CONNECTION, "putrequest", _putrequest),
                ]
            )
        )
        undo.callback(wrap_overrides(_CONNECTION, "connect", _connect))
        return undo.pop_all().close


def _putrequest(
    wrapped: Any, connection: HTTPConnection, args: Any, kwargs: Any
) -> None:
    url = kwargs["url"] if "url" in kwargs else args[1]
    owner = _find_origin(connection, url)
    if owner is not None:
        _take_over(connection, owner)
    elif isinstance(connection.sock, _MemorySocket):
        connection.sock = None  # `http.client` connects when it sends
    wrapped(*args, **kwargs)


def _connect(wrapped: Any, connection: HTTPConnection, args: Any, kwargs: Any) -> None:
    owner = _find_origin(connection, "/")
    if owner is None:
        wrapped(*args, **kwargs)
    else:
        _take_over(connection, owner)


def _find_origin(connection: HTTPConnection, url: str) -> claims.ClaimedOrigin | None:
    """Look up the origin, which is in the URL when the connection is to a proxy."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        if parts.hostname:
            return claims.find_claimed_origin(parts.scheme, parts.hostname, parts.port)
    # The connections of urllib3 have no class in common with HTTPSConnection.
    scheme = "https" if connection.default_port == HTTPS_PORT else "http"
    host: Any = connection.host
    port: Any = connection.port
    if tunnel := getattr(connection, "_tunnel_host", None):
        host, port = tunnel, getattr(connection, "_tunnel_port", None)
    return claims.find_claimed_origin(scheme, host, port)


def _take_over(connection: HTTPConnection, owner: claims.ClaimedOrigin) -> None:
    if isinstance(connection.sock, socket.socket):
        connection.sock.close()
    timeout = connection.timeout
    seconds = timeout if isinstance(timeout, (int, float)) else None
    connection.sock = _MemorySocket(connection, owner, seconds)


class _MemorySocket:
    """The part of a socket that http.client uses; it responds to a written request."""

    def __init__(
        self,
        connection: HTTPConnection,
        owner: claims.ClaimedOrigin,
        timeout: float | None,
    ) -> None:
        self._connection = connection
        self._owner = owner
        self._timeout = timeout
        self._reader = RequestReader()
        self._response: WireResponse | None = None
        self._failure: OSError | None = None

    def sendall(self, data: bytes) -> None:
        """Receive data, and get the response once the request is complete."""
        self._reader.feed(bytes(data))
        request = self._reader.take_request()
        if request is None:
            return
        reply = self._owner.respond(
            request.method,
            extract_target(request.target),
            request.headers,
            request.body,
        )
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            self._failure = make_socket_error(reply.kind)
            if reply.kind in _FAILS_ON_CONNECT:
                raise self._failure
        else:
            self._response = build_wire_response(reply, request.method)

    def makefile(self, *_args: object, **_options: object) -> io.BufferedReader:
        """Return the response as a file, and detach from the connection."""
        if self._connection.sock is self:
            self._connection.sock = None
        if self._failure is None and self._response is not None:
            return io.BufferedReader(_ResponseFile(self._response, self._timeout))
        # A failure is raised while reading: http.client calls `makefile` from the
        # constructor of its response, which must not fail halfway. Without one, the
        # client sent less than it announced: a real server would go on waiting.
        return io.BufferedReader(
            _FailingFile(self._failure or TimeoutError("timed out"))
        )

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, *_args: object) -> None:
        pass

    shutdown = close = setsockopt


class _ResponseFile(io.RawIOBase):
    """Head and content of a response, with the delay between them."""

    def __init__(self, response: WireResponse, timeout: float | None) -> None:
        super().__init__()
        self._parts = [memoryview(response.head), memoryview(response.payload)]
        self._seconds = response.seconds
        self._timeout = timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._parts and not self._parts[0]:
            del self._parts[0]
            seconds, self._seconds = self._seconds, 0.0
            wait_for_content(seconds, self._timeout)
        if not self._parts:
            return 0
        size = min(len(buffer), len(self._parts[0]))
        buffer[:size] = self._parts[0][:size]
        self._parts[0] = self._parts[0][size:]
        return size


class _FailingFile(io.RawIOBase):
    """A file that raises `error` when it is read."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise self._error


_FAILS_ON_CONNECT = frozenset({"connect_timeout", "name_not_found"})
# Not the names above: vcrpy replaces them if a cassette is active during this import.
_CONNECTION = find_class("http.client", "HTTPConnection")
