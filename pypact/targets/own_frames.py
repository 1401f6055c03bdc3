"""Where did the provider's exception begin to be the provider's?"""

from __future__ import annotations

from types import TracebackType

__all__ = ["module_of", "without_own_frames"]


def without_own_frames(raised: BaseException) -> BaseException:
    """Cut the frames of the driver off the start of a traceback."""
    traceback = raised.__traceback__
    while traceback is not None and module_of(traceback).startswith("pypact.targets."):
        traceback = traceback.tb_next
    return raised.with_traceback(traceback)


def module_of(traceback: TracebackType) -> str:
    """Name the module of a traceback's first frame."""
    return str(traceback.tb_frame.f_globals.get("__name__", ""))
