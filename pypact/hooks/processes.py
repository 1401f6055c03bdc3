"""Count the processes that a block starts anew: their requests are not intercepted.

A forked process has the hooks of its parent; one that is spawned, or started by the
fork server of `multiprocessing`, has none.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods


def install(library: ModuleType) -> Undo:
    """Wrap the constructor of the library's processes."""
    return wrap_methods([(library.Popen, "__init__", _count)])


def _count(wrapped: Any, _process: object, args: Any, kwargs: Any) -> Any:
    claims.note_started_process()
    return wrapped(*args, **kwargs)
