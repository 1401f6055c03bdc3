"""Intercept the requests of httpx and httpx2.

The hooks are below redirects, cookies, authentication and event hooks, and above pools
and sockets. Transports that a user passes (ASGI, WSGI, mocks) are not affected.

Plain requests and responses, which h11 would pass on unchanged, are answered here, with
public constructors only. All others are sent by httpcore (`pypact.hooks.httpcore`).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import re
from collections.abc import AsyncIterator, Iterator
from types import ModuleType
from typing import Any

from pypact._lazy import compile_later
from pypact.frames import find_caller
from pypact.hooks import Undo, claims
from pypact.hooks.httpcore import Reply, Sender, find_sender
from pypact.hooks.patching import wrap_methods
from pypact.hooks.wire import build_wire_response


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

    def __init__(self, library: Any) -> None:
        self._library = library
        self._stream = _make_stream_class(self)

    @functools.cached_property
    def _core(self) -> Any:
        # Imported on first use: the transports import it when they are created.
        return importlib.import_module(
            self._library.__name__.replace("httpx", "httpcore")
        )

    @functools.cached_property
    def _sender(self) -> Sender:
        return find_sender(self._core)

    def handle(self, wrapped: Any, transport: object, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(transport, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        caller = find_caller()
        content = b"".join(request.stream)
        response, reply = self._respond(
            owner, request, content, caller, self._sender.stream
        )
        if response is not None:
            return response
        with self.translate_errors():
            found = self._sender.send(
                self._make_core_request(request, content), owner, caller, reply
            )
        return self._make_response(found)

    def handle_async(
        self, wrapped: Any, transport: object, args: Any, kwargs: Any
    ) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(transport, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        return self._handle_async(owner, request, find_caller())

    async def _handle_async(
        self, owner: claims.ClaimedOrigin, request: Any, caller: str
    ) -> Any:
        content = b"".join([piece async for piece in request.stream])
        response, reply = self._respond(
            owner, request, content, caller, self._sender.async_stream
        )
        if response is not None:
            return response
        with self.translate_errors():
            found = await self._sender.send_async(
                self._make_core_request(request, content), owner, caller, reply
            )
        return self._make_response(found)

    def _respond(
        self,
        owner: claims.ClaimedOrigin,
        request: Any,
        content: bytes,
        caller: str,
        make_stream: Any,
    ) -> tuple[Any, Reply | None]:
        """Return the response if both it and the request are plain.

        If the response is not plain, return the registry's reply.
        """
        __tracebackhide__ = True
        lines = [
            (name.decode("latin-1"), value.decode("latin-1"))
            for name, value in request.headers.raw
        ]
        is_framed = _find_framing(request, lines, content)
        if is_framed is None:
            return None, None
        body = content if is_framed else None
        reply = owner.respond(
            request.method,
            request.url.raw_path.decode("ascii"),
            lines,
            body,
            caller=caller,
        )
        if isinstance(reply, claims.FaultyResponse):
            return None, reply
        response = build_wire_response(reply, request.method)
        if not response.is_plain:
            return None, reply
        return self._library.Response(
            response.status,
            headers=response.lines,
            stream=self._library.ByteStream(response.content),
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": response.reason.encode(),
                "network_stream": make_stream(owner, caller, None),
            },
        ), None

    def _make_core_request(self, request: Any, content: bytes) -> Any:
        url = request.url
        return self._core.Request(
            method=request.method,
            url=self._core.URL(
                scheme=url.raw_scheme,
                host=url.raw_host,
                port=url.port,
                target=url.raw_path,
            ),
            headers=request.headers.raw,
            content=content,
            extensions=request.extensions,
        )

    def _make_response(self, found: Any) -> Any:
        return self._library.Response(
            found.status,
            headers=found.headers,
            stream=self._stream(found.stream),
            extensions=found.extensions,
        )

    @contextlib.contextmanager
    def translate_errors(self) -> Iterator[None]:
        """Raise errors of httpcore as those of httpx, which have the same names."""
        core = self._core
        try:
            yield
        except (
            core.NetworkError,
            core.ProtocolError,
            core.TimeoutException,
            core.UnsupportedProtocol,
        ) as error:
            make_error = getattr(self._library, type(error).__name__)
            raise make_error(str(error)) from error


def _find_framing(
    request: Any, lines: list[tuple[str, str]], content: bytes
) -> bool | None:
    """Return whether the headers of a plain request declare a body.

    None is for a request that h11 would refuse or change, or of which events are
    observed.
    """
    extensions = request.extensions
    if "trace" in extensions or "target" in extensions:
        return None
    hosts, length, coding = 0, None, None
    for name, value in lines:
        if not _PLAIN_LINE.fullmatch(f"{name}:{value}"):
            return None
        lower = name.lower()
        if lower == "host":
            hosts += 1
        elif lower == "content-length" and length is None:
            length = value
        elif lower == "transfer-encoding" and value == "chunked":
            coding = value
        elif lower in _FRAMING:
            return None
    if hosts != 1 or not _PLAIN_METHOD.fullmatch(request.method):
        return None
    if coding is None:
        return length is not None if (length or "0") == str(len(content)) else None
    return True if length is None else None


# One object per library, so that later blocks recognise its wrappers.
_make_transports = functools.cache(_Transports)


def _find_origin(transport: object, request: Any) -> claims.ClaimedOrigin | None:
    if getattr(getattr(transport, "_pool", None), "_uds", None) is not None:
        return None  # a Unix socket: the URL's host is not called
    url = request.url
    # The raw host is the one that is sent: international names are encoded.
    return claims.find_claimed_origin(
        url.scheme, url.raw_host.decode("ascii"), url.port
    )


def _make_stream_class(transports: _Transports) -> Any:
    """Return the class of a response's stream that reads from one of httpcore."""
    library: Any = transports._library  # noqa: SLF001 # of this file

    class ResponseStream(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc] # known at run time only
        def __init__(self, stream: Any) -> None:
            self._content = stream

        def __iter__(self) -> Iterator[bytes]:
            with transports.translate_errors():
                yield from self._content

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with transports.translate_errors():
                async for piece in self._content:
                    yield piece

        def close(self) -> None:
            self._content.close()

        async def aclose(self) -> None:
            await self._content.aclose()

    return ResponseStream


# What h11 accepts is more; it judges what these patterns do not match.
_PLAIN_LINE = compile_later(
    r"[\w!#$%&'*+.^`|~-]+:(?:[!-~](?:[\t -~]*[!-~])?)?", re.ASCII
)
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_PLAIN_METHOD = compile_later(r"[A-Z]+")
