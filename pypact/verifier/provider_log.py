"""What did the provider log while it was called?

Frameworks make a 500 of a view's exception and leave only a log record of it.
"""

from __future__ import annotations

import logging
from types import TracebackType

from pypact.verifier.tracebacks import headline

__all__ = ["ProviderLog", "exception_in", "lines_of", "placed"]


class ProviderLog(logging.Handler):
    """Collects records of level WARNING and above while entered."""

    def __init__(self) -> None:
        # No level of its own: frameworks that find a handler for all levels do not add
        # one that writes to stderr.
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
        """Give what was collected, and begin anew."""
        records, self.records = self.records, []
        return records


def exception_in(records: list[logging.LogRecord]) -> BaseException | None:
    """The last exception that was logged, but by asyncio: it tells of other tasks."""
    for record in reversed(records):
        if record.name == "asyncio":
            continue
        if record.exc_info and record.exc_info[1] is not None:
            return placed(record.exc_info[1], record.exc_info[2])
    return None


def placed(raised: BaseException, traceback: TracebackType | None) -> BaseException:
    """Give an exception its traceback back, if a framework has taken it away."""
    if raised.__traceback__ is None:
        raised.__traceback__ = traceback
    return raised


def lines_of(records: list[logging.LogRecord]) -> tuple[str, ...]:
    """Each record's level, logger, what it says and the exception it is about."""
    return tuple(line for one in records for line in _lines(one))


def _lines(record: logging.LogRecord) -> list[str]:
    first, *rest = _text(record).splitlines() or [""]
    raised = record.exc_info[1] if record.exc_info else None
    about = "" if raised is None else headline(raised)
    if about and about not in first:
        first = f"{first} [{about}]"
    return [f"{record.levelname} {record.name}: {first}", *(f"  {one}" for one in rest)]


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as error:
        return f"{record.msg} (cannot be formatted: {error})"
