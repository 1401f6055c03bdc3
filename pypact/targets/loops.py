"""On which event loop is awaited what a caller without one asks for?

One private loop is kept from the first use until it is closed: what an application
binds to its loop (connections, locks, tasks) lives on between two requests.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Awaitable, Coroutine
from typing import Any

from pypact.errors import BlockMisuse
from pypact.targets.bounded import cancelled

__all__ = ["PrivateLoop", "is_in_a_loop", "refuse_running_loop"]


class PrivateLoop:
    """An event loop of pypact's own, created on first use."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def is_open(self) -> bool:
        return self._loop is not None

    def get(self) -> asyncio.AbstractEventLoop:
        """Return the event loop; create it if there is none."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
        return self._loop

    def run(self, awaitable: Awaitable[Any]) -> Any:
        """Run `awaitable` in the caller's thread and return its result.

        Raises: BlockMisuse if an event loop is running in this thread.
        """
        refuse_running_loop(awaitable)
        return self.get().run_until_complete(awaitable)

    def close(self) -> None:
        """Cancel the remaining tasks and close the loop."""
        loop, self._loop = self._loop, None
        if loop is None:
            return
        try:
            for task in loop.run_until_complete(cancelled(asyncio.all_tasks(loop))):
                warnings.warn(
                    "the application left a task that ignores its cancellation; it was "
                    f"abandoned: {task.get_coro()!r}",
                    RuntimeWarning,
                    stacklevel=2,
                )
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.run_until_complete(loop.shutdown_default_executor())
        finally:
            loop.close()


def is_in_a_loop() -> bool:
    """Return whether an event loop is running in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def refuse_running_loop(awaitable: Awaitable[Any] | None = None) -> None:
    """Raise BlockMisuse if an event loop is running in this thread.

    `awaitable` is then closed, so that Python does not warn that it was never awaited.
    """
    if not is_in_a_loop():
        return
    if isinstance(awaitable, Coroutine):
        awaitable.close()
    raise BlockMisuse(
        "an event loop is running in this thread, so it cannot wait for another one; "
        "use `await verifier.averify(...)`"
    )
