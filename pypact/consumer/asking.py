"""How is an app asked from wherever the consumer calls?

A WSGI app is called in the caller's own thread. An ASGI app has one loop, which one
thread at a time may drive, and none where another loop runs: then a thread of its own
does it, and the caller waits.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from pypact.targets import Target
from pypact.targets.loops import is_in_a_loop

__all__ = ["Asking"]

_Result = TypeVar("_Result")


class Asking:
    """A caller of one target, from any thread and inside of event loops.

    With `is_own=False` the target belongs to the user, and `close` leaves it open.
    """

    def __init__(self, target: Target, *, is_own: bool = True) -> None:
        self.target = target
        self._is_own = is_own
        self._awaits = hasattr(target, "asend")
        self._lock = threading.Lock()

    def ask(self, question: Callable[[], _Result]) -> _Result:
        """Run `question`, which calls the target, in a suitable thread."""
        if not self._awaits:
            return question()
        with self._lock:
            if not is_in_a_loop():
                return question()
            context = contextvars.copy_context()
            with ThreadPoolExecutor(1, "pypact-app") as thread:
                return thread.submit(context.run, question).result()

    def close(self, *others: Callable[[], object]) -> None:
        """Close the target, and call `others` to close what else a block opened."""
        close = getattr(self.target, "close", None)
        own = [close] if self._is_own and close is not None else []

        def close_all() -> None:
            for close_one in (*own, *others):
                close_one()

        self.ask(close_all)
