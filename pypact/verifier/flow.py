"""Define the flow that synchronous and asynchronous verification share.

A flow is a generator that yields awaitables and receives their results. It is driven by
a plain function or by a coroutine. Code between the awaitables runs in the caller's
thread and, in the first case, outside of a running event loop: some database layers
refuse to be called inside one. The arguments of users' functions are found by parameter
name: in the values of the provider states, in the names that are always available, then
in the fixtures or attributes of the running test.

Source: docs/internals/verification.md, "Arguments of state functions".
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from pypact.model.json import Json
from pypact.verifier.results import Case, InteractionResult

_Result = TypeVar("_Result")

Steps: TypeAlias = Generator[Awaitable[Any], Any, _Result]
"""A flow: a generator that yields awaitables and receives their results.

Its return value is the result of the flow.
"""

WaitFor: TypeAlias = Callable[[Awaitable[Any]], Any]
"""Waits for an awaitable, and returns its result."""


def run_steps(steps: Steps[_Result], run: WaitFor) -> _Result:
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
USER_ERRORS = (Exception, SystemExit)


ValueFor: TypeAlias = Callable[[str], Any]
"""Returns the value for a parameter of a user's function, by name.

It is called for parameters that the provider states do not provide. It raises
`LookupError(name)` if it has no value either.
"""


@dataclass(frozen=True, slots=True)
class Context:
    """An interaction whose provider states have been set up.

    `values` are the parameters of the states and the values that the state functions
    returned, for generators and filters.
    """

    case: Case
    values: Mapping[str, Json]
    value_for: ValueFor


RunInteraction: TypeAlias = Callable[[Context], Steps[InteractionResult]]
"""Calls the provider once, compares the outcome and returns the result."""


class Driver(Protocol):
    """A way to verify interactions of one type, such as HTTP or messages."""

    def prepare(self, case: Case) -> RunInteraction:
        """Compile the expectations of an interaction, before any state is set up.

        Raises: PactError or ValueError if the interaction cannot be verified.
        """
        ...


class MissingValue(LookupError):
    """A required parameter for which no value is available.

    `known` lists the names that have values, as a string for error messages.
    """

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = ", ".join(known) or "none"


def bind_arguments(
    function: Callable[..., Any],
    values: Mapping[str, Any],
    always: Mapping[str, Any],
    value_for: ValueFor,
) -> dict[str, Any]:
    """Return the keyword arguments for `function`, looked up by parameter name.

    Each name is looked up in `values`, then in `always`; a parameter that is in neither
    and has no default is passed to `value_for`. A `**kwargs` parameter receives the
    `values` that no other parameter takes.

    Raises: MissingValue. Errors that `value_for` raises itself are not caught.
    """
    arguments: dict[str, Any] = {}
    parameters = read_parameters(function)
    for name, parameter in parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            rest = (key for key in values if key not in parameters)
            arguments.update({key: values[key] for key in rest})
        elif parameter.kind in (parameter.VAR_POSITIONAL, parameter.POSITIONAL_ONLY):
            if parameter.kind is parameter.POSITIONAL_ONLY:
                raise MissingValue(
                    f"{name} (positional-only; arguments are passed by name)", values
                )
        elif name in values:
            arguments[name] = values[name]
        elif name in always:
            arguments[name] = always[name]
        elif parameter.default is parameter.empty:
            arguments[name] = _value_from_caller(name, values, value_for)
    return arguments


def read_parameters(
    function: Callable[..., Any],
) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function, by name; the result is cached."""
    try:
        return _cached_parameters(function)
    except TypeError:  # not hashable, so it cannot be cached
        return inspect.signature(function).parameters


@functools.lru_cache(maxsize=512)
def _cached_parameters(
    function: Callable[..., Any],
) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters


def _value_from_caller(
    name: str, values: Mapping[str, Any], value_for: ValueFor
) -> Any:
    try:
        return value_for(name)
    except LookupError as error:
        if error.args != (name,):
            raise  # raised inside the fixture, not because the name is unknown
        raise MissingValue(name, values) from None
