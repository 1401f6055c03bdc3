"""How do the requests of httpx and httpx2 come to us?

At `HTTPTransport.handle_request` and `AsyncHTTPTransport.handle_async_request`: below
redirects, cookies, authentication and event hooks, which stay the client's own, and
above pools and sockets. Transports that a user gives (ASGI, WSGI, mocks) are left as
they are.

Both libraries have the same names; `httpx2.alias_httpx()` makes them one. Only their
public constructors are used.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from pypact.hooks import Undo, stack
from pypact.hooks.callers import caller_place
from pypact.hooks.wire import Answer, answer_of
from pypact.hooks.wrapping import wrap_all

__all__ = ["install"]


def install(library: ModuleType) -> Undo:
    """Wrap the methods of both transports."""
    transports = _transports_of(library)
    return wrap_all(
        [
            (library.HTTPTransport, "handle_request", transports.handle),
            (
                library.AsyncHTTPTransport,
                "handle_async_request",
                transports.handle_async,
            ),
        ]
    )


def _transports_of(library: ModuleType) -> _Transports:
    # The same object for each block, so that a wrapper knows its own again.
    if library.__name__ not in _found:
        _found[library.__name__] = _Transports(library)
    return _found[library.__name__]


class _Transports:
    """The wrappers for one of the libraries."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self._stream = _stream_class(library)
        self.handle: Callable[..., Any] = self._handle
        self.handle_async: Callable[..., Any] = self._handle_async

    def _handle(
        self,
        wrapped: Callable[..., Any],
        _transport: object,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _owner_of(request)
        if owner is None:
            return wrapped(*args, **kwargs)
        content = b"".join(request.stream)
        return self._answer(owner, request, content, caller_place())

    def _handle_async(
        self,
        wrapped: Callable[..., Awaitable[Any]],
        _transport: object,
        args: tuple[Any, ...],
        kwargs: Mapping[str, Any],
    ) -> Awaitable[Any]:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _owner_of(request)
        if owner is None:
            return wrapped(*args, **kwargs)
        return self._answer_async(owner, request, caller_place())

    async def _answer_async(
        self, owner: stack.Ownership, request: Any, caller: str
    ) -> Any:
        content = b"".join([piece async for piece in request.stream])
        return self._answer(owner, request, content, caller)

    def _answer(
        self, owner: stack.Ownership, request: Any, content: bytes, caller: str
    ) -> Any:
        lines = [(_text(name), _text(value)) for name, value in request.headers.raw]
        self._check(lines)
        is_framed = bool({"content-length", "transfer-encoding"} & {*request.headers})
        target = request.url.raw_path.decode("ascii")
        reply = owner.answer(
            request.method,
            target,
            lines,
            content if content or is_framed else None,
            caller=caller,
        )
        if isinstance(reply, stack.Faulty) and not reply.arrives:
            raise self._failure(reply.kind, request)
        answer = answer_of(reply, request.method)
        return self._library.Response(
            answer.status,
            headers=[(name.encode(), value.encode()) for name, value in answer.lines],
            stream=self._stream(answer, request),
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": answer.reason.encode(),
            },
        )

    def _check(self, lines: list[tuple[str, str]]) -> None:
        """Refuse what h11 refuses to send, with httpx's error."""
        for name, value in lines:
            if _ILLEGAL_VALUE.search(value):
                text = f"Illegal header value {value.encode('latin-1')!r} of {name}"
                raise self._library.LocalProtocolError(text)

    def _failure(self, kind: str, request: Any) -> Exception:
        """Make what httpx raises when this happens to a real connection."""
        name, text = _FAILURES[kind]
        failure: Exception = getattr(self._library, name)(text, request=request)
        return failure


def _owner_of(request: Any) -> stack.Ownership | None:
    url = request.url
    # As it is sent: with international names encoded.
    return stack.owner_of(url.scheme, url.raw_host.decode("ascii"), url.port)


class _Waiting:
    """An answer, and how long the client waits for its content."""

    def __init__(self, answer: Answer, request: Any) -> None:
        self._answer = answer
        self._request = request

    def _wait(self) -> float:
        timeouts = self._request.extensions.get("timeout", {})
        patience: float | None = timeouts.get("read")
        seconds = self._answer.seconds
        return seconds if patience is None else min(seconds, patience)


def _stream_class(library: ModuleType) -> Callable[[Answer, Any], Any]:
    """Make the class of the stream; its bases are the library's public ones."""

    class AnswerStream(_Waiting, library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc,name-defined] # known only when the library is
        def __iter__(self) -> Iterator[bytes]:
            if self._answer.seconds:
                time.sleep(self._wait())
                self._end_waiting()
            yield from self._content()

        async def __aiter__(self) -> AsyncIterator[bytes]:
            if self._answer.seconds:
                import anyio  # noqa: PLC0415 -- httpx needs it, we only for a slow body

                await anyio.sleep(self._wait())
                self._end_waiting()
            for piece in self._content():
                yield piece

        def _content(self) -> Iterator[bytes]:
            answer = self._answer
            if answer.content:
                yield answer.content
            if answer.missing:
                came = len(answer.content)
                raise library.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    f"(received {came} bytes, expected {came + answer.missing})",
                    request=self._request,
                )

        def _end_waiting(self) -> None:
            if self._wait() < self._answer.seconds:
                raise library.ReadTimeout(
                    "The read operation timed out", request=self._request
                )

    return AnswerStream


def _text(value: bytes) -> str:
    try:
        return value.decode("ascii")
    except UnicodeDecodeError:
        return value.decode("latin-1")


_found: dict[str, _Transports] = {}
_ILLEGAL_VALUE = re.compile(r"[\x00\r\n]")  # RFC 9110, 5.5
_FAILURES = {
    "connect_timeout": ("ConnectTimeout", "timed out"),
    "connection_reset": ("ReadError", "[Errno 104] Connection reset by peer"),
    "name_not_found": (
        "ConnectError",
        f"[Errno {int(socket.EAI_NONAME)}] Name or service not known",
    ),
    "read_timeout": ("ReadTimeout", "The read operation timed out"),
}
