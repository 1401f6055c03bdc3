"""Intercept the requests of urllib3, and so of requests and botocore.

The hook is below retries, redirects, cookies and pools, and above sockets and TLS; no
connection to a proxy is opened either. Both hooked methods have the same signature in
all of urllib3 2.

Source: docs/internals/design.md, "Decision 5: Where to hook".
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import io
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from http.client import HTTPMessage, parse_headers
from http.client import HTTPResponse as HttplibResponse
from types import ModuleType
from typing import Any, NoReturn
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

from pypact._lazy import compile_later
from pypact.hooks import Undo, claims
from pypact.hooks.claims import HeaderLines
from pypact.hooks.http_client import is_observed, set_check, take_over
from pypact.hooks.patching import wrap_methods
from pypact.hooks.sockets import MemorySocket, make_socket
from pypact.hooks.wire import (
    WireResponse,
    build_wire_response,
    describe_shortage,
    extract_target,
    make_resolution_error,
    make_socket_error,
    read_framed_body,
)
from pypact.model.http import forbids_body, is_token


def build_response(
    response: WireResponse, sock: MemorySocket, method: str, **options: Any
) -> HTTPResponse:
    """Return a response of urllib3; `options` are passed to its constructor."""
    original = _OriginalResponse(response, sock, method)
    headers = HTTPHeaderDict()
    lines = response.lines if response.is_plain else original.msg.items()
    for name, value in lines:
        headers.add(name, value)
    if _HAS_SHUTDOWN:
        options["sock_shutdown"] = sock.shutdown
    return HTTPResponse(
        body=original,
        headers=headers,
        status=response.status,
        version=11,
        reason=original.reason,
        original_response=original,
        request_method=method,
        **_VERSION,
        **options,
    )


class _OriginalResponse(HttplibResponse):
    """The response of http.client that urllib3 wraps, made without parsing a head."""

    def __init__(self, response: WireResponse, sock: MemorySocket, method: str) -> None:
        # Those of HTTPResponse, which needs a socket that has a head to be parsed.
        self._socket = sock
        self._method = method
        self.fp: Any = sock.open_file(response)
        self.status = self.code = response.status
        self.reason = response.reason
        self.version = 11
        self.debuglevel = 0
        self.chunk_left = None
        self.will_close = False
        message: Any
        if response.is_plain:
            message = HTTPMessage()
            message._headers = list(response.lines)  # noqa: SLF001 # `add_header` takes longer
            self.chunked = False
            self.length = len(response.content)
        else:
            head = io.BytesIO(response.head)
            head.readline()
            message = parse_headers(head)
            self.chunked = message.get("transfer-encoding", "").lower() == "chunked"
            self.length = _read_length(message, response, method)
        self.headers = self.msg = message

    def _close_conn(self) -> None:
        file, self.fp = self.fp, None
        file.close()
        sock = self._socket
        sock.file = None
        if sock.connection.sock is sock:  # else the pool keeps it after the block
            sock.connection.sock = None


def _read_length(
    message: HTTPMessage, response: WireResponse, method: str
) -> int | None:
    """Return the length that http.client reads, None up to the end of its input."""
    if forbids_body(method, response.status):
        return 0
    if response.is_chunked:
        return None
    with contextlib.suppress(ValueError):
        length = int(message.get("content-length", ""))
        return length if length >= 0 else None
    return None


# urllib3 2.0 does not have these parameters yet.
_PARAMETERS = inspect.signature(HTTPResponse).parameters
_VERSION: dict[str, Any] = (
    {"version_string": "HTTP/1.1"} if "version_string" in _PARAMETERS else {}
)
_HAS_SHUTDOWN = "sock_shutdown" in _PARAMETERS


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

    Raises: InvalidRequest.
    """
    lines = []
    values: dict[str, str] = {}
    for name, value in _list_headers(headers):
        # http.client also accepts names as bytes, and values as bytes or numbers.
        string = value if isinstance(value, str) else _to_string(value)
        if not (string.isascii() and string.isprintable()):
            _check_value(string)
        name = _check_name(name)  # noqa: PLW2901 # the same name, as a string
        values[name.lower()] = string
        if string != SKIP_HEADER:
            lines.append((name, string))
    if body is None:
        chunks, length = _frame_missing_body(method)
    else:
        chunks, length = body_to_chunks(body, method, blocksize)
    content = None if chunks is None else b"".join(map(_to_bytes, chunks))
    added = []
    if "host" not in values:
        added.append(("Host", host))
    if "accept-encoding" not in values:
        added.append(("Accept-Encoding", "identity"))
    declared = values.get("content-length")
    has_coding = "transfer-encoding" in values
    is_framed = has_coding or declared is not None
    if not has_coding and (
        chunked or (not is_framed and length is None and chunks is not None)
    ):
        added.append(("Transfer-Encoding", "chunked"))
    elif not is_framed and length is not None:
        added.append(("Content-Length", str(length)))
    if "user-agent" not in values:
        added.append(("User-Agent", f"python-urllib3/{_URLLIB3_VERSION}"))
    sent = [*added, *lines]
    if content is None and (is_framed or chunked or length is not None):
        content = b""
    if is_framed and (has_coding or chunked or declared != str(len(content or b""))):
        is_chunked = chunked or declared is None
        content = _read_as_server(sent, content or b"", is_chunked=is_chunked)
    return sent, content


def _list_headers(headers: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    # Iterating over the headers of requests takes 17 Python calls for 5 headers.
    if type(headers).__name__ == "CaseInsensitiveDict":
        stored = getattr(headers, "_store", None)
        if type(stored) is OrderedDict:
            return stored.values()  # of (name, value)
    return headers.items()


@functools.lru_cache(maxsize=64)
def _frame_missing_body(method: str) -> tuple[Any, int | None]:
    return body_to_chunks(None, method, blocksize=0)


def _read_as_server(
    lines: HeaderLines, content: bytes, *, is_chunked: bool
) -> bytes | None:
    """Return the body that a server reads, with the framing that the user declared."""
    if is_chunked:
        content = (b"%x\r\n%b\r\n" % (len(content), content)) if content else b""
        content += b"0\r\n\r\n"
    try:
        return read_framed_body(lines, content)
    except EOFError:
        raise IncompleteRequest(describe_shortage(lines, content)) from None
    except ValueError as error:
        raise InvalidRequest(str(error)) from None


class InvalidRequest(Exception):
    """A request that a server refuses, with the reason."""


class IncompleteRequest(InvalidRequest):
    """A request of which a server waits for the rest."""


def _to_string(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@functools.lru_cache(maxsize=1024)
def _check_name(name: str | bytes) -> str:
    """Return a header name as a string; raise http.client's error if it is invalid.

    Raises: InvalidRequest, if a server refuses the name.
    """
    string = name if isinstance(name, str) else _to_string(name)
    if not _LEGAL_NAME.fullmatch(string):
        raise ValueError(f"Invalid header name {string.encode('ascii')!r}")
    if not is_token(string):
        raise InvalidRequest(f"{string!r} is not a valid header name")
    return string


def _check_value(value: str) -> None:
    """Raise http.client's error if a header value is invalid."""
    encoded = value.encode("latin-1")
    if _ILLEGAL_VALUE.search(encoded):
        raise ValueError(f"Invalid header value {encoded!r}")


def _to_bytes(chunk: bytes | str) -> bytes:
    return chunk.encode("utf-8") if isinstance(chunk, str) else bytes(chunk)


_LEGAL_NAME = compile_later(r"[^:\s][^:\r\n]*")
# RFC 9112, 5.2: a line break inside a value is legal only before a space or tab.
_ILLEGAL_VALUE = compile_later(rb"\n(?![ \t])|\r(?![ \t\n])")


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
    if owner is not None:
        if is_observed() and not _is_of_vcrpy(kwargs.get("conn") or args[0]):
            return _send_through_http_client(owner, wrapped, pool, args, kwargs)
        return _respond(owner, pool, *args, **kwargs)
    if not claims.is_network_closed():
        return wrapped(*args, **kwargs)
    # Refused where a connection is opened or used, below vcrpy and other mocks.
    connection = kwargs["conn"] if "conn" in kwargs else args[0]
    refusal = claims.find_refusal(scheme, host, port)
    if refusal is None:
        set_check(connection, _allow)
    else:
        set_check(connection, functools.partial(_refuse, refusal, *args, **kwargs))
    try:
        return wrapped(*args, **kwargs)
    finally:
        set_check(connection, None)


def _refuse(  # the signature is urllib3's
    refusal: claims.Refusal,
    _conn: HTTPConnection,
    method: str,
    url: str,
    _body: Any = None,
    headers: Mapping[str, str] | None = None,
    **_options: object,
) -> NoReturn:
    __tracebackhide__ = True
    lines = [
        (_to_string(name), _to_string(one)) for name, one in (headers or {}).items()
    ]
    refusal.respond(method, extract_target(url), lines)


def _allow() -> bool:
    return True


def _defer() -> bool:
    return False


def _is_of_vcrpy(connection: object) -> bool:
    return getattr(connection, "cassette", None) is not None


def _send_through_http_client(
    owner: claims.ClaimedOrigin,
    wrapped: Any,
    pool: HTTPConnectionPool,
    args: Any,
    kwargs: Any,
) -> Any:
    """Let urllib3 send the request itself, through a socket in memory.

    It takes longer than `_respond`, but the tool that patches http.client takes part.
    """
    __tracebackhide__ = True
    connection = kwargs["conn"] if "conn" in kwargs else args[0]
    url = kwargs["url"] if "url" in kwargs else args[2]
    make_failure = functools.partial(_make_failure, pool, connection, url)
    take_over(connection, owner, make_failure)
    connection.is_verified = True  # else urllib3 warns of a connection without TLS
    return wrapped(*args, **kwargs)


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
    target = url if url.startswith("/") else extract_target(url)
    try:
        lines, content = compose_request(
            method,
            {} if headers is None else headers,
            body,
            host=owner.host,
            chunked=chunked,
            blocksize=conn.blocksize,
        )
    except InvalidRequest as error:
        recorded = owner.record_invalid(method, target, str(error))
        if isinstance(error, IncompleteRequest):
            raise _make_failure(pool, conn, url, "read_timeout") from None
        raise recorded from None
    reply = owner.respond(method, target, lines, content)
    if isinstance(reply, claims.FaultyResponse) and not reply.has_head:
        raise _make_failure(pool, conn, url, reply.kind)
    response = build_wire_response(reply, method, owner.framed)
    sock = make_socket(*owner.authority, conn)
    if response.seconds:
        sock.settimeout(_read_timeout(timeout))
    if conn.sock is None:
        conn.sock = sock
    return build_response(
        response,
        sock,
        method,
        pool=pool,
        connection=response_conn,
        retries=retries,
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
    pool: HTTPConnectionPool, conn: HTTPConnection, url: str, kind: str
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
    if claims.find_claimed_origin(pool.scheme, pool.host, pool.port) is not None:
        return
    if claims.find_refusal(pool.scheme, pool.host, pool.port) is None:
        wrapped(*args, **kwargs)
        return
    # The request is not known yet, so that it is refused later.
    connection = kwargs["conn"] if "conn" in kwargs else args[0]
    set_check(connection, _defer)
    try:
        wrapped(*args, **kwargs)
    finally:
        set_check(connection, None)


_URLLIB3_VERSION = urllib3.__version__  # type: ignore[attr-defined] # it is documented
