"""Intercept the requests that reach the pools of httpcore and httpcore2.

Those of httpx and httpx2 are answered at their transports, above. The pools receive the
requests of bare httpcore, and those of a transport whose method another tool has saved
before the block (vcrpy).

A request is sent by httpcore's own connection, over a stream in memory: so its checks,
its framing and its trace events are those of a real connection.
"""

from __future__ import annotations

import contextlib
import functools
import io
import socket
import ssl
import time
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.frames import find_caller
from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.hooks.sockets import get_extra_info, make_socket
from pypact.hooks.subclasses import wrap_overrides
from pypact.hooks.wire import RequestReader, build_wire_response, extract_target
from pypact.model.http import Response


def install(library: ModuleType) -> Undo:
    """Wrap the methods of both pools."""
    sender = find_sender(library)
    with contextlib.ExitStack() as undo:
        for pool, connection, name, handle in (
            (
                library.ConnectionPool,
                library.ConnectionInterface,
                "handle_request",
                sender.handle,
            ),
            (
                library.AsyncConnectionPool,
                library.AsyncConnectionInterface,
                "handle_async_request",
                sender.handle_async,
            ),
        ):
            undo.callback(wrap_methods([(pool, name, handle)]))
            # Those to proxies too: their requests have the URL of the server.
            undo.callback(wrap_overrides(connection, name, sender.guard))
        return undo.pop_all().close


Reply = Response | claims.FaultyResponse


class Sender:
    """The sender of requests over streams in memory, with httpcore or httpcore2."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self.stream = _make_stream_class(library)
        self.async_stream = _make_async_stream_class(library)
        self._backend, self._async_backend = _make_backend_classes(library)
        # The connections inside of those that open them.
        self._opened = tuple(
            getattr(library, f"{prefix}{version}Connection")
            for prefix in ("", "Async")
            for version in ("HTTP11", "HTTP2")
        )

    def handle(self, wrapped: Any, pool: object, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(pool, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        return self.send(request, owner, find_caller())

    def handle_async(self, wrapped: Any, pool: object, args: Any, kwargs: Any) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(pool, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        return self.send_async(request, owner, find_caller())

    def guard(self, wrapped: Any, connection: object, args: Any, kwargs: Any) -> Any:
        """Refuse a request that the network policies do not allow.

        Here, as mocks of httpx answer above (respx at the pools).
        """
        __tracebackhide__ = True
        if claims.is_network_closed() and not isinstance(connection, self._opened):
            request = kwargs["request"] if "request" in kwargs else args[0]
            if getattr(connection, "_uds", None) is None:
                _check_network(request)
        return wrapped(*args, **kwargs)

    def send(
        self,
        request: Any,
        owner: claims.ClaimedOrigin,
        caller: str,
        reply: Reply | None = None,
    ) -> Any:
        """Send a request, and return httpcore's response.

        With `reply`, the request is not sent to the registry again.
        """
        __tracebackhide__ = True
        stream = self.stream(owner, caller, reply)
        connection = self._library.HTTPConnection(
            origin=request.url.origin,
            ssl_context=_make_ssl_context(),
            network_backend=self._backend(stream),
        )
        return connection.handle_request(request)

    async def send_async(
        self,
        request: Any,
        owner: claims.ClaimedOrigin,
        caller: str,
        reply: Reply | None = None,
    ) -> Any:
        """Do the same as `send`, in a task."""
        stream = self.async_stream(owner, caller, reply)
        connection = self._library.AsyncHTTPConnection(
            origin=request.url.origin,
            ssl_context=_make_ssl_context(),
            network_backend=self._async_backend(stream),
        )
        return await connection.handle_async_request(request)


# One object per library, so that later blocks recognise its wrappers.
find_sender = functools.cache(Sender)


@functools.cache
def _make_ssl_context() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # nothing is verified with it


def _find_origin(pool: object, request: Any) -> claims.ClaimedOrigin | None:
    if getattr(pool, "_uds", None) is not None:
        return None  # a Unix socket: the URL's host is not called
    return claims.find_claimed_origin(*_read_authority(request.url))


def _check_network(request: Any) -> None:
    __tracebackhide__ = True
    method = request.method.decode("ascii")
    target = request.url.target.decode("ascii")
    scheme, host, port = _read_authority(request.url)
    if not target.startswith("/"):  # to a proxy
        parts = urlsplit(f"https://{target}" if method == "CONNECT" else target)
        if parts.hostname:
            scheme, host, port = parts.scheme, parts.hostname, parts.port
            target = extract_target(parts.geturl())
    refusal = claims.find_refusal(scheme, host, port)
    if refusal is not None:
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers
        ]
        refusal.respond(method, target, lines)


def _read_authority(url: Any) -> tuple[str, str, int | None]:
    return url.scheme.decode("ascii"), url.host.decode("ascii"), url.port


class _Stream:
    """A network stream that responds to the request which is written to it."""

    def __init__(
        self,
        library: Any,
        owner: claims.ClaimedOrigin,
        caller: str,
        reply: Reply | None,
    ) -> None:
        self._library = library
        self._owner = owner
        self._caller = caller
        self._reply = reply
        self._reader: RequestReader | None = None
        self._parts: list[io.BytesIO] = []
        self._seconds = 0.0
        self._failure: Exception | None = None

    @functools.cached_property
    def _socket(self) -> Any:
        return make_socket(*self._owner.authority, None)

    def get_extra_info(self, info: str) -> Any:
        return get_extra_info(self._socket, info)

    def _accept(self, data: bytes) -> None:
        __tracebackhide__ = True
        if self._reader is None:
            self._reader = RequestReader()
        self._reader.feed(data)
        request = self._reader.take_request()
        if request is None:
            return
        target = extract_target(request.target)
        if problem := self._reader.invalid:
            raise self._owner.record_invalid(
                request.method, target, problem, caller=self._caller
            )
        reply = self._reply or self._owner.respond(
            request.method,
            target,
            request.headers,
            request.body,
            caller=self._caller,
        )
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            name, text = FAILURES[reply.kind]
            failure: Exception = getattr(self._library, name)(text)
            if name.startswith("Connect"):
                raise failure
            self._failure = failure
            return
        response = build_wire_response(reply, request.method)
        self._parts = [io.BytesIO(response.head), io.BytesIO(response.payload)]
        self._seconds = response.seconds

    def _take_delay(self) -> float:
        """Return the seconds to wait before the next part is read."""
        if len(self._parts) != 1:
            return 0.0
        seconds, self._seconds = self._seconds, 0.0
        return seconds

    def _take(self, max_bytes: int) -> bytes:
        if self._failure is not None:
            raise self._failure
        while self._parts:
            if data := self._parts[0].read(max_bytes):
                if self._is_at_end(self._parts[0]):
                    del self._parts[0]
                return data
            del self._parts[0]
        return b""

    @staticmethod
    def _is_at_end(part: io.BytesIO) -> bool:
        return part.tell() == part.getbuffer().nbytes

    def _make_timeout(self) -> Exception:
        name, text = FAILURES["read_timeout"]
        failure: Exception = getattr(self._library, name)(text)
        return failure


def _make_stream_class(library: Any) -> Any:
    class Stream(_Stream, library.NetworkStream):  # type: ignore[misc] # known at run time only
        def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            delay = self._take_delay()
            if delay:
                time.sleep(delay if timeout is None else min(delay, timeout))
                if timeout is not None and delay > timeout:
                    raise self._make_timeout()
            return self._take(max_bytes)

        def write(self, buffer: bytes, timeout: float | None = None) -> None:
            __tracebackhide__ = True
            del timeout
            self._accept(buffer)

        def close(self) -> None:
            pass

        def start_tls(self, *_args: object, **_options: object) -> Any:
            return self

    return functools.partial(Stream, library)


def _make_async_stream_class(library: Any) -> Any:
    class AsyncStream(_Stream, library.AsyncNetworkStream):  # type: ignore[misc] # the same
        async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
            delay = self._take_delay()
            if delay:
                import anyio  # noqa: PLC0415 -- httpx has it; only a slow body needs it

                await anyio.sleep(delay if timeout is None else min(delay, timeout))
                if timeout is not None and delay > timeout:
                    raise self._make_timeout()
            return self._take(max_bytes)

        async def write(self, buffer: bytes, timeout: float | None = None) -> None:
            del timeout
            self._accept(buffer)

        async def aclose(self) -> None:
            pass

        async def start_tls(self, *_args: object, **_options: object) -> Any:
            return self

    return functools.partial(AsyncStream, library)


def _make_backend_classes(library: Any) -> tuple[Any, Any]:
    """Return the classes of backends that connect to a stream."""

    class Backend(library.NetworkBackend):  # type: ignore[misc] # known at run time only
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        def connect_tcp(self, *_args: object, **_options: object) -> Any:
            return self._stream

    class AsyncBackend(library.AsyncNetworkBackend):  # type: ignore[misc] # the same
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def connect_tcp(self, *_args: object, **_options: object) -> Any:
            return self._stream

    return Backend, AsyncBackend


# Kinds of faults → names of exceptions, and their texts.
FAILURES: dict[str, tuple[str, str]] = {
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "connection_reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "name_not_found": (
        "ConnectError",
        f"[Errno {int(socket.EAI_NONAME)}] Name or service not known",
    ),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
}
