"""Which exceptions are the provider's, and where do they begin to be?"""

from __future__ import annotations

import asyncio
from types import TracebackType

__all__ = ["is_the_providers", "module_of", "without_own_frames"]


def is_the_providers(raised: BaseException) -> bool:
    """Tell what is kept in an answer from what is meant for the caller.

    An exit and a cancellation are kept: the application was called, not the program.
    Others that are no Exception, such as an interrupt or what skips a test, go out.
    """
    if isinstance(raised, (Exception, SystemExit, asyncio.CancelledError)):
        return True
    # A BaseExceptionGroup, which Python has from 3.11 on.
    inner = getattr(raised, "exceptions", ())
    return bool(inner) and all(map(is_the_providers, inner))


def without_own_frames(raised: BaseException) -> BaseException:
    """Cut the frames of the driver off the start of a traceback."""
    traceback = raised.__traceback__
    while traceback is not None and module_of(traceback).startswith("pypact.targets."):
        traceback = traceback.tb_next
    return raised.with_traceback(traceback)


def module_of(traceback: TracebackType) -> str:
    """Name the module of a traceback's first frame."""
    return str(traceback.tb_frame.f_globals.get("__name__", ""))
