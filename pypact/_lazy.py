"""Regular expressions that are compiled, and modules that are imported, on first use.

Doing all of it at once would take most of the time of the first test of a session.
"""

from __future__ import annotations

import importlib
import re
import sys
from types import ModuleType
from typing import Any, AnyStr, cast

from pypact._process import pause_garbage_collection, use_real_files

__all__ = ["compile_later", "import_later", "import_module"]


class _Pattern:
    """A regular expression, compiled when one of its attributes is first read."""

    def __init__(self, pattern: Any, flags: int) -> None:
        self._arguments = pattern, flags

    def __getattr__(self, name: str) -> Any:
        # A name without an attribute must not compile anything: `copy` looks some up.
        if not hasattr(re.Pattern, name):
            raise AttributeError(name)
        compiled = re.compile(*self._arguments)
        value = getattr(compiled, name)
        setattr(self, name, value)
        return value


class _Module:
    """A module, imported when one of its attributes is first read."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        try:
            return getattr(sys.modules[self._name], name)
        except (AttributeError, KeyError):  # not imported, or not completely
            return getattr(import_module(self._name), name)


def import_module(name: str) -> ModuleType:
    """Import a module although pyfakefs may be active, and without collecting garbage.

    Many objects are created, and nearly all of them stay.
    """
    with pause_garbage_collection(), use_real_files():
        return importlib.import_module(name)


def compile_later(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """Return a pattern that is compiled on first use.

    It has the methods and attributes of `re.Pattern`, but functions such as `re.sub` do
    not accept it.
    """
    return cast("re.Pattern[AnyStr]", _Pattern(pattern, flags))


def import_later(name: str) -> Any:
    """Return a stand-in for a module that few need, or that is needed late.

    The module is imported under `TYPE_CHECKING` beside it. Reading an attribute calls a
    function, so this is not for what each request needs.
    """
    return _Module(name)
