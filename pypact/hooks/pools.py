"""Intercept the requests that reach the pools of httpcore and httpcore2.

Those of httpx and httpx2 are answered at their transports, above; here arrive the
requests of bare httpcore, and those of a transport whose method another tool has saved
before the block (vcrpy).
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from pypact.frames import find_caller
from pypact.hooks import claims
from pypact.hooks.httpx import FAILURES, make_stream_class
from pypact.hooks.patching import MethodWrapper
from pypact.hooks.wire import build_wire_response


def list_wrappings(library: ModuleType) -> list[MethodWrapper]:
    """Return the methods of both pools with their wrappers, for `wrap_methods`."""
    own = _make_pools(library)
    return [
        (library.ConnectionPool, "handle_request", own.handle),
        (library.AsyncConnectionPool, "handle_async_request", own.handle_async),
    ]


class _Pools:
    """The wrappers of the pools of httpcore or httpcore2."""

    def __init__(self, library: ModuleType) -> None:
        self._library = library
        self._stream = make_stream_class((), self._make_error)

    def handle(self, wrapped: Any, pool: object, args: Any, kwargs: Any) -> Any:
        __tracebackhide__ = True
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(pool, request)
        if owner is None:
            return wrapped(*args, **kwargs)
        content = b"".join(request.stream)
        return self._respond(owner, request, content, find_caller())

    def handle_async(self, wrapped: Any, pool: object, args: Any, kwargs: Any) -> Any:
        request = kwargs["request"] if "request" in kwargs else args[0]
        owner = _find_origin(pool, request)
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
            for name, value in request.headers
        ]
        names = {name.lower() for name, _ in lines}
        is_framed = bool({"content-length", "transfer-encoding"} & names)
        method = request.method.decode("ascii")
        target = request.url.target.decode("ascii")
        body = content if content or is_framed else None
        reply = owner.respond(method, target, lines, body, caller=caller)
        if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
            raise self._make_error(*FAILURES[reply.kind], request)
        response = build_wire_response(reply, method)
        return self._library.Response(
            response.status,
            headers=[(name.encode(), value.encode()) for name, value in response.lines],
            content=self._stream(response, request),
            extensions={
                "http_version": b"HTTP/1.1",
                "reason_phrase": response.reason.encode(),
            },
        )

    def _make_error(self, name: str, text: str, _request: Any) -> Exception:
        error: Exception = getattr(self._library, name)(text)
        return error


# One object per library, so that later blocks recognise its wrappers.
_make_pools = functools.cache(_Pools)


def _find_origin(pool: object, request: Any) -> claims.ClaimedOrigin | None:
    if getattr(pool, "_uds", None) is not None:
        return None  # a Unix socket: the URL's host is not called
    url = request.url
    return claims.find_claimed_origin(
        url.scheme.decode("ascii"), url.host.decode("ascii"), url.port
    )
