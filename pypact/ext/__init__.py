"""Integrations with other libraries, each imported when it is first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypact.ext import responses, sqlalchemy

__all__ = ["responses", "sqlalchemy"]

# Type checkers must not see it: for them every name would exist.
if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'pypact.ext' has no attribute {name!r}")
        return importlib.import_module(f"pypact.ext.{name}")
