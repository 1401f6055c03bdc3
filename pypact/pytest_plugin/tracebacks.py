"""Shorten the tracebacks of pypact's errors to the user's own code, and hide secrets.

Between the line that sends a request and the error of pypact are many lines of the
client library. pytest shows them only with `--full-trace`. Around them it shows
arguments, source lines and captured logs, which can contain the secrets that the text
of the error hides.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from types import TracebackType
from typing import Any

import pytest


class TracebackPlugin:
    """A plugin that hides the frames of libraries in tracebacks of pypact's errors."""

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[object]
    ) -> None:
        """Shorten the traceback of a failed phase, before pytest formats it."""
        chain = _list_errors(call, with_hidden=False)
        if chain and not item.config.getoption("fulltrace", default=False):
            assert call.excinfo is not None  # noqa: S101 -- it has errors
            _shorten(call.excinfo, chain)


class SecretsPlugin:
    """A plugin that masks secrets in the reports of tests that failed by pypact.

    As a wrapper, it sees the exception that pytest has taken from `unittest`.
    """

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, call: pytest.CallInfo[object]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Mask the secrets that the texts of pypact's errors hide."""
        report = yield
        if chain := _list_errors(call, with_hidden=True):
            _hide_secrets(report, chain)
        return report


def _list_errors(
    call: pytest.CallInfo[object], *, with_hidden: bool
) -> list[BaseException]:
    """Return all errors of a failed phase; none if none of them is pypact's.

    `with_hidden` adds those that `raise … from None` hides.
    """
    errors = sys.modules.get("pypact.errors")
    if call.excinfo is None or errors is None:
        return []
    chain = list(_iter_chain(call.excinfo.value, set(), with_hidden=with_hidden))
    is_own = any(isinstance(one, errors.PactError) for one in chain)
    return chain if is_own else []


def _shorten(
    excinfo: pytest.ExceptionInfo[BaseException], chain: list[BaseException]
) -> None:
    # `filter` of pytest's tracebacks does not last: `cut` returns to the first one.
    shown = _drop_libraries(excinfo.tb) or _find_own_entry(excinfo.tb)
    if shown is not None:
        excinfo.traceback = type(excinfo.traceback)(shown)
    # The tracebacks of causes and of groups are read from the errors themselves.
    for error in chain:
        if error is not excinfo.value or hasattr(error, "exceptions"):
            error.__traceback__ = _drop_libraries(error.__traceback__)


def _iter_chain(
    error: BaseException | None, seen: set[int], *, with_hidden: bool
) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from or that it groups."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    cause = error.__cause__
    if cause is None and (with_hidden or not error.__suppress_context__):
        cause = error.__context__
    grouped = getattr(error, "exceptions", ())
    for one in (cause, *(one for one in grouped if isinstance(one, BaseException))):
        yield from _iter_chain(one, seen, with_hidden=with_hidden)


def _drop_libraries(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of libraries; None if none is left."""
    from pypact.frames import is_library_file  # noqa: PLC0415 -- imported with what raised

    found = None
    for one in reversed(_list_entries(traceback)):
        if not is_library_file(one.tb_frame.f_code.co_filename):
            found = TracebackType(found, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return found


def _find_own_entry(traceback: TracebackType) -> TracebackType | None:
    """Return the last entry of pypact that is not hidden, such as a fixture's."""
    for one in reversed(_list_entries(traceback)):
        frame = one.tb_frame
        is_own = frame.f_globals.get("__name__", "").partition(".")[0] == "pypact"
        if is_own and not frame.f_locals.get("__tracebackhide__"):
            return TracebackType(None, frame, one.tb_lasti, one.tb_lineno)
    return None


def _list_entries(traceback: TracebackType | None) -> list[TracebackType]:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    return entries


def _hide_secrets(report: pytest.TestReport, chain: list[BaseException]) -> None:
    """Mask the secrets of the requests that the errors describe."""
    from pypact.explain.secrets import find_error_secrets  # noqa: PLC0415 -- the same
    from pypact.masking import mask_text  # noqa: PLC0415 -- the same

    secrets = frozenset[str]().union(*map(find_error_secrets, chain))
    if not secrets:
        return

    def mask(value: Any) -> Any:
        # The objects of pytest, some of which are frozen, hold lists of strings.
        if isinstance(value, str):
            return mask_text(value, secrets)
        if isinstance(value, (list, tuple)):
            return type(value)(map(mask, value))
        if type(value).__module__.startswith("_pytest."):
            for name, one in list(vars(value).items()):
                object.__setattr__(value, name, mask(one))
        return value

    report.longrepr = mask(report.longrepr)
    report.sections = mask(report.sections)
