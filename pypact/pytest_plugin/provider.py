"""Collect one pytest item for each interaction of a provider.

The mark of `@verifier.each()` on a test function is found by attribute name, so that a
session without provider tests imports nothing of pypact.

Source: docs/internals/verification.md, "The pytest plugin".
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from pypact.verifier.testcases import (
        ContractInteraction,
        InteractionTests,
        NothingToVerify,
    )


ARGUMENT = "interaction"
BINDING = "_pypact_binding"

_EXPORTED = "pypact_extent"


def add_options(parser: pytest.Parser) -> None:
    """Add the options for provider tests, and ini keys of the same names."""
    group = parser.getgroup("pypact", "contracts of consumers (pypact)")
    for name, kind, text in _OPTIONS:
        settings: dict[str, Any] = {"action": "store_true"} if kind == "bool" else {}
        if kind == "args":
            settings = {"action": "append", "metavar": "NAME"}
        group.addoption(f"--pypact-{name}", default=None, help=text, **settings)
        parser.addini(f"pypact_{name.replace('-', '_')}", text, type=kind, default=None)


def read_option(config: pytest.Config, name: str) -> Any:
    """Return the value of an option, or else of the ini key with its name."""
    given = config.getoption(f"--pypact-{name}")
    if given is not None:
        return given
    return config.getini(f"pypact_{name.replace('-', '_')}") or None


def read_criteria(config: pytest.Config) -> dict[str, Any]:
    """Return the selection criteria that the options give."""
    return {
        "consumer": read_option(config, "consumer"),
        "description": read_option(config, "description"),
        "state": read_option(config, "state"),
        "no_state": bool(read_option(config, "no-state")),
    }


class ProviderPlugin:
    """The provider tests of one pytest session, or of one xdist worker."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collected: dict[str, dict[str, Any]] = {}
        self._extent = _Extent()
        self._closing: set[tuple[str, int]] = set()
        self._problems: dict[str, str] = {}
        self._unwritten: list[str] = []

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Parametrize a function decorated with `@verifier.each()`."""
        each: InteractionTests | None = getattr(metafunc.function, "pypact_each", None)
        if each is None:
            return
        if ARGUMENT not in metafunc.fixturenames:
            name = metafunc.definition.name
            raise pytest.Collector.CollectError(
                f"{metafunc.definition.nodeid}: @verifier.each() passes the argument "
                f"{ARGUMENT!r}, which the function does not accept; expected\n"
                f"    def {name}({ARGUMENT}): {ARGUMENT}.verify()"
            )
        interactions = each.interactions(**read_criteria(self._config))
        parameters = [
            pytest.param(one, id=one.name, marks=self._marks_for(one))
            for one in interactions
        ]
        metafunc.parametrize(ARGUMENT, parameters)

    def _marks_for(
        self, one: ContractInteraction | NothingToVerify
    ) -> list[pytest.MarkDecorator]:
        marks = [pytest.mark.pypact]
        if one.is_pending and not read_option(self._config, "fail-pending"):
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
        self._extent.count(one)
        if hasattr(one, "case"):
            one.fails_pending = read_option(self._config, "fail-pending")
        if find_parametrized_interaction(item) is not None:
            names: list[str] = getattr(item, "fixturenames", [])
            if BINDING not in names:
                names.insert(0, BINDING)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Clear the result that a previous run of the interaction has left."""
        one = find_interaction(item)
        if hasattr(one, "case"):
            one.result = None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(
        self, pyfuncitem: pytest.Function
    ) -> Generator[None, object, object]:
        """Fail a test that does not verify its interaction."""
        __tracebackhide__ = True
        one = find_parametrized_interaction(pyfuncitem)
        if one is None:
            return (yield)
        if not hasattr(one, "case"):
            one.verify()
        outcome = yield
        if one.result is None:
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
        one = find_interaction(item)
        result = getattr(one, "result", None)
        if one is not None and report.failed and getattr(result, "is_ok", True):
            report.__dict__["pypact_problem"] = _test_problem(report, call, result)
        if one is not None and call.when == "call":
            if call.excinfo is not None:
                _put_verdict_first(report, call.excinfo)
            # xdist sends it to the controller with the report.
            report.__dict__["pypact"] = _result_data(one)
        if result is not None:
            _hide_secrets(report, result.secrets)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect results and problems of tests that ran here or in a worker."""
        if report.when == "setup":
            self._problems.pop(report.nodeid, None)  # left by a previous run
        problem = getattr(report, "pypact_problem", None)
        if problem is not None:
            self._problems[report.nodeid] = problem
        data = getattr(report, "pypact", None)
        if data is not None:
            self._collected[report.nodeid] = data  # of a test that reruns, the last

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the requested reports; a worker sends its counts to the controller."""
        paths = {kind: read_option(self._config, kind) for kind in ("json", "markdown")}
        worker_output = getattr(self._config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_EXPORTED] = self._extent.export()
            return
        if not any(paths.values()):
            return
        from pypact.errors import StoreError  # noqa: PLC0415 -- only if there are reports
        from pypact.verifier.reports.files import aggregate, write_report  # noqa: PLC0415 -- the same

        results = list(self._collected.values())
        problems = list(self._problems.values())
        counts = self._extent.counts(len(results))
        data = aggregate(results, problems=problems, **counts)
        for kind, path in paths.items():
            if path:
                try:
                    write_report(kind, path, data)
                except StoreError as error:
                    # Printed at the end: raised here, it would hide all other output.
                    self._unwritten.append(str(error))
                    session.exitstatus = (
                        session.exitstatus or pytest.ExitCode.USAGE_ERROR
                    )

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print a summary of each contract, remarks, and what was not verified."""
        for problem in self._unwritten:
            terminalreporter.write_line(f"pypact: {problem}", red=True)
        if not self._collected or terminalreporter.verbosity < -1:
            return
        from pypact.verifier.reports.files import (  # noqa: PLC0415 -- only if something was verified
            contract_lines,
            note_lines,
            skipped_lines,
        )

        results = list(self._collected.values())
        lines = [] if terminalreporter.verbosity < 0 else contract_lines(results)
        lines += [
            *note_lines(results),
            *skipped_lines(**self._extent.counts(len(results))),
        ]
        for line in lines:
            terminalreporter.write_line(f"pypact: {line}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 -- the hook's signature
        """Receive the counts of a worker."""
        self._extent.take(getattr(node, "workeroutput", {}).get(_EXPORTED))

    def bind(self, request: pytest.FixtureRequest) -> None:
        """Give the interaction access to fixtures; close its verifier after the module.

        The fixture added by `pytest_itemcollected` calls this before the test.
        """
        one = find_parametrized_interaction(request.node)
        if one is None or not hasattr(one, "case"):
            return
        one.value_for = _fixture_lookup(request)
        one.rerun = f'pytest "{request.node.nodeid}"'
        module = request.node.getparent(pytest.Module)
        key = (module.nodeid, id(one.verifier))
        if key not in self._closing:
            self._closing.add(key)
            module.addfinalizer(one.verifier.close)
            # If items of several modules are interleaved, the module's finalizers run
            # several times, and each time the verifier must be registered again.
            module.addfinalizer(lambda: self._closing.discard(key))


class _Extent:
    """Counts the collected interactions, and those that the selection left out."""

    def __init__(self) -> None:
        self._items = 0
        self._left_out = 0
        self._criteria: list[str] = []
        self._seen: set[int] = set()

    def count(self, one: Any) -> None:
        """Count a collected item, and once for each selection what it left out."""
        if not hasattr(one, "case"):
            return
        self._items += 1
        if id(one.selected) not in self._seen:
            self._seen.add(id(one.selected))
            self._left_out += len(one.selected.left_out)
            if one.selected.criteria and one.selected.criteria not in self._criteria:
                self._criteria.append(one.selected.criteria)

    def export(self) -> tuple[int, int, list[str]]:
        return self._items, self._left_out, self._criteria

    def take(self, exported: tuple[int, int, list[str]] | None) -> None:
        """Adopt the counts of a worker; each worker collects all tests."""
        if exported is not None:
            self._items, self._left_out, self._criteria = exported

    def counts(self, verified: int) -> dict[str, Any]:
        """Return how many interactions were not verified, and the selection."""
        return {
            "left_out": self._left_out,
            "not_run": max(0, self._items - verified),
            "selection": "; ".join(self._criteria),
        }


@pytest.fixture(name=BINDING)
def _binding(request: pytest.FixtureRequest) -> None:
    side = request.config.pluginmanager.get_plugin("pypact-provider")
    if side is not None:
        side.bind(request)


def find_parametrized_interaction(item: Any) -> Any:
    """Return the interaction of an item made by `@verifier.each()`, else None."""
    if not hasattr(getattr(item, "function", None), "pypact_each"):
        return None
    callspec = getattr(item, "callspec", None)
    return callspec.params.get(ARGUMENT) if callspec is not None else None


def read_first_line(call: pytest.CallInfo[None]) -> str:
    """Return the first line of the exception that a test raised, or ""."""
    return call.excinfo.exconly().partition("\n")[0] if call.excinfo else ""


def find_interaction(item: pytest.Item) -> Any:
    """Return the interaction of an item, or of a unittest method; else None."""
    method = getattr(item, "function", None)
    return find_parametrized_interaction(item) or getattr(
        method, "pypact_interaction", None
    )


def _fixture_lookup(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    def value_for(name: str) -> Any:
        try:
            return request.getfixturevalue(name)
        except pytest.FixtureLookupError as error:
            if error.argname != name:
                raise  # a fixture that the requested one depends on
            raise LookupError(name) from None

    return value_for


def _result_data(one: Any) -> dict[str, Any] | None:
    result = getattr(one, "result", None)
    if result is None:
        return None
    from pypact.verifier.reports.files import result_to_dict  # noqa: PLC0415 -- already imported here

    return result_to_dict(result, rerun=one.rerun)


def _test_problem(
    report: pytest.TestReport, call: pytest.CallInfo[None], result: Any
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


_OPTIONS: list[tuple[str, Literal["args", "bool", "string"], str]] = [
    ("consumer", "args", "verify only the contracts of this consumer (repeatable)"),
    (
        "description",
        "string",
        "verify only interactions whose description matches this regular expression",
    ),
    (
        "state",
        "string",
        "verify only interactions with a state that matches this regular expression",
    ),
    ("no-state", "bool", "verify only interactions without provider states"),
    ("fail-pending", "bool", "fail tests of pending interactions as any others"),
    ("publish", "bool", "publish the verification results to the Pact Broker"),
    ("json", "string", "write the verification results to this JSON file"),
    ("markdown", "string", "write the verification results to this Markdown file"),
]
