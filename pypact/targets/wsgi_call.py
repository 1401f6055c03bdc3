"""What did the application do with `start_response`, `write` and its body?

Source: PEP 3333, "The start_response() Callable", "The write() Callable", "Handling the
Content-Length Header" and "Error Handling".
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, NoReturn

from pypact.errors import ProviderProtocolError
from pypact.targets.answers import Answer
from pypact.targets.http_checks import (
    HEADER_NAME,
    HEADER_VALUE,
    body_warnings,
    has_no_body,
)

__all__ = ["WsgiCall"]


class WsgiCall:
    """One call of an application, from `start_response` to `close`."""

    __slots__ = (
        "_breach",
        "_chunks",
        "_complete",
        "_cut",
        "_end",
        "_handled",
        "_headers",
        "_max_body",
        "_method",
        "_sent",
        "_size",
        "_status",
        "_timeout",
    )

    def __init__(self, method: str, *, max_body: int, timeout: float) -> None:
        self._method = method
        self._max_body = max_body
        self._timeout = timeout
        self._size = 0
        self._end = 0.0  # when its time is over; known from the first piece on
        self._cut: str | None = None
        self._status: str | None = None
        self._headers: list[tuple[str, str]] = []
        self._sent: tuple[tuple[str, str], ...] | None = None
        self._chunks: list[bytes] = []
        self._complete = False
        self._breach: ProviderProtocolError | None = None
        self._handled: BaseException | None = None

    def start_response(
        self,
        status: str,
        headers: list[tuple[str, str]],
        exc_info: tuple[type[BaseException], BaseException, TracebackType]
        | tuple[None, None, None]
        | None = None,
    ) -> Callable[[bytes], None]:
        """What the application calls to begin its answer."""
        if exc_info is not None:
            self._replace(exc_info[1])
        elif self._status is not None:
            self._refuse(
                f"start_response({status!r}, …) was called a second time "
                f"(first with {self._status!r}) without exc_info"
            )
        if type(status) is not str or _STATUS.fullmatch(status) is None:
            self._refuse(
                f"the status {status!r} ({type(status).__name__}) "
                "is not a text like '200 OK'"
            )
        if type(headers) is not list:
            self._refuse(f"the headers {headers!r} are no list")
        self._status = status
        self._headers = headers
        return self.write

    def write(self, chunk: bytes) -> None:
        """Take one piece of the body; the first that is not empty sends the headers.

        Raises: OSError once a bound is passed, as where the client is gone.
        """
        if not self._takes(chunk):
            if self._sent is None:
                self._send_headers()
            raise OSError(f"the client is gone: {self._cut}")

    def receive(self, result: Iterable[bytes]) -> None:
        """Read the body up to its bounds; `close()` is called once, however this ends.

        Only between two pieces can it be seen that a body takes too long.
        """
        try:
            if self._cut is None:
                for chunk in self._pieces(result):
                    if not self._takes(chunk):
                        break
            if self._sent is None:
                self._send_headers()
            self._complete = True
        finally:
            close = getattr(result, "close", None)
            if close is not None:
                close()

    def answer(self, errors: str, exception: BaseException | None) -> Answer:
        """Sum up, with what the application wrote to `wsgi.errors` and raised."""
        if self._cut is not None:
            exception = None  # what comes of being cut says nothing
        found = self._breach or exception or self._handled
        if self._breach is not None or (not self._complete and self._cut is None):
            return Answer(None, "", (), b"", errors, self._begun(), found)
        status = self._status or ""
        code, headers, body = int(status[:3]), self._sent or (), b"".join(self._chunks)
        warnings: tuple[str, ...]
        if self._cut is not None:
            note = f"the answer was cut after {self._cut}; it had {self._size} bytes"
            warnings = (note,)
        else:
            warnings = body_warnings(self._method, code, headers, body)
        if len(status) < 5:
            warnings = (f"the status {status!r} has no reason phrase", *warnings)
        if exception is not None:
            warnings += (f"close() of the body raised {exception!r}",)
        if has_no_body(self._method, code):
            body = b""
        return Answer(code, status[4:], headers, body, errors, warnings, found)

    def _replace(self, raised: BaseException | None) -> None:
        self._handled = raised
        if self._sent is not None and raised is not None:
            raise raised

    def _takes(self, chunk: Any) -> bool:
        """Take a piece, and tell whether another one would be taken."""
        if not isinstance(chunk, bytes):
            self._refuse(
                f"a piece of the body is {chunk!r} ({type(chunk).__name__}), not bytes"
            )
        if chunk:
            if self._sent is None:
                self._send_headers()
            self._chunks.append(chunk)
            self._size += len(chunk)
        now = time.monotonic()
        self._end = self._end or now + self._timeout
        if self._size > self._max_body:
            self._cut = f"{self._max_body} bytes"
        elif now > self._end:
            self._cut = f"{self._timeout:g} s"
        return self._cut is None

    def _pieces(self, result: Any) -> Iterator[bytes]:
        if isinstance(result, (str, bytes)):
            self._refuse(
                f"the application returned {result!r}; wanted an iterable of bytes, "
                f"such as [{result!r}]"
            )
        try:
            pieces: Iterator[bytes] = iter(result)
        except TypeError:
            self._refuse(
                f"the application returned {result!r} ({type(result).__name__}); "
                "wanted an iterable of bytes"
            )
        return pieces

    def _send_headers(self) -> None:
        if self._status is None:
            self._refuse("the application did not call start_response")
        for pair in self._headers:
            if type(pair) is not tuple or len(pair) != 2:
                self._refuse(f"the header {pair!r} is no tuple of name and value")
            name, value = pair
            if type(name) is not str or HEADER_NAME.fullmatch(name) is None:
                self._refuse(f"the header name {name!r} cannot be sent")
            if type(value) is not str:
                self._refuse(
                    f"the header {name} is {value!r} ({type(value).__name__}), not text"
                )
            if HEADER_VALUE.fullmatch(value) is None:
                self._refuse(
                    f"the header {name} is {value!r}: a line break, a control "
                    "character or a character beyond latin-1 cannot be sent"
                )
        self._sent = tuple(self._headers)

    def _refuse(self, problem: str) -> NoReturn:
        # Kept, because an application may catch what is raised here.
        error = ProviderProtocolError(f"the provider broke WSGI: {problem}")
        self._breach = self._breach or error
        raise error

    def _begun(self) -> tuple[str, ...]:
        if self._sent is None:
            return ()
        return (f"the answer had begun: {self._status}, {self._size} bytes of body",)


_STATUS = re.compile(r"[1-9][0-9]{2}( [\t\x20-\x7e\x80-\xff]*)?")
