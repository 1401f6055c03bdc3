"""How far is a long run?

On a terminal one line that is written over; elsewhere, as in a build's log, a line from
time to time. A run that is short says nothing.
"""

from __future__ import annotations

import sys
import time
from typing import TextIO

from pypact.verifier.events import Event, InteractionFinished, RunFinished, RunStarted

__all__ = ["ProgressReport"]


class ProgressReport:
    """Writes to `stream`, standard error unless given, how many are done."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._count = self._done = 0
        self._next = 0.0
        self._width = 0

    def __call__(self, event: Event) -> None:
        """Count, and tell when it is time."""
        if isinstance(event, RunStarted):
            self._count, self._done = event.count, 0
            self._next = time.monotonic() + self._pause
        elif isinstance(event, InteractionFinished):
            self._done += 1
            now = time.monotonic()
            if now >= self._next:
                self._next = now + self._pause
                self._tell(f"{self._done} of {self._count} interactions verified")
        elif isinstance(event, RunFinished):
            self._erase()

    @property
    def _out(self) -> TextIO:
        return self._stream or sys.stderr

    @property
    def _pause(self) -> float:
        return _PAUSE_ON_TERMINALS if self._out.isatty() else _PAUSE

    def _tell(self, text: str) -> None:
        if not self._out.isatty():
            print(text, file=self._out, flush=True)
            return
        self._erase()
        self._width = len(text)
        print(text, end="", file=self._out, flush=True)

    def _erase(self) -> None:
        if self._width:
            blank = " " * self._width
            print(f"\r{blank}\r", end="", file=self._out, flush=True)
        self._width = 0


_PAUSE = 10.0
_PAUSE_ON_TERMINALS = 0.5
