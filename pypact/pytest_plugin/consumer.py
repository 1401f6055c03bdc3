"""Write the contracts of a pytest session, from the tests that passed.

The interactions that a test staged are committed when its call and its teardown have
passed, and written when the session ends. Under pytest-xdist the workers send them to
the controller, which alone writes. After a complete run, stale interactions leave the
contracts. Nothing else of pypact is imported until a test has used a pact.

Source: docs/internals/design.md, "Decision 8: Staging and writing";
docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pypact.pytest_plugin.options import read_option
from pypact.pytest_plugin.outcomes import OutcomesPlugin, get_test_id, read_suite_name
from pypact.pytest_plugin.variants import find_definitions
from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.consumer.info import PactInfo
    from pypact.consumer.writer import PactWriter
    from pypact.formats.records import CompleteRun, NamedTest


class ConsumerPlugin(CollectingPlugin):
    """A plugin that records the contracts of one pytest session or xdist worker.

    `written` has the paths of the contracts that were written at the end.
    """

    key = "pypact_recordings"

    def __init__(self, config: pytest.Config, outcomes: OutcomesPlugin) -> None:
        self._config = config
        self._outcomes = outcomes
        self._suite_name: str | None = None
        self._reports: list[pytest.TestReport] = []
        self._unclaimed: list[str] = []
        self._imported: list[bytes] = []
        self.written: list[str] = []
        self._failures: list[str] = []
        self._removed: list[str] = []
        self._check: list[str] | None = None
        self._incomplete: list[str] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item
    ) -> Generator[None, object, object]:
        """Commit the interactions that a passed test staged; else discard them."""
        self._reports.clear()
        result = yield
        if (writer := _find_writer()) is not None:
            reports = _select_last_attempt(self._reports)
            passed = {report.when for report in reports if report.passed}
            failed = any(report.failed for report in reports)
            if "call" in passed and not failed:
                writer.commit(self._name_test(item))
            else:
                writer.discard()
        self._outcomes.note_outcome(item, self._reports)
        self._collect_unclaimed(item)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the outcomes of the running test's phases."""
        self._reports.append(report)

    def export_data(self) -> bytes | None:
        writer = _find_writer()
        if writer is None:
            return None
        import pickle  # noqa: PLC0415 -- only if there are contracts

        pacts = _list_pacts()
        exported = writer.export_committed()
        return pickle.dumps((exported, self._outcomes.export_data(), pacts))

    def import_data(self, data: bytes) -> None:
        self._imported.append(data)

    def finish(self, session: pytest.Session) -> None:
        writer = _find_writer()
        if writer is None and not self._imported:
            return
        if self._outcomes.is_complete():
            self._collect_unused()
        if read_option(self._config, "prove"):
            if writer is not None:
                writer.reset()
            return
        from pypact.pytest_plugin.contracts import conclude_session  # noqa: PLC0415 -- imported only if there are contracts

        outcome = conclude_session(
            self._imported,
            _list_pacts(),
            self._outcomes,
            get_run=lambda: self._get_complete_run(session),
            is_check=bool(read_option(self._config, "check")),
        )
        self.written, self._failures = outcome.written, outcome.failures
        self._removed, self._check = outcome.removed, outcome.check
        self._incomplete = outcome.incomplete
        has_failed = bool(self._failures or self._check)
        if has_failed and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _get_complete_run(self, session: pytest.Session) -> CompleteRun | None:
        if read_option(self._config, "keep-stale"):
            return None
        return self._outcomes.get_complete_run(session, self._get_suite())

    def _name_test(self, item: pytest.Item) -> NamedTest:
        from pypact.formats.records import NamedTest  # noqa: PLC0415 -- imported by the writer

        return NamedTest(self._get_suite(), get_test_id(item))

    def _get_suite(self) -> str:
        if self._suite_name is None:
            given = read_option(self._config, "suite")
            self._suite_name = given or read_suite_name(self._config.rootpath)
        return self._suite_name

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print which contracts were written, and which definitions were not used."""
        yellow, red = {"yellow": True}, {"red": True}
        sections = (
            ("defined, but not used in any block", yellow, self._unclaimed),
            (
                "removed from contracts, as no test writes it any more",
                yellow,
                self._removed,
            ),
            (
                "not written, as these variants did not run or pass",
                yellow,
                self._incomplete,
            ),
            ("the tests would change contracts", red, self._check),
            ("contracts could not be written", red, self._failures),
        )
        for title, colour, lines in sections:
            if lines:
                terminalreporter.section(f"pypact: {title}", "=", **colour)
            for line in lines or ():
                terminalreporter.write_line(line)
        if self.written and terminalreporter.verbosity >= 0:
            terminalreporter.write_line(f"pypact: wrote {', '.join(self.written)}")
        if self._check == [] and terminalreporter.verbosity >= 0:
            terminalreporter.write_line("pypact: the contracts are up to date")

    def _collect_unused(self) -> None:
        """Collect the interactions with variants of modules that no test has used."""
        for definitions in find_definitions():
            self._unclaimed += [
                f"{builder!r} of {definitions.pact.name}; pass it to a block or a "
                "decorator: `pact.intercept(interaction)`"
                for builder in definitions.reserved
                if not (builder.is_claimed or builder.is_exported)
            ]

    def _collect_unclaimed(self, item: pytest.Item) -> None:
        for definitions in find_definitions():
            definitions.close_iterations()
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


def _select_last_attempt(reports: list[pytest.TestReport]) -> list[pytest.TestReport]:
    """Return the reports after those of attempts that pytest-rerunfailures repeated.

    Subtests of these are reported as failed.
    """
    outcomes: list[str] = [report.outcome for report in reports]
    repeated = [n for n, outcome in enumerate(outcomes, 1) if outcome == "rerun"]
    return reports[repeated[-1] :] if repeated else reports


def _find_writer() -> PactWriter | None:
    """Return the writer, or None if its module has not been imported."""
    module = sys.modules.get("pypact.consumer.writer")
    return None if module is None else module.PACT_WRITER


def _list_pacts() -> list[PactInfo]:
    """Return the pacts that this process has created and not dropped."""
    return [one.pact for one in find_definitions()]
