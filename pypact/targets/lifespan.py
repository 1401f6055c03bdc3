"""Is the application started, and stopped again?

Source: ASGI Lifespan specification 2.0. It runs as one task from the first request to
the end. The context variables that its start has set are set for every request as well,
as under a server that shares one context.
"""

from __future__ import annotations

import asyncio
import contextvars
import warnings
from typing import Any

from pypact.errors import ProviderProtocolError
from pypact.targets.bounded import cancelled
from pypact.targets.start_messages import last_exception

__all__ = ["Lifespan"]


class Lifespan:
    """The lifespan of an application in one event loop.

    `mode` is "auto" (an application that raises before it has started does not support
    it, and need not), "on" (it must) or "off". `failure` says why it did not start;
    `remark` why it was not run.
    """

    def __init__(self, app: Any, *, mode: str, timeout: float) -> None:
        self._app = app
        self._mode = mode
        self._timeout = timeout
        self._task: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._phase = "startup"
        self._answered: asyncio.Future[str | None] | None = None
        self._before = contextvars.copy_context()
        self._changes: list[tuple[contextvars.ContextVar[Any], object, object]] = []
        self._is_started = False
        self._is_ending = False
        self._is_unsupported = True  # as long as nothing else has been heard
        self.state: dict[str, Any] = {}
        self.failure: ProviderProtocolError | None = None
        self.remark = ""

    async def start(self) -> None:
        """Start the application; what goes wrong stands in `failure`."""
        if self._mode == "off":
            return
        self._task = asyncio.get_running_loop().create_task(self._run())
        problem = await self._asked()
        if problem is None:
            return
        if not self._is_started and self._mode == "auto" and self._is_unsupported:
            self.remark = f"the lifespan is not run: {problem}"
        else:
            self.failure = ProviderProtocolError(
                f"the application did not start: {problem}"
            )
        await self._end()

    async def stop(self) -> None:
        """Stop the application; warns of what goes wrong."""
        if self._task is None:
            return
        problem = await self._asked()
        await self._end()
        if problem is not None:
            warnings.warn(
                f"the application did not stop well: {problem}",
                RuntimeWarning,
                stacklevel=2,
            )

    def set_variables(self) -> None:
        """Set in the running task what the start of the application has set.

        What the caller has set since stays.
        """
        for variable, before, value in self._changes:
            if variable.get(_NOTHING) is before:
                variable.set(value)

    async def _run(self) -> None:
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        await self._app(scope, self._receive, self._send)

    async def _receive(self) -> dict[str, Any]:
        try:
            return await self._events.get()
        except asyncio.CancelledError:
            if not self._is_started or self._is_ending:
                raise
        # Nobody has asked, and the loop is closed: the application is stopped first.
        self._is_ending = True
        self._answered = asyncio.get_running_loop().create_future()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else message
        if self._answered is None or self._answered.done():
            raise ProviderProtocolError(f"the lifespan sent {kind!r} unasked")
        if kind == f"lifespan.{self._phase}.complete":
            if self._phase == "startup":
                self._is_started = True
                self._changes = [
                    (variable, before, value)
                    for variable, value in contextvars.copy_context().items()
                    if (before := self._before.get(variable, _NOTHING)) is not value
                ]
            self._answered.set_result(None)
        elif kind == f"lifespan.{self._phase}.failed":
            self._is_unsupported = False
            text = last_exception(str(message.get("message") or ""))
            self._answered.set_result(text or f"it sent {kind}")
        else:
            raise ProviderProtocolError(f"the lifespan sent {kind!r}")

    async def _asked(self) -> str | None:
        """Announce the phase; say what went wrong, or None."""
        assert self._task is not None  # noqa: S101 -- both callers have seen to it
        self._answered = asyncio.get_running_loop().create_future()
        self._events.put_nowait({"type": f"lifespan.{self._phase}"})
        both: set[asyncio.Future[Any]] = {self._task, self._answered}
        await asyncio.wait(
            both, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
        )
        phase, self._phase = self._phase, "shutdown"
        if self._answered.done():
            return self._answered.result()
        if not self._task.done():
            self._is_unsupported = False
            return f"no answer to lifespan.{phase} within {self._timeout:g} s"
        error = None if self._task.cancelled() else self._task.exception()
        if error is not None:
            return f"{type(error).__name__}: {error}"
        return None if phase == "shutdown" else "it returned before it had started"

    async def _end(self) -> None:
        self._is_ending = True
        task, self._task = self._task, None
        if task is None:
            return
        if not task.done():
            # A moment for what stands after the last message.
            await asyncio.wait({task}, timeout=1.0)
        # Its error is told already, in `failure` or as a warning.
        await cancelled({task})


_NOTHING = object()
