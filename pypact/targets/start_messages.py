"""What is said of a start that failed, out of the text that the application sent?

Starlette and Litestar send a whole traceback. Its last exception is told, with all its
lines: the first of a pydantic error says less than those below it.
"""

from __future__ import annotations

import re

__all__ = ["last_exception"]


def last_exception(text: str) -> str:
    """The last exception of a traceback without its frames, or all of another text."""
    lines = text.strip().splitlines()
    heads = [number for number, line in enumerate(lines) if _HEAD.match(line)]
    if not heads:
        return text.strip()
    head = lines[heads[-1]]
    margin = head.rindex("+") + 2 if _PART.match(head) else len(_margin(head))
    told: list[str] = []
    for line in lines[heads[-1] + 1 :]:
        if margin and _END.match(line):
            break
        inner = line[margin:]
        if told or not inner.startswith("  "):
            told.append(inner.rstrip())
    return "\n".join(told).strip()


def _margin(head: str) -> str:
    """What stands to the left of a group's exceptions."""
    return head[: len(head) - len(head.lstrip(" |+"))]


_PART = re.compile(r"[ |]*(\+-)?\+-+ \d+ -+")
_HEAD = re.compile(
    rf"{_PART.pattern}|[ |+]*(Exception Group )?Traceback \(most recent call last\):"
)
_END = re.compile(r" *\+-+ *$")
