"""How do the requests of urllib3, and so of requests and botocore, come to us?

Design, decision 5: at `HTTPConnectionPool._make_request`, below retries, redirects,
cookies and pools, above sockets and TLS; at `HTTPSConnectionPool._prepare_proxy`, so
that no proxy is dialled for what we answer. Both have the same signature in all of
urllib3 2.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    ReadTimeoutError,
)
from urllib3.response import HTTPResponse
from urllib3.util import Retry, Timeout

from pypact.hooks import Undo, stack
from pypact.hooks.urllib3_requests import read_request
from pypact.hooks.urllib3_responses import build_response
from pypact.hooks.wire import answer_of, target_of
from pypact.hooks.wrapping import Wrapping, wrap_all

__all__ = ["install"]


def install(library: ModuleType) -> Undo:  # noqa: ARG001 # imported above
    """Wrap both methods; the returned function restores the originals."""
    return wrap_all(_WRAPPINGS)


def _make_request(
    wrapped: Callable[..., HTTPResponse],
    pool: HTTPConnectionPool,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> HTTPResponse:
    __tracebackhide__ = True  # pytest then shows the consumer's line instead
    url = kwargs["url"] if "url" in kwargs else args[2]
    if url.startswith("/"):
        owner, target = stack.owner_of(pool.scheme, pool.host, pool.port), url
    else:
        owner, target = _owner_of_url(pool, url)
    if owner is None:
        return wrapped(*args, **kwargs)
    return _respond(owner, target, pool, *args, **kwargs)


def _owner_of_url(
    pool: HTTPConnectionPool, url: str
) -> tuple[stack.Ownership | None, str]:
    """Look up the origin of an absolute URL, as the pool may be that of a proxy."""
    parts = urlsplit(url)
    if not parts.hostname:  # OPTIONS *
        return stack.owner_of(pool.scheme, pool.host, pool.port), url
    owner = stack.owner_of(parts.scheme, parts.hostname, parts.port)
    return owner, target_of(url)


def _respond(  # noqa: PLR0913, PLR0917 # the signature is urllib3's
    owner: stack.Ownership,
    target: str,
    pool: HTTPConnectionPool,
    conn: HTTPConnection,
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    retries: Retry | None = None,
    timeout: Any = None,
    chunked: bool = False,  # noqa: FBT001, FBT002 # the signature is urllib3's
    response_conn: HTTPConnection | None = None,
    **options: bool,
) -> HTTPResponse:
    __tracebackhide__ = True
    pool.num_requests += 1
    lines, content = read_request(
        method,
        headers or {},
        body,
        host=owner.host,
        chunked=chunked,
        blocksize=conn.blocksize,
    )
    reply = owner.answer(method, target, lines, content)
    if isinstance(reply, stack.Faulty) and not reply.arrives:
        raise _make_failure(reply.kind, pool, conn, url)
    response = answer_of(reply, method)
    return build_response(
        response,
        read_timeout=_read_timeout(timeout) if response.seconds else None,
        pool=pool,
        connection=response_conn,
        retries=retries,
        request_method=method,
        request_url=url,
        **options,
    )


def _read_timeout(timeout: object) -> float | None:
    """Return the seconds that a client waits for content, given urllib3's timeout."""
    if isinstance(timeout, Timeout):
        timeout = timeout.clone()
        timeout.start_connect()  # a total timeout counts from here
        timeout = timeout.read_timeout
    return timeout if isinstance(timeout, (int, float)) else None


def _make_failure(
    kind: str, pool: HTTPConnectionPool, conn: HTTPConnection, url: str
) -> Exception:
    """Return the exception that urllib3 raises when a real connection fails so."""
    if kind == "connect_timeout":
        return ConnectTimeoutError(conn, f"Connection to {conn.host} timed out.")
    if kind == "name_not_found":
        reason = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return NameResolutionError(conn.host, conn, reason)
    if kind == "read_timeout":
        return ReadTimeoutError(pool, url, "Read timed out.")
    return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")


def _prepare_proxy(
    wrapped: Callable[..., None],
    pool: HTTPSConnectionPool,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    if stack.owner_of(pool.scheme, pool.host, pool.port) is None:
        wrapped(*args, **kwargs)


_WRAPPINGS: tuple[Wrapping, ...] = (
    (HTTPConnectionPool, "_make_request", _make_request),
    (HTTPSConnectionPool, "_prepare_proxy", _prepare_proxy),
)
