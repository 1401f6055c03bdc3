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
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
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


class RequestWrappers:
    """The wrappers of a plain and an asynchronous method that send requests.

    A subclass sets `content_name`, the parameter of the library's `Response` for the
    stream of the body.
    """

    content_name = ""

    def __init__(self, library: ModuleType, stream_bases: tuple[type, ...]) -> None:
        self._library = library
        self._stream = make_stream_class(stream_bases, self.make_error)

    def find_origin(self, sender: object, request: Any) -> claims.ClaimedOrigin | None:
        """Return the claimed origin of a request; `sender` has the wrapped method."""
        raise NotImplementedError

    def read_request(self, request: Any) -> tuple[str, str, list[tuple[str, str]]]:
        """Return the method, the target and the header lines of a request."""
        raise NotImplementedError

    def make_error(self, name: str, text: str, request: Any) -> Exception:
        """Return the library's exception `name`."""
        raise NotImplementedError

    def handle(self, wrapped: Any, sender: object, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = self.find_origin(sender, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        content = b"".join(request.stream)
        return self._respond(owner, request, content, find_caller())

    def handle_async(self, wrapped: Any, sender: object, args: Any, kwargs: Any) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = self.find_origin(sender, request)
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
        method, target, lines = self.read_request(request)
        names = {name.lower() for name, _ in lines}
        is_framed = bool({"content-length", "transfer-encoding"} & names)
        body = content if content or is_framed else None
        reply = owner.respond(method, target, lines, body, caller=caller)
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            raise self.make_error(*FAILURES[reply.kind], request)
        response = build_wire_response(reply, method)
        return self._library.Response(
            response.status,
            headers=[(name.encode(), value.encode()) for name, value in response.lines],
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": response.reason.encode(),
            },
            **{self.content_name: self._stream(response, request)},
        )


def decode_lines(lines: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """Return header lines as strings."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in lines]


class _Transports(RequestWrappers):
    """The wrappers of the transports of httpx or httpx2."""

    content_name = "stream"

    def __init__(self, library: ModuleType) -> None:
        super().__init__(library, (library.SyncByteStream, library.AsyncByteStream))

    def find_origin(self, sender: object, request: Any) -> claims.ClaimedOrigin | None:
        del sender
        url = request.url
        # The raw host is the one that is sent: international names are encoded.
        return claims.find_claimed_origin(
            url.scheme, url.raw_host.decode("ascii"), url.port
        )

    def read_request(self, request: Any) -> tuple[str, str, list[tuple[str, str]]]:
        lines = decode_lines(request.headers.raw)
        self._check_values(lines)
        return request.method, request.url.raw_path.decode("ascii"), lines

    def _check_values(self, lines: list[tuple[str, str]]) -> None:
        """Raise httpx's error for header values that h11 refuses to send."""
        for name, value in lines:
            if _ILLEGAL_VALUE.search(value):
                text = f"Illegal header value {value.encode('latin-1')!r} of {name}"
                raise self._library.LocalProtocolError(text)

    def make_error(self, name: str, text: str, request: Any) -> Exception:
        make: Callable[..., Exception] = getattr(self._library, name)
        return make(text, request=request)


# One object per library, so that later blocks recognise its wrappers.
_make_transports = functools.cache(_Transports)


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
