"""Let pypact's own HTTP calls bypass its interception."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["is_passing", "passing"]


@contextlib.contextmanager
def passing() -> Iterator[None]:
    """Let the HTTP calls made inside the `with` block bypass interception."""
    token = _passing.set(True)
    try:
        yield
    finally:
        _passing.reset(token)


def is_passing() -> bool:
    """Return whether calls in this context bypass interception."""
    return _passing.get()


_passing: ContextVar[bool] = ContextVar("pypact_passing", default=False)
