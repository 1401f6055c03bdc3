"""Run the lifespan of ASGI applications, and the event loops and tasks they live in.

The lifespan is one task from the first request to the end. A private event loop is kept
until it is closed, because applications bind connections, locks and tasks to their
loop.

Source: ASGI Lifespan specification 2.0.
"""

from __future__ import annotations

import asyncio
import contextvars
import warnings
from collections.abc import Awaitable, Callable, Collection, Coroutine
from typing import Any, TypeAlias

from pypact._lazy import compile_later
from pypact.errors import BlockMisuse, ProviderProtocolError


def extract_last_exception(text: str) -> str:
    """Return the last exception of a traceback, without frames, or else the string.

    Starlette and Litestar send a traceback as the message of a failed startup. All
    lines are kept: the first one of a pydantic error says less than the following ones.
    """
    lines = text.strip().splitlines()
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    if not heads:
        return text.strip()
    head = lines[heads[-1]]
    # The indentation and lines drawn to the left of an exception group.
    margin = len(head) - len(head.lstrip(" |+"))
    if _PART.match(head):
        margin = head.rindex("+") + 2
    kept: list[str] = []
    for line in lines[heads[-1] + 1 :]:
        if margin and _END.match(line):
            break
        inner = line[margin:]
        if kept or not inner.startswith("  "):
            kept.append(inner.rstrip())
    return "\n".join(kept).strip()


_PART = compile_later(r"[ |]*(\+-)?\+-+ \d+ -+")
_HEAD = compile_later(
    rf"{_PART.pattern}|[ |+]*(Exception Group )?Traceback \(most recent call last\):"
)
_END = compile_later(r" *\+-+ *$")


GRACE = 0.5
"""Seconds to wait after each attempt to end a task."""

Raised: TypeAlias = BaseException | None


class BoundedTask:
    """A task of `loop` that is given up after `seconds` plus two times `GRACE`.

    After `seconds`, `cut` is called with that limit as a string, to disconnect the
    client; then the task is cancelled; then it is abandoned, so that it does not block
    others. `on_end` is called once, when the task has ended or is abandoned.
    """

    __slots__ = ("_cut", "_loop", "_on_end", "_seconds", "_timer", "is_over", "task")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Raised],
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        *,
        cut: Callable[[str], None],
        on_end: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._cut = cut
        self._on_end = on_end
        self.is_over = False
        self.task = loop.create_task(coroutine)
        self.task.add_done_callback(self._mark_over)
        self._timer = loop.call_later(seconds, self._cut_off)

    def finish(self) -> Raised:
        """Return the result of the task; cancel it and return None if it still runs."""
        self.is_over = True
        self._timer.cancel()
        if not self.task.done():
            self.task.cancel()
            return None
        if self.task.cancelled():
            return asyncio.CancelledError("the application cancelled itself")
        return self.task.result()

    def _cut_off(self) -> None:
        self._cut(f"{self._seconds:g} s")
        self._timer = self._loop.call_later(GRACE, self._cancel)

    def _cancel(self) -> None:
        self.task.cancel()
        self._timer = self._loop.call_later(GRACE, self._mark_over)

    def _mark_over(self, _task: object = None) -> None:
        if not self.is_over:
            self.is_over = True
            self._on_end()


async def cancel_tasks(tasks: Collection[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Cancel `tasks`, and return those that still run `GRACE` seconds later."""
    if not tasks:
        return set()
    for task in tasks:
        task.cancel()
    done, pending = await asyncio.wait(tasks, timeout=GRACE)
    for task in done:
        if not task.cancelled():
            task.exception()
    return pending


class PrivateLoop:
    """An event loop of pypact's own, created on first use; before, `loop` is None."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        """Return the loop, created if there is none."""
        if self.loop is None:
            self.loop = asyncio.new_event_loop()
        return self.loop

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run `awaitable` in the caller's thread and return its result."""
        refuse_running_loop(awaitable)
        return self.get().run_until_complete(awaitable)

    def close(self) -> None:
        """Cancel the remaining tasks and close the loop."""
        loop, self.loop = self.loop, None
        if loop is None:
            return
        try:
            for task in loop.run_until_complete(cancel_tasks(asyncio.all_tasks(loop))):
                text = "the application left a task that ignores its cancellation; it"
                text += f" was abandoned: {task.get_coro()!r}"
                warnings.warn(text, RuntimeWarning, stacklevel=2)
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


def is_loop_running() -> bool:
    """Return whether an event loop is running in this thread."""
    return asyncio._get_running_loop() is not None  # noqa: SLF001 -- exported by asyncio


def refuse_running_loop(awaitable: Awaitable[Any] | None = None) -> None:
    """Close `awaitable` and raise BlockMisuse if an event loop is running."""
    if asyncio._get_running_loop() is None:  # noqa: SLF001 -- exported by asyncio
        return
    if isinstance(awaitable, Coroutine):
        awaitable.close()
    raise BlockMisuse(
        "an event loop is running in this thread, so it cannot wait for another one; "
        "use `await verifier.averify(...)`"
    )


class Lifespan:
    """The lifespan of an application in one event loop.

    `mode` is "on", "off" or "auto": with it, an application that raises before it has
    started is taken not to support the lifespan; `remark` is then the reason. `failure`
    is the error if the application did not start.
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
            text = f"the application did not start: {problem}"
            self.failure = ProviderProtocolError(text)
        await self._end()

    async def stop(self) -> None:
        """Stop the application; issue a warning if that fails."""
        if self._task is None:
            return
        problem = await self._run_phase()
        await self._end()
        if problem is not None:
            text = f"the application did not stop properly: {problem}"
            warnings.warn(text, RuntimeWarning, stacklevel=2)

    def restore_variables(self) -> None:
        """Set the context variables that the startup set and the caller did not."""
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
            text = extract_last_exception(str(message.get("message") or ""))
            self._reply.set_result(text or f"it sent {kind}")
        else:
            raise ProviderProtocolError(f"the lifespan sent the unknown event {kind!r}")

    async def _run_phase(self) -> str | None:
        """Send the event of the phase; return the problem, or None."""
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
        await cancel_tasks({task})


_UNSET = object()
