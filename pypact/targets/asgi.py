"""What does an ASGI application answer to a request?

Source: ASGI 3.0. The application lives in one event loop, with its lifespan, from the
first request to `close`. Nothing stands between, as with WSGI.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from pypact.errors import InvalidExpectation
from pypact.model.http import Request
from pypact.targets.answers import Answer
from pypact.targets.asgi_call import AsgiCall
from pypact.targets.asgi_scope import Scope, base_scope, scope_for
from pypact.targets.bounded import GRACE, BoundedTask
from pypact.targets.lifespan import Lifespan
from pypact.targets.loops import PrivateLoop, refuse_running_loop
from pypact.targets.own_frames import is_the_providers, without_own_frames

__all__ = ["AsgiTarget"]


class AsgiTarget:
    """A target that calls an ASGI application, on a private or the running event loop.

    `host`, `mount` and `scheme` are as for `WsgiTarget`. `lifespan` is "auto", "on" or
    "off". A response that is not complete after `timeout` seconds or `max_body` bytes
    is cut off there; the part received is compared. `scope_extra` is added to every
    scope.

    The event loop is an asyncio one; applications that need trio are not supported.
    """

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
        if lifespan not in _LIFESPAN_MODES:
            known = ", ".join(map(repr, _LIFESPAN_MODES))
            raise InvalidExpectation(
                f"lifespan={lifespan!r} is not valid; use one of {known}"
            )
        self.app = app
        self.host = host
        self.prefix = mount.rstrip("/")
        # Shown in curl commands; only needed if the mount is part of the URL.
        self.base_url = f"{scheme}://{host}{self.prefix}" if self.prefix else ""
        self._base: Scope = {
            **base_scope(host=host, mount=mount, scheme=scheme),
            **(scope_extra or {}),
        }
        self._mode = lifespan
        self._timeout = timeout
        self._max_body = max_body
        self._loop = PrivateLoop()
        self._lifespans: dict[asyncio.AbstractEventLoop, Lifespan] = {}

    def start(self) -> BaseException | None:
        """Start the application unless it is running; return the error if that fails.

        Raises: BlockMisuse if an event loop is running in this thread.
        """
        refuse_running_loop()
        lifespan = self._lifespans.get(self._open_loop())
        return lifespan.failure if lifespan else self.run(self.astart())

    async def astart(self) -> BaseException | None:
        """Start the application in the running event loop, like `start`."""
        return (await self._start_lifespan(asyncio.get_running_loop())).failure

    @property
    def remark(self) -> str:
        """A note about how the application was started, or an empty string."""
        return next((one.remark for one in self._lifespans.values()), "")

    def send(self, request: Request) -> Answer:
        """Send one request to the application and return its response.

        Raises: BlockMisuse if an event loop is running in this thread.
        """
        refuse_running_loop()
        loop = self._open_loop()
        lifespan = self._lifespans.get(loop) or self._loop.run(
            self._start_lifespan(loop)
        )
        if lifespan.failure is not None:
            return Answer(None, exception=lifespan.failure)
        call, bounded = self._begin_call(request, lifespan, loop, loop.stop)
        try:
            while not bounded.is_over:
                # A SystemExit in a task that the application created stops the loop.
                # The application receives it too if it awaits the task.
                with contextlib.suppress(SystemExit):
                    loop.run_forever()
        finally:
            raised = bounded.finish()
        return call.build_response(raised)

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run `awaitable` on the application's event loop and return its result.

        Raises: BlockMisuse if an event loop is running in this thread.
        """
        refuse_running_loop(awaitable)
        self._open_loop()
        return self._loop.run(awaitable)

    async def asend(self, request: Request) -> Answer:
        """Send one request in the running event loop and return the response."""
        loop = asyncio.get_running_loop()
        lifespan = self._lifespans.get(loop) or await self._start_lifespan(loop)
        if lifespan.failure is not None:
            return Answer(None, exception=lifespan.failure)
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
        """Stop the application and cancel the tasks that it left running."""
        if self._loop.is_open:
            atexit.unregister(self.close)
            try:
                self._loop.run(self.aclose())
            finally:
                self._loop.close()

    async def aclose(self) -> None:
        """Stop the application in the running event loop."""
        lifespan = self._lifespans.pop(asyncio.get_running_loop(), None)
        if lifespan is not None:
            await lifespan.stop()

    async def _start_lifespan(self, loop: asyncio.AbstractEventLoop) -> Lifespan:
        lifespan = self._lifespans.get(loop)
        if lifespan is None:
            lifespan = Lifespan(
                self.app,
                mode=self._mode,
                timeout=max(self._timeout, _MIN_LIFESPAN_TIMEOUT),
            )
            self._lifespans[loop] = lifespan
            await lifespan.start()
        return lifespan

    def _open_loop(self) -> asyncio.AbstractEventLoop:
        if not self._loop.is_open:
            atexit.register(self.close)
        return self._loop.get()

    def _begin_call(
        self,
        request: Request,
        lifespan: Lifespan,
        loop: asyncio.AbstractEventLoop,
        on_end: Callable[[], object],
    ) -> tuple[AsgiCall, BoundedTask]:
        scope = scope_for(self._base, request, self.host)
        # A copy per request, so that changes by one request do not reach the next.
        scope["state"] = {**lifespan.state, **self._base.get("state", {})}
        call = AsgiCall(request.method, request.body.content, max_body=self._max_body)
        coroutine = self._call_app(scope, call, lifespan)
        return call, BoundedTask(
            coroutine, loop, self._timeout, cut=call.cut, on_end=on_end
        )

    async def _call_app(
        self, scope: Scope, call: AsgiCall, lifespan: Lifespan
    ) -> BaseException | None:
        lifespan.restore_variables()
        try:
            await self.app(scope, call.receive, call.send)
        except BaseException as raised:
            if not is_the_providers(raised):
                raise
            return without_own_frames(raised)
        return None


_LIFESPAN_MODES = ("auto", "on", "off")
_MIN_LIFESPAN_TIMEOUT = 60.0
