"""Run a test function several times inside one test, and collect the outcomes.

Fixtures are not set up anew between the runs.
"""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar

from pypact._dataclasses import dataclass
from pypact._lazy import import_later

if TYPE_CHECKING:
    import unittest
else:
    unittest = import_later("unittest")

_Plan = TypeVar("_Plan")

MakeBlock: TypeAlias = Callable[[_Plan], AbstractContextManager[Any]]
"""A function that returns the new block in which a run takes place."""


@dataclass(frozen=True, slots=True)
class Outcome(Generic[_Plan]):
    """The outcome of one run: its result, or the exception that it raised."""

    plan: _Plan
    result: Any = None
    error: BaseException | None = None


def rerun(
    test: Callable[[], Any], plans: Iterable[_Plan], make_block: MakeBlock[_Plan]
) -> list[Outcome[_Plan]]:
    """Run a function once for each plan, each time in a new block.

    `plans` may be a generator that appends plans depending on the runs so far. Only
    failures are collected; the skipping of a test, by unittest or pytest, propagates.
    """
    __tracebackhide__ = True
    outcomes = []
    for plan in plans:
        try:
            with make_block(plan):
                result = test()
        except BaseException as error:  # noqa: PERF203 -- part of the outcome
            if not _is_failure(error):
                raise
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
    __tracebackhide__ = True
    outcomes = []
    for plan in plans:
        try:
            with make_block(plan):
                result = await test()
        except BaseException as error:  # noqa: PERF203 -- part of the outcome
            if not _is_failure(error):
                raise
            outcomes.append(Outcome(plan, error=error))
        else:
            outcomes.append(Outcome(plan, result))
    return outcomes


def add_variant_note(failed: Sequence[Outcome[Any]], count: int) -> None:
    """Add a note with the names of the plans that failed to the first error."""
    lines = [f"failed in the variant {failed[0].plan.name}"]
    lines += [
        f"also failed in the variant {one.plan.name}: "
        f"{type(one.error).__name__}: {one.error}"
        for one in failed[1:]
    ]
    lines.append(f"{len(failed)} of {count} variants failed; nothing is recorded")
    error: Any = failed[0].error
    # The same as `add_note`, which Python 3.10 does not have.
    error.__notes__ = [*getattr(error, "__notes__", ()), "\n".join(lines)]


def _is_failure(error: BaseException) -> bool:
    if isinstance(error, Exception):
        return not isinstance(error, unittest.SkipTest)
    # pytest.fail() raises an exception that is not derived from Exception.
    outcomes = sys.modules.get("_pytest.outcomes")
    return outcomes is not None and isinstance(error, outcomes.Failed)
