"""How long does a command serve, and what does it say meanwhile?"""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import click

__all__ = ["log_to", "until_stopped"]


@contextmanager
def until_stopped() -> Iterator[threading.Event]:
    """Catch SIGINT and SIGTERM in the block; yield an event that they set."""
    stopped = threading.Event()

    def stop(_number: int, _frame: FrameType | None) -> None:
        stopped.set()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def log_to(file: str | None, level: str) -> None:
    """Log the server's messages to `file`, or to standard error if it is None."""
    handler: logging.Handler
    try:
        handler = logging.FileHandler(file) if file else logging.StreamHandler()
    except OSError as error:
        raise click.ClickException(
            f"cannot write the log file {file}: {error}"
        ) from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("pypact.server")
    logger.addHandler(handler)
    logger.setLevel(level.upper())
