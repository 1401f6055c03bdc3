"""Run an application on a port: a small threaded HTTP/1.1 server.

Parsing is left to the standard library; each connection has one thread. `localhost`
means both loopback addresses, because some clients try only one.

Source: RFC 9112, 6, "Message Body", and 7.1, "Chunked Transfer Coding".
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import re
import selectors
import socket
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.client import HTTPMessage, responses
from http.server import BaseHTTPRequestHandler
from io import BufferedIOBase
from typing import TypeAlias, TypeVar

from pypact.errors import ServerError
from pypact.hooks.wire import extract_target
from pypact.model.codings import decode_header_value, read_chunks
from pypact.model.http import Request, Response, forbids_body
from pypact.server.responses import encode_response


class UnreadableBody(Exception):
    """A body that cannot be read; `status` is the status code for the client."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def read_body(headers: HTTPMessage, file: BufferedIOBase) -> bytes | None:
    """Read the whole body; return None if the headers declare none."""
    codings = headers.get_all("transfer-encoding", [])
    if codings:
        if [coding.strip().lower() for coding in codings] != ["chunked"]:
            raise UnreadableBody(
                501, f"Transfer-Encoding {', '.join(codings)} is not supported"
            )
        try:
            return read_chunks(file)
        except EOFError:
            raise _make_disconnect_error() from None
        except ValueError as error:
            raise UnreadableBody(400, str(error)) from error
    lengths = set(headers.get_all("content-length", []))
    if not lengths:
        return None
    length = lengths.pop().strip()
    if lengths or re.fullmatch(r"[0-9]{1,15}", length) is None:
        raise UnreadableBody(400, "Content-Length is not a single number")
    content = file.read(int(length))
    if len(content) < int(length):
        raise _make_disconnect_error()
    return content


def _make_disconnect_error() -> ConnectionAbortedError:
    return ConnectionAbortedError("the client disconnected in the middle of its body")


def listen(host: str, port: int) -> list[socket.socket]:
    """Return sockets that listen on `host`, on a free port if `port` is 0."""
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ServerError(f"a port must be a number from 0 to 65535, got {port!r}")
    for _ in range(_ATTEMPTS):
        found: list[socket.socket] = []
        try:
            for family, address in _resolve_addresses(host):
                at = found[0].getsockname()[1] if found else port
                _add_socket(found, family, address, at)
        except OSError as error:
            for sock in found:
                sock.close()
            if found and not port and error.errno == errno.EADDRINUSE:
                continue  # free for one address family, taken for the other
            raise _make_listen_error(host, port, error) from error
        if found:
            return found
    raise ServerError(f"no free port found on {host}")


def _resolve_addresses(host: str) -> list[tuple[int, str]]:
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        found = socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(errno.EINVAL, str(error)) from error
    family, *_, address = found[0]
    return [(family, str(address[0]))]


def _add_socket(
    found: list[socket.socket], family: int, address: str, port: int
) -> None:
    try:
        sock = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if found:
            return  # a machine without IPv6
        raise
    try:
        if os.name == "posix":  # elsewhere it would share the port with another server
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind((address, port))
        sock.listen(_BACKLOG)
    except OSError as error:
        sock.close()
        if found and error.errno != errno.EADDRINUSE:
            return  # a machine without IPv6
        raise
    sock.setblocking(False)
    found.append(sock)


def _make_listen_error(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"port {port} of {host} is already in use; "
            "stop the other server, or choose another port (port=0: any free one)"
        )
    reason = error.strerror or str(error)
    return ServerError(f"cannot listen on {host or 'every address'}:{port}: {reason}")


_ATTEMPTS = 10
_BACKLOG = 512


App: TypeAlias = Callable[[Request, str], Response]
"""An application: it gets a request and the address of the client, and responds."""


class HttpServer:
    """A threaded HTTP server that serves `app` from its creation until `close`."""

    def __init__(self, app: App, host: str, port: int, *, is_daemon: bool) -> None:
        self.app = app
        self._sockets = listen(host, port)
        self.host = host
        self.port: int = self._sockets[0].getsockname()[1]
        self.is_closing = False
        self._is_daemon = is_daemon
        self._lock = threading.Lock()
        self._connections: dict[socket.socket, _Connection | None] = {}
        self._threads: set[threading.Thread] = set()
        self._wake, self._woken = socket.socketpair()
        self._acceptor = threading.Thread(
            target=self._accept, name=f"pypact server {self.port}", daemon=is_daemon
        )
        self._acceptor.start()

    @property
    def url(self) -> str:
        host = self.host
        if host in ("", "0.0.0.0", "::"):  # noqa: S104 -- chosen by the user
            host = "localhost"
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}"

    def close(self, patience: float = 5.0) -> None:
        """Stop serving; give running requests up to `patience` seconds to finish."""
        with self._lock:
            if self.is_closing:
                return
            self.is_closing = True
        self._wake.send(b"x")
        self._acceptor.join()
        for sock in (*self._sockets, self._wake, self._woken):
            sock.close()
        self._shut_down_connections(idle_only=True)
        deadline = time.monotonic() + patience
        self._join(deadline)
        self._shut_down_connections(idle_only=False)
        self._join(deadline + 1)

    def attach(self, connection: socket.socket, handler: _Connection) -> None:
        with self._lock:
            self._connections[connection] = handler

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for sock in (*self._sockets, self._woken):
                selector.register(sock, selectors.EVENT_READ)
            while not self.is_closing:
                for key, _ in selector.select():
                    if key.fileobj is not self._woken:
                        self._accept_connection(key.fileobj)  # type: ignore[arg-type]  # a socket

    def _accept_connection(self, listening: socket.socket) -> None:
        try:
            connection, address = listening.accept()
        except OSError:
            return  # the client has already disconnected
        connection.setblocking(True)
        args = connection, address
        thread = threading.Thread(
            target=self._serve_connection, args=args, daemon=self._is_daemon
        )
        with self._lock:
            self._connections[connection] = None
            self._threads.add(thread)
        thread.start()

    def _serve_connection(self, connection: socket.socket, address: object) -> None:
        try:
            _Connection(connection, address, self)  # type: ignore[arg-type]  # the handler uses only what this class has
        except (OSError, ValueError) as error:
            _LOG.debug("%s disconnected: %r", address, error)
        finally:
            _close_gracefully(connection)
            with self._lock:
                self._connections.pop(connection, None)
                self._threads.discard(threading.current_thread())

    def _shut_down_connections(self, *, idle_only: bool) -> None:
        with self._lock:
            open_now = list(self._connections.items())
        how = socket.SHUT_RD if idle_only else socket.SHUT_RDWR
        for connection, handler in open_now:
            is_busy = handler is not None and handler.is_busy
            if not (idle_only and is_busy):
                with contextlib.suppress(OSError):  # the client has disconnected
                    connection.shutdown(how)

    def _join(self, deadline: float) -> None:
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class RunningServer:
    """The base class of servers that users start; a context manager that closes it."""

    _server: HttpServer

    @property
    def url(self) -> str:
        """The URL of the server for clients on this machine."""
        return self._server.url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._server.port

    def close(self) -> None:
        """Stop serving; running requests have a few seconds to finish."""
        self._server.close()

    def __enter__(self: _Running) -> _Running:  # noqa: PYI019 -- Self is new in Python 3.11
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        self.close()


_Running = TypeVar("_Running", bound=RunningServer)


class _Connection(BaseHTTPRequestHandler):
    """The handler of one connection, which serves its requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HttpServer  # type: ignore[assignment]  # the library expects its own class
    headers: HTTPMessage

    def setup(self) -> None:
        super().setup()
        self.is_busy = False
        self.server.attach(self.connection, self)

    def parse_request(self) -> bool:
        self.is_busy = True  # the request line has arrived
        return super().parse_request()

    def handle_one_request(self) -> None:
        super().handle_one_request()
        self.is_busy = False
        if self.server.is_closing:
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        _LOG.debug(format, *args)

    def _handle(self) -> None:
        try:
            body = read_body(self.headers, self.rfile)
        except UnreadableBody as error:
            self.close_connection = True
            self.send_error(error.status, explain=str(error))
            return
        # The library's own `path` is unusable, because it collapses leading slashes.
        target = extract_target(self.requestline.split(" ")[1])
        lines = [
            (name, decode_header_value(value)) for name, value in self.headers.items()
        ]
        request = Request.from_http(self.command, target, lines, body)
        self._send(self.server.app(request, str(self.client_address[0])))

    def _send(self, response: Response) -> None:
        status, lines, content = encode_response(response)
        names = {name.lower() for name, _ in lines}
        self.send_response_only(status, responses.get(status, "Unknown"))
        for name, value in lines:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", formatdate(usegmt=True))
        if self.server.is_closing or self.close_connection:
            self.close_connection = True
            if "connection" not in names:
                self.send_header("Connection", "close")
        self.end_headers()
        if not forbids_body(self.command, status):
            self.wfile.write(content)


def _close_gracefully(connection: socket.socket) -> None:
    """Close a connection so that a client still sending can read the response."""
    # An OSError means that the client has disconnected, or sends nothing more.
    with connection, contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LINGER_SECONDS)
        while connection.recv(65536):
            pass


_LOG = logging.getLogger("pypact.server")
_LINGER_SECONDS = 0.2  # how long the client may send nothing
