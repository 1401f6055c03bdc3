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
    """A report of the number of verified interactions, during a long run.

    `stream` defaults to standard error.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream
        self._count = self._done = 0
        self._next = 0.0
        self._width = 0

    def __call__(self, event: Event) -> None:
        """Count the interaction, and write the progress from time to time."""
        if isinstance(event, RunStarted):
            self._count, self._done = event.count, 0
            self._next = time.monotonic() + self._interval
        elif isinstance(event, InteractionFinished):
            self._done += 1
            now = time.monotonic()
            if now >= self._next:
                self._next = now + self._interval
                self._write(f"{self._done} of {self._count} interactions verified")
        elif isinstance(event, RunFinished):
            self._erase()

    @property
    def _out(self) -> TextIO:
        return self._stream or sys.stderr

    @property
    def _interval(self) -> float:
        return _TERMINAL_INTERVAL if self._out.isatty() else _LOG_INTERVAL

    def _write(self, text: str) -> None:
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


_LOG_INTERVAL = 10.0
_TERMINAL_INTERVAL = 0.5
