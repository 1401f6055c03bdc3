"""Write contracts and verify providers in a pytest session.

Contracts are written once, when the session ends, and only from tests that passed: the
interactions that a test staged are committed when its call and its teardown have
passed. Under pytest-xdist the workers send them to the controller, which alone writes.
Nothing else of pypact is imported until a test has used a pact.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from pypact import _process
from pypact.pytest_plugin.provider import ProviderPlugin, _binding, add_options
from pypact.pytest_plugin.workers import PublishingPlugin, SharingPlugin

if TYPE_CHECKING:
    from pypact.consumer.definitions import Definitions
    from pypact.consumer.writer import PactWriter

__all__ = ["_binding"]


_EXPORTED = "pypact_recordings"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the command line options for consumer and provider tests."""
    add_options(parser)
    group = parser.getgroup("pypact", "pypact: consumer-driven contracts")
    group.addoption(
        "--pypact-block-network",
        action="store_true",
        help="in every intercept() block, refuse requests that no pact declares",
    )
    group.addoption(
        "--pypact-allow-hosts",
        default="",
        metavar="HOSTS",
        help="comma-separated host or host:port to exempt from --pypact-block-network",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Configure the session: network policy, recording and the plugins."""
    if config.getoption("--pypact-block-network"):
        hosts = config.getoption("--pypact-allow-hosts").lower().split(",")
        _process.block_network(host.strip() for host in hosts if host.strip())
        config.add_cleanup(_process.unblock_network)
    _process.defer_writing()
    config.add_cleanup(_process.stop_deferring)
    config.pluginmanager.register(_Session(config), "pypact-session")
    config.addinivalue_line("markers", "pypact: verify an interaction of a contract")
    config.pluginmanager.register(ProviderPlugin(config), "pypact-provider")
    config.pluginmanager.register(PublishingPlugin(config), "pypact-publishing")
    config.pluginmanager.register(SharingPlugin(config), "pypact-sharing")


class _Session:
    """Records the contracts of one pytest session, or of one xdist worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._reports: list[pytest.TestReport] = []
        self._unclaimed: list[str] = []
        self._imported: list[bytes] = []
        self._written: list[str] = []
        self._failure: str | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item
    ) -> Generator[None, object, object]:
        """Commit the interactions that a passed test staged; else discard them."""
        self._reports.clear()
        result = yield
        if (recorder := _recorder()) is not None:
            passed = {report.when for report in self._reports if report.passed}
            failed = any(report.failed for report in self._reports)
            if "call" in passed and not failed:
                recorder.commit()
            else:
                recorder.discard()
        self._report_unclaimed(item)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the outcomes of the running test's phases."""
        self._reports.append(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 -- the hook's signature
        """Receive the interactions that a worker has committed."""
        output = getattr(node, "workeroutput", {})
        if _EXPORTED in output:
            self._imported.append(output[_EXPORTED])

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the contracts, or in a worker send them to the controller."""
        worker_output = getattr(self._config, "workeroutput", None)
        recorder = _recorder()
        if worker_output is not None:
            if recorder is not None:
                worker_output[_EXPORTED] = recorder.export_committed()
            return
        if recorder is None and not self._imported:
            return
        self._write(session)

    def _write(self, session: pytest.Session) -> None:
        from pypact.consumer.writer import PACT_WRITER  # noqa: PLC0415 -- imported only if there are contracts
        from pypact.errors import PactError  # noqa: PLC0415 -- the same

        try:
            for exported in self._imported:
                PACT_WRITER.import_committed(exported)
            self._written = [str(path) for path in PACT_WRITER.write()]
        except PactError as error:
            self._failure = str(error)
            if session.exitstatus == pytest.ExitCode.OK:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED
        finally:
            PACT_WRITER.reset()

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print which contracts were written, and which definitions were not used."""
        if self._unclaimed:
            terminalreporter.section(
                "pypact: defined, but not used in any block", yellow=True
            )
            for line in self._unclaimed:
                terminalreporter.write_line(line)
        if self._failure is not None:
            terminalreporter.section("pypact: contracts could not be written", red=True)
            terminalreporter.write_line(self._failure)
        if self._written and terminalreporter.verbosity >= 0:
            terminalreporter.write_line(f"pypact: wrote {', '.join(self._written)}")

    def _report_unclaimed(self, item: pytest.Item) -> None:
        for definitions in _all_definitions():
            name = definitions.pact.name
            for builder in definitions.take_all():
                if builder.is_exported:
                    continue
                self._unclaimed.append(
                    f"{item.nodeid}: {builder!r} of {name}; "
                    "send its request inside `with pact.intercept():`"
                )
            for message in definitions.messages.drop_messages():
                self._unclaimed.append(
                    f"{item.nodeid}: {message!r} of {name}; "
                    "pass it to the code that handles it: `message.verify(handler)`"
                )


def _recorder() -> PactWriter | None:
    """Return the recorder, or None if its module has not been imported."""
    module = sys.modules.get("pypact.consumer.writer")
    return None if module is None else module.PACT_WRITER


def _all_definitions() -> list[Definitions]:
    module = sys.modules.get("pypact.consumer.definitions")
    return [] if module is None else [*module.DEFINITIONS]
