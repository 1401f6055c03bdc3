"""Run a test function several times inside one test, and collect the outcomes.

Fixtures are not set up anew between the runs.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

_Plan = TypeVar("_Plan")

MakeBlock: TypeAlias = Callable[[_Plan], AbstractContextManager[Any]]
"""A function that returns the new block in which a run takes place."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_Plan]):
    """The outcome of one run: its result, or the exception that it raised."""

    plan: _Plan
    result: Any = None
    error: Exception | None = None


def rerun(
    test: Callable[[], Any], plans: Iterable[_Plan], make_block: MakeBlock[_Plan]
) -> list[Outcome[_Plan]]:
    """Run a function once for each plan, each time in a new block.

    `plans` may be a generator that appends plans depending on the runs so far. Only
    exceptions derived from `Exception` are collected; others, such as the skipping of
    a test by pytest, propagate.
    """
    outcomes = []
    for plan in plans:
        try:
            with make_block(plan):
                result = test()
        except Exception as error:  # noqa: BLE001, PERF203 -- part of the outcome
            outcomes.append(Outcome(plan, error=error))
        else:
            outcomes.append(Outcome(plan, result))
    return outcomes


async def rerun_coroutine(
    test: Callable[[], Awaitable[Any]],
    plans: Iterable[_Plan],
    make_block: MakeBlock[_Plan],
) -> list[Outcome[_Plan]]:
    """Do the same as `rerun` for a coroutine function, in the running event loop."""
    outcomes = []
    for plan in plans:
        try:
            with make_block(plan):
                result = await test()
        except Exception as error:  # noqa: BLE001, PERF203 -- part of the outcome
            outcomes.append(Outcome(plan, error=error))
        else:
            outcomes.append(Outcome(plan, result))
    return outcomes
