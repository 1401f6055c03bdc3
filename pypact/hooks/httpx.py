"""Intercept the requests of httpx and httpx2.

The hooks are below redirects, cookies, authentication and event hooks, and above pools
and sockets. Transports that a user passes (ASGI, WSGI, mocks) are not affected. Only
public constructors, the same in both libraries, are used.
"""

from __future__ import annotations

import functools
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from types import ModuleType
from typing import Any

from pypact.frames import find_caller
from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.hooks.wire import WireResponse, build_wire_response


def install(library: ModuleType) -> Undo:
    """Wrap the methods of both transports."""
    own = _make_transports(library)
    return wrap_methods(
        [
            (library.HTTPTransport, "handle_request", own.handle),
            (library.AsyncHTTPTransport, "handle_async_request", own.handle_async),
        ]
    )


class _Transports:
    """The wrappers of the transports of httpx or httpx2."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self._stream = make_stream_class(
            (library.SyncByteStream, library.AsyncByteStream), self._make_error
        )

    def handle(self, wrapped: Any, _transport: object, args: Any, kwargs: Any) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(request)
        if owner is None:
            return wrapped(*args, **kwargs)
        content = b"".join(request.stream)
        return self._respond(owner, request, content, find_caller())

    def handle_async(
        self, wrapped: Any, _transport: object, args: Any, kwargs: Any
    ) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(request)
        if owner is None:
            return wrapped(*args, **kwargs)
        return self._respond_async(owner, request, find_caller())

    async def _respond_async(
        self, owner: claims.ClaimedOrigin, request: Any, caller: str
    ) -> Any:
        content = b"".join([piece async for piece in request.stream])
        return self._respond(owner, request, content, caller)

    def _respond(
        self, owner: claims.ClaimedOrigin, request: Any, content: bytes, caller: str
    ) -> Any:
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
        ]
        self._check_values(lines)
        is_framed = bool({"content-length", "transfer-encoding"} & {*request.headers})
        target = request.url.raw_path.decode("ascii")
        body = content if content or is_framed else None
        reply = owner.respond(request.method, target, lines, body, caller=caller)
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            raise self._make_failure(reply.kind, request)
        response = build_wire_response(reply, request.method)
        return self._library.Response(
            response.status,
            headers=[(name.encode(), value.encode()) for name, value in response.lines],
            stream=self._stream(response, request),
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": response.reason.encode(),
            },
        )

    def _check_values(self, lines: list[tuple[str, str]]) -> None:
        """Raise httpx's error for header values that h11 refuses to send."""
        for name, value in lines:
            if _ILLEGAL_VALUE.search(value):
                text = f"Illegal header value {value.encode('latin-1')!r} of {name}"
                raise self._library.LocalProtocolError(text)

    def _make_failure(self, kind: str, request: Any) -> Exception:
        """Return the exception that httpx raises for such a failed connection."""
        return self._make_error(*FAILURES[kind], request)

    def _make_error(self, name: str, text: str, request: Any) -> Exception:
        make: Callable[..., Exception] = getattr(self._library, name)
        return make(text, request=request)


# One object per library, so that later blocks recognise its wrappers.
_make_transports = functools.cache(_Transports)


def _find_origin(request: Any) -> claims.ClaimedOrigin | None:
    url = request.url
    # The raw host is the one that is sent: international names are encoded.
    return claims.find_claimed_origin(
        url.scheme, url.raw_host.decode("ascii"), url.port
    )


def make_stream_class(
    bases: tuple[type, ...], make_error: Callable[[str, str, Any], Exception]
) -> Callable[[WireResponse, Any], Any]:
    """Return the class of a response's stream, derived from `bases`.

    `make_error` returns the library's exception with a name, for a text and a request.
    """

    class ResponseStream(*bases):  # type: ignore[misc] # known at run time only
        def __init__(self, response: WireResponse, request: Any) -> None:
            self._response = response
            self._request = request

        def __iter__(self) -> Iterator[bytes]:
            if self._response.seconds:
                time.sleep(self._wait_seconds())
            yield from self._content()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if self._response.seconds:
                import anyio  # noqa: PLC0415 -- httpx has it; only a slow body needs it

                await anyio.sleep(self._wait_seconds())
            for piece in self._content():
                yield piece

        def _content(self) -> Iterator[bytes]:
            response = self._response
            if self._wait_seconds() < response.seconds:
                raise make_error(*FAILURES["read_timeout"], self._request)
            if response.content:
                yield response.content
            if response.missing:
                received = len(response.content)
                expected = received + response.missing
                raise make_error(
                    "RemoteProtocolError",
                    "peer closed connection without sending complete message body "
                    f"(received {received} bytes, expected {expected})",
                    self._request,
                )

        def _wait_seconds(self) -> float:
            timeouts = self._request.extensions.get("timeout", {})
            timeout: float | None = timeouts.get("read")
            seconds = self._response.seconds
            return seconds if timeout is None else min(seconds, timeout)

    return ResponseStream


_ILLEGAL_VALUE = re.compile(r"[\x00\r\n]")  # RFC 9110, 5.5
FAILURES: dict[str, tuple[str, str]] = {
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "connection_reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "name_not_found": (
        "ConnectError",
        f"[Errno {int(socket.EAI_NONAME)}] Name or service not known",
    ),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
}
