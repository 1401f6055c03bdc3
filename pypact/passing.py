"""Is this call pypact's own? Such a call passes, whatever a test has claimed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["is_passing", "passing"]


@contextlib.contextmanager
def passing() -> Iterator[None]:
    """Let pypact's own calls pass, whatever is claimed."""
    token = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(token)


def is_passing() -> bool:
    """Tell whether the running call is pypact's own."""
    return _passing.get()


_passing: ContextVar[bool] = ContextVar("pypact_passing", default=False)
