"""Defer the writing of contracts while a test session decides what to write.

The pytest plugin defers writing, because it knows which tests passed. The flag lives in
this small module, so that sessions without a pact need not import the writer.
"""

from __future__ import annotations

__all__ = ["begin", "end", "is_deferred"]

_deferring_sessions = 0


def begin() -> None:
    """Defer writing: a session will commit and write the staged interactions."""
    global _deferring_sessions  # noqa: PLW0603 -- one count for the process
    _deferring_sessions += 1


def end() -> None:
    """End the deferral that the last session began."""
    global _deferring_sessions  # noqa: PLW0603 -- one count for the process
    _deferring_sessions -= 1


def is_deferred() -> bool:
    """Return whether staged interactions must wait for a session to commit them."""
    return _deferring_sessions > 0
