"""Warn of options that have no meaning in pypact."""

from __future__ import annotations

import warnings

from pypact.errors import IgnoredOptionWarning
from pypact.frames import find_caller

_NO_PROCESS = "no process is started, so there is no log file"
_NO_SERVER = "https requests are intercepted in this process"
_REASONS = {
    "file_write_mode": "messages are merged into the file",
    "log_dir": _NO_PROCESS,
    "log_level": _NO_PROCESS,
    "proxy_host": "no port is opened",
    "proxy_port": "no port is opened",
    "sslcert": _NO_SERVER,
    "sslkey": _NO_SERVER,
    "verbose": "the report always has all details",
}


def warn_of_ignored(**options: object) -> None:
    """Issue a warning for each option that was given, naming it and the caller."""
    for name, value in options.items():
        if value in (None, "", (), [], False):
            continue
        reason = _REASONS.get(name, "pypact does not have this option")
        text = f"{name}={value!r} at {find_caller()} has no effect: {reason}"
        warnings.warn(IgnoredOptionWarning(text), stacklevel=3)
