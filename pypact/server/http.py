"""How does a WSGI app app_response on a port?

HTTP/1.1 by the standard library's parser, one thread a connection: keep-alive, chunked
bodies, HEAD, `Expect: 100-continue`. Unlike with WSGI servers at large, header lines
and the request's target reach the app as they were sent. Source: RFC 9112.
"""

from __future__ import annotations

import io
import logging
import selectors
import socket
import threading
import time
from collections.abc import Callable, Iterable
from email.utils import formatdate
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes, urlsplit

from pypact.server.bodies import BadBody, read_body
from pypact.server.listening import listen, url_of

__all__ = ["HEADER_LINES", "HttpServer", "WsgiApp"]

WsgiApp: TypeAlias = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A WSGI application (PEP 3333)."""

HEADER_LINES = "pypact.header_lines"
"""The environ key for the header lines as they were sent, in their order."""


class HttpServer:
    """A threaded HTTP server that serves a WSGI app from its creation until `close`.

    Raises: ServerError, when it cannot listen on the port.
    """

    def __init__(self, app: WsgiApp, host: str, port: int, *, is_daemon: bool) -> None:
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
        """The URL of the server for clients on this machine."""
        return url_of(self.host, self.port)

    def close(self, patience: float = 5.0) -> None:
        """Stop serving; give running requests up to `patience` seconds to finish."""
        with self._lock:
            if self.is_closing:
                return
            self.is_closing = True
        self._wake.send(b"x")
        self._acceptor.join()
        for one in (*self._sockets, self._wake, self._woken):
            one.close()
        self._shut_down_connections(idle_only=True)
        deadline = time.monotonic() + patience
        self._join(deadline)
        self._shut_down_connections(idle_only=False)
        self._join(deadline + 1)

    def attach(self, connection: socket.socket, handler: _Connection) -> None:
        """Remember the handler of a connection."""
        with self._lock:
            self._connections[connection] = handler

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (*self._sockets, self._woken):
                selector.register(one, selectors.EVENT_READ)
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
        thread = threading.Thread(
            target=self._serve_connection,
            args=(connection, address),
            daemon=self._is_daemon,
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
        for connection, handler in open_now:
            is_busy = handler is not None and handler.is_busy
            if idle_only and is_busy:
                continue
            how = socket.SHUT_RD if idle_only else socket.SHUT_RDWR
            try:
                connection.shutdown(how)
            except OSError:
                continue  # the client has already disconnected

    def _join(self, deadline: float) -> None:
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class _Connection(BaseHTTPRequestHandler):
    """The handler of one connection, which serves its requests one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HttpServer  # type: ignore[assignment]  # the library expects its own class
    headers: HTTPMessage

    def setup(self) -> None:
        """Register this handler with the server."""
        super().setup()
        self.is_busy = False
        self.server.attach(self.connection, self)

    def parse_request(self) -> bool:
        """Read the headers.

        The request line has arrived, so the connection is busy from here on.
        """
        self.is_busy = True
        return super().parse_request()

    def handle_one_request(self) -> None:
        """Read one request and send the response."""
        super().handle_one_request()
        self.is_busy = False
        if self.server.is_closing:
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._handle
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Pass the library's log messages on to the logger of the server."""
        _LOG.debug(format, *args)

    def _handle(self) -> None:
        try:
            body = read_body(self.headers, self.rfile)
        except BadBody as error:
            self.close_connection = True
            self.send_error(error.status, explain=str(error))
            return
        app_response = _AppResponse()
        result = self.server.app(self._environ(body), app_response.start)
        try:
            content = b"".join((*app_response.written, *result))
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        self._send(app_response, content)

    def _send(self, app_response: _AppResponse, content: bytes) -> None:
        names = {name.lower() for name, _ in app_response.headers}
        self.send_response_only(app_response.code, app_response.reason)
        for name, value in app_response.headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", formatdate(usegmt=True))
        has_body = self.command != "HEAD" and not _is_bodiless(app_response.code)
        if not _is_bodiless(app_response.code) and "content-length" not in names:
            self.send_header("Content-Length", str(len(content)))
        if self.server.is_closing or self.close_connection:
            self.close_connection = True
            if "connection" not in names:
                self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self.wfile.write(content)

    def _environ(self, body: bytes | None) -> dict[str, Any]:
        target = _request_target(self.requestline)
        path, _, query = target.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
            "QUERY_STRING": query,
            "REQUEST_URI": target,
            "SERVER_NAME": self.server.host,
            "SERVER_PORT": str(self.server.port),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": str(self.client_address[0]),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body or b""),
            "wsgi.input_terminated": True,
            "wsgi.errors": _ERROR_LOG,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            HEADER_LINES: list(self.headers.items()),
        }
        for name, value in self.headers.items():
            key = name.upper().replace("-", "_")
            if key not in ("CONTENT_TYPE", "CONTENT_LENGTH"):
                key = f"HTTP_{key}"
            environ[key] = f"{environ[key]}, {value}" if key in environ else value
        if body is not None:
            environ["CONTENT_LENGTH"] = str(len(body))
        return environ


class _AppResponse:
    """The status, reason and headers that the app passed to `start_response`."""

    def __init__(self) -> None:
        self.code = 500
        self.reason = ""
        self.headers: list[tuple[str, str]] = []
        self.written: list[bytes] = []

    def start(
        self,
        status: str,
        headers: list[tuple[str, str]],
        _exc_info: tuple[type[BaseException], BaseException, TracebackType]
        | None = None,
    ) -> Callable[[bytes], None]:
        code, _, self.reason = status.partition(" ")
        self.code, self.headers = int(code), headers
        return self.written.append


class _ErrorLog(io.TextIOBase):
    """A file for `wsgi.errors` that writes to the logger."""

    def write(self, text: str) -> int:
        if text.strip():
            _LOG.error("%s", text.rstrip())
        return len(text)


def _request_target(requestline: str) -> str:
    """Return path and query as they were sent.

    The library's own `path` is unusable, because it collapses leading slashes.
    """
    target = requestline.split(" ")[1]
    if target.startswith("/") or target == "*":
        return target
    parts = urlsplit(target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_bodiless(status: int) -> bool:
    return status < 200 or status in (204, 304)


def _close_gracefully(connection: socket.socket) -> None:
    """Close a connection so that a client still sending can read the response."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LINGER_SECONDS)
        while connection.recv(65536):
            pass
    except OSError:
        pass  # the client has disconnected, or sends nothing more
    finally:
        connection.close()


_LOG = logging.getLogger("pypact.server")
_ERROR_LOG = _ErrorLog()
_LINGER_SECONDS = 0.2  # how long the client may send nothing
