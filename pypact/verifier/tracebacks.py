"""Where in the team's own code did it happen?

Frames of installed packages, of the standard library and of pypact are left out and
counted, unless there are no others.
"""

from __future__ import annotations

import os
import sysconfig
import traceback
from collections.abc import Iterator
from pathlib import Path

import pypact

__all__ = ["headline", "is_foreign", "shortened", "traceback_lines"]


def headline(error: BaseException) -> str:
    """Name an exception in one line."""
    text = str(error).strip()
    name = type(error).__name__
    return f"{name}: {text.splitlines()[0]}" if text else name


def traceback_lines(error: BaseException) -> tuple[str, ...]:
    """Show where an exception was raised, and what caused it, in the order of calls."""
    lines: list[str] = []
    for index, one in enumerate(_chain(error)):
        if index:
            lines.append(f"caused by {headline(one)}")
        lines += _frames(one)
    return tuple(lines)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen:
        seen.add(id(found))
        yield found
        hidden = found.__suppress_context__
        found = found.__cause__ or (None if hidden else found.__context__)


def _frames(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not is_foreign(frame.filename)]
    shown = own or frames[-_FEWEST:]
    lines = [
        f"{shortened(frame.filename)}:{frame.lineno} in {frame.name}  ->  {frame.line}"
        for frame in shown[-_MOST:]
    ]
    hidden = len(frames) - len(lines)
    return [*lines, f"({hidden} other frames not shown)"] if hidden else lines


def is_foreign(filename: str) -> bool:
    """Tell whether a file is not the team's own."""
    return filename.startswith(_FOREIGN) or "site-packages" in filename


def shortened(filename: str) -> str:
    """Name a file as seen from the current directory, where it is below it."""
    here = os.path.join(os.getcwd(), "")  # noqa: PTH109, PTH118 -- with its slash
    return filename.removeprefix(here)


_FEWEST = 3
_MOST = 12
_FOREIGN = (
    "<frozen",
    sysconfig.get_path("stdlib"),
    str(Path(pypact.__file__).parent) + os.sep,
)
