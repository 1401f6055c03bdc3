"""Pass the events of a run to its reports, and publish the results."""

from __future__ import annotations

from collections.abc import Iterable

from pypact.errors import PactError, StoreError, VerificationFailed
from pypact.model.json import forget_rendered
from pypact.verifier.publishing import Publication
from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.text import RunFailureText
from pypact.verifier.results import (
    Event,
    InteractionFinished,
    PublishingFinished,
    Report,
    RunFinished,
    VerificationResult,
)
from pypact.verifier.selection import Selected


class EventDispatcher:
    """A dispatcher of a run's events to reports, which also publishes the results."""

    def __init__(self, reports: Iterable[Report] | None, selected: Selected) -> None:
        self._reports = [ConsoleReport()] if reports is None else list(reports)
        self._publication = Publication()
        self._publication.expect(selected)
        self._failure: PactError | None = None
        self._report_error: StoreError | None = None
        self._last: Event | None = None

    def __call__(self, event: Event) -> None:
        self._last = event
        if isinstance(event, InteractionFinished):
            self._publication.add(event.result)
        if isinstance(event, RunFinished):
            outcome = self._publication.conclude()
            self._failure = outcome.failure
            if outcome.lines:
                self._pass_on(PublishingFinished(outcome.lines))
        if self._reports:
            self._pass_on(event)
        if isinstance(event, RunFinished):
            forget_rendered()

    def result(self) -> VerificationResult:
        """Return the result of the run, or raise the error that it ends with."""
        assert isinstance(self._last, RunFinished)  # noqa: S101 -- always the last event
        result = self._last.result
        if self._report_error is not None:
            raise self._report_error
        if not result.is_ok:
            raise VerificationFailed(RunFailureText(result), result=result)
        if self._failure is not None:
            raise self._failure
        return result

    def _pass_on(self, event: Event) -> None:
        for report in self._reports:
            try:
                report(event)
            except StoreError as error:  # noqa: PERF203 -- the other reports are still written
                self._report_error = self._report_error or error
