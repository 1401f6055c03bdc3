"""What is said of a start that failed, out of the text that the application sent?

Starlette and Litestar send a whole traceback. Its last exception is kept, with all its
lines: the first of a pydantic error says less than those below it.
"""

from __future__ import annotations

import re

__all__ = ["last_exception"]


def last_exception(text: str) -> str:
    """Return the last exception of a traceback, without frames.

    A string that is not a traceback is returned whole.
    """
    lines = text.strip().splitlines()
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    if not heads:
        return text.strip()
    head = lines[heads[-1]]
    margin = head.rindex("+") + 2 if _PART.match(head) else len(_margin_of(head))
    kept: list[str] = []
    for line in lines[heads[-1] + 1 :]:
        if margin and _END.match(line):
            break
        inner = line[margin:]
        if kept or not inner.startswith("  "):
            kept.append(inner.rstrip())
    return "\n".join(kept).strip()


def _margin_of(head: str) -> str:
    """Return the indentation and lines drawn to the left of an exception group."""
    return head[: len(head) - len(head.lstrip(" |+"))]


_PART = re.compile(r"[ |]*(\+-)?\+-+ \d+ -+")
_HEAD = re.compile(
    rf"{_PART.pattern}|[ |+]*(Exception Group )?Traceback \(most recent call last\):"
)
_END = re.compile(r" *\+-+ *$")
