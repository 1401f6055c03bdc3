"""Intercept the requests of urllib3, and so of requests and botocore.

The hook is below retries, redirects, cookies and pools, and above sockets and TLS; no
connection to a proxy is opened either. Both hooked methods have the same signature in
all of urllib3 2.

Source: docs/internals/design.md, "Decision 5: Where to hook".
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Iterator, Mapping
from http.client import IncompleteRead
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3 import HTTPHeaderDict
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    NameResolutionError,
    ReadTimeoutError,
)
from urllib3.response import HTTPResponse
from urllib3.util import SKIP_HEADER, Retry, Timeout
from urllib3.util.request import body_to_chunks

from pypact.hooks import Undo, claims
from pypact.hooks.claims import HeaderLines
from pypact.hooks.patching import wrap_methods
from pypact.hooks.wire import (
    WireResponse,
    build_wire_response,
    extract_target,
    make_resolution_error,
    make_socket_error,
    wait_for_content,
)


def build_response(
    response: WireResponse, *, read_timeout: float | None, **options: Any
) -> HTTPResponse:
    """Return a response of urllib3; `options` are passed to its constructor."""
    headers = HTTPHeaderDict(response.lines)
    original = _OriginalResponse(response, headers, read_timeout)
    return HTTPResponse(
        body=original,  # type: ignore[arg-type] # see _OriginalResponse
        headers=headers,
        status=response.status,
        version=11,
        reason=response.reason,
        original_response=original,  # type: ignore[arg-type] # see _OriginalResponse
        **_VERSION,
        **options,
    )


class _OriginalResponse:
    """A replacement for the response of http.client that urllib3 wraps.

    It closes itself after its last byte, so that urllib3 returns the connection to the
    pool. It has no `fp`, so that urllib3 does not parse chunks. requests reads cookies
    from `msg`.
    """

    def __init__(
        self, response: WireResponse, msg: HTTPHeaderDict, read_timeout: float | None
    ) -> None:
        self._content = response.content
        self._position = 0
        self._missing = response.missing
        self._seconds = response.seconds
        self._read_timeout = read_timeout
        self.msg = msg
        self.closed = False

    def read(self, amount: int | None = None) -> bytes:
        """Read the whole content, or up to `amount` bytes, as http.client does."""
        if self.closed:
            return b""
        if self._seconds:
            seconds, self._seconds = self._seconds, 0.0
            wait_for_content(seconds, self._read_timeout)
        whole = amount is None or amount < 0
        end = len(self._content) if whole else self._position + (amount or 0)
        piece = self._content[self._position : end]
        self._position += len(piece)
        if whole and self._missing:
            self.close()
            raise IncompleteRead(piece, self._missing)
        if self._position == len(self._content) and not self._missing:
            self.close()
        return piece

    read1 = read

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


# urllib3 2.0 does not have this parameter yet.
_VERSION: dict[str, Any] = (
    {"version_string": "HTTP/1.1"}
    if "version_string" in inspect.signature(HTTPResponse).parameters
    else {}
)


def compose_request(
    method: str,
    headers: Mapping[str, str],
    body: Any,
    *,
    host: str,
    chunked: bool,
    blocksize: int,
) -> tuple[HeaderLines, bytes | None]:
    """Return the header lines and body that urllib3 would send.

    A body of None means that the request has no body, not even an empty one. `host` is
    the value of the Host header, unless `headers` has one.
    """
    lines = list(_read_lines(headers))
    names = {name.lower() for name, _ in lines}
    chunks, length = body_to_chunks(body, method, blocksize)
    added = []
    if "host" not in names:
        added.append(("Host", host))
    if "accept-encoding" not in names:
        added.append(("Accept-Encoding", "identity"))
    is_framed = "content-length" in names or "transfer-encoding" in names
    if chunked and "transfer-encoding" not in names:
        added.append(("Transfer-Encoding", "chunked"))
    elif not is_framed and length is not None:
        added.append(("Content-Length", str(length)))
    elif not is_framed and chunks is not None:
        added.append(("Transfer-Encoding", "chunked"))
    if "user-agent" not in names:
        added.append(("User-Agent", f"python-urllib3/{_URLLIB3_VERSION}"))
    content = None if chunks is None else b"".join(map(_to_bytes, chunks))
    if content is None and (is_framed or chunked or length is not None):
        content = b""
    return [*added, *(line for line in lines if line[1] != SKIP_HEADER)], content


def _read_lines(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    # http.client also accepts names as bytes, and values as bytes or numbers.
    for name, value in headers.items():
        string = value if isinstance(value, str) else _to_string(value)
        if not (string.isascii() and string.isprintable()):
            _check_value(string)
        yield _check_name(name), string


def _to_string(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@functools.lru_cache(maxsize=1024)
def _check_name(name: str | bytes) -> str:
    """Return a header name as a string; raise http.client's error if it is invalid."""
    string = name if isinstance(name, str) else _to_string(name)
    if not _LEGAL_NAME.fullmatch(string):
        raise ValueError(f"Invalid header name {string.encode('ascii')!r}")
    return string


def _check_value(value: str) -> None:
    """Raise http.client's error if a header value is invalid."""
    encoded = value.encode("latin-1")
    if _ILLEGAL_VALUE.search(encoded):
        raise ValueError(f"Invalid header value {encoded!r}")


def _to_bytes(chunk: bytes | str) -> bytes:
    return chunk.encode("utf-8") if isinstance(chunk, str) else bytes(chunk)


_LEGAL_NAME = re.compile(r"[^:\s][^:\r\n]*")
# RFC 9112, 5.2: a line break inside a value is legal only before a space or tab.
_ILLEGAL_VALUE = re.compile(rb"\n(?![ \t])|\r(?![ \t\n])")


def install(library: ModuleType) -> Undo:  # noqa: ARG001 # imported above
    """Wrap both methods; the returned function restores the originals."""
    return wrap_methods(
        [
            (HTTPConnectionPool, "_make_request", _make_request),
            (HTTPSConnectionPool, "_prepare_proxy", _prepare_proxy),
        ]
    )


def _make_request(
    wrapped: Any, pool: HTTPConnectionPool, args: Any, kwargs: Any
) -> Any:
    __tracebackhide__ = True  # pytest then shows the consumer's line instead
    url = kwargs["url"] if "url" in kwargs else args[2]
    scheme, host, port = pool.scheme, pool.host, pool.port
    if not url.startswith("/"):  # a URL, as the pool may be that of a proxy; or "*"
        parts = urlsplit(url)
        if parts.hostname:
            scheme, host, port = parts.scheme, parts.hostname, parts.port
    owner = claims.find_claimed_origin(scheme, host, port)
    if owner is None:
        return wrapped(*args, **kwargs)
    return _respond(owner, pool, *args, **kwargs)


def _respond(  # noqa: PLR0913, PLR0917 # the signature is urllib3's
    owner: claims.ClaimedOrigin,
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
    lines, content = compose_request(
        method,
        headers or {},
        body,
        host=owner.host,
        chunked=chunked,
        blocksize=conn.blocksize,
    )
    reply = owner.respond(method, extract_target(url), lines, content)
    if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
        raise _make_failure(reply.kind, pool, conn, url)
    response = build_wire_response(reply, method)
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
    """Return the exception that urllib3 raises for such a failed connection."""
    if kind == "connect_timeout":
        return ConnectTimeoutError(conn, f"Connection to {conn.host} timed out.")
    if kind == "name_not_found":
        return NameResolutionError(conn.host, conn, make_resolution_error())
    if kind == "read_timeout":
        return ReadTimeoutError(pool, url, "Read timed out.")
    return make_socket_error(kind)


def _prepare_proxy(
    wrapped: Any, pool: HTTPSConnectionPool, args: Any, kwargs: Any
) -> None:
    if claims.find_claimed_origin(pool.scheme, pool.host, pool.port) is None:
        wrapped(*args, **kwargs)


_URLLIB3_VERSION = urllib3.__version__  # type: ignore[attr-defined] # it is documented
