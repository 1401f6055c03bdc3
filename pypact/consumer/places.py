"""Where in the test was this written?"""

from __future__ import annotations

import contextlib
from pathlib import Path

from pypact.hooks.callers import caller_place

__all__ = ["place_of_caller"]


def place_of_caller() -> str:
    """Name the user's line, "file:line", relative to the current folder if below it."""
    file, colon, line = caller_place().rpartition(":")
    # Elsewhere, or with the current folder gone, the whole path serves as well.
    with contextlib.suppress(ValueError, OSError):
        file = str(Path(file).relative_to(Path.cwd()))
    return f"{file}{colon}{line}"
