"""How does a WSGI app answer on a port?

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
"""An application of PEP 3333."""

HEADER_LINES = "pypact.header_lines"
"""Where an environ has the header lines as they were sent, in their order."""


class HttpServer:
    """Serves an app from the moment when it is made until `close`.

    Raises: ServerError, when the port cannot be had.
    """

    def __init__(self, app: WsgiApp, host: str, port: int, *, is_daemon: bool) -> None:
        self.app = app
        self._listening = listen(host, port)
        self.host = host
        self.port: int = self._listening[0].getsockname()[1]
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
        """Where a client on this machine finds the server."""
        return url_of(self.host, self.port)

    def close(self, patience: float = 5.0) -> None:
        """Stop: requests that are being answered have `patience` seconds to end."""
        with self._lock:
            if self.is_closing:
                return
            self.is_closing = True
        self._wake.send(b"x")
        self._acceptor.join()
        for one in (*self._listening, self._wake, self._woken):
            one.close()
        self._hang_up(idle_only=True)
        deadline = time.monotonic() + patience
        self._join(deadline)
        self._hang_up(idle_only=False)
        self._join(deadline + 1)

    def attach(self, connection: socket.socket, handler: _Connection) -> None:
        """Know who speaks on a connection."""
        with self._lock:
            self._connections[connection] = handler

    def _accept(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (*self._listening, self._woken):
                selector.register(one, selectors.EVENT_READ)
            while not self.is_closing:
                for key, _ in selector.select():
                    if key.fileobj is not self._woken:
                        self._begin(key.fileobj)  # type: ignore[arg-type]  # a socket

    def _begin(self, listening: socket.socket) -> None:
        try:
            connection, address = listening.accept()
        except OSError:
            return  # the client has gone already
        connection.setblocking(True)
        thread = threading.Thread(
            target=self._speak, args=(connection, address), daemon=self._is_daemon
        )
        with self._lock:
            self._connections[connection] = None
            self._threads.add(thread)
        thread.start()

    def _speak(self, connection: socket.socket, address: object) -> None:
        try:
            _Connection(connection, address, self)  # type: ignore[arg-type]  # it asks only what we have
        except (OSError, ValueError) as error:
            _LOG.debug("%s hung up: %r", address, error)
        finally:
            _bid_farewell(connection)
            with self._lock:
                self._connections.pop(connection, None)
                self._threads.discard(threading.current_thread())

    def _hang_up(self, *, idle_only: bool) -> None:
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
                continue  # the client was faster

    def _join(self, deadline: float) -> None:
        with self._lock:
            threads = list(self._threads)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))


class _Connection(BaseHTTPRequestHandler):
    """One connection, and the requests on it one after the other."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: HttpServer  # type: ignore[assignment]  # the library has its own in mind
    headers: HTTPMessage

    def setup(self) -> None:
        """Make ready; called by the library."""
        super().setup()
        self.is_busy = False
        self.server.attach(self.connection, self)

    def parse_request(self) -> bool:
        """Read the headers; the request line has come, so this counts as busy."""
        self.is_busy = True
        return super().parse_request()

    def handle_one_request(self) -> None:
        """Read and answer one request."""
        super().handle_one_request()
        self.is_busy = False
        if self.server.is_closing:
            self.close_connection = True

    def __getattr__(self, name: str) -> Callable[[], None]:
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Tell the log what the library wants to be known."""
        _LOG.debug(format, *args)

    def _answer(self) -> None:
        try:
            body = read_body(self.headers, self.rfile)
        except BadBody as error:
            self.close_connection = True
            self.send_error(error.status, explain=str(error))
            return
        answer = _Answer()
        result = self.server.app(self._environ(body), answer.start)
        try:
            content = b"".join((*answer.written, *result))
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()
        self._send(answer, content)

    def _send(self, answer: _Answer, content: bytes) -> None:
        names = {name.lower() for name, _ in answer.headers}
        self.send_response_only(answer.code, answer.reason)
        for name, value in answer.headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", formatdate(usegmt=True))
        has_body = self.command != "HEAD" and not _is_bodiless(answer.code)
        if not _is_bodiless(answer.code) and "content-length" not in names:
            self.send_header("Content-Length", str(len(content)))
        if self.server.is_closing or self.close_connection:
            self.close_connection = True
            if "connection" not in names:
                self.send_header("Connection", "close")
        self.end_headers()
        if has_body:
            self.wfile.write(content)

    def _environ(self, body: bytes | None) -> dict[str, Any]:
        target = _target(self.requestline)
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
            "wsgi.errors": _ERRORS,
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


class _Answer:
    """What the app said by `start_response`."""

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


class _Errors(io.TextIOBase):
    def write(self, text: str) -> int:
        if text.strip():
            _LOG.error("%s", text.rstrip())
        return len(text)


def _target(requestline: str) -> str:
    """Path and query as they were sent; the library shortens slashes."""
    target = requestline.split(" ")[1]
    if target.startswith("/") or target == "*":
        return target
    parts = urlsplit(target)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _is_bodiless(status: int) -> bool:
    return status < 200 or status in (204, 304)


def _bid_farewell(connection: socket.socket) -> None:
    """Close so that a client which is still sending can read what was answered."""
    try:
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(_LINGER)
        while connection.recv(65536):
            pass
    except OSError:
        pass  # it has gone, or says nothing more
    finally:
        connection.close()


_LOG = logging.getLogger("pypact.server")
_ERRORS = _Errors()
_LINGER = 0.2  # seconds without a byte
