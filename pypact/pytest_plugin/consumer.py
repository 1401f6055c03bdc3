"""Write the contracts of a pytest session, from the tests that passed.

The interactions that a test staged are committed when its call and its teardown have
passed, and written when the session ends. Under pytest-xdist the workers send them to
the controller, which alone writes. Nothing else of pypact is imported until a test has
used a pact.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.consumer.definitions import Definitions
    from pypact.consumer.writer import PactWriter


class ConsumerPlugin(CollectingPlugin):
    """A plugin that records the contracts of one pytest session or xdist worker."""

    key = "pypact_recordings"

    def __init__(self) -> None:
        self._reports: list[pytest.TestReport] = []
        self._unclaimed: list[str] = []
        self._imported: list[bytes] = []
        self._written: list[str] = []
        self._failures: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item
    ) -> Generator[None, object, object]:
        """Commit the interactions that a passed test staged; else discard them."""
        self._reports.clear()
        result = yield
        if (writer := _find_writer()) is not None:
            passed = {report.when for report in self._reports if report.passed}
            failed = any(report.failed for report in self._reports)
            if "call" in passed and not failed:
                writer.commit()
            else:
                writer.discard()
        self._collect_unclaimed(item)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the outcomes of the running test's phases."""
        self._reports.append(report)

    def export_data(self) -> bytes | None:
        writer = _find_writer()
        return None if writer is None else writer.export_committed()

    def import_data(self, data: bytes) -> None:
        self._imported.append(data)

    def finish(self, session: pytest.Session) -> None:
        if _find_writer() is None and not self._imported:
            return
        from pypact.consumer.writer import PACT_WRITER  # noqa: PLC0415 -- imported only if there are contracts

        failures = []
        try:
            for exported in self._imported:
                failures += PACT_WRITER.import_committed(exported)
            written, others = PACT_WRITER.write()
            self._written = [str(path) for path in written]
            self._failures = [str(error) for error in (*failures, *others)]
        finally:
            PACT_WRITER.reset()
        if self._failures and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print which contracts were written, and which definitions were not used."""
        if self._unclaimed:
            title = "pypact: defined, but not used in any block"
            terminalreporter.section(title, yellow=True)
            for line in self._unclaimed:
                terminalreporter.write_line(line)
        if self._failures:
            terminalreporter.section("pypact: contracts could not be written", red=True)
            for failure in self._failures:
                terminalreporter.write_line(failure)
        if self._written and terminalreporter.verbosity >= 0:
            terminalreporter.write_line(f"pypact: wrote {', '.join(self._written)}")

    def _collect_unclaimed(self, item: pytest.Item) -> None:
        for definitions in _find_definitions():
            unused: list[tuple[object, str]] = [
                (builder, "send its request inside `with pact.intercept():`")
                for builder in definitions.take_all()
                if not builder.is_exported
            ]
            how = "pass it to the code that handles it: `message.verify(handler)`"
            unused += [(one, how) for one in definitions.messages.drop_messages()]
            name = definitions.pact.name
            for one, advice in unused:
                self._unclaimed.append(f"{item.nodeid}: {one!r} of {name}; {advice}")


def _find_writer() -> PactWriter | None:
    """Return the writer, or None if its module has not been imported."""
    module = sys.modules.get("pypact.consumer.writer")
    return None if module is None else module.PACT_WRITER


def _find_definitions() -> list[Definitions]:
    module = sys.modules.get("pypact.consumer.definitions")
    return [] if module is None else [*module.DEFINITIONS]
