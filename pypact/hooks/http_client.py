"""How do the requests of `http.client` (urllib.request, xmlrpc.client) come to us?

A connection gets a socket that answers from memory; writing, reading and every state
between them stay `http.client`'s own. Whose a request is is decided where it begins
(`putrequest`), so that a connection opened before a block is answered inside of it, and
one that was answered goes to the network afterwards.

urllib3's connections derive from these. What is owned of theirs was answered further
above, so that nothing is asked twice; their `connect` does not call this one.
"""

from __future__ import annotations

import errno
import io
import socket
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection, HTTPSConnection
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.hooks import Undo, stack
from pypact.hooks.wire import Answer, RequestReader, answer_of, target_of
from pypact.hooks.wrapping import Wrapping, wrap_all

__all__ = ["install"]


def install(library: ModuleType) -> Undo:  # noqa: ARG001 # imported above
    """Wrap where connections and requests begin."""
    return wrap_all(_WRAPPINGS)


def _putrequest(
    wrapped: Callable[..., None],
    connection: HTTPConnection,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    url = kwargs["url"] if "url" in kwargs else args[1]
    owner = _owner_of(connection, url)
    if owner is not None:
        _take_over(connection, owner)
    elif isinstance(connection.sock, _MemorySocket):
        connection.sock = None  # it connects when it sends
    wrapped(*args, **kwargs)


def _connect(
    wrapped: Callable[..., None],
    connection: HTTPConnection,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    owner = _owner_of(connection, "/")
    if owner is None:
        wrapped(*args, **kwargs)
    else:
        _take_over(connection, owner)


def _owner_of(connection: HTTPConnection, url: str) -> stack.Ownership | None:
    """Tell who owns the origin; it is in the URL when the host is that of a proxy."""
    if not url.startswith("/"):
        parts = urlsplit(url)
        if parts.hostname:
            return stack.owner_of(parts.scheme, parts.hostname, parts.port)
    is_https = isinstance(connection, HTTPSConnection)
    scheme = "https" if is_https else "http"
    tunnel: str | None = getattr(connection, "_tunnel_host", None)
    if tunnel:
        port: int | None = getattr(connection, "_tunnel_port", None)
        return stack.owner_of(scheme, tunnel, port)
    return stack.owner_of(scheme, connection.host, connection.port)


def _take_over(connection: HTTPConnection, owner: stack.Ownership) -> None:
    before: object = connection.sock
    if isinstance(before, socket.socket):
        before.close()
    timeout = connection.timeout
    patience = timeout if isinstance(timeout, (int, float)) else None
    connection.sock = _MemorySocket(connection, owner, patience)


class _MemorySocket:
    """What http.client needs of a socket; answers what was written to it."""

    def __init__(
        self,
        connection: HTTPConnection,
        owner: stack.Ownership,
        timeout: float | None,
    ) -> None:
        self._connection = connection
        self._owner = owner
        self._timeout = timeout
        self._reader = RequestReader()
        self._answer: Answer | None = None
        self._failure: OSError | None = None

    def sendall(self, data: bytes) -> None:
        """Take what is written; the request is answered when all of it is there."""
        self._reader.feed(bytes(data))
        request = self._reader.take()
        if request is None:
            return
        reply = self._owner.answer(
            request.method, target_of(request.target), request.headers, request.body
        )
        if isinstance(reply, stack.Faulty) and not reply.arrives:
            self._failure = _failure(reply.kind)
            if reply.kind in _BEFORE_ANYTHING_IS_SENT:
                raise self._failure
        else:
            self._answer = answer_of(reply, request.method)

    def makefile(self, *_args: object, **_options: object) -> io.BufferedReader:
        """Give the answer as a file; the connection's next request is another's."""
        if self._connection.sock is self:
            self._connection.sock = None
        # A failure comes when it is read: one of the response's making would leave it
        # half made.
        if self._failure is not None:
            return io.BufferedReader(_FailingFile(self._failure))
        if self._answer is None:  # less was written than announced: a server waits
            return io.BufferedReader(_FailingFile(TimeoutError("timed out")))
        return io.BufferedReader(_AnswerFile(self._answer, self._timeout))

    def settimeout(self, timeout: float | None) -> None:
        self._timeout = timeout

    def gettimeout(self) -> float | None:
        return self._timeout

    def setsockopt(self, *_args: object) -> None:
        pass

    def shutdown(self, how: int) -> None:
        pass

    def close(self) -> None:
        pass


class _AnswerFile(io.RawIOBase):
    """Head and content of an answer, with the pause between them."""

    def __init__(self, answer: Answer, timeout: float | None) -> None:
        super().__init__()
        self._parts = [memoryview(answer.head), memoryview(answer.payload)]
        self._seconds = answer.seconds
        self._timeout = timeout

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while self._parts and not self._parts[0]:
            del self._parts[0]
            self._wait()
        if not self._parts:
            return 0
        size = min(len(buffer), len(self._parts[0]))
        buffer[:size] = self._parts[0][:size]
        self._parts[0] = self._parts[0][size:]
        return size

    def _wait(self) -> None:
        seconds, self._seconds = self._seconds, 0.0
        if self._timeout is not None and seconds > self._timeout:
            time.sleep(self._timeout)
            raise TimeoutError("timed out")
        time.sleep(seconds)


class _FailingFile(io.RawIOBase):
    """Raises `error` instead of an answer."""

    def __init__(self, error: OSError) -> None:
        super().__init__()
        self._error = error

    def readable(self) -> bool:
        return True

    def readinto(self, _buffer: Any) -> int:
        raise self._error


def _failure(kind: str) -> OSError:
    """Make what a socket raises when this happens."""
    if kind == "name_not_found":
        return socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if kind == "connection_reset":
        return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    return TimeoutError("timed out")


_BEFORE_ANYTHING_IS_SENT = frozenset({"connect_timeout", "name_not_found"})

_WRAPPINGS: tuple[Wrapping, ...] = (
    (HTTPConnection, "connect", _connect),
    (HTTPSConnection, "connect", _connect),
    (HTTPConnection, "putrequest", _putrequest),
)
