"""Rerun tests with mutated responses, to find fields that no test needs.

The whole protocol of an item is repeated, so that its function-scoped fixtures are set
up anew; fixtures of wider scopes stay. Nothing is written to contracts, and the reports
of reruns and of their subtests are not shown.
"""

from __future__ import annotations

import contextlib
import fnmatch
import inspect
import json
import time
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import pytest

# Private, but pytest has no public function that runs an item again without logging:
# the hook `pytest_runtest_protocol` logs, and the hooks of the phases leave the request
# and the fixtures of an item as they are. pytest-rerunfailures uses it as well.
from _pytest.runner import runtestprotocol

from pypact.consumer.assertions import is_assertion_of_truth
from pypact.consumer.definitions import DEFINITIONS, Definitions, save_blocks
from pypact.consumer.mutations import (
    InteractionKey,
    Mutator,
    Recorder,
    changing_responses,
)
from pypact.consumer.proofs import (
    LeftOut,
    Rerun,
    Used,
    export_report,
    find_loose,
    find_unneeded,
    format_findings,
    is_loose,
    is_unneeded,
    list_controls,
    list_unproven_variants,
)
from pypact.consumer.writer import PACT_WRITER
from pypact.fields.base import FORM, FRACTION, KINDS, OTHER, REMOVED, VALUE
from pypact.fields.parts import Field, Mutation, list_fields
from pypact.pytest_plugin.options import read_option
from pypact.pytest_plugin.workers import CollectingPlugin

if TYPE_CHECKING:
    from pypact.consumer.builders import InteractionBuilder
    from pypact.model.interactions import Interaction

    _Pending = tuple[Definitions, InteractionBuilder]

MARKER = "pypact_no_prove"


def check_options(config: pytest.Config) -> float:
    """Return the time budget in seconds.

    Raises: UsageError if the budget is not a positive number, or for options that
    contradict proving.
    """
    for name in ("check", "publish-contracts"):
        if read_option(config, name):
            raise pytest.UsageError(
                f"--pypact-prove writes no contract: omit --pypact-{name}"
            )
    if config.getoption("usepdb", default=False):
        raise pytest.UsageError("--pypact-prove lets tests fail on purpose: omit --pdb")
    given = read_option(config, "prove-seconds") or _SECONDS
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0
    if not 0 < seconds < float("inf"):
        raise pytest.UsageError(
            f"--pypact-prove-seconds: expected a positive number, got {given!r}"
        )
    return seconds


class _Outcome(NamedTuple):
    """The outcome of a rerun; `Rerun` describes the fields."""

    passed: bool | None
    in_test: bool
    asserts_truth: bool


class ProvingPlugin(CollectingPlugin):
    """A plugin that proves the fields of one pytest session or xdist worker."""

    key = "pypact_proofs"

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._seconds = check_options(config)
        self._excluded: list[str] = read_option(config, "prove-exclude") or []
        self._spent = 0.0
        self._deadline = 0.0
        self._reports: list[pytest.TestReport] = []
        self._is_rerunning = False
        # Interactions that only the first run of an item defines, by their fixture.
        self._pending: dict[object, list[_Pending]] = {}
        self._restore_blocks: Callable[[], None] = save_blocks()
        self._errors: list[pytest.ExceptionInfo[BaseException]] = []
        self._reruns: list[Rerun] = []
        self._left_out: list[LeftOut] = []
        self._used: list[Used] = []
        self._failure = ""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> Generator[None, object, object]:
        """Rerun a test that has passed, once for each field and kind of mutation."""
        self._reports.clear()
        self._pending = {None: _list_pending()}
        self._restore_blocks = save_blocks()
        recorder = Recorder()
        with changing_responses(recorder.change, is_rerun=False):
            result = yield
        if recorder.used:
            reason = self._explain_left_out(item)
            if not reason:
                started = time.monotonic()
                self._deadline = started + self._seconds - self._spent
                reason = self._prove(item, recorder)
                self._end_reruns(item, nextitem)
                self._spent += time.monotonic() - started
            if reason:
                keys = tuple(recorder.used)
                self._left_out.append(LeftOut(item.nodeid, reason, keys))
            self._used += _list_used(item, recorder)
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the outcomes of the running test's phases."""
        self._reports.append(report)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object]
    ) -> Generator[None, object, object]:
        """Note which interactions a fixture defines that stays for further runs."""
        if fixturedef.scope == "function":
            return (yield)
        earlier = self._pending.pop(fixturedef, [])
        before = [one for one in _list_pending() if one not in earlier]
        _define(before)
        result = yield
        self._pending[fixturedef] = [
            one for one in _list_pending() if one not in before
        ]
        return result

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> pytest.TestReport | None:
        """Report a rerun without its traceback, which takes long to format."""
        if not self._is_rerunning or call.when == "collect":
            return None
        error = call.excinfo
        outcome: Literal["passed", "failed", "skipped"] = "passed"
        if error is not None:
            is_skip = isinstance(error.value, pytest.skip.Exception)
            outcome = "skipped" if is_skip else "failed"
            if not is_skip:
                self._errors.append(error)
        return pytest.TestReport(
            item.nodeid, item.location, {}, outcome, None, call.when
        )

    def _explain_left_out(self, item: pytest.Item) -> str:
        """Return why a test cannot be rerun; "" if it can."""
        if item.get_closest_marker(MARKER) is not None:
            return f"marked with {MARKER}"
        if any(fnmatch.fnmatchcase(item.nodeid, one) for one in self._excluded):
            return "excluded by --pypact-prove-exclude"
        passed = {one.when for one in self._reports if one.passed}
        failed = any(one.failed for one in self._reports)
        if failed:
            return "it did not pass"
        if "call" not in passed:
            return "it was skipped, or is expected to fail"
        return ""

    def _prove(self, item: pytest.Item, recorder: Recorder) -> str:
        """Rerun a test with all mutations; return why that was not possible, or ""."""
        if time.monotonic() >= self._deadline:
            return "the time budget is spent"
        again = Recorder()
        if not self._rerun(item, again.change):
            return "it does not pass when it is run again"
        if again.used.keys() != recorder.used.keys():
            return "it makes other requests when it is run again"
        limit = 10 * recorder.count + 10
        for key, interaction in recorder.used.items():
            declared = recorder.declared[key]
            proof = _Proof(self, item, key, declared, interaction, limit)
            self._reruns += proof.reruns
            if not proof.is_complete:
                return "the time budget is spent"
        return ""

    def try_mutation(self, item: pytest.Item, mutator: Mutator) -> _Outcome | None:
        """Return the outcome of a rerun; None if the time budget is spent."""
        if time.monotonic() >= self._deadline:
            return None
        passed = self._rerun(item, mutator.change)
        if not mutator.was_applied:
            passed = None
        errors = [] if passed is not False else [one.value for one in self._errors]
        code = _get_code(item)
        return _Outcome(
            passed,
            in_test=any(_is_raised_in_test(one, code) for one in errors),
            asserts_truth=any(is_assertion_of_truth(one, code) for one in errors),
        )

    def _rerun(self, item: pytest.Item, change: Callable[..., Any]) -> bool | None:
        """Rerun a test; return None if it neither passed nor failed."""
        self._errors.clear()
        restore_blocks = save_blocks()
        self._restore_blocks()
        _define([one for defined in self._pending.values() for one in defined])
        with (
            warnings.catch_warnings(),
            changing_responses(change),
            _silence_hooks(item.session),
        ):
            warnings.simplefilter("ignore")
            # The item's parent in place of the next item: only the item is torn down.
            parent: Any = item.parent
            self._is_rerunning = True
            try:
                reports = runtestprotocol(item, log=False, nextitem=parent)
            finally:
                self._is_rerunning = False
        restore_blocks()
        PACT_WRITER.discard()
        for definitions in [*DEFINITIONS]:
            definitions.close_iterations()
            definitions.take_all()
            definitions.messages.drop_messages()
        # The failures of subtests are not in the reports.
        if self._errors or any(one.failed for one in reports):
            return False
        return True if all(one.passed for one in reports) else None

    def _end_reruns(self, item: pytest.Item, nextitem: pytest.Item | None) -> None:
        """Tear down fixtures of wider scopes that the next test does not use."""
        try:
            item.session._setupstate.teardown_exact(nextitem)  # noqa: SLF001 -- pytest has no public function for this
        except Exception as error:  # noqa: BLE001 -- the test itself has been reported already
            reason = f"the teardown after its reruns failed: {error}"
            self._left_out.append(LeftOut(item.nodeid, reason, ()))

    def export_data(self) -> bytes | None:
        import pickle  # noqa: PLC0415 -- only in workers

        return pickle.dumps((self._reruns, self._left_out, self._used))

    def import_data(self, data: bytes) -> None:
        import pickle  # noqa: PLC0415 -- only with workers

        reruns, left_out, used = pickle.loads(data)  # noqa: S301 -- from a worker of this run
        self._reruns += reruns
        self._left_out += left_out
        self._used += used

    def finish(self, session: pytest.Session) -> None:
        self._left_out += list_unproven_variants(self._used)
        path = read_option(self._config, "prove-json")
        if path:
            report = export_report(self._reruns, self._left_out, self._used)
            text = json.dumps(report, indent=2, ensure_ascii=False)
            target = self._config.invocation_params.dir / path
            try:
                Path(target).write_text(f"{text}\n", encoding="utf-8")
            except OSError as error:
                self._failure = f"--pypact-prove-json: {error}"
                if session.exitstatus == pytest.ExitCode.OK:
                    session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter
    ) -> None:
        """Print the fields that no test needs, and the rules that are too loose."""
        findings = [
            *find_unneeded(self._reruns, self._left_out, self._used),
            *find_loose(self._reruns),
        ]
        terminalreporter.section("pypact: unneeded fields and loose rules")
        for line in format_findings(findings):
            terminalreporter.write_line(line)
        for one in self._left_out:
            terminalreporter.write_line(f"not proven: {one.test}: {one.reason}")
        count = len(self._reruns)
        terminalreporter.write_line(f"findings: {len(findings)}, reruns: {count}")
        if self._failure:
            terminalreporter.write_line(self._failure, red=True)


class _Proof:
    """The reruns of one test for one interaction.

    What is inside of a field that the test does not need is not mutated.
    """

    def __init__(
        self,
        plugin: ProvingPlugin,
        item: pytest.Item,
        key: InteractionKey,
        declared: InteractionKey,
        interaction: Interaction,
        limit: int,
    ) -> None:
        self._plugin = plugin
        self._item = item
        self._key = key
        self._declared = declared
        # Fields may be absent in other variants, which are proven later.
        self._is_variant = interaction.variant is not None
        self._limit = limit
        self.reruns: list[Rerun] = []
        unneeded: set[str] = set()
        self.is_complete = True
        for field in list_fields(interaction):
            if not unneeded.isdisjoint(field.parents):
                continue
            self._try_field(field)
            if not self.is_complete:
                return
            outcomes = {
                one.kind: one.passed for one in self.reruns if one.path == field.path
            }
            if is_unneeded(
                outcomes, is_element=field.is_element, is_optional=self._is_variant
            ):
                unneeded.add(field.path)

    def _try_field(self, field: Field) -> None:
        is_removable = False
        mine: list[Rerun] = []
        for kind in KINDS:
            mutation = field.mutations.get(kind)
            if mutation is None or (is_removable and not self._is_tried(mutation)):
                continue
            loose = {one.kind for one in mine if is_loose(one)}
            if kind in (FRACTION, FORM) and loose - {"null"}:
                continue  # the rule is known to be too loose
            one = self._try(field, mutation)
            if one is None:
                return
            mine.append(one)
            is_removable = is_removable or (kind == REMOVED and bool(one.passed))
        controls = [list_controls(one) for one in mine if is_loose(one)]
        for kind in (VALUE, OTHER):
            mutation = field.mutations.get(kind)
            if mutation is None or not any(kind in needed for needed in controls):
                continue
            one = self._try(field, mutation)
            if one is None or not one.passed:
                return

    def _is_tried(self, mutation: Mutation) -> bool:
        """Return whether to try a change of a field that can be removed."""
        return mutation.is_allowed or (
            self._is_variant and mutation.kind in ("null", "type")
        )

    def _try(self, field: Field, mutation: Mutation) -> Rerun | None:
        mutator = Mutator(self._key, mutation, self._limit, field.index)
        outcome = self._plugin.try_mutation(self._item, mutator)
        if outcome is None:
            self.is_complete = False
            return None
        one = Rerun(
            key=self._key,
            declared=self._declared,
            test=self._item.nodeid,
            path=field.path,
            kind=mutation.kind,
            passed=outcome.passed,
            is_allowed=mutation.is_allowed,
            in_test=outcome.in_test,
            asserts_truth=outcome.asserts_truth,
            is_element=field.is_element,
            parents=field.parents,
            before=mutation.before,
            after=mutation.after,
        )
        self.reruns.append(one)
        return one


def _list_used(item: pytest.Item, recorder: Recorder) -> list[Used]:
    """Return the interactions that a test uses."""
    found = []
    for key, interaction in recorder.used.items():
        variant = interaction.variant
        names = () if variant is None else variant.names
        name = "" if variant is None else variant.name
        declared = recorder.declared[key]
        found.append(Used(key, declared, item.nodeid, name, names))
    return found


def _get_code(item: pytest.Item) -> CodeType | None:
    """Return the code of the test function."""
    function = getattr(item, "obj", None)
    return getattr(inspect.unwrap(function), "__code__", None) if function else None


def _is_raised_in_test(error: BaseException, code: CodeType | None) -> bool:
    """Return whether an error is an assertion's, or of the test function itself."""
    if isinstance(error, (AssertionError, pytest.fail.Exception)):
        return True
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    return traceback is not None and traceback.tb_frame.f_code is code


def _list_pending() -> list[_Pending]:
    """Return the interactions that are defined and that no block has used yet."""
    found = []
    for definitions in [*DEFINITIONS]:
        builders = definitions.take_all()
        definitions.restore(builders)
        found += [(definitions, builder) for builder in builders]
    return found


def _define(pending: Sequence[_Pending]) -> None:
    """Define these interactions and no others."""
    for definitions in [*DEFINITIONS]:
        definitions.restore([one for owner, one in pending if owner is definitions])


@contextlib.contextmanager
def _silence_hooks(session: pytest.Session) -> Iterator[None]:
    """Log no reports: those of subtests are logged by the subtests themselves."""
    get_hooks = session.gethookproxy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            session, "gethookproxy", lambda path: _SilentHooks(get_hooks(path))
        )
        yield


class _SilentHooks:
    """The hooks of an item, without those that show its outcome."""

    def __init__(self, hooks: object) -> None:
        self._hooks = hooks

    def __getattr__(self, name: str) -> object:
        if name in ("pytest_runtest_logreport", "pytest_exception_interact"):
            return lambda **_: []
        return getattr(self._hooks, name)


_SECONDS = 300
