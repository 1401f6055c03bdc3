"""Report an application that outlasts its time limit while it is still running.

The application stays in the thread of its caller, where it cannot be interrupted, so
another thread looks at it and prints where it is.
"""

from __future__ import annotations

import gc
import sys
import threading
import time
import traceback
import weakref
from types import FrameType


class HangWatch:
    """A watch over the calls of one target; `limit` is in seconds.

    Its thread is started by the first call, and ends with `close`, or when the watch is
    no longer used.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None
        self._call: tuple[float, int, str] | None = None

    def begin(self, name: str) -> None:
        """Begin to watch a call in this thread; `name` describes the request."""
        self._call = time.monotonic(), threading.get_ident(), name
        if self._thread is None:
            self._closed.clear()
            self._thread = threading.Thread(
                target=_watch,
                args=(weakref.ref(self), self._closed, min(self._limit, _INTERVAL)),
                name="pypact-watch",
                daemon=True,
            )
            self._thread.start()

    def end(self) -> float:
        """End the call, and return its duration in seconds."""
        began = self._call[0] if self._call is not None else time.monotonic()
        self._call = None
        return time.monotonic() - began

    def close(self) -> None:
        """End the thread; the next call starts another one."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._closed.set()
            thread.join()

    def find_overdue(self) -> tuple[float, int, str] | None:
        """Return the call that outlasts the limit, if any."""
        call = self._call
        is_overdue = call is not None and time.monotonic() - call[0] > self._limit
        return call if is_overdue else None


def _watch(
    of: weakref.ref[HangWatch], closed: threading.Event, interval: float
) -> None:
    reported: tuple[float, int, str] | None = None
    while not closed.wait(interval):
        watch = of()
        if watch is None:
            return
        call = watch.find_overdue()
        del watch
        if call is not None and call is not reported:
            reported = call
            _report(*call)


def _find_frame(thread: int) -> FrameType | None:
    # A garbage collection during the call can deadlock the process in Python before
    # 3.12.2 (https://github.com/python/cpython/issues/106883).
    is_enabled = gc.isenabled()
    gc.disable()
    try:
        return sys._current_frames().get(thread)  # noqa: SLF001 -- the only way to see another thread
    finally:
        if is_enabled:
            gc.enable()


def _report(began: float, thread: int, name: str) -> None:
    frame = _find_frame(thread)
    lines = traceback.format_stack(frame) if frame is not None else []
    duration = f"{time.monotonic() - began:.1f} s since it received {name}"
    text = f"pypact: the application has been running for {duration}; it is here:\n"
    # The caller hangs, so that nothing else can show it.
    print(text + "".join(lines), file=sys.stderr, flush=True)  # noqa: T201 -- see above


_INTERVAL = 1.0
