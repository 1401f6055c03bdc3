"""Limit the work of compiling the patterns of contracts.

A contract of a megabyte can contain thousands of different expressions and date
patterns, each of which takes a fraction of a millisecond to compile, or several
milliseconds with large character sets. The work for one contract is limited; patterns
beyond the limit are not compiled, and their rules accept nothing. The work is estimated
from the patterns, so that the limit is the same on slow machines.

Source: docs/internals/regex.md, "Time limit".
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from contextvars import ContextVar
from time import monotonic
from typing import TypeVar

Compiled = TypeVar("Compiled")
Returned = TypeVar("Returned")

_IS_UNLIMITED: ContextVar[bool] = ContextVar("_IS_UNLIMITED", default=False)

# In units of work: one is about a microsecond of CPU time.
_WORK_AT_START = 300_000
_WORK_PER_CONTRACT = 600_000
_MOST_WORK = 10_000_000
_REFILL = 100_000  # per second, up to `_WORK_AT_START`
_WORK_PER_PATTERN = 80
_WORK_PER_CHARACTER = 10


class CompileLimitError(ValueError):
    """The patterns of a contract take too much work to compile."""

    def __init__(self) -> None:
        super().__init__(
            "the patterns of the contract are too many or too large (compiling them "
            f"takes more than {_WORK_PER_CONTRACT:,} units of work)"
        )


class _Allowance:
    """The work that is left for compiling patterns of contracts."""

    def __init__(self) -> None:
        self._left: float = _WORK_AT_START
        self._moment = monotonic()

    def add(self, work: int) -> float:
        """Add work, or subtract it if negative; return the work that is left."""
        now = monotonic()
        refilled = min(self._left + (now - self._moment) * _REFILL, _WORK_AT_START)
        left = max(self._left, refilled) + work
        self._left, self._moment = min(left, _MOST_WORK), now
        return self._left


_ALLOWANCE = _Allowance()


def allow_contract() -> None:
    """Allow the work that the patterns of one more contract may take."""
    _ALLOWANCE.add(_WORK_PER_CONTRACT)


def call_unlimited(function: Callable[..., Returned], *arguments: object) -> Returned:
    """Call a function that compiles patterns of the user's own code, without limit."""
    token = _IS_UNLIMITED.set(True)
    try:
        return function(*arguments)
    finally:
        _IS_UNLIMITED.reset(token)


def limit_compiling(
    compile_pattern: Callable[[str], Compiled],
    estimate_further_work: Callable[[str], int] = lambda _: 0,
) -> Callable[[str], Compiled]:
    """Decorate a function that compiles a pattern of a contract.

    `estimate_further_work` returns the work for a compiled pattern that its length does
    not show. The function raises CompileLimitError if no work is left.
    """

    @functools.lru_cache(maxsize=2048)
    @functools.wraps(compile_pattern)
    def compile_limited(pattern: str) -> Compiled:
        if _IS_UNLIMITED.get():
            return compile_pattern(pattern)
        # What is refused takes nothing from the contracts that are read later.
        if _ALLOWANCE.add(0) <= 0:
            raise CompileLimitError
        _ALLOWANCE.add(-(_WORK_PER_PATTERN + _WORK_PER_CHARACTER * len(pattern)))
        compiled = compile_pattern(pattern)
        _ALLOWANCE.add(-estimate_further_work(pattern))
        return compiled

    return compile_limited
