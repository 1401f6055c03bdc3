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
    """One request and its answer, up to `max_body` bytes of it."""

    __slots__ = (
        "_body_sent",
        "_breach",
        "_chunks",
        "_complete",
        "_cut",
        "_headers",
        "_is_gone",
        "_max_body",
        "_method",
        "_request_body",
        "_size",
        "_status",
        "_waiting",
    )

    def __init__(self, method: str, body: bytes, *, max_body: int) -> None:
        self._method = method
        self._request_body = body
        self._max_body = max_body
        self._body_sent = False
        self._is_gone = False  # the answer is complete, or nobody waits for it
        self._waiting: asyncio.Event | None = None
        self._status: int | None = None
        self._headers: tuple[tuple[str, str], ...] = ()
        self._chunks: list[bytes] = []
        self._size = 0
        self._complete = False
        self._cut: str | None = None
        self._breach: ProviderProtocolError | None = None

    @property
    def is_cut(self) -> bool:
        return self._cut is not None

    def cut(self, why: str) -> None:
        """Be gone, as a client that closes its connection."""
        self._cut = self._cut or why
        self._go()

    async def receive(self) -> dict[str, Any]:
        """What the application awaits for the next event."""
        if not self._body_sent:
            self._body_sent = True
            return {
                "type": "http.request",
                "body": self._request_body,
                "more_body": False,
            }
        if self._is_gone:
            # Lets the bound of time come to its turn in an application that asks on.
            await asyncio.sleep(0)
        else:
            self._waiting = self._waiting or asyncio.Event()
            await self._waiting.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """What the application awaits to send one event."""
        if self._cut is not None:
            await asyncio.sleep(0)  # as in `receive`
            # What 2.4 wants of a server whose client is gone.
            raise OSError(f"the client is gone: {self._cut}")
        kind = message.get("type") if isinstance(message, Mapping) else None
        if kind == "http.response.start":
            self._start(message)
        elif kind == "http.response.body":
            await self._take(message)
        else:
            self._refuse(f"the message {message!r} is not known")

    def answer(self, exception: BaseException | None) -> Answer:
        """Sum up, with what the application raised."""
        if self._cut is not None:
            exception = None  # what comes of being cut says nothing
        if self._breach is None and exception is None and not self._complete:
            self._miss()
        found: BaseException | None = self._breach or exception
        code, headers = self._status, self._headers
        if self._breach is not None or code is None:
            return Answer(None, exception=found, warnings=self._begun())
        body = b"".join(self._chunks)
        if self._complete:
            warnings = body_warnings(self._method, code, headers, body)
            if self._cut is not None:
                warnings += (f"the application went on after its answer: {self._cut}",)
        elif self._cut is not None:
            note = f"the answer was cut after {self._cut}; it had {self._size} bytes"
            warnings = (note,)
        else:
            return Answer(None, exception=found, warnings=self._begun())
        if has_no_body(self._method, code):
            body = b""
        return Answer(code, responses.get(code, ""), headers, body, "", warnings, found)

    def _start(self, message: Mapping[str, Any]) -> None:
        if self._status is not None:
            self._refuse("http.response.start was sent a second time")
        status = message.get("status")
        if type(status) is bool or not isinstance(status, int):
            self._refuse(f"the status {status!r} ({type(status).__name__}) is no int")
        if not 100 <= status <= 999:
            self._refuse(f"the status {status!r} has not three digits")
        self._headers = tuple(map(self._pair, message.get("headers") or ()))
        self._status = int(status)

    async def _take(self, message: Mapping[str, Any]) -> None:
        if self._status is None:
            self._refuse("http.response.body was sent before http.response.start")
        if self._complete:
            self._refuse("http.response.body was sent after the end of the body")
        chunk = message.get("body", b"")
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            self._refuse(
                f"a piece of the body is {chunk!r} ({type(chunk).__name__}), not bytes"
            )
        piece = bytes(chunk)
        self._chunks.append(piece)
        self._size += len(piece)
        if not message.get("more_body", False):
            self._complete = True
            self._go()
            return
        if self._size > self._max_body:
            self.cut(f"{self._max_body} bytes")
            raise OSError("the client is gone: it takes no more")
        # Lets the bound of time come to its turn in an application that never waits.
        await asyncio.sleep(0)

    def _go(self) -> None:
        self._is_gone = True
        if self._waiting is not None:
            self._waiting.set()

    def _pair(self, pair: Any) -> tuple[str, str]:
        try:
            name, value = pair
        except (TypeError, ValueError):
            self._refuse(f"the header {pair!r} is no pair of name and value")
        if not isinstance(name, bytes) or not isinstance(value, bytes):
            self._refuse(f"the header {pair!r} is not of bytes")
        texts = name.decode("latin-1"), value.decode("latin-1")
        if HEADER_NAME.fullmatch(texts[0]) is None:
            self._refuse(f"the header name {name!r} cannot be sent")
        if HEADER_VALUE.fullmatch(texts[1]) is None:
            self._refuse(
                f"the header {texts[0]} is {value!r}: a line break or a control "
                "character cannot be sent"
            )
        return texts

    def _miss(self) -> None:
        if self._status is None:
            if self._cut is not None:
                self._breach = ProviderProtocolError(
                    f"the provider gave no answer within {self._cut}"
                )
                return
            problem = "the application did not send http.response.start"
        elif self._cut is None:
            problem = "the application returned before the end of the body"
        else:
            return
        self._breach = ProviderProtocolError(f"the provider broke ASGI: {problem}")

    def _begun(self) -> tuple[str, ...]:
        if self._status is None:
            return ()
        return (f"the answer had begun: {self._status}, {self._size} bytes of body",)

    def _refuse(self, problem: str) -> NoReturn:
        # Kept, because an application may catch what is raised here.
        error = ProviderProtocolError(f"the provider broke ASGI: {problem}")
        self._breach = self._breach or error
        raise error
