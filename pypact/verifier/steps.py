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
"""A flow: yields awaitables, is sent their results, returns its own."""

Run: TypeAlias = Callable[[Awaitable[Any]], Any]
"""Waits for an awaitable and gives its result."""


def run_steps(steps: Steps[_Result], run: Run) -> _Result:
    """Drive a flow; `run` waits for what it yields."""
    try:
        waiting = next(steps)
        while True:
            try:
                given = run(waiting)
            except BaseException as error:  # noqa: BLE001, PERF203 -- the flow decides, at each step
                waiting = steps.throw(error)
            else:
                waiting = steps.send(given)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


async def arun_steps(steps: Steps[_Result]) -> _Result:
    """Drive a flow inside the running loop."""
    try:
        waiting = next(steps)
        while True:
            try:
                given = await waiting
            except BaseException as error:  # noqa: BLE001, PERF203 -- the flow decides, at each step
                waiting = steps.throw(error)
            else:
                waiting = steps.send(given)
    except StopIteration as stop:
        result: _Result = stop.value
        return result


# What the team's own functions raise. An exit, as of a click command that one calls,
# ends the program no more than any other error does.
TEAM_ERRORS = (Exception, SystemExit)
