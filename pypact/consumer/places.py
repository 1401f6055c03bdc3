"""Where in the test was this written?"""

from __future__ import annotations

import contextlib
from pathlib import Path

from pypact.hooks.callers import caller_place

__all__ = ["place_of_caller"]


def place_of_caller() -> str:
    """Return the "file:line" of the user's code that is running.

    The path is relative if the file is below the current directory.
    """
    file, colon, line = caller_place().rpartition(":")
    # The path stays absolute elsewhere, or if the current directory was deleted.
    with contextlib.suppress(ValueError, OSError):
        file = str(Path(file).relative_to(Path.cwd()))
    return f"{file}{colon}{line}"
