"""Report a run on the console, with the progress of long runs.

On a terminal, the progress is a bar that is overwritten; elsewhere, as in the log of
a build, a line is written from time to time. Short runs show no progress.
"""

from __future__ import annotations

import os
import sys
import textwrap
import time
from collections.abc import Callable
from typing import TextIO

from pypact.masking import (
    escape_control_characters,
    escape_unencodable,
)
from pypact.sources import LoadedPact
from pypact.verifier.reports.files import format_skipped
from pypact.verifier.reports.text import (
    build_headline,
    build_summary_line,
    format_comments,
    format_details,
)
from pypact.verifier.results import (
    Event,
    InteractionFinished,
    InteractionResult,
    PactStarted,
    PublishingFinished,
    Report,
    RunFinished,
    RunStarted,
    VerificationResult,
    name_parties,
)


class ProgressReport:
    """A report of the progress of a long run, to standard error by default.

    On a terminal it is a bar, else a line from time to time. `report` is another report
    that may write to the same terminal: the bar is erased before it does.
    """

    def __init__(
        self, stream: TextIO | None = None, *, report: Report | None = None
    ) -> None:
        self._stream = stream
        self._report = report
        self._count = self._done = 0
        self._next = 0.0
        self._width = 0

    def __call__(self, event: Event) -> None:
        """Count the interaction, and write the progress from time to time."""
        shown = self._width
        if self._report is not None:
            self._erase()
            self._report(event)
        if isinstance(event, RunStarted):
            self._count, self._done = event.count, 0
            self._next = time.monotonic() + self._interval
        elif isinstance(event, InteractionFinished):
            self._done += 1
            now = time.monotonic()
            if now >= self._next:
                self._next = now + self._interval
                self._write()
            elif shown and not self._width:
                self._write()
        elif isinstance(event, RunFinished):
            self._erase()

    @property
    def _out(self) -> TextIO:
        return self._stream or sys.stderr

    @property
    def _interval(self) -> float:
        return _TERMINAL_INTERVAL if self._out.isatty() else _LOG_INTERVAL

    def _write(self) -> None:
        text = f"{self._done}/{self._count}"
        if not self._out.isatty():
            print(f"{text} interactions verified", file=self._out, flush=True)
            return
        self._erase()
        filled = _BAR_WIDTH * self._done // max(self._count, 1)
        text = f"[{'#' * filled:<{_BAR_WIDTH}}] {text}"
        self._width = len(text)
        print(text, end="", file=self._out, flush=True)

    def _erase(self) -> None:
        if self._width:
            blank = " " * self._width
            print(f"\r{blank}\r", end="", file=self._out, flush=True)
        self._width = 0


# In seconds.
_LOG_INTERVAL = 5.0
_TERMINAL_INTERVAL = 0.5

_BAR_WIDTH = 40


class ConsoleReport:
    """A report for the console: one line per interaction, and details of each failure.

    `stream` defaults to standard output, looked up at each write. Colors are used on
    terminals unless `color` is given. `rerun` returns the command that verifies one
    interaction alone. With `quiet`, interactions that passed are left out.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        color: bool | None = None,
        rerun: Callable[[InteractionResult], str] | None = None,
        quiet: bool = False,
    ) -> None:
        self._stream = stream
        self._color = color
        self._rerun = rerun
        self._quiet = quiet
        self._results: list[InteractionResult] = []
        self._summaries: list[str] = []
        self._pact: LoadedPact | None = None

    def __call__(self, event: Event) -> None:
        if isinstance(event, PactStarted):
            self._close_pact()
            self._pact = event.pact
            self._write(f"{_pact_parties(event.pact)}   {event.pact.place}")
            for notice in event.pact.notices:
                shown = escape_control_characters(notice)
                self._write(textwrap.indent(shown, "  "))
        elif isinstance(event, InteractionFinished):
            self._results.append(event.result)
            self._write_result(event.result)
        elif isinstance(event, PublishingFinished):
            self._close_pact()
            for line in ["", *event.lines]:
                self._write(escape_control_characters(line))
        elif isinstance(event, RunFinished):
            self._close_pact()
            self._write_end(event.result)

    def _write_result(self, result: InteractionResult) -> None:
        outcome = _get_outcome_word(result)
        if result.is_ok and self._quiet:
            return
        label = self._colorize(f"{outcome:<8}", _COLORS[outcome])
        self._write(f"  {label} {build_headline(result)}")
        if result.is_ok:
            for line in format_comments(result, " " * 11):
                self._write(line)
        else:
            rerun = self._rerun(result) if self._rerun is not None else ""
            for line in [*format_details(result, " " * 11, rerun=rerun), ""]:
                self._write(self._colorize(line, _COLORS.get(_get_diff_sign(line), "")))

    def _close_pact(self) -> None:
        if self._pact is not None:
            passed = sum(one.is_ok for one in self._results)
            failed = sum(one.is_fatal for one in self._results)
            pending = len(self._results) - passed - failed
            seconds = sum(one.duration for one in self._results)
            who = _pact_parties(self._pact)
            line = build_summary_line(who, passed, failed, pending, seconds)
            self._summaries.append(line)
        self._pact, self._results = None, []

    def _write_end(self, result: VerificationResult) -> None:
        end = format_skipped(result.left_out, result.selection)
        if result.problem is not None:
            end = [f"{result.provider} was not verified: {result.problem}"]
        for line in ["", *self._summaries, *end]:
            self._write(escape_control_characters(line))
        self._summaries = []

    def _write(self, line: str) -> None:
        stream = self._stream or sys.stdout
        print(escape_unencodable(line, getattr(stream, "encoding", None)), file=stream)

    def _colorize(self, text: str, code: str) -> str:
        color = self._color
        if color is None and not os.environ.get("NO_COLOR"):
            color = (self._stream or sys.stdout).isatty()
        return f"\x1b[{code}m{text}\x1b[0m" if color and code else text


def _pact_parties(pact: LoadedPact) -> str:
    return name_parties(pact.contract.consumer, pact.contract.provider)


def _get_outcome_word(result: InteractionResult) -> str:
    if result.is_ok:
        return "ok"
    return "FAILED" if result.is_fatal else "pending"


def _get_diff_sign(line: str) -> str:
    """Return the sign that a line of a diff begins with, or an empty string."""
    start = line.lstrip()[:2]
    return start if start in ("- ", "+ ") else ""


_COLORS = {"ok": "32", "FAILED": "1;31", "pending": "33", "- ": "31", "+ ": "32"}
