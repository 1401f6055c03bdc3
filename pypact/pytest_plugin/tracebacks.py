"""Shorten the tracebacks of pypact's errors to the user's own code.

Between the line that sends a request and the error of pypact are many lines of the
client library. pytest shows them only with `--full-trace`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import TracebackType

import pytest


class TracebackPlugin:
    """A plugin that hides the frames of libraries in tracebacks of pypact's errors."""

    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[object]
    ) -> None:
        """Shorten the traceback of a failed phase, before pytest formats it."""
        if call.excinfo is None or item.config.getoption("fulltrace", default=False):
            return
        errors = sys.modules.get("pypact.errors")
        chain = list(_iter_chain(call.excinfo.value, set()))
        if errors is None or not any(isinstance(x, errors.PactError) for x in chain):
            return
        # `filter` of pytest's tracebacks does not last: `cut` returns to the first one.
        excinfo = call.excinfo
        shown = _drop_libraries(excinfo.tb) or _find_shown(excinfo.tb)
        excinfo.traceback = type(excinfo.traceback)(shown)
        # The tracebacks of causes and of groups are read from the errors themselves.
        for error in chain:
            if error is not excinfo.value or hasattr(error, "exceptions"):
                error.__traceback__ = _drop_libraries(error.__traceback__)


def _iter_chain(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    """Yield an error, and those that it was raised from or that it groups."""
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    cause = error.__cause__
    if cause is None and not error.__suppress_context__:
        cause = error.__context__
    yield from _iter_chain(cause, seen)
    for one in getattr(error, "exceptions", ()):
        if isinstance(one, BaseException):
            yield from _iter_chain(one, seen)


def _drop_libraries(traceback: TracebackType | None) -> TracebackType | None:
    """Return a traceback without the frames of libraries; None if none is left."""
    from pypact.frames import is_library_file  # noqa: PLC0415 -- imported with what raised

    found = None
    for one in reversed(_list_entries(traceback)):
        if not is_library_file(one.tb_frame.f_code.co_filename):
            found = TracebackType(found, one.tb_frame, one.tb_lasti, one.tb_lineno)
    return found


def _find_shown(traceback: TracebackType) -> TracebackType:
    """Return the last entry that pytest does not hide, as its summary needs one."""
    hidden = "__tracebackhide__"
    entries = _list_entries(traceback)
    shown = [one for one in entries if not one.tb_frame.f_locals.get(hidden)]
    last = (shown or entries)[-1]
    return TracebackType(None, last.tb_frame, last.tb_lasti, last.tb_lineno)


def _list_entries(traceback: TracebackType | None) -> list[TracebackType]:
    entries = []
    while traceback is not None:
        entries.append(traceback)
        traceback = traceback.tb_next
    return entries
