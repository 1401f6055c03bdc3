"""Does somebody else decide when contracts are written?

A test runner's plugin does: it knows which tests passed. It says so here, because it
must cost nothing where no test has a pact, and the recorder comes with the first one.
"""

from __future__ import annotations

__all__ = ["begin", "end", "is_deferred"]

_sessions = 0


def begin() -> None:
    """Say that a session will commit and write what is staged."""
    global _sessions  # noqa: PLW0603 -- one count for the process
    _sessions += 1


def end() -> None:
    """Say that a session is over."""
    global _sessions  # noqa: PLW0603 -- one count for the process
    _sessions -= 1


def is_deferred() -> bool:
    """Tell whether what is staged must wait for a session to commit it."""
    return _sessions > 0
