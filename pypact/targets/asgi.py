"""Send requests to an ASGI application in this process.

After the request body, `receive` blocks until the response is complete: if it reported
a disconnect at once, streaming responses of Starlette would end empty, with status 200.

Source: ASGI 3.0; ASGI HTTP & WebSocket specification 2.5, "HTTP Connection Scope" and
"Request" to "Disconnect".
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from http.client import responses
from typing import Any, TypeAlias
from urllib.parse import unquote

from pypact.errors import InvalidExpectation, ProviderProtocolError
from pypact.model.http import Request, is_token
from pypact.targets.base import (
    HEADER_VALUE,
    AppCall,
    AppTarget,
    ProviderResponse,
    encode_path,
    encode_query,
    get_content_length,
    is_provider_error,
    join_header_values,
    strip_own_frames,
)
from pypact.targets.lifespan import (
    GRACE,
    BoundedTask,
    Lifespan,
    PrivateLoop,
    refuse_running_loop,
)
from pypact.targets.watch import HangWatch

Scope: TypeAlias = dict[str, Any]
"""An ASGI connection scope; a plain dict, as the specification requires."""


def build_base_scope(*, host: str, mount: str, scheme: str = "http") -> Scope:
    """Build the part of the scope that is the same for every request of a target."""
    name, _, port = host.partition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": scheme,
        "root_path": mount.rstrip("/"),
        "client": ("127.0.0.1", 50000),
        "server": (name, int(port or ("443" if scheme == "https" else "80"))),
    }


def build_scope(base: Scope, request: Request, host: str) -> Scope:
    """Build the scope of one request; `host` is used if it has no `Host` header."""
    path = base["root_path"] + encode_path(request)
    return {
        **base,
        "asgi": dict(base["asgi"]),
        "extensions": {},
        "method": request.method,
        "path": unquote(path) if "%" in path else path,
        "raw_path": path.encode("ascii"),
        "query_string": encode_query(request).encode("ascii"),
        "headers": _build_scope_headers(request, host),
    }


def _build_scope_headers(request: Request, host: str) -> list[tuple[bytes, bytes]]:
    lines = [
        (name.lower(), join_header_values(name, values))
        for name, values in request.headers.items()
        if values and name.lower() != "content-length"
    ]
    if "host" not in request.headers:
        lines.insert(0, ("host", host))
    length = get_content_length(request)
    if length is not None:
        lines.append(("content-length", length))
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines]


class AsgiCall(AppCall):
    """One call of an ASGI application: its `receive` and `send`, and its response."""

    interface = "ASGI"

    def __init__(self, method: str, body: bytes, *, max_body: int) -> None:
        super().__init__(method, max_body=max_body)
        self._request_body = body
        self._body_sent = False
        self._is_over = False  # response complete, or call cut off
        self._began = time.monotonic()
        self.duration = 0.0  # until the response was complete, in seconds
        self._waiting: asyncio.Event | None = None

    def cut(self, limit: str) -> None:
        """Cut the response off at `limit`, as if the client had disconnected."""
        self._cut = self._cut or limit
        self._disconnect()

    async def receive(self) -> dict[str, Any]:
        """Return the next event; report a disconnect only after the whole response."""
        if not self._body_sent:
            self._body_sent = True
            body = self._request_body
            return {"type": "http.request", "body": body, "more_body": False}
        if self._is_over:
            # Yield, so that the timeout can fire in an application that keeps polling.
            await asyncio.sleep(0)
        else:
            self._waiting = self._waiting or asyncio.Event()
            await self._waiting.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        """Process one event; raise OSError if the response was cut off."""
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

    def build_response(self, exception: BaseException | None) -> ProviderResponse:
        if self._cut is not None:
            exception = None  # only a consequence of the cut
        if exception is None and not self._complete:
            if self._status is not None and self._cut is None:
                self._violate("the application returned before the end of the body")
            elif self._cut is None:
                self._violate("the application did not send http.response.start")
            elif self._status is None:
                problem = f"the provider sent no response within {self._cut}"
                self._violation = self._violation or ProviderProtocolError(problem)
        code = self._status if isinstance(self._status, int) else None
        response = self._make_response(
            code, responses.get(code or 0, ""), self._violation or exception
        )
        if response.status is not None and self._complete and self._cut is not None:
            note = f"still running after {self._cut}, despite a complete response"
            warnings = (*response.warnings, f"the application was {note}")
            return response._replace(warnings=warnings)
        return response

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
        lines = message.get("headers") or ()
        self._sent_headers = tuple(map(self._decode_header, lines))
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
            self.duration = time.monotonic() - self._began
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
        if not is_token(decoded[0]):
            self._refuse(f"{name!r} is not a valid header name")
        if HEADER_VALUE.fullmatch(decoded[1]) is None:
            self._refuse(
                f"the value {value!r} of the header {decoded[0]} has a line break or "
                "control character"
            )
        return decoded


class AsgiTarget(AppTarget):
    """A target that calls an ASGI application, on a private or the running event loop.

    `lifespan` is "auto", "on" or "off". A response that is not complete after `timeout`
    seconds or `max_body` bytes is cut off there; the part received is compared. An
    application that blocks the event loop for longer is reported on the error stream
    while it runs, and its response is a violation.
    `scope_extra` is added to every scope.

    The event loop is an asyncio one; applications that need trio are not supported.
    `start`, `send` and `run` raise BlockMisuse if a loop is running in this thread.
    """

    is_async = True

    def __init__(
        self,
        app: Any,
        *,
        host: str = "localhost",
        mount: str = "",
        scheme: str = "http",
        lifespan: str = "auto",
        timeout: float = 30.0,
        max_body: int = 16 * 1024 * 1024,
        scope_extra: Mapping[str, Any] | None = None,
    ) -> None:
        if lifespan not in ("auto", "on", "off"):
            raise InvalidExpectation(
                f"lifespan={lifespan!r} is not valid; use one of 'auto', 'on', 'off'"
            )
        super().__init__(app, host=host, mount=mount, scheme=scheme)
        self._base: Scope = {
            **build_base_scope(host=host, mount=mount, scheme=scheme),
            **(scope_extra or {}),
        }
        self._mode = lifespan
        self._timeout = timeout
        self._max_body = max_body
        self._loop = PrivateLoop()
        # An application that awaits is cut off earlier; this is for one that blocks.
        self._watch = HangWatch(timeout + 3 * GRACE)
        self._lifespans: dict[asyncio.AbstractEventLoop, Lifespan] = {}

    def has_started(self) -> bool:
        loop = asyncio._get_running_loop() or self._loop.loop  # noqa: SLF001 -- exported by asyncio
        lifespan = None if loop is None else self._lifespans.get(loop)
        return lifespan is not None and lifespan.failure is None

    def start(self) -> BaseException | None:
        refuse_running_loop()
        lifespan = self._lifespans.get(self._open_loop())
        return lifespan.failure if lifespan else self.run(self.astart())

    async def astart(self) -> BaseException | None:
        return (await self._start_lifespan(asyncio.get_running_loop())).failure

    @property
    def remark(self) -> str:
        return next((found.remark for found in self._lifespans.values()), "")

    def send(self, request: Request) -> ProviderResponse:
        refuse_running_loop()
        loop = self._loop.loop or self._open_loop()
        lifespan = self._lifespans.get(loop) or self._loop.run(
            self._start_lifespan(loop)
        )
        if lifespan.failure is not None:
            return ProviderResponse(None, exception=lifespan.failure)
        call, bounded = self._begin_call(request, lifespan, loop, loop.stop)
        self._watch.begin(f"{request.method} {request.path}")
        try:
            while not bounded.is_over:
                # A SystemExit in a task that the application created stops the loop.
                # The application receives it too if it awaits the task.
                with contextlib.suppress(SystemExit):
                    loop.run_forever()
        finally:
            raised = bounded.finish()
            self._watch.end()
        if call.duration > self._timeout + GRACE:
            call.note_delay(call.duration, self._timeout)
        return call.build_response(raised)

    def run(self, awaitable: Awaitable[Any]) -> Any:
        refuse_running_loop(awaitable)
        self._open_loop()
        return self._loop.run(awaitable)

    async def asend(self, request: Request) -> ProviderResponse:
        loop = asyncio.get_running_loop()
        lifespan = self._lifespans.get(loop) or await self._start_lifespan(loop)
        if lifespan.failure is not None:
            return ProviderResponse(None, exception=lifespan.failure)
        # The task itself is not awaited, so that an application that cancels itself
        # can be distinguished from a caller that is cancelled.
        over = asyncio.Event()
        call, bounded = self._begin_call(request, lifespan, loop, over.set)
        try:
            await over.wait()
        finally:
            raised = bounded.finish()
            if not bounded.task.done():
                await asyncio.wait({bounded.task}, timeout=GRACE)
        return call.build_response(raised)

    def close(self) -> None:
        self._watch.close()
        if self._loop.loop is not None:
            atexit.unregister(self.close)
            try:
                self._loop.run(self.aclose())
            finally:
                self._loop.close()

    async def aclose(self) -> None:
        lifespan = self._lifespans.pop(asyncio.get_running_loop(), None)
        if lifespan is not None:
            await lifespan.stop()

    async def _start_lifespan(self, loop: asyncio.AbstractEventLoop) -> Lifespan:
        lifespan = self._lifespans.get(loop)
        if lifespan is None:
            timeout = max(self._timeout, _MIN_LIFESPAN_TIMEOUT)
            lifespan = Lifespan(self.app, mode=self._mode, timeout=timeout)
            self._lifespans[loop] = lifespan
            await lifespan.start()
        return lifespan

    def _open_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop.loop is None:
            atexit.register(self.close)
        return self._loop.get()

    def _begin_call(
        self,
        request: Request,
        lifespan: Lifespan,
        loop: asyncio.AbstractEventLoop,
        on_end: Callable[[], object],
    ) -> tuple[AsgiCall, BoundedTask]:
        scope = build_scope(self._base, request, self.host)
        # A copy per request, so that changes by one request do not reach the next.
        scope["state"] = {**lifespan.state, **self._base.get("state", {})}
        call = AsgiCall(request.method, request.body.content, max_body=self._max_body)
        run = self._call_app(scope, call, lifespan)
        return call, BoundedTask(run, loop, self._timeout, cut=call.cut, on_end=on_end)

    async def _call_app(
        self, scope: Scope, call: AsgiCall, lifespan: Lifespan
    ) -> BaseException | None:
        lifespan.restore_variables()
        try:
            await self.app(scope, call.receive, call.send)
        except BaseException as raised:
            if not is_provider_error(raised):
                raise
            return strip_own_frames(raised)
        return None


_MIN_LIFESPAN_TIMEOUT = 60.0
