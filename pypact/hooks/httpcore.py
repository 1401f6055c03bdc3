"""Intercept the requests of httpcore and httpcore2."""

from __future__ import annotations

from types import ModuleType

from pypact.hooks import Undo
from pypact.hooks.patching import wrap_methods
from pypact.hooks.pools import list_wrappings


def install(library: ModuleType) -> Undo:
    """Wrap the methods of both pools."""
    return wrap_methods(list_wrappings(library))
