"""Collect one pytest item for each interaction of a provider, and report the results.

Source: docs/internals/verification.md, "The pytest plugin".
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any

import pytest

from pypact.pytest_plugin.options import read_criteria, read_option, read_report_paths
from pypact.pytest_plugin.outcomes import relate_node
from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.verifier.results import InteractionResult
    from pypact.verifier.testcases import (
        ContractInteraction,
        InteractionTests,
        TestTarget,
    )

ARGUMENT = "interaction"
_BINDING = "_pypact_binding"
_COMPAT_ARGUMENT = "pact_verifier"  # of pypact.compat.pactman


class ProviderPlugin(CollectingPlugin):
    """The provider tests of one pytest session, or of one xdist worker."""

    key = "pypact_extent"

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collected: dict[str, dict[str, Any]] = {}
        self._extent = _Extent()
        self._closing: set[tuple[str, int]] = set()
        self._problems: dict[str, str] = {}
        self._unwritten: list[str] = []

    def pytest_sessionstart(self) -> None:
        """Refuse reports that cannot be written, before any test runs."""
        paths = read_report_paths(self._config)
        if not paths:
            return
        from pypact.errors import StoreError  # noqa: PLC0415 -- only if there are reports
        from pypact.verifier.reports import REPORT_FORMATS  # noqa: PLC0415 -- the same

        try:
            for name in paths:
                REPORT_FORMATS[name].check()
        except StoreError as error:
            raise pytest.UsageError(str(error)) from None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize a function decorated with `@verifier.each()`."""
        tests: InteractionTests | None = _read_mark(metafunc.definition, _EACH)
        if tests is None:
            return
        if ARGUMENT not in metafunc.fixturenames:
            name = metafunc.definition.name
            raise pytest.Collector.CollectError(
                f"{metafunc.definition.nodeid}: @verifier.each() passes the argument "
                f"{ARGUMENT!r}, which the function does not accept; expected\n"
                f"    def {name}({ARGUMENT}): {ARGUMENT}.verify()"
            )
        parameters = [
            pytest.param(one, id=one.name, marks=self._marks_for(one))
            for one in tests.interactions(**read_criteria(self._config))
        ]
        metafunc.parametrize(ARGUMENT, parameters)

    def _marks_for(self, target: TestTarget) -> list[pytest.MarkDecorator]:
        marks = [pytest.mark.pypact]
        if target.is_pending and not read_option(self._config, "fail-pending"):
            from pypact.errors import VerificationFailed  # noqa: PLC0415 -- already imported here

            # Only this error is expected: one in a fixture is an error of the test.
            expected = VerificationFailed
            reason = "pending: a failure does not count yet"
            marks.append(
                pytest.mark.xfail(strict=False, raises=expected, reason=reason)
            )
        return marks

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Add the fixture that prepares the interaction to each item that has one."""
        one = find_interaction(item)
        if one is not None:
            self._extent.count(one)
            one.fails_pending = read_option(self._config, "fail-pending")
        if isinstance(item, pytest.Function) and _find_parameter(item) is not None:
            names = item.fixturenames
            if _BINDING not in names:
                names.insert(0, _BINDING)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Clear the result that a previous run of the interaction has left."""
        one = find_interaction(item)
        if one is not None:
            one.result = None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(
        self, pyfuncitem: pytest.Function
    ) -> Generator[None, object, object]:
        """Fail a test that does not verify its interaction."""
        __tracebackhide__ = True
        target = _find_parameter(pyfuncitem)
        if target is None:
            return (yield)
        if find_interaction(pyfuncitem) is None:
            target.verify()  # raises the problem, even if the test does not call it
        outcome = yield
        if target.result is None:
            pytest.fail(
                f"{pyfuncitem.nodeid} verifies nothing: it must call "
                f"{ARGUMENT}.verify() or await {ARGUMENT}.averify()",
                pytrace=False,
            )
        return outcome

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Put the verdict first in the report, and attach the result to it."""
        report = yield
        target = _find_target(item)
        if target is None:
            return report
        result = target.result
        if report.failed and (result is None or result.is_ok):
            report.__dict__[_PROBLEM] = _describe_problem(report, call, result)
        if call.when == "call":
            if call.excinfo is not None:
                _put_verdict_first(report, call.excinfo)
            # xdist sends it to the controller with the report.
            data = report.__dict__[_RESULT] = _convert_result(target, self._config)
            if report.passed and data is not None and data["commentLines"]:
                # Shown by `pytest -rP`; the text of a failure has them already.
                comments = "\n".join(data["commentLines"])
                report.sections.append(("comments of the contract", comments))
        if result is not None:
            _hide_secrets(report, result.secrets)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results and problems of tests that ran here or in a worker."""
        added = vars(report)
        if report.when == "setup":
            self._problems.pop(report.nodeid, None)  # left by a previous run
        if (problem := added.get(_PROBLEM)) is not None:
            self._problems[report.nodeid] = problem
        if (data := added.get(_RESULT)) is not None:
            self._collected[report.nodeid] = data  # of a test that reruns, the last

    def export_data(self) -> tuple[int, int, list[str]]:
        return self._extent.export()

    def import_data(self, data: tuple[int, int, list[str]]) -> None:
        self._extent.replace(*data)

    def finish(self, session: pytest.Session) -> None:
        """Write the requested reports."""
        paths = read_report_paths(self._config)
        if not paths:
            return
        from pypact.errors import StoreError  # noqa: PLC0415 -- only if there are reports
        from pypact.verifier.reports.files import aggregate, write_report  # noqa: PLC0415 -- the same

        results = list(self._collected.values())
        counts = self._extent.counts(len(results))
        data = aggregate(results, problems=self._problems.values(), **counts)
        for name, path in paths.items():
            try:
                write_report(name, path, data)
            except StoreError as error:  # noqa: PERF203 -- the other reports are still written
                # Printed at the end: raised here, it would hide all other output.
                self._unwritten.append(str(error))
                session.exitstatus = session.exitstatus or pytest.ExitCode.USAGE_ERROR

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print a summary of each contract, remarks, and what was not verified."""
        for problem in self._unwritten:
            terminalreporter.write_line(f"pypact: {problem}", red=True)
        if not self._collected or terminalreporter.verbosity < -1:
            return
        from pypact.verifier.reports.files import (  # noqa: PLC0415 -- only if something was verified
            format_contracts,
            format_notes,
            format_skipped,
        )

        results = list(self._collected.values())
        lines = [] if terminalreporter.verbosity < 0 else format_contracts(results)
        skipped = format_skipped(**self._extent.counts(len(results)))
        for line in [*lines, *format_notes(results), *skipped]:
            terminalreporter.write_line(f"pypact: {line}")

    @pytest.fixture(name=_BINDING)
    def bind(self, request: pytest.FixtureRequest) -> None:
        """Give the interaction access to fixtures; close its verifier after the module.

        `pytest_itemcollected` adds this fixture to the test.
        """
        one = find_interaction(request.node)
        if one is None:
            return
        one.value_for = _make_fixture_lookup(request)
        node = relate_node(request.config, str(request.node.nodeid))
        one.rerun = f'pytest "{node}"'
        module = request.node.getparent(pytest.Module)
        key = (module.nodeid, id(one.verifier))
        if key not in self._closing:
            self._closing.add(key)
            module.addfinalizer(one.verifier.close)
            # If items of several modules are interleaved, the module's finalizers run
            # several times, and each time the verifier must be registered again.
            module.addfinalizer(lambda: self._closing.discard(key))


class _Extent:
    """The numbers of interactions collected, and left out by the selection."""

    def __init__(self) -> None:
        self._items = 0
        self._left_out = 0
        self._criteria: list[str] = []
        self._seen: set[int] = set()

    def count(self, one: ContractInteraction) -> None:
        """Count a collected item, and once for each selection what it left out."""
        self._items += 1
        if id(one.selected) not in self._seen:
            self._seen.add(id(one.selected))
            self._left_out += len(one.selected.left_out)
            if one.selected.criteria and one.selected.criteria not in self._criteria:
                self._criteria.append(one.selected.criteria)

    def export(self) -> tuple[int, int, list[str]]:
        return self._items, self._left_out, self._criteria

    def replace(self, items: int, left_out: int, criteria: list[str]) -> None:
        """Set the counts to those of a worker; each worker collects all tests."""
        self._items, self._left_out, self._criteria = items, left_out, criteria

    def counts(self, verified: int) -> dict[str, Any]:
        """Return how many interactions were not verified, and the selection."""
        return {
            "left_out": self._left_out,
            "not_run": max(0, self._items - verified),
            "selection": "; ".join(self._criteria),
        }


def find_interaction(item: pytest.Item) -> ContractInteraction | None:
    """Return the interaction that an item or a unittest method verifies, or None."""
    target = _find_target(item)
    if target is None:
        return None
    from pypact.verifier.testcases import ContractInteraction  # noqa: PLC0415 -- already imported here

    return target if isinstance(target, ContractInteraction) else None


def _find_target(item: pytest.Item) -> TestTarget | None:
    if not isinstance(item, pytest.Function):
        return None
    target: TestTarget | None = _find_parameter(item) or _read_mark(item, _UNITTEST)
    return target


def _find_parameter(item: pytest.Function) -> TestTarget | None:
    """Return what an item verifies that was made for one interaction, or None."""
    callspec = getattr(item, "callspec", None)  # absent without parameters
    if callspec is None:
        return None
    is_own = _read_mark(item, _EACH) is not None
    value = callspec.params.get(ARGUMENT if is_own else _COMPAT_ARGUMENT)
    if value is None:
        return None
    from pypact.verifier.testcases import ContractInteraction, EmptySelection  # noqa: PLC0415 -- already imported here

    # Without any interaction, pytest passes a placeholder and skips the item.
    return value if isinstance(value, (ContractInteraction, EmptySelection)) else None


def _read_mark(item: pytest.Function, name: str) -> Any:
    """Return an attribute that a verifier sets on test functions, or None.

    It is found by name, so that a session without provider tests imports nothing else.
    """
    return getattr(item.function, name, None)


def read_first_line(call: pytest.CallInfo[None]) -> str:
    """Return the first line of the exception that a test raised, or ""."""
    return call.excinfo.exconly().partition("\n")[0] if call.excinfo else ""


def _make_fixture_lookup(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    def value_for(name: str) -> Any:
        try:
            return request.getfixturevalue(name)
        except pytest.FixtureLookupError as error:
            if error.argname != name:
                raise  # a fixture that the requested one depends on
            raise LookupError(name) from None

    return value_for


def _convert_result(target: TestTarget, config: pytest.Config) -> dict[str, Any] | None:
    if target.result is None:
        return None
    from pypact.verifier.reports import REPORT_FORMATS  # noqa: PLC0415 -- only if something was verified
    from pypact.verifier.reports.files import result_to_dict  # noqa: PLC0415 -- the same

    names = read_report_paths(config)
    return result_to_dict(
        target.result,
        rerun=target.rerun,
        with_contents=any(REPORT_FORMATS[name].needs_contents for name in names),
    )


def _describe_problem(
    report: pytest.TestReport,
    call: pytest.CallInfo[None],
    result: InteractionResult | None,
) -> str:
    """Return why a test failed although its interaction did not."""
    from pypact.masking import mask_text  # noqa: PLC0415 -- already imported here

    line = read_first_line(call)
    secrets = result.secrets if result is not None else ()
    return f"{report.nodeid} failed in its {report.when}: {mask_text(line, secrets)}"


def _hide_secrets(report: pytest.TestReport, secrets: frozenset[str]) -> None:
    """Mask secrets in the captured output and logs of the test."""
    from pypact.masking import mask_text  # noqa: PLC0415 -- already imported here

    report.sections = [
        (name, mask_text(content, secrets)) for name, content in report.sections
    ]


def _put_verdict_first(
    report: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException]
) -> None:
    """Remove the exception's class name, so that the report starts with its message."""
    from pypact.errors import VerificationFailed  # noqa: PLC0415 -- already imported here

    if not isinstance(excinfo.value, VerificationFailed):
        return
    longrepr: Any = report.longrepr
    crash = getattr(longrepr, "reprcrash", None)
    if crash is None:
        return
    name = f"{VerificationFailed.__module__}.{VerificationFailed.__qualname__}: "
    crash.message = crash.message.removeprefix(name)
    for entry in longrepr.reprtraceback.reprentries:
        if hasattr(entry, "lines"):
            entry.lines = [
                line.replace(name, "", 1) if line.startswith("E ") else line
                for line in entry.lines
            ]


# The attributes that `pypact.verifier.testcases` sets on test functions and methods.
_EACH = "pypact_each"
_UNITTEST = "pypact_interaction"

# The attributes of test reports.
_PROBLEM = "pypact_problem"
_RESULT = "pypact"
