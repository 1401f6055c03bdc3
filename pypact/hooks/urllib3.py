"""How do the requests of urllib3, and so of requests and botocore, come to us?

Design, decision 5: at `HTTPConnectionPool._make_request`, below retries, redirects,
cookies and pools, above sockets and TLS; at `HTTPSConnectionPool._prepare_proxy`, so
that no proxy is dialled for what we answer. Both have the same signature in all of
urllib3 2.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import wrapt
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.response import HTTPResponse
from urllib3.util import Retry

from pypact.hooks import Undo, stack
from pypact.hooks.urllib3_requests import read_request
from pypact.hooks.urllib3_responses import build_response

__all__ = ["install"]


def install() -> Undo:
    """Wrap both methods; the returned function puts the very originals back."""
    with contextlib.ExitStack() as undo:
        for owner, name, wrapper in _WRAPPERS:
            undo.callback(_wrap(owner, name, wrapper))
        return undo.pop_all().close


def _wrap(owner: type, name: str, wrapper: Callable[..., Any]) -> Undo:
    found = vars(owner)[name]
    if getattr(found, "_self_wrapper", None) is wrapper:
        # Somebody who replaced the method in an earlier block has put ours back.
        wrapped = found
    else:
        wrapped = wrapt.FunctionWrapper(found, wrapper)
        setattr(owner, name, wrapped)

    def unwrap() -> None:
        # When somebody stands above us now, ours stays below: it only passes on.
        if vars(owner)[name] is wrapped:
            setattr(owner, name, wrapped.__wrapped__)

    return unwrap


def _make_request(
    wrapped: Callable[..., HTTPResponse],
    pool: HTTPConnectionPool,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> HTTPResponse:
    __tracebackhide__ = True  # pytest shows the consumer's line, not ours
    url = kwargs["url"] if "url" in kwargs else args[2]
    if url.startswith("/"):
        owner, target = stack.owner_of(pool.scheme, pool.host, pool.port), url
    else:
        owner, target = _owner_of_url(pool, url)
    if owner is None:
        return wrapped(*args, **kwargs)
    return _answer(owner, target, pool, *args, **kwargs)


def _owner_of_url(
    pool: HTTPConnectionPool, url: str
) -> tuple[stack.Ownership | None, str]:
    """Take the origin from an absolute URL: the pool may be that of a proxy."""
    parts = urlsplit(url)
    if not parts.hostname:  # OPTIONS *
        return stack.owner_of(pool.scheme, pool.host, pool.port), url
    query = f"?{parts.query}" if parts.query else ""
    owner = stack.owner_of(parts.scheme, parts.hostname, parts.port)
    return owner, (parts.path or "/") + query


def _answer(  # noqa: PLR0913, PLR0917 # the signature is urllib3's
    owner: stack.Ownership,
    target: str,
    pool: HTTPConnectionPool,
    conn: HTTPConnection,
    method: str,
    url: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
    retries: Retry | None = None,
    timeout: object = None,  # noqa: ARG001 # nothing here takes any time
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
    response = owner.answer(method, target, lines, content)
    return build_response(
        response,
        pool=pool,
        connection=response_conn,
        retries=retries,
        request_method=method,
        request_url=url,
        **options,
    )


def _prepare_proxy(
    wrapped: Callable[..., None],
    pool: HTTPSConnectionPool,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    if stack.owner_of(pool.scheme, pool.host, pool.port) is None:
        wrapped(*args, **kwargs)


_WRAPPERS: tuple[tuple[type, str, Callable[..., Any]], ...] = (
    (HTTPConnectionPool, "_make_request", _make_request),
    (HTTPSConnectionPool, "_prepare_proxy", _prepare_proxy),
)
