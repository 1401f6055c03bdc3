"""Publish the contracts of a pytest session to a Pact Broker, once.

They are published only after a complete run that succeeded: a contract without the
interactions of some tests would be checked in place of the whole one. Under
pytest-xdist the controller publishes.

Source: docs/internals/conventions.md, "The broker's client".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pypact.pytest_plugin.consumer import ConsumerPlugin
from pypact.pytest_plugin.options import read_option
from pypact.pytest_plugin.outcomes import OutcomesPlugin
from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.broker import Broker


class ContractPublishingPlugin(CollectingPlugin):
    """A plugin that publishes the contracts which a session has written."""

    key = "pypact_deselected"

    def __init__(
        self, config: pytest.Config, consumer: ConsumerPlugin, outcomes: OutcomesPlugin
    ) -> None:
        self._config = config
        self._consumer = consumer
        self._outcomes = outcomes
        self._deselected = 0
        self._lines: list[str] = []
        self._failure: str | None = None
        # Workers do not publish. Others find out now, not after the tests.
        is_worker = hasattr(config, "workerinput")
        self._broker = None if is_worker else self._open_broker()

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count the tests that an option or a plugin leaves out."""
        self._deselected += len(items)

    def export_data(self) -> int | None:
        return self._deselected or None

    def import_data(self, data: int) -> None:
        self._deselected = max(self._deselected, data)

    def finish(self, session: pytest.Session) -> None:
        if self._broker is None or self._config.option.collectonly:
            return
        if reason := self._find_obstacle(session):
            self._lines.append(f"The contracts were not published: {reason}")
            return
        from pypact.errors import PactError  # noqa: PLC0415 -- only in a run that publishes

        try:
            self._broker.publish(
                self._consumer.written,
                version=self._version,
                branch=read_option(self._config, "consumer-branch"),
                tags=read_option(self._config, "consumer-tag") or (),
                detect_build=True,
                show=self._lines.append,
            )
        except PactError as error:
            self._failure = str(error)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print what was published, or why nothing was, and the broker's notices."""
        if self._lines or self._failure:
            terminalreporter.section("pypact: contracts in the Pact Broker")
        for line in self._lines:
            terminalreporter.write_line(line)
        if self._failure:
            text = f"The contracts could not be published: {self._failure}"
            terminalreporter.write_line(text, red=True)

    def _open_broker(self) -> Broker:
        from pypact.broker import Broker, detect_build  # noqa: PLC0415 -- only in a run that publishes
        from pypact.errors import PactError  # noqa: PLC0415 -- the same

        self._version = read_option(self._config, "consumer-version")
        self._version = self._version or detect_build().version
        if not self._version:
            raise pytest.UsageError(
                "--pypact-publish-contracts needs the version of the consumer: pass "
                "--pypact-consumer-version, or run in a git repository"
            )
        try:
            return Broker(publish=False)
        except PactError as error:
            raise pytest.UsageError(f"--pypact-publish-contracts: {error}") from None

    def _find_obstacle(self, session: pytest.Session) -> str | None:
        """Return why the contracts must not be published, or None."""
        if session.exitstatus != pytest.ExitCode.OK:
            return "the run did not succeed"
        if self._deselected:
            return f"{self._deselected} tests were deselected"
        if not self._outcomes.is_complete():
            return "an option or argument left tests out"
        if not self._consumer.written:
            return "the run has written none"
        return None
