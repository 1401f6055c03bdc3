"""Share contracts among pytest-xdist workers, and publish results once.

The controller of pytest-xdist does not collect tests, so it cannot know which contracts
are needed. It creates a folder, in which the first worker that reads something from a
server stores the response for the others. Contracts in files are read by each worker.
Each worker sends its results to the controller, which alone publishes, and only if
every interaction of every pact ran: deselected tests count as missing, and so do those
that `-x` skipped.

Source: docs/internals/verification.md, "Publishing from pytest".
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pypact import _process
from pypact.pytest_plugin.provider import find_interaction, read_first_line, read_option

if TYPE_CHECKING:
    from pypact.verifier.publishing import Publication


_EXPORTED = "pypact_publication"


class PublishingPlugin:
    """Publishes the results of a session; a worker sends them to the controller."""

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
        selected = getattr(one, "selected", None)
        if selected is None:
            return
        if one.case.pact.broker is not None:
            self._open_publication().begin(one.case, item.nodeid)
        if id(selected) in self._expected:
            return
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
        if self._publication is None or not hasattr(one, "case"):
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

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 -- the hook's signature
        """Receive the results of a worker."""
        exported = getattr(node, "workeroutput", {}).get(_EXPORTED)
        if exported is not None:
            self._open_publication().take(exported)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Publish the results, or in a worker send them to the controller."""
        if self._publication is None or self._config.option.collectonly:
            return
        worker_output = getattr(self._config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_EXPORTED] = self._publication.export()
            return
        conclusion = self._publication.conclude(
            publish=read_option(self._config, "publish"), with_notices_before=True
        )
        self._lines = conclusion.lines
        if conclusion.failure is not None and session.exitstatus == pytest.ExitCode.OK:
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


_FOLDER = "pypact_spool"


class SharingPlugin:
    """Shares the contracts read from servers among the xdist workers of a session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._folder: str | None = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Send each worker the path of the folder with the shared responses."""
        if self._folder is None:
            import shutil  # noqa: PLC0415 -- only if there are workers
            import tempfile  # noqa: PLC0415 -- the same

            self._folder = tempfile.mkdtemp(
                prefix="pypact-"
            )  # readable by the user only
            self._config.add_cleanup(
                lambda: shutil.rmtree(self._folder or "", ignore_errors=True)
            )
        node.workerinput[_FOLDER] = self._folder

    @pytest.hookimpl(wrapper=True)
    def pytest_collection(self) -> Generator[None, object, object]:
        """Use the shared folder while tests are collected, and contracts are read."""
        folder = getattr(self._config, "workerinput", {}).get(_FOLDER)
        with _process.share_results(folder):
            return (yield)
