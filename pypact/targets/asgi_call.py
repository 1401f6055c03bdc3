"""What did the application do with `receive` and `send`?

Source: ASGI HTTP & WebSocket specification 2.5, "Request" to "Disconnect". `receive`
blocks after the body until the answer is complete: told at once that the client is
gone, streaming responses of Starlette end empty, with a status of 200.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http.client import responses
from typing import Any, NoReturn

from pypact.errors import ProviderProtocolError
from pypact.targets.answers import Answer
from pypact.targets.http_checks import (
    HEADER_NAME,
    HEADER_VALUE,
    body_warnings,
    has_no_body,
)

__all__ = ["AsgiCall"]


class AsgiCall:
    """One call of an ASGI application: its `receive` and `send`, and its response.

    A response body is cut off after `max_body` bytes.
    """

    __slots__ = (
        "_body_sent",
        "_chunks",
        "_complete",
        "_cut",
        "_headers",
        "_is_over",
        "_max_body",
        "_method",
        "_request_body",
        "_size",
        "_status",
        "_violation",
        "_waiting",
    )

    def __init__(self, method: str, body: bytes, *, max_body: int) -> None:
        self._method = method
        self._request_body = body
        self._max_body = max_body
        self._body_sent = False
        self._is_over = False  # response complete, or call cut off
        self._waiting: asyncio.Event | None = None
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._complete = False
        self._cut: str | None = None
        self._violation: ProviderProtocolError | None = None

    @property
    def is_cut(self) -> bool:
        return self._cut is not None

    def cut(self, limit: str) -> None:
        """Cut the response off, as if the client had closed its connection.

        `limit` is the limit that was exceeded, such as "30 s".
        """
        self._cut = self._cut or limit
        self._disconnect()

    async def receive(self) -> dict[str, Any]:
        """Return the next event, as the `receive` callable of the application.

        Waits until the response is complete before it reports a disconnect.
        """
        if not self._body_sent:
            self._body_sent = True
            return {
                "type": "http.request",
                "body": self._request_body,
                "more_body": False,
            }
        if self._is_over:
            # Yield, so that the timeout can fire in an application that keeps polling.
            await asyncio.sleep(0)
        else:
            self._waiting = self._waiting or asyncio.Event()
            await self._waiting.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Process one event, as the `send` callable of the application.

        Raises: OSError if the response was cut off, ProviderProtocolError if the event
        violates ASGI.
        """
        if self._cut is not None:
            await asyncio.sleep(0)  # as in `receive`
            # Version 2.4 requires an OSError of servers after a disconnect.
            raise OSError(f"the client has disconnected: {self._cut}")
        kind = message.get("type") if isinstance(message, Mapping) else None
        if kind == "http.response.start":
            self._take_start(message)
        elif kind == "http.response.body":
            await self._take_body(message)
        else:
            self._refuse(f"the message {message!r} is not a known event")

    def build_response(self, exception: BaseException | None) -> Answer:
        """Return the response; `exception` is what the application raised."""
        if self._cut is not None:
            exception = None  # only a consequence of the cut
        if self._violation is None and exception is None and not self._complete:
            self._record_incomplete()
        found: BaseException | None = self._violation or exception
        code, headers = self._status, self._headers
        if self._violation is not None or code is None:
            return Answer(None, exception=found, warnings=self._progress_note())
        body = b"".join(self._chunks)
        if self._complete:
            warnings = body_warnings(self._method, code, headers, body)
            if self._cut is not None:
                note = f"still running after {self._cut}, despite a complete response"
                warnings += (f"the application was {note}",)
        elif self._cut is not None:
            note = (
                f"the response was cut off after {self._cut}; it had {self._size} bytes"
            )
            warnings = (note,)
        else:
            return Answer(None, exception=found, warnings=self._progress_note())
        if has_no_body(self._method, code):
            body = b""
        return Answer(code, responses.get(code, ""), headers, body, "", warnings, found)

    def _take_start(self, message: Mapping[str, Any]) -> None:
        if self._status is not None:
            self._refuse("http.response.start was sent a second time")
        status = message.get("status")
        if type(status) is bool or not isinstance(status, int):
            self._refuse(
                f"expected an int as status, got {status!r} ({type(status).__name__})"
            )
        if not 100 <= status <= 999:
            self._refuse(f"the status {status!r} does not have three digits")
        self._headers = tuple(map(self._decode_header, message.get("headers") or ()))
        self._status = int(status)

    async def _take_body(self, message: Mapping[str, Any]) -> None:
        if self._status is None:
            self._refuse("http.response.body was sent before http.response.start")
        if self._complete:
            self._refuse("http.response.body was sent after the end of the body")
        chunk = message.get("body", b"")
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            self._refuse(
                f"expected bytes as body chunk, got {chunk!r} ({type(chunk).__name__})"
            )
        data = bytes(chunk)
        self._chunks.append(data)
        self._size += len(data)
        if not message.get("more_body", False):
            self._complete = True
            self._disconnect()
            return
        if self._size > self._max_body:
            self.cut(f"{self._max_body} bytes")
            raise OSError(f"the client has disconnected: {self._cut}")
        # Yield, so that the timeout can fire in an application that never waits.
        await asyncio.sleep(0)

    def _disconnect(self) -> None:
        self._is_over = True
        if self._waiting is not None:
            self._waiting.set()

    def _decode_header(self, pair: Any) -> tuple[str, str]:
        try:
            name, value = pair
        except (TypeError, ValueError):
            self._refuse(f"the header {pair!r} is not a pair of name and value")
        if not isinstance(name, bytes) or not isinstance(value, bytes):
            self._refuse(f"name and value of the header {pair!r} must be bytes")
        decoded = name.decode("latin-1"), value.decode("latin-1")
        if HEADER_NAME.fullmatch(decoded[0]) is None:
            self._refuse(f"{name!r} is not a valid header name")
        if HEADER_VALUE.fullmatch(decoded[1]) is None:
            self._refuse(
                f"the value {value!r} of the header {decoded[0]} has a line break or "
                "control character"
            )
        return decoded

    def _record_incomplete(self) -> None:
        if self._status is None:
            if self._cut is not None:
                self._violation = ProviderProtocolError(
                    f"the provider sent no response within {self._cut}"
                )
                return
            problem = "the application did not send http.response.start"
        elif self._cut is None:
            problem = "the application returned before the end of the body"
        else:
            return
        self._violation = ProviderProtocolError(
            f"the provider violated ASGI: {problem}"
        )

    def _progress_note(self) -> tuple[str, ...]:
        if self._status is None:
            return ()
        return (f"the response had begun: {self._status}, {self._size} bytes of body",)

    def _refuse(self, problem: str) -> NoReturn:
        # Kept as well, because the application may swallow the exception.
        error = ProviderProtocolError(f"the provider violated ASGI: {problem}")
        self._violation = self._violation or error
        raise error
