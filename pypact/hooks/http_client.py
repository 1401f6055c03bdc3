"""Intercept the requests of `http.client`, and so of urllib.request and xmlrpc.client.

An intercepted connection gets a socket that responds from memory, chosen when it is
opened, also by a subclass's own `connect` (httplib2), and again when a request begins
(`putrequest`), so that connections may outlive blocks. Requests of urllib3's pools,
whose connections derive from these, are handled at a higher level.
"""

from __future__ import annotations

import contextlib
import socket
import sys
from collections.abc import Callable
from http.client import HTTPS_PORT, HTTPConnection
from types import FunctionType, ModuleType
from typing import Any, TypeAlias
from urllib.parse import SplitResult, urlsplit

from pypact._lazy import compile_later
from pypact.frames import find_class
from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.hooks.sockets import MemorySocket, ResponseFile, make_socket
from pypact.hooks.subclasses import wrap_overrides
from pypact.hooks.wire import (
    CONTINUE,
    RequestReader,
    build_wire_response,
    extract_target,
    make_socket_error,
)

Check: TypeAlias = Callable[[], bool]
"""A function that decides whether a connection is opened or used."""


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
    __tracebackhide__ = True
    check = get_check(connection)
    if check is not None and check is not _pass:
        check()
        wrapped(*args, **kwargs)
        return
    url = kwargs["url"] if "url" in kwargs else args[1]
    sock: Any = connection.sock
    is_memory = isinstance(sock, MemorySocket)
    if is_memory and sock.exchange is not None and sock.exchange.is_awaited:
        wrapped(*args, **kwargs)
        return
    owner = _find_owner(connection, url)
    if owner is not None:
        take_over(connection, owner)
    elif is_memory:
        connection.sock = None  # `http.client` connects when it sends
    if check is not None or not url.startswith("/"):
        # To a proxy: the host of the connection is not the one of the request.
        set_check(connection, _pass if _split_url(url) and not owner else None)
    wrapped(*args, **kwargs)


def is_observed() -> bool:
    """Return whether another tool has patched the methods that every request calls.

    Sentry and ddtrace do so, and add headers to the requests.
    """
    for name in _METHODS:
        method = vars(_CONNECTION)[name]
        if getattr(method, "_self_wrapper", None) is _putrequest:
            method = method.__wrapped__  # the one below ours
        if type(method) is not FunctionType or method.__globals__ is not _GLOBALS:
            return True
    return False


def _connect(wrapped: Any, connection: HTTPConnection, args: Any, kwargs: Any) -> None:
    __tracebackhide__ = True
    if hasattr(connection, "real_connection"):
        wrapped(*args, **kwargs)  # of vcrpy, which opens that one if it has to
        return
    check = get_check(connection)
    if check is not None:
        if check():
            wrapped(*args, **kwargs)
        return
    owner = _find_owner(connection, "/")
    if owner is None:
        wrapped(*args, **kwargs)
    else:
        take_over(connection, owner)


def get_check(connection: HTTPConnection) -> Check | None:
    """Return what `set_check` has set."""
    return vars(connection).get(_CHECK)


def set_check(connection: Any, check: Check | None) -> None:
    """Let `check` decide whether a connection may be opened or used.

    It returns False to leave it closed, or raises NetworkBlocked; with None, the host
    of the connection decides. It is an attribute of the connection, because vcrpy sets
    that also for the connection that it wraps.
    """
    setattr(connection, _CHECK, check)


def _find_owner(connection: HTTPConnection, url: str) -> claims.ClaimedOrigin | None:
    """Look up the origin, which is in the URL when the connection is to a proxy."""
    parts = _split_url(url)
    # The connections of urllib3 have no class in common with HTTPSConnection.
    scheme = "https" if connection.default_port == HTTPS_PORT else "http"
    host: Any = connection.host
    port: Any = connection.port
    if parts is not None:
        scheme, host, port = parts.scheme, parts.hostname, parts.port
    elif tunnel := getattr(connection, "_tunnel_host", None):
        host, port = tunnel, getattr(connection, "_tunnel_port", None)
    owner = claims.find_claimed_origin(scheme, host, port)
    if owner is not None or _is_on_unix_socket(connection):
        return owner
    return claims.find_refusal(scheme, host, port)


def _split_url(url: str) -> SplitResult | None:
    """Return the parts of a URL with a host; None for other targets."""
    if url.startswith("/"):
        return None
    parts = urlsplit(url)
    return parts if parts.hostname else None


def _pass() -> bool:
    return True


def _is_on_unix_socket(connection: HTTPConnection) -> bool:
    return getattr(connection.sock, "family", None) == _UNIX_SOCKET


def take_over(
    connection: HTTPConnection,
    owner: claims.ClaimedOrigin,
    make_failure: Callable[[str], Exception] | None = None,
) -> None:
    """Give the connection a socket in memory.

    With `make_failure`, which returns the exception that the client raises for a kind
    of fault, the socket is for the next request.
    """
    if isinstance(connection.sock, socket.socket):
        connection.sock.close()
    sock: Any = make_socket(*owner.authority, connection)
    sock.exchange = _Exchange(connection, sock, owner, make_failure)
    connection.sock = sock


class _Exchange:
    """One request that is written to a socket in memory, and its response."""

    def __init__(
        self,
        connection: HTTPConnection,
        sock: MemorySocket,
        owner: claims.ClaimedOrigin,
        make_failure: Callable[[str], Exception] | None,
    ) -> None:
        self._connection = connection
        self._socket = sock
        self._owner = owner
        self._make_failure = make_failure or make_socket_error
        self.is_awaited = make_failure is not None
        self._is_complete = self._has_continued = False
        self._reader = RequestReader()

    def receive(self, data: bytes) -> None:
        """Receive data, and get the response once the request is complete."""
        self.is_awaited = False
        if self._is_complete:
            self._receive_more(data)
            return
        self._reader.feed(data)
        request = self._reader.take_request()
        if request is None:
            if not self._has_continued and self._reader.waits_for_continue:
                self._has_continued = True
                self._socket.set_file(ResponseFile(CONTINUE))
            return
        self._is_complete = True
        target = extract_target(request.target)
        if problem := self._reader.invalid:
            raise self._owner.record_invalid(request.method, target, problem)
        reply = self._owner.respond(
            request.method, target, request.headers, request.body
        )
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            failure = self._make_failure(reply.kind)
            # Other failures are raised by reading: `http.client` calls `makefile` in
            # the constructor of its response, which must not fail halfway.
            self._socket.open_failing_file(failure)
            if reply.kind in _FAILS_ON_CONNECT:
                raise failure
        else:
            response = build_wire_response(reply, request.method)
            self._socket.open_file(response, response.head)

    def finish(self) -> None:
        """Time out, as a server would wait for the rest of the request."""
        self._socket.open_failing_file(self._make_failure("read_timeout"))
        if (shortage := self._reader.describe_shortage()) is not None:
            method, url, problem = shortage
            self._owner.record_invalid(method, extract_target(url), problem)

    def _receive_more(self, data: bytes) -> None:
        """Open a real connection for a further request; drop what follows a body.

        In a block, `putrequest` would have replaced the socket.
        """
        connection: Any = self._connection
        if _REQUEST_LINE.match(data) and connection.sock is self._socket:
            connection.sock = None
            connection.connect()
            connection.sock.sendall(data)


_METHODS = ("putrequest", "endheaders", "send", "getresponse")
_REQUEST_LINE = compile_later(rb"[!-~]+ [^\r\n ]* HTTP/1\.[01]\r\n")
_CHECK = "_pypact_check"
_UNIX_SOCKET = getattr(socket, "AF_UNIX", object())  # Windows does not have it
_FAILS_ON_CONNECT = frozenset({"connect_timeout", "name_not_found"})
# Not the names above: vcrpy replaces them if a cassette is active during this import.
_CONNECTION = find_class("http.client", "HTTPConnection")
_GLOBALS = vars(sys.modules["http.client"])
