"""How does a task end that would not end by itself?

First its client is gone, then it is cancelled, then it is left alone: there are
applications that swallow their cancellation, and none of them may hold up the others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from typing import Any, TypeAlias

__all__ = ["GRACE", "BoundedTask", "cancelled"]

GRACE = 0.5
"""Seconds to wait after each attempt to end a task."""

Raised: TypeAlias = BaseException | None


class BoundedTask:
    """A task of `loop` that is given up after `seconds` plus two times `GRACE`.

    After `seconds`, `cut` is called with that limit as a string, to disconnect the
    client; then the task is cancelled; then it is abandoned. `on_end` is called once,
    when the task has ended or is abandoned.
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


async def cancelled(tasks: Collection[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Cancel `tasks`, wait `GRACE` seconds, and return those that are still running.

    Exceptions of the other tasks are discarded.
    """
    if not tasks:
        return set()
    for task in tasks:
        task.cancel()
    done, pending = await asyncio.wait(tasks, timeout=GRACE)
    for task in done:
        if not task.cancelled():
            task.exception()
    return pending
