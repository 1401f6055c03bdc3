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
    """A report that writes one file at the end of a run, creating its directory."""

    kind = ""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path

    def __call__(self, event: Event) -> None:
        """Write the file if the event is the end of the run."""
        if isinstance(event, RunFinished):
            write_report(self.kind, self._path, told_run(event.result))


class JsonReport(FileReport):
    """A report of all results as JSON."""

    kind = "json"


class JunitReport(FileReport):
    """A report in JUnit's XML format, for tools that show test results."""

    kind = "junit"


class MarkdownReport(FileReport):
    """A summary in Markdown, for the page of a CI build."""

    kind = "markdown"


def write_report(kind: str, path: str | os.PathLike[str], data: dict[str, Any]) -> None:
    """Write a report of the given kind to a file.

    `data` has the shape that `told_run` returns.

    Raises: StoreError if the file cannot be written.
    """
    text = _WRITERS[kind](data)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Lone surrogates, which UTF-8 cannot encode, are escaped.
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(
            f"cannot write the report {os.fspath(path)}: {error.strerror}"
        ) from error


def _render_json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


_WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "json": _render_json,
    "junit": junit,
    "markdown": markdown,
}
