"""How does a person at a console follow a run?"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Callable
from typing import TextIO

from pypact.masking import printable
from pypact.sources import SourcedPact
from pypact.verifier.events import (
    BrokerTold,
    Event,
    InteractionFinished,
    PactStarted,
    RunFinished,
)
from pypact.verifier.reports.sums import missing
from pypact.verifier.reports.text import details, headline_of, summary
from pypact.verifier.results import InteractionResult, VerificationResult

__all__ = ["ConsoleReport"]


class ConsoleReport:
    """Writes one line for each interaction, and all about those that failed.

    `stream` is standard output, looked up when something is written, unless given.
    Colours are for terminals, unless `color` says. `rerun` gives the command that
    verifies one interaction alone. A `quiet` one leaves out what passed.
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
        self._of_pact: list[InteractionResult] = []
        self._summaries: list[str] = []
        self._pact: SourcedPact | None = None

    def __call__(self, event: Event) -> None:
        """Tell of one event."""
        if isinstance(event, PactStarted):
            self._close_pact()
            self._pact = event.pact
            self._write(f"{_who(event.pact)}   {event.pact.place}")
            for notice in event.pact.notices:
                self._write(textwrap.indent(notice, "  "))
        elif isinstance(event, InteractionFinished):
            self._of_pact.append(event.result)
            self._tell(event.result)
        elif isinstance(event, BrokerTold):
            self._close_pact()
            self._write("")
            for line in event.lines:
                self._write(line)
        elif isinstance(event, RunFinished):
            self._close_pact()
            self._finish(event.result)

    def _tell(self, result: InteractionResult) -> None:
        word = _word(result)
        if result.is_ok and self._quiet:
            return
        shown = self._painted(f"{word:<8}", _COLORS[word])
        self._write(f"  {shown} {headline_of(result)}")
        if not result.is_ok:
            rerun = self._rerun(result) if self._rerun is not None else ""
            for line in [*details(result, " " * 11, rerun=rerun), ""]:
                self._write(self._painted(line, _COLORS.get(_sign(line), "")))

    def _close_pact(self) -> None:
        if self._pact is not None:
            self._summaries.append(summary(_who(self._pact), self._of_pact))
        self._pact, self._of_pact = None, []

    def _finish(self, result: VerificationResult) -> None:
        self._write("")
        for line in self._summaries:
            self._write(line)
        if result.problem is not None:
            self._write(f"{result.provider} was not verified: {result.problem}")
        else:
            for line in missing(result.left_out, result.selection):
                self._write(line)
        self._summaries = []

    def _write(self, line: str) -> None:
        stream = self._stream or sys.stdout
        print(printable(line, getattr(stream, "encoding", None)), file=stream)

    def _painted(self, text: str, code: str) -> str:
        color = self._color
        if color is None:
            terminal = (self._stream or sys.stdout).isatty()
            color = terminal and not os.environ.get("NO_COLOR")
        return f"\x1b[{code}m{text}\x1b[0m" if color and code else text


def _who(pact: SourcedPact) -> str:
    return f"{pact.contract.consumer} -> {pact.contract.provider}"


def _word(result: InteractionResult) -> str:
    if result.is_ok:
        return "ok"
    return "FAILED" if result.is_fatal else "pending"


def _sign(line: str) -> str:
    """The sign that a line of a diff begins with."""
    start = line.lstrip()[:2]
    return start if start in ("- ", "+ ") else ""


_COLORS = {"ok": "32", "FAILED": "1;31", "pending": "33", "- ": "31", "+ ": "32"}
