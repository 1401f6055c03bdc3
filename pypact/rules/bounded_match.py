"""Match the regular expressions of contracts within a time limit.

Most expressions match in linear time and are used as they are. A match that may run
practically for ever takes place in a child process with a deadline, since `re` cannot
be interrupted: it holds the interpreter's lock.

Source: docs/internals/regex.md, "Time limit".
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from time import monotonic
from typing import TypeAlias

from pypact._process import bypass_interception
from pypact.rules.backtracking import find_safe_length
from pypact.rules.compile_limit import limit_compiling
from pypact.rules.regex import compile_regex, count_members

FullMatch: TypeAlias = Callable[[str], object]

TIME_LIMIT = 1.0
"""How many seconds a match may take; half of it after each one that took longer."""
_SHORTEST_LIMIT = 0.05  # seconds
_MEMORY = 10.0  # seconds, after which a match that took too long is forgotten


class MatchTimeoutError(Exception):
    """A match took longer than the limit."""

    def __init__(self, limit: float = TIME_LIMIT) -> None:
        problem = f"matching took more than {limit:g} s"
        if limit < _SHORTEST_LIMIT:
            problem = "it was not matched, since several others took too long"
        super().__init__(problem)


@functools.lru_cache(maxsize=2048)
def compile_full_match(text: str) -> FullMatch:
    """Compile a regular expression to a function that matches a whole string.

    The function raises `MatchTimeoutError`.

    Raises: ValueError with the reason, if the expression is invalid.
    """
    pattern = compile_regex(text)
    safe_length = find_safe_length(pattern)
    if safe_length is None:
        return pattern.fullmatch

    def match_bounded(value: str) -> object:
        if len(value) <= safe_length:
            return pattern.fullmatch(value)
        return _CHILD.request("fullmatch", pattern.pattern, value)

    return match_bounded


def _estimate_further_work(text: str) -> int:
    """Return the work of compiling the sets of an expression."""
    translated = compile_regex(text).pattern
    return len(translated) + count_members(translated) // 10


compile_limited = limit_compiling(compile_full_match, _estimate_further_work)
"""`compile_full_match` for contracts; also raises CompileLimitError, a ValueError."""


def search_bounded(pattern: re.Pattern[str], text: str) -> tuple[int, int, str] | None:
    """Return start, end and first group of the first match in `text`, or None.

    Raises: MatchTimeoutError.
    """
    # A search tries a match at each place.
    safe_length = find_safe_length(pattern)
    if safe_length is None or len(text) * len(text) <= safe_length:
        found = pattern.search(text)
        return found and (found.start(), found.end(), found[1] or "")
    return _CHILD.request("search", pattern.pattern, text)


class _Child:
    """A child process that matches; it ends itself at the deadline."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._timeouts: list[float] = []

    def request(
        self, method: str, pattern: str, text: str
    ) -> tuple[int, int, str] | None:
        """Return start, end and first group of a match, or None."""
        with self._lock:
            limit = self._get_limit()
            line = json.dumps([method, pattern, text, limit]).encode() + b"\n"
            process = self._process or self._start()
            assert process.stdin is not None  # noqa: S101 -- for mypy: they are pipes
            assert process.stdout is not None  # noqa: S101 -- see above
            process.stdin.write(line)
            process.stdin.flush()
            answer = process.stdout.readline()
            if not answer:
                self.stop()
                self._timeouts.append(monotonic())
                raise MatchTimeoutError(limit)
        found = json.loads(answer)
        return found and tuple(found)

    def _get_limit(self) -> float:
        since = monotonic() - _MEMORY
        self._timeouts = [moment for moment in self._timeouts if moment > since]
        limit = TIME_LIMIT * 0.5 ** len(self._timeouts)
        if limit < _SHORTEST_LIMIT:
            raise MatchTimeoutError(limit)
        return limit

    def _start(self) -> subprocess.Popen[bytes]:
        with bypass_interception():
            self._process = subprocess.Popen(  # noqa: S603 -- this interpreter, and no input
                [sys.executable, "-I", "-S", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        atexit.register(self.stop)
        return self._process

    def stop(self) -> None:
        """Stop the process; the next request starts another one."""
        atexit.unregister(self.stop)
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def forget(self) -> None:
        """Leave the process to the parent of this fork."""
        self._abandoned = self._process
        self._process, self._lock = None, threading.Lock()


# `faulthandler` has its own thread, which does not need the interpreter's lock.
_PROGRAM = """
import faulthandler, json, re, sys, warnings
warnings.simplefilter("ignore")
for line in sys.stdin.buffer:
    method, pattern, text, limit = json.loads(line)
    compiled = re.compile(pattern)
    faulthandler.dump_traceback_later(limit, exit=True)
    found = getattr(compiled, method)(text)
    faulthandler.cancel_dump_traceback_later()
    span = found and [*found.span(), compiled.groups and found[1] or ""]
    print(json.dumps(span), flush=True)
"""
_CHILD = _Child()
# Windows has no fork.
getattr(os, "register_at_fork", dict)(after_in_child=_CHILD.forget)
