"""Where in the team's own code did it happen?

Frames of installed packages, of the standard library and of pypact are left out and
counted, unless there are no others.
"""

from __future__ import annotations

import linecache
import os
import sysconfig
import traceback
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from types import CodeType
from typing import Any

import pypact

__all__ = [
    "headline",
    "is_foreign",
    "is_installed",
    "shortened",
    "traceback_lines",
]


def headline(error: BaseException) -> str:
    """Return an exception as one line: its type and the first line of its message."""
    text = str(error).strip()
    name = type(error).__name__
    return f"{name}: {text.splitlines()[0]}" if text else name


def traceback_lines(error: BaseException) -> tuple[str, ...]:
    """Format the traceback of an exception, followed by its causes, as lines."""
    lines: list[str] = []
    for relation, one in _chained_exceptions(error):
        if relation:
            lines.append(f"{relation} {headline(one)}")
        lines += _frame_lines(one)
        lines += _group_lines(one)
    return tuple(lines)


def _chained_exceptions(error: BaseException) -> Iterator[tuple[str, BaseException]]:
    seen: set[int] = set()
    relation, found = "", error
    while id(found) not in seen:
        seen.add(id(found))
        yield relation, found
        if found.__cause__ is not None:
            relation, found = "caused by", found.__cause__
        elif found.__context__ is not None and not found.__suppress_context__:
            relation, found = "while handling", found.__context__


def _group_lines(error: BaseException) -> Iterator[str]:
    """Format the members of an exception group (Python 3.11 and later)."""
    members = getattr(error, "exceptions", ())
    if not isinstance(members, tuple):
        return
    for one in members[:_FEWEST]:
        if isinstance(one, BaseException):
            yield f"with {headline(one)}"
            yield from (f"  {line}" for line in traceback_lines(one))
    if len(members) > _FEWEST:
        yield f"({len(members) - _FEWEST} other exceptions not shown)"


def _frame_lines(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    walked = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    own = [
        summary
        for frame, summary in zip(walked, frames, strict=True)
        if not is_foreign(frame.f_code, frame.f_globals)
    ]
    shown = own or frames[-_FEWEST:]
    lines: list[str] = []
    hidden = len(frames) - len(shown)
    for frame, same in groupby(shown):
        calls = sum(1 for _ in same)
        times = f"  ({calls} times)" if calls > 1 else ""
        lines.append(
            f"{shortened(frame.filename)}:{frame.lineno} in {frame.name}"
            f"  ->  {frame.line}{times}"
        )
    hidden += max(0, len(lines) - _MOST)
    lines = lines[-_MOST:]
    return [*lines, f"({hidden} other frames not shown)"] if hidden else lines


def is_foreign(code: CodeType, variables: Mapping[str, Any]) -> bool:
    """Return whether code is part of a package, of Python or of pypact.

    All other code is the user's own.
    `variables` are the global variables of the code. Code generated at run time and
    compiled extensions have no source file, so the file of the module with these
    variables decides. A notebook cell has no file either, but its lines are available.
    """
    filename = code.co_filename
    if is_installed(filename):
        return True
    if os.path.isfile(filename):  # noqa: PTH113 -- 5 times as fast as pathlib
        return False
    module = variables.get("__file__")
    if isinstance(module, str) and is_installed(module):
        return True
    return not linecache.getlines(filename)


def is_installed(filename: str) -> bool:
    """Return whether a file belongs to an installed package, to Python or to pypact.

    The file need not exist.
    """
    return filename.startswith(_FOREIGN) or "site-packages" in filename


def shortened(filename: str) -> str:
    """Return a file name relative to the current directory, if it is below it."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 -- ends with a slash
    return filename.removeprefix(here)


_FEWEST = 3
_MOST = 12
_FOREIGN = (
    "<attrs",
    "<frozen",
    "<string>",
    sysconfig.get_path("stdlib"),
    str(Path(pypact.__file__).parent) + os.sep,
)
