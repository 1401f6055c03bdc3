"""What did the provider log while it was called?

Frameworks make a 500 of a view's exception and leave only a log record of it.
"""

from __future__ import annotations

import logging
from types import TracebackType

__all__ = ["ProviderLog", "exception_in", "lines_of"]


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
    """The last exception that was logged."""
    for record in reversed(records):
        if record.exc_info and record.exc_info[1] is not None:
            return record.exc_info[1]
    return None


def lines_of(records: list[logging.LogRecord]) -> tuple[str, ...]:
    """One line for each record: level, logger, and what it says."""
    return tuple(f"{one.levelname} {one.name}: {_text(one)}" for one in records)


def _text(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except (TypeError, ValueError) as error:
        return f"{record.msg} (cannot be formatted: {error})"
