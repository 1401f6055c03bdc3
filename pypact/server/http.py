"""Run an application on a port: a small threaded HTTP/1.1 server.

Each connection has one thread. `localhost` means both loopback addresses, because some
clients try only one.

Source: RFC 9112, 9, "Connection Management"; RFC 9110, 10.1.1, "Expect".
"""

from __future__ import annotations

import contextlib
import errno
import io
import logging
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from email.utils import formatdate
from http.client import responses
from typing import TypeAlias, TypeVar

from pypact.deadline import DeadlineReader
from pypact.errors import ServerError
from pypact.hooks.wire import extract_target
from pypact.model.codings import decode_header_value
from pypact.model.http import Request, Response, forbids_body
from pypact.server.parsing import (
    DEFAULT_LIMITS,
    InvalidRequest,
    Limits,
    RequestHead,
    check_length,
    read_body,
    read_head,
)
from pypact.server.responses import encode_response, make_json_response


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

    def __init__(
        self,
        app: App,
        host: str,
        port: int,
        *,
        is_daemon: bool,
        limits: Limits = DEFAULT_LIMITS,
    ) -> None:
        self.app = app
        self.limits = limits
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
        except OSError as error:
            if error.errno in _OUT_OF_RESOURCES:
                # The connection stays in the queue, so that `select` returns at once.
                time.sleep(_PAUSE)
            return  # else the client has already disconnected
        connection.setblocking(True)
        args = connection, address
        thread = threading.Thread(
            target=self._serve_connection, args=args, daemon=self._is_daemon
        )
        with self._lock:
            is_full = len(self._connections) >= _MOST_CONNECTIONS
            if not is_full:
                self._connections[connection] = None
                self._threads.add(thread)
        if is_full:
            connection.close()
            return
        try:
            thread.start()
        except RuntimeError:  # the system has no more threads
            with self._lock:
                del self._connections[connection]
                self._threads.discard(thread)
            connection.close()

    def _serve_connection(
        self, connection: socket.socket, address: tuple[object, ...]
    ) -> None:
        try:
            with _Connection(connection, str(address[0]), self) as handler:
                self._attach(connection, handler)
                handler.serve()
        except (OSError, EOFError) as error:
            _LOG.debug("%s disconnected: %r", address, error)
        finally:
            _close_gracefully(connection)
            with self._lock:
                self._connections.pop(connection, None)
                self._threads.discard(threading.current_thread())

    def _attach(self, connection: socket.socket, handler: _Connection) -> None:
        with self._lock:
            self._connections[connection] = handler

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


class _Connection:
    """One connection, whose requests are served one after the other."""

    def __init__(
        self, connection: socket.socket, address: str, server: HttpServer
    ) -> None:
        self.is_busy = False
        self._connection = connection
        self._address = address
        self._server = server
        self._limits = server.limits
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._reader = DeadlineReader(
            connection, self._limits.timeout, rate=_LOWEST_RATE
        )
        self._file = io.BufferedReader(self._reader, _BUFFER_SIZE)

    def __enter__(self) -> _Connection:  # noqa: PYI034 -- Self is new in Python 3.11
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def serve(self) -> None:
        """Serve requests until the connection closes."""
        while self._wait_for_request() and self._serve_request():
            self.is_busy = False

    def _wait_for_request(self) -> bool:
        self._reader.restart(self._limits.timeout)
        try:
            return bool(self._file.peek(1))
        except TimeoutError:
            return False

    def _serve_request(self) -> bool:
        """Serve one request; return whether another may follow."""
        self.is_busy = True
        try:
            request, head = self._read_request()
        except InvalidRequest as error:
            self._refuse(error.status, str(error))
            return False
        except TimeoutError:
            self._refuse(
                408, f"the request was not complete after {self._limits.timeout:g} s"
            )
            return False
        response = self._server.app(request, self._address)
        closes = head.closes or self._server.is_closing
        self._send(response, head.method, closes=closes)
        return not (closes or self._server.is_closing)

    def _read_request(self) -> tuple[Request, RequestHead]:
        self._reader.restart(self._limits.timeout)
        head = read_head(self._file)
        if head is None:
            raise EOFError
        check_length(head, self._limits.max_body)
        if head.expects_continue and (head.is_chunked or head.length):
            self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._reader.restart(self._limits.timeout)
        body = read_body(head, self._file, self._limits.max_body)
        lines = [(name, decode_header_value(value)) for name, value in head.lines]
        target = extract_target(head.target)
        return Request.from_http(head.method, target, lines, body), head

    def _refuse(self, status: int, problem: str) -> None:
        _LOG.warning("refused a request of %s: %s", self._address, problem)
        response = make_json_response({"message": problem}, status)
        self._send(response, None, closes=True)

    def _send(self, response: Response, method: str | None, *, closes: bool) -> None:
        status, lines, content = encode_response(response)
        names = {name.lower() for name, _ in lines}
        if "date" not in names:
            lines.append(("Date", formatdate(usegmt=True)))
        if closes and "connection" not in names:
            lines.append(("Connection", "close"))
        head = [f"HTTP/1.1 {status} {responses.get(status, 'Unknown')}"]
        head += [f"{name}: {value}" for name, value in lines]
        self._write("\r\n".join([*head, "", ""]).encode("latin-1"))
        if not forbids_body(method, status):
            self._write(content)

    def _write(self, content: bytes) -> None:
        view = memoryview(content)
        for start in range(0, len(content), _PIECE_SIZE):
            self._connection.settimeout(self._limits.timeout)
            self._connection.sendall(view[start : start + _PIECE_SIZE])


def _close_gracefully(connection: socket.socket) -> None:
    """Close a connection so that a client still sending can read the response."""
    end = time.monotonic() + _LONGEST_LINGER_SECONDS
    # An OSError means that the client has disconnected, or sends nothing more.
    with connection, contextlib.suppress(OSError):
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LINGER_SECONDS)
        while time.monotonic() < end and connection.recv(65536):
            pass


_MOST_CONNECTIONS = 1000
_OUT_OF_RESOURCES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE = 0.05  # seconds
_LOWEST_RATE = 10_000.0  # bytes per second of a body
_BUFFER_SIZE = 65536
_PIECE_SIZE = 1024 * 1024  # sent within one timeout
_LOG = logging.getLogger("pypact.server")
_LINGER_SECONDS = 0.2  # how long the client may send nothing
_LONGEST_LINGER_SECONDS = 5.0
