"""Send requests to a provider that runs elsewhere, at a base URL.

Proxies of the environment are not used. A redirect is followed only to the same host,
since any other host is not the provider. Nothing is retried, except refused
connections: a provider may still be starting.

Source: RFC 9112; RFC 9110, "Redirection 3xx".
"""

from __future__ import annotations

import contextlib
import http.client
import os
import select
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from pypact._dataclasses import replace
from pypact.deadline import TimedResponse
from pypact.errors import InvalidExpectation, ProviderProtocolError
from pypact.frames import find_class
from pypact.model.body import MISSING_BODY
from pypact.model.http import Query, Request, forbids_body, format_target
from pypact.targets.base import (
    ProviderResponse,
    Target,
    check_response_body,
    describe_cut,
    encode_target,
    find_length_problem,
    get_content_length,
    join_header_values,
)

MAX_REDIRECTS = 10


def build_redirect_request(
    request: Request, response: ProviderResponse, *, host: str, prefix: str
) -> Request | None:
    """Build the request that follows a redirect to the same host, below `prefix`.

    Return None if there is none. `host` is that of requests without a `Host` header.
    """
    if response.status not in (301, 302, 303, 307, 308):
        return None
    location = next((v for k, v in response.headers if k.lower() == "location"), None)
    if location is None:
        return None
    own = (request.headers.first("host") or host).lower()
    here = f"http://{own}{prefix}{format_target(request.path, request.query)}"
    parts = urlsplit(urljoin(here, location.strip()))
    path = parts.path or "/"
    if parts.netloc.lower() != own or not path.startswith(prefix):
        return None
    following = replace(
        request,
        path=path.removeprefix(prefix) or "/",
        query=Query.from_text(parts.query),
    )
    # As all clients do, although only 303 demands it.
    becomes_get = request.method == "POST" and response.status in (301, 302)
    if response.status == 303:
        becomes_get = request.method != "HEAD"
    if not becomes_get:
        return following
    headers = request.headers.without("content-type").without("content-length")
    return replace(following, method="GET", body=MISSING_BODY, headers=headers)


class HttpTarget(Target):
    """A target that sends requests to a base URL.

    The path of the base URL is put before the path of each request.

    `timeout` is the limit in seconds for a complete response; a response that exceeds
    it, or `max_body` bytes, is cut off there. A provider that refuses connections is
    retried for `wait_for` seconds from the first request on. `tls` is an SSL context;
    without one, `verify=False` accepts any certificate, `verify="ca.pem"` those that
    the file or directory vouches for, and `cert` is the client certificate: one file,
    or a pair of certificate and key file. `proxy` is the URL of a proxy.
    """

    is_remote = True

    def __init__(
        self,
        base_url: str,
        *,
        timeout: float = 30.0,
        wait_for: float = 0.0,
        tls: ssl.SSLContext | None = None,
        verify: bool | str = True,
        cert: str | tuple[str, str] | None = None,
        proxy: str | None = None,
        max_body: int = 16 * 1024 * 1024,
    ) -> None:
        self._url = parse_url(base_url, "base_url", "a request filter")
        self.host = self._url.netloc
        self.prefix = self._url.path.rstrip("/")
        self.base_url = f"{self._url.scheme}://{self.host}{self.prefix}"
        self._proxy = None
        if proxy is not None:
            self._proxy = parse_url(proxy, "proxy", "no proxy", schemes=("http",))
        self._timeout = timeout
        self._wait_for = wait_for
        self._max_body = max_body
        self._tls = tls
        if tls is None and self._url.scheme == "https":
            self._tls = _build_ssl_context(verify, cert)
        self._connection: http.client.HTTPConnection | None = None

    def send(self, request: Request) -> ProviderResponse:
        where = f"{request.method} {self.base_url}{encode_target(request)}"
        try:
            return self._exchange(request)
        except ConnectionRefusedError as error:
            return self._fail(f"{where}: no server listens there ({error.strerror})")
        except TimeoutError:
            return self._fail(f"{where}: no response within {self._timeout:g} s")
        except ssl.SSLCertVerificationError as error:
            problem = f"the server's certificate is not trusted: {error.verify_message}"
            if error.verify_code in _UNKNOWN_AUTHORITY:
                problem += "; name a file with its authority in verify= (--ca-file)"
            return self._fail(f"{where}: {problem}")
        except http.client.IncompleteRead as error:
            size = len(error.partial)
            return self._fail(f"{where}: the response ended early, after {size} bytes")
        except _InvalidResponse as error:
            return self._fail(f"{where}: {error}")
        except (OSError, http.client.HTTPException, ValueError) as error:
            return self._fail(f"{where}: {type(error).__name__}: {error}")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _exchange(self, request: Request) -> ProviderResponse:
        connection = self._get_connection()
        connection.sock.settimeout(self._timeout)
        self._send_request(connection, request)
        response: Any  # `response_class` is set in `_open`
        with connection.getresponse() as response:
            if response.headers.defects:
                # `http.client` would ignore this line and all that follow.
                line = str(response.headers.get_payload()).partition("\n")[0].rstrip()
                raise _InvalidResponse(f"{line[:80]!r} is not a valid header line")
            body, cut = self._read_body(response)
            headers = tuple(response.getheaders())
        problem = None
        if not response.chunked:
            problem = find_length_problem(
                request.method, response.status, headers, len(body), is_complete=not cut
            )
        if response.has_excess and not forbids_body(request.method, response.status):
            length = response.getheader("content-length")
            problem = f"Content-Length is {length}, but more bytes follow the body"
        if problem is not None:
            raise _InvalidResponse(problem)
        if cut or response.will_close:
            self.close()
        warnings = cut or check_response_body(request.method, response.status, body)
        return ProviderResponse(
            response.status, response.reason, headers, body, "", tuple(warnings)
        )

    def _send_request(
        self, connection: http.client.HTTPConnection, request: Request
    ) -> None:
        target = self.prefix + encode_target(request)
        if self._proxy is not None and self._url.scheme == "http":
            target = f"http://{self.host}{target}"
        connection.putrequest(
            request.method, target, skip_host=True, skip_accept_encoding=True
        )
        if "host" not in request.headers:
            connection.putheader("Host", self.host)
        for name, values in request.headers.items():
            if values and name.lower() != "content-length":
                connection.putheader(name, join_header_values(name, values))
        length = get_content_length(request)
        if length is not None:
            connection.putheader("Content-Length", length)
        encoding = request.headers.first("transfer-encoding") or ""
        content = request.body.content
        chunked = "chunked" in encoding.lower()
        connection.endheaders(content or None, encode_chunked=chunked)
        if chunked and not content:
            connection.send(b"0\r\n\r\n")

    def _read_body(
        self, response: http.client.HTTPResponse
    ) -> tuple[bytes, tuple[str, ...]]:
        pieces: list[bytes] = []
        size = 0
        # Since Python 3.13, the response closes itself and the socket at its last byte.
        while not response.isclosed():
            if size > self._max_body:
                cut = f"{self._max_body} bytes"
                return b"".join(pieces), (describe_cut(cut, size),)
            try:
                piece = response.read1(_CHUNK_SIZE)
            except TimeoutError:
                cut = f"{self._timeout:g} s"
                return b"".join(pieces), (describe_cut(cut, size),)
            if not piece:
                break
            pieces.append(piece)
            size += len(piece)
        if response.length:
            raise http.client.IncompleteRead(b"".join(pieces), response.length)
        return b"".join(pieces), ()

    def _get_connection(self) -> http.client.HTTPConnection:
        connection = self._connection
        if connection is not None and connection.sock is not None:
            if not _is_readable(connection.sock):
                return connection
            # Readable before a request was sent: the provider closed the connection.
            self.close()
        self._connection = self._open_with_retries()
        return self._connection

    def _open_with_retries(self) -> http.client.HTTPConnection:
        seconds, self._wait_for = self._wait_for, 0.0
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with contextlib.suppress(ConnectionRefusedError):
                return self._open()
            time.sleep(_RETRY_INTERVAL)
        return self._open()

    def _open(self) -> http.client.HTTPConnection:
        options: dict[str, Any] = {"timeout": self._timeout}
        name = "HTTPConnection"
        if self._url.scheme == "https":
            name, options["context"] = "HTTPSConnection", self._tls
        # An active cassette of vcrpy would answer in place of the provider.
        make: Callable[..., http.client.HTTPConnection]
        make = find_class("http.client", name)
        peer = self._proxy or self._url
        connection = make(peer.hostname, _get_port(peer), **options)
        connection.response_class = partial(_Response, seconds=self._timeout)  # type: ignore[assignment]  # called like the class
        if self._proxy is not None and self._url.scheme == "https":
            connection.set_tunnel(str(self._url.hostname), _get_port(self._url))
        connection.connect()
        return connection

    def _fail(self, problem: str) -> ProviderResponse:
        self.close()
        return ProviderResponse(None, exception=ProviderProtocolError(problem))


def parse_url(
    url: str,
    name: str,
    credentials: str,
    *,
    schemes: tuple[str, ...] = ("http", "https"),
    query: bool = False,
) -> SplitResult:
    """Parse a URL given by the user; refuse user information.

    For error texts, `name` is the name of the option, and `credentials` names the way
    to set an Authorization header instead.
    """
    parts = urlsplit(url)
    try:
        is_good = parts.scheme in schemes and parts.hostname and _get_port(parts) > 0
    except ValueError:
        is_good = False
    if parts.username is not None or parts.password is not None:
        raise InvalidExpectation(
            f"{name} with the host {parts.hostname} contains user information; set the "
            f"Authorization header with {credentials} instead"
        )
    if not is_good or (parts.query and not query) or parts.fragment:
        form = " or ".join(f"{scheme}://host[:port]" for scheme in schemes)
        raise InvalidExpectation(
            f"{name}={url!r} is not a URL of the form {form}[/path]"
        )
    return parts


def _get_port(url: SplitResult) -> int:
    default = 443 if url.scheme == "https" else 80
    return default if url.port is None else url.port


def _build_ssl_context(
    verify: bool | str,  # noqa: FBT001 -- the same values as in requests
    cert: str | tuple[str, str] | None,
) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if isinstance(verify, str):
        is_folder = os.path.isdir(verify)  # noqa: PTH112 -- pathlib is not needed elsewhere
        with _refuse_unreadable("verify", verify, "certificates to trust"):
            file, folder = (None, verify) if is_folder else (verify, None)
            context = ssl.create_default_context(cafile=file, capath=folder)
    if verify is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if cert is not None:
        with _refuse_unreadable("cert", cert, "a certificate and its key"):
            context.load_cert_chain(*((cert,) if isinstance(cert, str) else cert))
    return context


@contextlib.contextmanager
def _refuse_unreadable(name: str, given: object, expected: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # or its subclass SSLError
        why = error.strerror or str(error)
        raise InvalidExpectation(
            f"{name}={given!r} cannot be read: {why}; expected {expected}, in PEM"
        ) from error


class _InvalidResponse(Exception):
    """A response that is not valid HTTP, but that `http.client` accepts."""


class _Response(TimedResponse):
    """A response that detects excess bytes, which the next one would begin with."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._sock = sock
        self.has_excess = False

    def _close_conn(self) -> None:
        """Close the file; `http.client` calls this at the end of the body."""
        if self.length == 0 and not self.chunked and not self.isclosed():
            self.has_excess = self._has_unread_bytes()
        super()._close_conn()  # type: ignore[misc]  # not in typeshed

    def _has_unread_bytes(self) -> bool:
        file: Any = self.fp
        file.raw.restart(0)  # so that `peek` does not wait for more
        with contextlib.suppress(TimeoutError):
            if file.peek(1):
                return True
        if isinstance(self._sock, ssl.SSLSocket):
            return self._sock.pending() > 0
        with contextlib.suppress(OSError):
            return _is_readable(self._sock) and bool(
                self._sock.recv(1, socket.MSG_PEEK)
            )
        return False


def _is_readable(sock: socket.socket) -> bool:
    # `poll` does not exist on Windows; it has no limit on descriptors, as `select` has.
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(sock, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([sock], [], [], 0)[0])


# OpenSSL codes: self-signed certificate, self-signed certificate in the chain, issuer
# not found locally, first certificate not verifiable.
_UNKNOWN_AUTHORITY = (18, 19, 20, 21)
_CHUNK_SIZE = 64 * 1024
_RETRY_INTERVAL = 0.05
