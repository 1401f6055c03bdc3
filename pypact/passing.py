"""Let pypact's own HTTP calls bypass its interception."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar

__all__ = ["is_passing", "passing"]


@contextlib.contextmanager
def passing() -> Iterator[None]:
    """Let the HTTP calls made inside the `with` block bypass interception."""
    token = _bypassing.set(True)
    try:
        yield
    finally:
        _bypassing.reset(token)


def is_passing() -> bool:
    """Return whether calls in this context bypass interception."""
    return _bypassing.get()


_bypassing: ContextVar[bool] = ContextVar("pypact_passing", default=False)
