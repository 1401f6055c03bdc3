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
"""Seconds that each of the three steps waits for."""

Raised: TypeAlias = BaseException | None


class BoundedTask:
    """A task of `loop` that is over after `seconds`, and a little, at the latest.

    `cut` is called with the bound when its time has come, `tell` once when it is over.
    """

    __slots__ = ("_cut", "_loop", "_seconds", "_tell", "_timer", "is_over", "task")

    def __init__(
        self,
        coroutine: Coroutine[Any, Any, Raised],
        loop: asyncio.AbstractEventLoop,
        seconds: float,
        *,
        cut: Callable[[str], None],
        tell: Callable[[], object],
    ) -> None:
        self._loop = loop
        self._seconds = seconds
        self._cut = cut
        self._tell = tell
        self.is_over = False
        self.task = loop.create_task(coroutine)
        self.task.add_done_callback(self._finish)
        self._timer = loop.call_later(seconds, self._leave)

    def end(self) -> Raised:
        """Give what came of it; cancels what still runs."""
        self.is_over = True
        self._timer.cancel()
        if not self.task.done():
            self.task.cancel()
            return None
        if self.task.cancelled():
            return asyncio.CancelledError("the application cancelled itself")
        return self.task.result()

    def _leave(self) -> None:
        self._cut(f"{self._seconds:g} s")
        self._timer = self._loop.call_later(GRACE, self._force)

    def _force(self) -> None:
        self.task.cancel()
        self._timer = self._loop.call_later(GRACE, self._finish)

    def _finish(self, _task: object = None) -> None:
        if not self.is_over:
            self.is_over = True
            self._tell()


async def cancelled(tasks: Collection[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Cancel `tasks`, wait a moment, and give those that go on all the same.

    What the others raise is not told.
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
