"""Which exception does a traceback tell of that a framework wrote as text?

Some frameworks write it to the error stream or into the message of a log record, and
keep the exception itself to themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from pypact.verifier.tracebacks import is_installed, shortened

__all__ = ["ToldException", "told_exception"]


class ToldException(NamedTuple):
    """An exception as text: one line that names it, and the lines of its traceback."""

    headline: str
    lines: tuple[str, ...]


def told_exception(texts: Iterable[str]) -> ToldException | None:
    """Return the last traceback of the first string that contains one."""
    for text in texts:
        found = list(_BEGINNING.finditer(text))
        if found:
            return _parse_lines(text[found[-1].end() :].splitlines())
    return None


def _parse_lines(lines: list[str]) -> ToldException | None:
    frames: list[tuple[str, str]] = []
    for index, line in enumerate(lines):
        if frame := _FRAME.match(line):
            name, number, function = frame.groups()
            following = lines[index + 1].strip() if index + 1 < len(lines) else ""
            code = "" if _FRAME.match(f"  {following}") else following
            shown = f"{shortened(name)}:{number} in {function}  ->  {code}"
            frames.append((name, shown))
        elif line and not line[0].isspace():
            return ToldException(line.strip(), _select_frames(frames))
    return None


def _select_frames(frames: list[tuple[str, str]]) -> tuple[str, ...]:
    own = [shown for name, shown in frames if not is_installed(name)]
    shown = (own or [shown for _, shown in frames[-_FEWEST:]])[-_MOST:]
    hidden = len(frames) - len(shown)
    return (*shown, f"({hidden} other frames not shown)") if hidden else tuple(shown)


_FEWEST = 3
_MOST = 12
_BEGINNING = re.compile(r"Traceback \(most recent call last\):\n")
_FRAME = re.compile(r'  File "(.+)", line (\d+), in (.+)')
