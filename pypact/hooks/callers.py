"""Which line of the consumer asked for this call?

Design, decision 6: a mismatch is told of at the caller's own line.
"""

from __future__ import annotations

import functools
import sys
import sysconfig
import threading
from pathlib import Path

__all__ = ["caller_place"]


def caller_place() -> str:
    """Return the "file:line" of the innermost frame outside of any library.

    Where every frame belongs to a library, as in a thread pool that calls a library
    directly, return the name of the thread instead.
    """
    frame = sys._getframe(1)  # noqa: SLF001 # inspect.stack() takes a millisecond
    while _is_library(frame.f_code.co_filename):
        if frame.f_back is None:
            return f"thread {threading.current_thread().name}"
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


@functools.lru_cache(maxsize=4096)
def _is_library(file: str) -> bool:
    return (
        file.startswith(_LIBRARIES)
        or "site-packages" in (parts := Path(file).parts)
        or "dist-packages" in parts
    )


# The standard library, modules frozen into the interpreter, and pypact itself.
_LIBRARIES = (
    *(f"{sysconfig.get_path(name)}/" for name in ("stdlib", "platstdlib")),
    "<frozen ",
    f"{Path(__file__).parents[1]}/",
)
