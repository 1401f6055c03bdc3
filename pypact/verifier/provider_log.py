"""What did the provider log while it was called?

Frameworks make a 500 of a view's exception and leave only a log record of it.
"""

from __future__ import annotations

import logging
from types import TracebackType

from pypact.verifier.tracebacks import headline

__all__ = ["ProviderLog", "exception_in", "lines_of", "placed"]


class ProviderLog(logging.Handler):
    """A log handler that collects records of level WARNING and above.

    It is a context manager: while it is entered, it is attached to the root logger.
    """

    def __init__(self) -> None:
        # The handler itself accepts all levels: frameworks that find such a handler do
        # not add one that writes to stderr.
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.levelno >= logging.WARNING:
            self.records.append(record)

    def __enter__(self) -> ProviderLog:  # noqa: PYI034 -- Self is new in Python 3.11
        logging.getLogger().addHandler(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        logging.getLogger().removeHandler(self)

    def take(self) -> list[logging.LogRecord]:
        """Return the collected records, and clear them."""
        records, self.records = self.records, []
        return records


def exception_in(records: list[logging.LogRecord]) -> BaseException | None:
    """Return the last logged exception, with its traceback.

    Records of asyncio are skipped, because they concern other tasks.
    """
    for record in reversed(records):
        if record.name == "asyncio":
            continue
        if record.exc_info and record.exc_info[1] is not None:
            return placed(record.exc_info[1], record.exc_info[2])
    return None


def placed(raised: BaseException, traceback: TracebackType | None) -> BaseException:
    """Restore the traceback of an exception if a framework has removed it."""
    if raised.__traceback__ is None:
        raised.__traceback__ = traceback
    return raised


def lines_of(records: list[logging.LogRecord]) -> tuple[str, ...]:
    """Format log records as lines: level, logger, message and exception."""
    return tuple(line for one in records for line in _record_lines(one))


def _record_lines(record: logging.LogRecord) -> list[str]:
    first, *rest = _record_message(record).splitlines() or [""]
    raised = record.exc_info[1] if record.exc_info else None
    exception = "" if raised is None else headline(raised)
    if exception and exception not in first:
        first = f"{first} [{exception}]"
    return [f"{record.levelname} {record.name}: {first}", *(f"  {one}" for one in rest)]


def _record_message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as error:
        return f"{record.msg} (cannot be formatted: {error})"
