"""How does pytest verify a provider, one item for each interaction?

Source: verification.md, section 5. What `@verifier.each()` left on a test function is
found by name: nothing of pypact is imported in a session that verifies nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Literal

import pytest

if TYPE_CHECKING:
    from pypact.verifier.each import ContractInteraction, Each, Nothing

__all__ = [
    "ProviderSide",
    "add_options",
    "any_interaction_of",
    "criteria_of",
    "first_line_of",
    "interaction_of",
    "option",
]

ARGUMENT = "interaction"
BINDING = "_pypact_binding"

_EXPORTED = "pypact_extent"


def add_options(parser: pytest.Parser) -> None:
    """Add the options of the provider's side, and the ini keys of the same names."""
    group = parser.getgroup("pypact", "contracts of consumers (pypact)")
    for name, kind, text in _OPTIONS:
        taken: dict[str, Any] = {"action": "store_true"} if kind == "bool" else {}
        if kind == "args":
            taken = {"action": "append", "metavar": "NAME"}
        group.addoption(f"--pypact-{name}", default=None, help=text, **taken)
        parser.addini(f"pypact_{name.replace('-', '_')}", text, type=kind, default=None)


def option(config: pytest.Config, name: str) -> Any:
    """Give an option, or the ini key of its name."""
    given = config.getoption(f"--pypact-{name}")
    if given is not None:
        return given
    return config.getini(f"pypact_{name.replace('-', '_')}") or None


def criteria_of(config: pytest.Config) -> dict[str, Any]:
    """Give what the options select."""
    return {
        "consumer": option(config, "consumer"),
        "description": option(config, "description"),
        "state": option(config, "state"),
        "no_state": bool(option(config, "no-state")),
    }


class ProviderSide:
    """One session's tests of providers."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collected: dict[str, dict[str, Any]] = {}
        self._extent = _Extent()
        self._closing: set[tuple[str, int]] = set()
        self._problems: dict[str, str] = {}
        self._unwritten: list[str] = []

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one item of each interaction."""
        each: Each | None = getattr(metafunc.function, "pypact_each", None)
        if each is None:
            return
        if ARGUMENT not in metafunc.fixturenames:
            name = metafunc.definition.name
            raise pytest.Collector.CollectError(
                f"{metafunc.definition.nodeid}: @verifier.each() gives the argument "
                f"{ARGUMENT!r}, which the function does not take; wanted\n"
                f"    def {name}({ARGUMENT}): {ARGUMENT}.verify()"
            )
        wanted = each.interactions(**criteria_of(self._config))
        parameters = [
            pytest.param(one, id=one.name, marks=self._marks(one)) for one in wanted
        ]
        metafunc.parametrize(ARGUMENT, parameters)

    def _marks(self, one: ContractInteraction | Nothing) -> list[pytest.MarkDecorator]:
        marks = [pytest.mark.pypact]
        if one.is_pending and not option(self._config, "fail-pending"):
            from pypact.errors import VerificationFailed  # noqa: PLC0415 -- is imported by then

            # What is wrong with a fixture is not the consumer's doing.
            expected = VerificationFailed
            reason = "pending: the provider need not honour it yet"
            marks.append(
                pytest.mark.xfail(strict=False, raises=expected, reason=reason)
            )
        return marks

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Let each item of an interaction have the fixture that binds it."""
        one = any_interaction_of(item)
        self._extent.count(one)
        if hasattr(one, "case"):
            one.fails_pending = option(self._config, "fail-pending")
        if interaction_of(item) is not None:
            names: list[str] = getattr(item, "fixturenames", [])
            if BINDING not in names:
                names.insert(0, BINDING)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Forget what came of another run, or of another test of the same one."""
        one = any_interaction_of(item)
        if hasattr(one, "case"):
            one.result = None

    @pytest.hookimpl(wrapper=True)
    def pytest_pyfunc_call(
        self, pyfuncitem: pytest.Function
    ) -> Generator[None, object, object]:
        """Fail where nothing is verified, whatever the test does."""
        __tracebackhide__ = True
        one = interaction_of(pyfuncitem)
        if one is None:
            return (yield)
        if not hasattr(one, "case"):
            one.verify()
        given = yield
        if one.result is None:
            pytest.fail(
                f"{pyfuncitem.nodeid} verifies nothing: it has to call "
                f"{ARGUMENT}.verify(), or await {ARGUMENT}.averify()",
                pytrace=False,
            )
        return given

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let the verdict be the first line; add the result for the reports."""
        report = yield
        one = any_interaction_of(item)
        result = getattr(one, "result", None)
        if one is not None and report.failed and getattr(result, "is_ok", True):
            report.__dict__["pypact_problem"] = _problem(report, call, result)
        if one is not None and call.when == "call":
            if call.excinfo is not None:
                _put_verdict_first(report, call.excinfo)
            report.__dict__["pypact"] = _data(one)  # travels between processes
        if result is not None:
            _hide_secrets(report, result.secrets)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep what was verified, here or by a worker, and which test failed else."""
        if report.when == "setup":
            self._problems.pop(report.nodeid, None)  # of a run before
        problem = getattr(report, "pypact_problem", None)
        if problem is not None:
            self._problems[report.nodeid] = problem
        data = getattr(report, "pypact", None)
        if data is not None:
            self._collected[report.nodeid] = data  # the last, of one that runs again

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports that were asked for; workers leave it to the controller."""
        paths = {kind: option(self._config, kind) for kind in ("json", "markdown")}
        worker_output = getattr(self._config, "workeroutput", None)
        if worker_output is not None:
            worker_output[_EXPORTED] = self._extent.exported()
            return
        if not any(paths.values()):
            return
        from pypact.errors import StoreError  # noqa: PLC0415 -- only who wants reports
        from pypact.verifier.reports.files import write_report  # noqa: PLC0415 -- the same
        from pypact.verifier.reports.sums import summed  # noqa: PLC0415 -- the same

        told = list(self._collected.values())
        problems = list(self._problems.values())
        data = summed(told, problems=problems, **self._extent.counts(len(told)))
        for kind, path in paths.items():
            if path:
                try:
                    write_report(kind, path, data)
                except StoreError as error:
                    # Said at the end: raised here, it would take all else away.
                    self._unwritten.append(str(error))
                    session.exitstatus = (
                        session.exitstatus or pytest.ExitCode.USAGE_ERROR
                    )

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Count for each contract what came of it, and say what is to be known."""
        for problem in self._unwritten:
            terminalreporter.write_line(f"pypact: {problem}", red=True)
        if not self._collected or terminalreporter.verbosity < -1:
            return
        from pypact.verifier.reports.sums import missing, remarked, summaries  # noqa: PLC0415 -- only who verified

        told = list(self._collected.values())
        lines = [] if terminalreporter.verbosity < 0 else summaries(told)
        lines += [*remarked(told), *missing(**self._extent.counts(len(told)))]
        for line in lines:
            terminalreporter.write_line(f"pypact: {line}")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 -- the hook's signature
        """Learn from a worker how much there was."""
        self._extent.take(getattr(node, "workeroutput", {}).get(_EXPORTED))

    def bind(self, request: pytest.FixtureRequest) -> None:
        """Let an interaction ask for fixtures, and close its verifier in time."""
        one = interaction_of(request.node)
        if one is None or not hasattr(one, "case"):
            return
        one.value_for = _fixtures_of(request)
        one.rerun = f'pytest "{request.node.nodeid}"'
        module = request.node.getparent(pytest.Module)
        key = (module.nodeid, id(one.verifier))
        if key not in self._closing:
            self._closing.add(key)
            module.addfinalizer(one.verifier.close)
            # Of a module whose items are mixed with others' there may be more to come.
            module.addfinalizer(lambda: self._closing.discard(key))


class _Extent:
    """How many interactions there are, and how many were left out before."""

    def __init__(self) -> None:
        self._items = 0
        self._left_out = 0
        self._criteria: list[str] = []
        self._seen: set[int] = set()

    def count(self, one: Any) -> None:
        """Count one collected item's, and once all that was chosen with it."""
        if not hasattr(one, "case"):
            return
        self._items += 1
        if id(one.selected) not in self._seen:
            self._seen.add(id(one.selected))
            self._left_out += len(one.selected.left_out)
            if one.selected.criteria and one.selected.criteria not in self._criteria:
                self._criteria.append(one.selected.criteria)

    def exported(self) -> tuple[int, int, list[str]]:
        return self._items, self._left_out, self._criteria

    def take(self, exported: tuple[int, int, list[str]] | None) -> None:
        """Take what a worker counted; each counts all."""
        if exported is not None:
            self._items, self._left_out, self._criteria = exported

    def counts(self, verified: int) -> dict[str, Any]:
        """Give how many were not verified, and what was selected."""
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


def interaction_of(item: Any) -> Any:
    """Give the interaction of an item, None of other items."""
    if not hasattr(getattr(item, "function", None), "pypact_each"):
        return None
    callspec = getattr(item, "callspec", None)
    return callspec.params.get(ARGUMENT) if callspec is not None else None


def first_line_of(call: pytest.CallInfo[None]) -> str:
    """The first line of what a test raised."""
    return call.excinfo.exconly().partition("\n")[0] if call.excinfo else ""


def any_interaction_of(item: pytest.Item) -> Any:
    """Give the interaction of an item, also of a method of unittest."""
    method = getattr(item, "function", None)
    return interaction_of(item) or getattr(method, "pypact_interaction", None)


def _fixtures_of(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    def value_for(name: str) -> Any:
        try:
            return request.getfixturevalue(name)
        except pytest.FixtureLookupError as error:
            if error.argname != name:
                raise  # one that the fixture itself asks for
            raise LookupError(name) from None

    return value_for


def _data(one: Any) -> dict[str, Any] | None:
    result = getattr(one, "result", None)
    if result is None:
        return None
    from pypact.verifier.reports.sums import told  # noqa: PLC0415 -- is imported by then

    return told(result, rerun=one.rerun)


def _problem(
    report: pytest.TestReport, call: pytest.CallInfo[None], result: Any
) -> str:
    """Say why a test failed that has verified, or would have, without a mismatch."""
    from pypact.masking import mask_text  # noqa: PLC0415 -- is imported by then

    said = first_line_of(call)
    secrets = result.secrets if result is not None else ()
    return f"{report.nodeid} failed in its {report.when}: {mask_text(said, secrets)}"


def _hide_secrets(report: pytest.TestReport, secrets: frozenset[str]) -> None:
    """Hide them in what the provider printed and logged, too."""
    from pypact.masking import mask_text  # noqa: PLC0415 -- is imported by then

    report.sections = [
        (name, mask_text(content, secrets)) for name, content in report.sections
    ]


def _put_verdict_first(
    report: pytest.TestReport, excinfo: pytest.ExceptionInfo[BaseException]
) -> None:
    """Leave out the name of the exception, which says less than its text."""
    from pypact.errors import VerificationFailed  # noqa: PLC0415 -- is imported by then

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
    ("consumer", "args", "verify the contracts of this consumer only (repeatable)"),
    ("description", "string", "verify what has this regular expression in it only"),
    ("state", "string", "verify what has a state like this regular expression only"),
    ("no-state", "bool", "verify what has no states only"),
    ("fail-pending", "bool", "let pending interactions fail as others do"),
    ("publish", "bool", "publish what came of the pacts of a broker"),
    ("json", "string", "write what was verified to this JSON file"),
    ("markdown", "string", "write what was verified to this Markdown file"),
]
