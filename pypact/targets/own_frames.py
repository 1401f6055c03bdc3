"""Which exceptions are the provider's, and where do they begin to be?"""

from __future__ import annotations

import asyncio
from types import TracebackType

__all__ = ["is_the_providers", "module_of", "without_own_frames"]


def is_the_providers(raised: BaseException) -> bool:
    """Return whether the exception belongs in the response instead of propagating.

    SystemExit and CancelledError of the application belong in the response. Other
    exceptions that are not an `Exception`, such as KeyboardInterrupt or one that skips
    a test, propagate to the caller.
    """
    if isinstance(raised, (Exception, SystemExit, asyncio.CancelledError)):
        return True
    # A BaseExceptionGroup; the class exists only since Python 3.11.
    inner = getattr(raised, "exceptions", ())
    return bool(inner) and all(map(is_the_providers, inner))


def without_own_frames(raised: BaseException) -> BaseException:
    """Remove pypact's own frames from the start of the exception's traceback."""
    traceback = raised.__traceback__
    while traceback is not None and module_of(traceback).startswith("pypact.targets."):
        traceback = traceback.tb_next
    return raised.with_traceback(traceback)


def module_of(traceback: TracebackType) -> str:
    """Return the module name of a traceback's first frame."""
    return str(traceback.tb_frame.f_globals.get("__name__", ""))
