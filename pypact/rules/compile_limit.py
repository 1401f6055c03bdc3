"""Limit the time that compiling the patterns of contracts takes.

A contract of a megabyte can contain thousands of different expressions and date
patterns, each of which takes a fraction of a millisecond to compile, or several
milliseconds with large character sets. What a contract may take is limited; patterns
beyond the limit are not compiled, and their rules accept nothing.

Source: docs/internals/regex.md, "Time limit".
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic, thread_time
from typing import TypeVar

Compiled = TypeVar("Compiled")
Returned = TypeVar("Returned")

_IS_UNLIMITED: ContextVar[bool] = ContextVar("_IS_UNLIMITED", default=False)

_SECONDS_AT_START = 0.3
_SECONDS_PER_CONTRACT = 0.6
_MOST_SECONDS = 10.0
_REFILL = 0.1  # seconds per second, up to `_SECONDS_AT_START`


class CompileLimitError(ValueError):
    """The patterns of a contract take too long to compile."""

    def __init__(self) -> None:
        super().__init__(
            "the patterns of the contract take more than "
            f"{_SECONDS_PER_CONTRACT:g} s to compile"
        )


class _Allowance:
    """The CPU time, in seconds, that is left for compiling patterns of contracts."""

    def __init__(self) -> None:
        self._left = _SECONDS_AT_START
        self._moment = monotonic()

    def add(self, seconds: float) -> float:
        """Add seconds, or take them if negative; return what is left."""
        now = monotonic()
        refilled = min(self._left + (now - self._moment) * _REFILL, _SECONDS_AT_START)
        left = max(self._left, refilled) + seconds
        self._left, self._moment = min(left, _MOST_SECONDS), now
        return self._left


_ALLOWANCE = _Allowance()


def allow_contract() -> None:
    """Allow what the patterns of one more contract may take."""
    _ALLOWANCE.add(_SECONDS_PER_CONTRACT)


def call_unlimited(function: Callable[..., Returned], *arguments: object) -> Returned:
    """Call a function that compiles patterns of the user's own code, without limit."""
    token = _IS_UNLIMITED.set(True)
    try:
        return function(*arguments)
    finally:
        _IS_UNLIMITED.reset(token)


def limit_compiling(
    compile_pattern: Callable[[str], Compiled],
) -> Callable[[str], Compiled]:
    """Decorate a function that compiles a pattern of a contract.

    The function raises CompileLimitError, if compiling took too long before.
    """

    @functools.lru_cache(maxsize=2048)
    @functools.wraps(compile_pattern)
    def compile_limited(pattern: str) -> Compiled:
        if _IS_UNLIMITED.get():
            return compile_pattern(pattern)
        if _ALLOWANCE.add(0) <= 0:
            raise CompileLimitError
        began = thread_time()
        try:
            return compile_pattern(pattern)
        finally:
            _ALLOWANCE.add(began - thread_time())

    return compile_limited
