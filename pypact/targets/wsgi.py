"""Send requests to a WSGI application in this process.

There is no server, thread, cookie jar or redirect handling in between.

Source: PEP 3333: "environ Variables", "Unicode Issues" (strings contain bytes as
latin-1), "The start_response() Callable", "The write() Callable", "Handling the
Content-Length Header" and "Error Handling".
"""

from __future__ import annotations

import functools
import io
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import unquote
from wsgiref.validate import validator

from pypact._lazy import compile_later
from pypact.errors import ProviderProtocolError
from pypact.model.http import NO_QUERY, Request, is_token
from pypact.targets.base import (
    HEADER_VALUE,
    AppCall,
    AppTarget,
    ProviderResponse,
    describe_exception,
    encode_path,
    encode_query,
    get_content_length,
    get_module_name,
    is_provider_error,
    join_header_values,
    strip_own_frames,
)
from pypact.targets.watch import HangWatch

Environ: TypeAlias = dict[str, Any]
"""A WSGI environ; a plain dict, as PEP 3333 requires."""


def build_base_environ(*, host: str, mount: str, scheme: str = "http") -> Environ:
    """Build the part of the environ that is the same for every request of a target."""
    name, _, port = host.partition(":")
    return {
        "SCRIPT_NAME": mount.rstrip("/"),
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def build_environ(base: Environ, request: Request, errors: io.StringIO) -> Environ:
    """Build the environ of one request; `errors` becomes its error stream."""
    environ = base.copy()
    path = encode_path(request)
    query = encode_query(request) if request.query is not NO_QUERY else ""
    environ["REQUEST_METHOD"] = request.method
    environ["PATH_INFO"] = unquote(path, "latin-1") if "%" in path else path
    environ["QUERY_STRING"] = query
    # Not in PEP 3333, but set by servers: the only variables that keep %2F.
    target = base["SCRIPT_NAME"] + path + (f"?{query}" if query else "")
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    for name, values in request.headers.items():
        if values:
            environ[_get_environ_key(name)] = join_header_values(name, values)
    environ["wsgi.input"] = io.BytesIO(request.body.content)
    environ["wsgi.errors"] = errors
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["wsgi.input_terminated"] = True
    environ.pop("CONTENT_LENGTH", None)
    if (length := get_content_length(request)) is not None:
        environ["CONTENT_LENGTH"] = length
    return environ


@functools.lru_cache(maxsize=512)
def _get_environ_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


class WsgiCall(AppCall):
    """One call of a WSGI application, from `start_response` to `close` of its body."""

    interface = "WSGI"

    def __init__(self, method: str, *, max_body: int, timeout: float) -> None:
        super().__init__(method, max_body=max_body)
        self._timeout = timeout
        self._deadline = self._last = 0.0  # set at the first chunk
        self._has_hung = False  # between two chunks
        self._headers: list[tuple[str, str]] = []
        self._handled_exception: BaseException | None = None

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None]
        | None = None,
    ) -> Callable[[bytes], None]:
        """Begin the response, as the `start_response` callable of the application."""
        if exc_info is not None:
            self._handled_exception = exc_info[1]
            if self._sent_headers is not None and exc_info[1] is not None:
                raise exc_info[1]
        elif self._status is not None:
            self._refuse(
                f"start_response({status!r}, …) was called a second time "
                f"(first with {self._status!r}) without exc_info"
            )
        if type(status) is not str or _STATUS_LINE.fullmatch(status) is None:
            self._refuse(
                "expected a status like '200 OK', "
                f"got {status!r} ({type(status).__name__})"
            )
        if type(headers) is not list:
            self._refuse(f"expected a list of headers, got {headers!r}")
        self._status = status
        self._headers = headers
        return self.write

    def write(self, chunk: bytes) -> None:
        """Add one chunk to the body; the first that is not empty sends the headers.

        Raise OSError when a limit is exceeded, as if the client had disconnected.
        """
        if not self._add_chunk(chunk):
            if self._sent_headers is None:
                self._send_headers()
            raise OSError(f"the client has disconnected: {self._cut}")

    def receive(self, result: Iterable[bytes]) -> None:
        """Read the body up to its limits, and in any case call `close()` once."""
        try:
            if self._cut is None:
                # A list is what most frameworks return for a small body.
                pieces = result if type(result) is list else self._iterate_body(result)
                for chunk in pieces:
                    if not self._add_chunk(chunk):
                        break
            if self._sent_headers is None:
                self._send_headers()
            self._complete = self._cut is None
        finally:
            if (close := getattr(result, "close", None)) is not None:
                close()

    def note_delay(self, duration: float, limit: float) -> None:
        """Note a delay, unless it is that of a stream which was cut off."""
        if self._cut is None or self._has_hung:
            super().note_delay(duration, limit)

    def build_response(
        self, errors: str, exception: BaseException | None
    ) -> ProviderResponse:
        """Return the response; `errors` is what was written to `wsgi.errors`."""
        if self._cut is not None:
            exception = None  # only a consequence of the cut
        status = str(self._status or "")
        response = self._make_response(
            int(status[:3]) if status else None,
            status[4:],
            self._violation or exception or self._handled_exception,
            errors,
        )
        warnings = response.warnings
        if response.status is None:
            return response
        if len(status) < 5:
            warnings = (f"the status {status!r} has no reason phrase", *warnings)
        if exception is not None:
            warnings += (f"close() of the body raised {describe_exception(exception)}",)
        if warnings is response.warnings:
            return response
        return response._replace(warnings=warnings)

    def _add_chunk(self, chunk: Any) -> bool:
        """Add a chunk to the body; return whether another one would be accepted."""
        if not isinstance(chunk, bytes):
            self._refuse(
                f"expected bytes as body chunk, got {chunk!r} ({type(chunk).__name__})"
            )
        if chunk:
            if self._sent_headers is None:
                self._send_headers()
            self._chunks.append(chunk)
            self._size += len(chunk)
        now = time.monotonic()
        self._deadline = self._deadline or now + self._timeout
        if now - (self._last or now) > max(self._timeout, _SHORTEST_HANG):
            self._has_hung = True
        self._last = now
        if self._size > self._max_body:
            self._cut = f"{self._max_body} bytes"
        elif now > self._deadline:
            self._cut = f"{self._timeout:g} s"
        return self._cut is None

    def _iterate_body(self, result: Any) -> Iterator[bytes]:
        expected = "expected an iterable of bytes from the application, "
        if isinstance(result, (str, bytes)):
            self._refuse(f"{expected}such as [{result!r}], got {result!r}")
        try:
            pieces: Iterator[bytes] = iter(result)
        except TypeError:
            self._refuse(f"{expected}got {result!r} ({type(result).__name__})")
        return pieces

    def _send_headers(self) -> None:
        if self._status is None:
            self._refuse("the application did not call start_response")
        for pair in self._headers:
            if type(pair) is not tuple or len(pair) != 2:
                self._refuse(f"the header {pair!r} is not a tuple of name and value")
            name, value = pair
            if type(name) is not str or not is_token(name):
                self._refuse(f"{name!r} is not a valid header name")
            if type(value) is not str:
                self._refuse(
                    f"expected a string as value of the header {name}, "
                    f"got {value!r} ({type(value).__name__})"
                )
            if HEADER_VALUE.fullmatch(value) is None:
                self._refuse(
                    f"the value {value!r} of the header {name} has a line break, "
                    "control character or character beyond latin-1"
                )
        self._sent_headers = tuple(self._headers)


_SHORTEST_HANG = 1.0  # seconds between two chunks; less can be a busy machine
_STATUS_LINE = compile_later(r"[1-9][0-9]{2}( [\t\x20-\x7e\x80-\xff]*)?")


class WsgiTarget(AppTarget):
    """A target that calls a WSGI application in the caller's thread.

    `strict` adds the checks of `wsgiref.validate`, which also reject some responses
    that servers accept, such as a 204 with a Content-Type. `environ_extra` is added to
    every environ. A body is cut off after `max_body` bytes, or `timeout` seconds after
    its first chunk. An application that takes longer than that for a chunk, or for all
    of a body that is not cut off, is reported on the error stream while it runs, and
    its response is a violation.
    """

    def __init__(
        self,
        app: Any,
        *,
        host: str = "localhost",
        mount: str = "",
        scheme: str = "http",
        strict: bool = False,
        environ_extra: Mapping[str, Any] | None = None,
        max_body: int = 16 * 1024 * 1024,
        timeout: float = 30.0,
    ) -> None:
        super().__init__(app, host=host, mount=mount, scheme=scheme)
        self._max_body = max_body
        self._timeout = timeout
        self._watch = HangWatch(timeout)
        self._wrapped_app = validator(app) if strict else app
        self._base: Environ = {
            **build_base_environ(host=host, mount=mount, scheme=scheme),
            # Plain strings only: `secret` returns a subclass of str.
            **{
                key: str(value) if isinstance(value, str) else value
                for key, value in (environ_extra or {}).items()
            },
        }

    def send(self, request: Request) -> ProviderResponse:
        errors = io.StringIO()
        environ = build_environ(self._base, request, errors)
        call = WsgiCall(request.method, max_body=self._max_body, timeout=self._timeout)
        exception: BaseException | None = None
        self._watch.begin(f"{request.method} {request.path}")
        try:
            call.receive(self._wrapped_app(environ, call.start_response))
        except BaseException as raised:
            if not is_provider_error(raised):
                raise
            exception = _convert_validator_error(strip_own_frames(raised))
        finally:
            duration = self._watch.end()
        if duration > self._timeout:
            call.note_delay(duration, self._timeout)
        return call.build_response(errors.getvalue(), exception)

    def close(self) -> None:
        self._watch.close()
        super().close()


def _convert_validator_error(raised: BaseException) -> BaseException:
    """Turn an AssertionError of `wsgiref.validate` into a ProviderProtocolError."""
    if not isinstance(raised, AssertionError):
        return raised
    last = raised.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or get_module_name(last) != "wsgiref.validate":
        return raised
    error = ProviderProtocolError(f"wsgiref.validate: {raised}")
    error.__cause__ = raised
    return error
