"""Warn of options that have no meaning in pypact."""

from __future__ import annotations

import warnings

from pypact.errors import IgnoredOptionWarning
from pypact.frames import find_caller

_REASONS = {
    "log_dir": "no process is started, so there is no log file",
    "log_level": "no process is started, so there is no log file",
    "sslcert": "https requests are intercepted in this process",
    "sslkey": "https requests are intercepted in this process",
}


def warn_of_ignored(**options: object) -> None:
    """Issue a warning for each option that was given, naming it and the caller."""
    for name, value in options.items():
        if value in (None, "", (), [], False):
            continue
        reason = _REASONS.get(name, "pypact does not have this option")
        text = f"{name}={value!r} at {find_caller()} has no effect: {reason}"
        warnings.warn(IgnoredOptionWarning(text), stacklevel=3)
