"""Intercept the requests that reach the pools of httpcore and httpcore2.

Those of httpx and httpx2 are answered at their transports, above. The pools receive the
requests of bare httpcore, and those of a transport whose method another tool has saved
before the block (vcrpy).
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any

from pypact.hooks import Undo, claims
from pypact.hooks.httpx import RequestWrappers, decode_lines
from pypact.hooks.patching import wrap_methods


def install(library: ModuleType) -> Undo:
    """Wrap the methods of both pools."""
    own = _make_pools(library)
    return wrap_methods(
        [
            (library.ConnectionPool, "handle_request", own.handle),
            (library.AsyncConnectionPool, "handle_async_request", own.handle_async),
        ]
    )


class _Pools(RequestWrappers):
    """The wrappers of the pools of httpcore or httpcore2."""

    content_name = "content"

    def __init__(self, library: ModuleType) -> None:
        super().__init__(library, ())

    def find_origin(self, sender: object, request: Any) -> claims.ClaimedOrigin | None:
        if getattr(sender, "_uds", None) is not None:
            return None  # a Unix socket: the URL's host is not called
        url = request.url
        return claims.find_claimed_origin(
            url.scheme.decode("ascii"), url.host.decode("ascii"), url.port
        )

    def read_request(self, request: Any) -> tuple[str, str, list[tuple[str, str]]]:
        lines = decode_lines(request.headers)
        target = request.url.target.decode("ascii")
        return request.method.decode("ascii"), target, lines

    def make_error(self, name: str, text: str, request: Any) -> Exception:
        del request  # only httpx has it in its exceptions
        error: Exception = getattr(self._library, name)(text)
        return error


# One object per library, so that later blocks recognise its wrappers.
_make_pools = functools.cache(_Pools)
