"""How does one and the same flow run with a provider that must be awaited?

A flow is a generator that yields what must be awaited and is sent the outcome. A plain
function drives it to the end, or a coroutine does; what is not awaited runs in the
caller's own thread and, in the first case, outside of any running loop: some database
layers refuse to be called inside one.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeAlias, TypeVar

__all__ = ["TEAM_ERRORS", "Run", "Steps", "arun_steps", "run_steps"]

_Result = TypeVar("_Result")

Steps: TypeAlias = Generator[Awaitable[Any], Any, _Result]
"""A flow: a generator that yields awaitables and receives their results.

Its return value is the result of the flow.
"""

Run: TypeAlias = Callable[[Awaitable[Any]], Any]
"""Waits for an awaitable, and returns its result."""


def run_steps(steps: Steps[_Result], run: Run) -> _Result:
    """Run a flow and return its result; `run` waits for each awaitable it yields."""
    try:
        awaitable = next(steps)
        while True:
            try:
                outcome = run(awaitable)
            except BaseException as error:  # noqa: BLE001, PERF203 -- the flow handles it, at each step
                awaitable = steps.throw(error)
            else:
                awaitable = steps.send(outcome)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


async def arun_steps(steps: Steps[_Result]) -> _Result:
    """Run a flow inside the running event loop, and return its result."""
    try:
        awaitable = next(steps)
        while True:
            try:
                outcome = await awaitable
            except BaseException as error:  # noqa: BLE001, PERF203 -- the flow handles it, at each step
                awaitable = steps.throw(error)
            else:
                awaitable = steps.send(outcome)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


# Errors that users' own functions may raise. SystemExit is among them, because a
# function that calls a click command, for example, must not end the whole run.
TEAM_ERRORS = (Exception, SystemExit)
