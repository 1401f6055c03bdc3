"""Distinguish the user's own code from libraries, and find callers and classes.

Installed packages, Python's own modules and pypact are libraries; all other code is the
user's own.
"""

from __future__ import annotations

import functools
import os
import sys
import sysconfig
import threading
from collections.abc import Mapping
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

from pypact._lazy import import_later

if TYPE_CHECKING:
    import linecache
else:
    linecache = import_later("linecache")


def find_caller() -> str:
    """Return the "file:line" of the innermost frame outside of any library.

    If there is none, as in a thread pool, return the name of the thread.
    """
    frame = sys._getframe(1)  # noqa: SLF001 # inspect.stack() takes a millisecond
    while is_library_file(frame.f_code.co_filename):
        if frame.f_back is None:
            return f"thread {threading.current_thread().name}"
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


@functools.lru_cache(maxsize=4096)
def is_library_file(filename: str) -> bool:
    """Return whether a file (which need not exist) belongs to a library."""
    # Not with pathlib, which pyfakefs replaces.
    return filename.startswith(_LIBRARIES) or not _PACKAGES.isdisjoint(
        filename.replace(os.sep, "/").split("/")
    )


def is_library_code(code: CodeType, variables: Mapping[str, Any]) -> bool:
    """Return whether code with these global variables is a library's.

    Generated code and compiled extensions have no source file, so the file of the
    module counts. A notebook cell has no file either, but its lines are available.
    """
    filename = code.co_filename
    if is_library_file(filename) or is_generated(filename):
        return True
    if os.path.isfile(filename):  # noqa: PTH113 -- 5 times as fast as pathlib
        return False
    module = variables.get("__file__")
    if isinstance(module, str) and is_library_file(module):
        return True
    return not linecache.getlines(filename)


def is_generated(filename: str) -> bool:
    """Return whether the file name is that of code generated at run time."""
    return filename.startswith(("<attrs", "<string>"))


def shorten_path(filename: str) -> str:
    """Return a file name relative to the current directory, if it is below it."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 -- ends with a slash
    return filename.removeprefix(here)


def find_subclasses(base: type) -> list[type[Any]]:
    """Return the subclasses of a class, and theirs; some perhaps repeatedly."""
    # Through `type`, as a subclass may itself be a class of classes.
    found: list[type[Any]] = type.__subclasses__(base)
    for owner in found:  # the list grows
        found += type.__subclasses__(owner)
    return found


def find_class(module: str, name: str) -> Any:
    """Return a class by the module that defines it, even if that has another one now.

    vcrpy replaces classes by their names while a cassette is active.
    """
    found = getattr(sys.modules[module], name)
    if _is_defined_as(found, module, name):
        return found
    classes = find_subclasses(object)
    return next((one for one in classes if _is_defined_as(one, module, name)), found)


def _is_defined_as(found: Any, module: str, name: str) -> bool:
    return (found.__module__, found.__qualname__) == (module, name)


# The standard library, modules frozen into the interpreter, and pypact itself.
_LIBRARIES = (
    *(f"{sysconfig.get_path(name)}{os.sep}" for name in ("stdlib", "platstdlib")),
    "<frozen ",
    f"{Path(__file__).parent}{os.sep}",
)

# Debian's Python has its packages in `dist-packages`.
_PACKAGES = frozenset(("site-packages", "dist-packages"))
