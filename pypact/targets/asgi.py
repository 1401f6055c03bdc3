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
    """Drives an ASGI application on a loop of its own, or on the running one.

    `host`, `mount` and `scheme` are as for WSGI. `lifespan` is "auto", "on" or "off".
    An answer that is not complete after `timeout` seconds or `max_body` bytes is cut
    there, and what has come of it is compared. `scope_extra` is added to every scope.

    The loop is one of asyncio; an application that needs trio cannot be driven.
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
        if lifespan not in _MODES:
            known = ", ".join(map(repr, _MODES))
            raise InvalidExpectation(f"lifespan={lifespan!r} is none of {known}")
        self.app = app
        self.host = host
        self.prefix = mount.rstrip("/")
        # Where a server would have it; without a mount nobody needs to know.
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
        """Start the application, unless it runs; gives why it cannot be.

        Raises: BlockMisuse inside a running loop.
        """
        refuse_running_loop()
        lifespan = self._lifespans.get(self._opened())
        return lifespan.failure if lifespan else self.run(self.astart())

    async def astart(self) -> BaseException | None:
        """Start the application inside the running loop."""
        return (await self._started(asyncio.get_running_loop())).failure

    @property
    def remark(self) -> str:
        """What is to be known of how the application was started."""
        return next((one.remark for one in self._lifespans.values()), "")

    def send(self, request: Request) -> Answer:
        """Call the application once, and wait for its whole answer.

        Raises: BlockMisuse inside a running loop.
        """
        refuse_running_loop()
        loop = self._opened()
        lifespan = self._lifespans.get(loop) or self._loop.run(self._started(loop))
        if lifespan.failure is not None:
            return Answer(None, exception=lifespan.failure)
        call, bounded = self._begun(request, lifespan, loop, loop.stop)
        try:
            while not bounded.is_over:
                # An exit out of a task that the application made stops the loop; it
                # comes to the application as well, if that awaits the task.
                with contextlib.suppress(SystemExit):
                    loop.run_forever()
        finally:
            raised = bounded.end()
        return call.answer(raised)

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Wait for `awaitable` on the loop of the application.

        Raises: BlockMisuse inside a running loop.
        """
        refuse_running_loop(awaitable)
        self._opened()
        return self._loop.run(awaitable)

    async def asend(self, request: Request) -> Answer:
        """Call the application once inside the running loop."""
        loop = asyncio.get_running_loop()
        lifespan = self._lifespans.get(loop) or await self._started(loop)
        if lifespan.failure is not None:
            return Answer(None, exception=lifespan.failure)
        # The task itself is not awaited: an application that cancels itself is told
        # apart from a caller who is cancelled.
        over = asyncio.Event()
        call, bounded = self._begun(request, lifespan, loop, over.set)
        try:
            await over.wait()
        finally:
            raised = bounded.end()
            if not bounded.task.done():
                await asyncio.wait({bounded.task}, timeout=GRACE)
        return call.answer(raised)

    def close(self) -> None:
        """Stop the application, and end what it left running."""
        if self._loop.is_open:
            atexit.unregister(self.close)
            try:
                self._loop.run(self.aclose())
            finally:
                self._loop.close()

    async def aclose(self) -> None:
        """Stop the application in the running loop."""
        lifespan = self._lifespans.pop(asyncio.get_running_loop(), None)
        if lifespan is not None:
            await lifespan.stop()

    async def _started(self, loop: asyncio.AbstractEventLoop) -> Lifespan:
        lifespan = self._lifespans.get(loop)
        if lifespan is None:
            lifespan = Lifespan(
                self.app, mode=self._mode, timeout=max(self._timeout, _START_TIME)
            )
            self._lifespans[loop] = lifespan
            await lifespan.start()
        return lifespan

    def _opened(self) -> asyncio.AbstractEventLoop:
        if not self._loop.is_open:
            atexit.register(self.close)
        return self._loop.opened()

    def _begun(
        self,
        request: Request,
        lifespan: Lifespan,
        loop: asyncio.AbstractEventLoop,
        tell: Callable[[], object],
    ) -> tuple[AsgiCall, BoundedTask]:
        scope = scope_for(self._base, request, self.host)
        # A copy for each request: what one adds is not seen by the next.
        scope["state"] = {**lifespan.state, **self._base.get("state", {})}
        call = AsgiCall(request.method, request.body.content, max_body=self._max_body)
        called = self._called(scope, call, lifespan)
        return call, BoundedTask(called, loop, self._timeout, cut=call.cut, tell=tell)

    async def _called(
        self, scope: Scope, call: AsgiCall, lifespan: Lifespan
    ) -> BaseException | None:
        lifespan.set_variables()
        try:
            await self.app(scope, call.receive, call.send)
        except BaseException as raised:
            if not is_the_providers(raised):
                raise
            return without_own_frames(raised)
        return None


_MODES = ("auto", "on", "off")
_START_TIME = 60.0
