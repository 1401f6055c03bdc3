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

    `mode` is "auto" (an application that raises before it has started is taken not to
    support the lifespan, which is fine), "on" (it has to) or "off". `failure` is the
    error if the application did not start; `remark` is the reason if the lifespan was
    not run.
    """

    def __init__(self, app: Any, *, mode: str, timeout: float) -> None:
        self._app = app
        self._mode = mode
        self._timeout = timeout
        self._task: asyncio.Task[None] | None = None
        self._events: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._phase = "startup"
        self._reply: asyncio.Future[str | None] | None = None
        self._before = contextvars.copy_context()
        self._changes: list[tuple[contextvars.ContextVar[Any], object, object]] = []
        self._is_started = False
        self._is_ending = False
        self._is_unsupported = True  # until the application shows otherwise
        self.state: dict[str, Any] = {}
        self.failure: ProviderProtocolError | None = None
        self.remark = ""

    async def start(self) -> None:
        """Start the application; set `failure` if that fails."""
        if self._mode == "off":
            return
        self._task = asyncio.get_running_loop().create_task(self._run())
        problem = await self._run_phase()
        if problem is None:
            return
        if not self._is_started and self._mode == "auto" and self._is_unsupported:
            self.remark = f"the lifespan was not run: {problem}"
        else:
            self.failure = ProviderProtocolError(
                f"the application did not start: {problem}"
            )
        await self._end()

    async def stop(self) -> None:
        """Stop the application; issue a warning if that fails."""
        if self._task is None:
            return
        problem = await self._run_phase()
        await self._end()
        if problem is not None:
            warnings.warn(
                f"the application did not stop properly: {problem}",
                RuntimeWarning,
                stacklevel=2,
            )

    def restore_variables(self) -> None:
        """Set the context variables that the startup set, in the running task.

        Variables that the caller has changed since are kept.
        """
        for variable, before, value in self._changes:
            if variable.get(_UNSET) is before:
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
        # The loop is being closed without `stop`: let the application shut down first.
        self._is_ending = True
        self._reply = asyncio.get_running_loop().create_future()
        return {"type": "lifespan.shutdown"}

    async def _send(self, message: Any) -> None:
        kind = message.get("type") if isinstance(message, dict) else message
        if self._reply is None or self._reply.done():
            raise ProviderProtocolError(
                f"the lifespan sent the event {kind!r} unexpectedly"
            )
        if kind == f"lifespan.{self._phase}.complete":
            if self._phase == "startup":
                self._is_started = True
                self._changes = [
                    (variable, before, value)
                    for variable, value in contextvars.copy_context().items()
                    if (before := self._before.get(variable, _UNSET)) is not value
                ]
            self._reply.set_result(None)
        elif kind == f"lifespan.{self._phase}.failed":
            self._is_unsupported = False
            text = last_exception(str(message.get("message") or ""))
            self._reply.set_result(text or f"it sent {kind}")
        else:
            raise ProviderProtocolError(f"the lifespan sent the unknown event {kind!r}")

    async def _run_phase(self) -> str | None:
        """Send the event of the phase; return what went wrong, or None."""
        assert self._task is not None  # noqa: S101 -- both callers ensure it
        self._reply = asyncio.get_running_loop().create_future()
        self._events.put_nowait({"type": f"lifespan.{self._phase}"})
        both: set[asyncio.Future[Any]] = {self._task, self._reply}
        await asyncio.wait(
            both, timeout=self._timeout, return_when=asyncio.FIRST_COMPLETED
        )
        phase, self._phase = self._phase, "shutdown"
        if self._reply.done():
            return self._reply.result()
        if not self._task.done():
            self._is_unsupported = False
            return f"no response to lifespan.{phase} within {self._timeout:g} s"
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
            # Give the code after the last message a moment to finish.
            await asyncio.wait({task}, timeout=1.0)
        # Its error was already reported, in `failure` or as a warning.
        await cancelled({task})


_UNSET = object()
