"""Publish the verification results of a pytest session to a Pact Broker, once.

They are published only if every interaction of every pact ran: deselected tests count
as missing, and so do those that `-x` skipped. Under pytest-xdist the controller
publishes the results of all workers.

Source: docs/internals/verification.md, "Publishing from pytest".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pypact.pytest_plugin.options import read_option
from pypact.pytest_plugin.provider import find_interaction, read_first_line
from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.verifier.publishing import Publication


class PublishingPlugin(CollectingPlugin):
    """A plugin that publishes the results of a session at its end."""

    key = "pypact_publication"

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._publication: Publication | None = None
        self._expected: set[int] = set()
        self._lines: tuple[str, ...] = ()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_pycollect_makeitem(self) -> Generator[None, object, object]:
        """Register what will be verified, before single items are picked by id."""
        items = yield
        for item in items if isinstance(items, list) else ():
            self.pytest_itemcollected(item)
        return items

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Register what will be verified, before items are deselected."""
        one = find_interaction(item)
        if one is None:
            return
        if one.case.pact.broker is not None:
            self._open_publication().begin(one.case, item.nodeid)
        selected = one.selected
        if id(selected) not in self._expected:
            self._expected.add(id(selected))
            cases = (*selected.cases, *selected.left_out)
            if any(case.pact.broker is not None for case in cases):
                self._open_publication().expect(selected)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Add the result of an interaction, or the failure of the test around it."""
        report = yield
        one = find_interaction(item)
        if self._publication is None or one is None:
            return report
        if call.when == "setup":
            self._publication.begin(one.case, item.nodeid)  # again for each rerun
        elif one.result is None:
            pass  # the test did not verify the interaction
        elif report.failed:
            problem = f"the test failed in its {call.when}: {read_first_line(call)}"
            self._publication.add(one.result, item.nodeid, problem=problem)
        elif call.when == "call" and (report.passed or hasattr(report, "wasxfail")):
            self._publication.add(one.result, item.nodeid)
        return report

    def export_data(self) -> bytes | None:
        if self._publication is None or self._config.option.collectonly:
            return None
        return self._publication.export()

    def import_data(self, data: bytes) -> None:
        self._open_publication().import_results(data)

    def finish(self, session: pytest.Session) -> None:
        if self._publication is None or self._config.option.collectonly:
            return
        outcome = self._publication.conclude(
            publish=read_option(self._config, "publish"), with_notices_before=True
        )
        self._lines = outcome.lines
        if outcome.failure is not None and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print what was published, or why nothing was, and the broker's notices."""
        if self._lines:
            terminalreporter.section("pypact: Pact Broker")
            for line in self._lines:
                terminalreporter.write_line(line)

    def _open_publication(self) -> Publication:
        if self._publication is None:
            from pypact.verifier.publishing import Publication  # noqa: PLC0415 -- only if pacts come from a broker

            self._publication = Publication()
        return self._publication
