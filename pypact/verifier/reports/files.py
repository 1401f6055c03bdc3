"""Which reports are written to files?"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pypact.errors import StoreError
from pypact.verifier.events import Event, RunFinished
from pypact.verifier.reports.junit import junit
from pypact.verifier.reports.markdown import markdown
from pypact.verifier.reports.sums import told_run

__all__ = ["FileReport", "JsonReport", "JunitReport", "MarkdownReport", "write_report"]


class FileReport:
    """Writes one file when a run is over; directories are made."""

    kind = ""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path

    def __call__(self, event: Event) -> None:
        """Wait for the end of the run."""
        if isinstance(event, RunFinished):
            write_report(self.kind, self._path, told_run(event.result))


class JsonReport(FileReport):
    """Writes everything that is known, as JSON."""

    kind = "json"


class JunitReport(FileReport):
    """Writes JUnit's XML, for what shows test results."""

    kind = "junit"


class MarkdownReport(FileReport):
    """Writes a summary in Markdown, for the page of a build."""

    kind = "markdown"


def write_report(kind: str, path: str | os.PathLike[str], data: dict[str, Any]) -> None:
    """Write `data` of a run, as `told_run` tells it, to a file.

    Raises: StoreError when it cannot be written.
    """
    text = _WRITERS[kind](data)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # What UTF-8 cannot hold (half of a surrogate pair) is escaped.
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(f"the report {os.fspath(path)}: {error.strerror}") from error


def _json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


_WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "json": _json,
    "junit": junit,
    "markdown": markdown,
}
