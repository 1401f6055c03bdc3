"""Define the flow that synchronous and asynchronous verification share.

A flow is a coroutine. `averify` awaits it in the running event loop. For a plain caller
`run_flow` drives it outside of any loop, because some database layers refuse to be
called inside one: only what must be awaited, such as a user's coroutine, then runs in a
private loop. The arguments of users' functions are found by parameter name: in the
values of the provider states, in the names that are always available, then in the
fixtures or attributes of the running test.

Source: docs/internals/verification.md, "Arguments of state functions".
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, NoReturn, Protocol, TypeAlias, TypeVar

from pypact._dataclasses import dataclass, field
from pypact.model.json import Json
from pypact.targets.base import is_provider_error
from pypact.verifier.results import Case, Failure, InteractionResult, StateOutcome

_Result = TypeVar("_Result")

WaitFor: TypeAlias = Callable[[Awaitable[Any]], Any]
"""A function that runs an awaitable in a private event loop and returns its result."""


def run_flow(flow: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a flow to its end outside of any event loop, and return its result.

    Its `Context.run` must wait for each awaitable, so that the flow never suspends.
    """
    try:
        flow.send(None)
    except StopIteration as stop:
        result: _Result = stop.value
        return result
    flow.close()
    raise RuntimeError("the flow awaited something outside of an event loop")


def _is_cancelling() -> bool:
    """Return whether the running task is cancelled; True if Python cannot report it."""
    task = asyncio.current_task()
    cancelling = getattr(task, "cancelling", None)  # new in Python 3.11
    return cancelling is None or cancelling() > 0


# Errors of users' code that is imported. SystemExit is among them, because a module
# that calls a click command, for example, must not end the whole command.
USER_ERRORS = (Exception, SystemExit)


ValueFor: TypeAlias = Callable[[str], Any]
"""A function that returns the value for a named parameter of a user's function.

It is called for parameters that the provider states do not provide. It raises
`LookupError(name)` if it has no value either.
"""


def provide_nothing(name: str) -> NoReturn:
    """Raise LookupError: the default `value_for`, without a value for any parameter."""
    raise LookupError(name)


_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Context:
    """The interaction that a flow verifies, and what is collected on the way.

    `run` waits for an awaitable; None means that the flow is in a running event loop.
    `values` are the parameters of the provider states and the values that state
    functions returned, for generators and filters. The other fields are added to the
    fields of the result with the same names; `failures` are those of teardowns and
    `after_each`.
    """

    case: Case
    value_for: ValueFor = provide_nothing
    run: WaitFor | None = None
    values: dict[str, Json] = field(default_factory=dict)
    states: list[StateOutcome] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    hidden: set[str] = field(default_factory=set)

    def is_failure(self, raised: BaseException) -> bool:
        """Return whether an exception fails this interaction instead of ending the run.

        See `is_provider_error`. In the caller's event loop, the caller may cancel its
        task, or abandon the flow: both end the run.
        """
        if self.run is None:
            if isinstance(raised, GeneratorExit):
                return False
            if isinstance(raised, asyncio.CancelledError):
                return not _is_cancelling()
        return is_provider_error(raised)

    def fail(self, failure: Failure) -> InteractionResult:
        """Return the result of an interaction that failed before it was compared."""
        return InteractionResult(self.case, failures=(failure,))

    async def wait_for(self, awaitable: Awaitable[Any]) -> Any:
        return await awaitable if self.run is None else self.run(awaitable)

    async def resolve(self, returned: Any) -> Any:
        """Return what a user's function returned, awaited if it is awaitable."""
        if inspect.isawaitable(returned):
            return await self.wait_for(returned)
        return returned

    def bind_arguments(
        self,
        function: Callable[..., Any],
        values: Mapping[str, Any],
        always: Mapping[str, Any],
        otherwise: Mapping[str, Any] = _NOTHING,
    ) -> dict[str, Any]:
        """Return the keyword arguments for `function`, looked up by parameter name.

        Each name is looked up in `values`, then in `always`, to which `interaction` and
        `consumer` are added; a parameter that is in neither and has no default is
        passed to `value_for`. A parameter without any of these is looked up in
        `otherwise`. A `**kwargs` parameter receives the `values` that no other
        parameter takes.

        Raises: MissingValue. Errors that `value_for` raises itself are not caught.
        """
        case = self.case
        always = {"interaction": case.interaction, "consumer": case.consumer, **always}
        arguments: dict[str, Any] = {}
        parameters = read_parameters(function)
        for name, parameter in parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                rest = (key for key in values if key not in parameters)
                arguments.update({key: values[key] for key in rest})
            elif parameter.kind is parameter.POSITIONAL_ONLY:
                raise MissingValue(
                    f"{name} (positional-only; arguments are passed by name)", values
                )
            elif parameter.kind is parameter.VAR_POSITIONAL:
                continue
            elif name in values:
                arguments[name] = values[name]
            elif name in always:
                arguments[name] = always[name]
            elif parameter.default is parameter.empty:
                arguments[name] = self._get_value(name, values, otherwise)
            elif name in otherwise:
                arguments[name] = otherwise[name]
        return arguments

    def _get_value(
        self, name: str, values: Mapping[str, Any], otherwise: Mapping[str, Any]
    ) -> Any:
        try:
            return self.value_for(name)
        except LookupError as error:
            if error.args != (name,):
                raise  # raised inside the fixture, not because the name is unknown
            if name in otherwise:
                return otherwise[name]
            raise MissingValue(name, values) from None


RunInteraction: TypeAlias = Callable[[Context], Awaitable[InteractionResult]]
"""A coroutine function that calls the provider and returns the compared result."""


class Driver(Protocol):
    """A way to verify interactions of one type, such as HTTP or messages."""

    def prepare(self, case: Case) -> RunInteraction:
        """Compile the expectations of an interaction, before any state is set up.

        Raises: PactError or ValueError if the interaction cannot be verified.
        """


class MissingValue(LookupError):
    """A required parameter without a value; `known` lists the other names."""

    def __init__(self, name: str, known: Mapping[str, Any]) -> None:
        super().__init__(name, known)
        self.name = name
        self.known = ", ".join(known) or "none"


def read_parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    """Return the parameters of a function, by name; the result is cached."""
    try:
        return _cached_parameters(function)
    except TypeError:  # not hashable, so it cannot be cached
        return inspect.signature(function).parameters


@functools.lru_cache(maxsize=512)
def _cached_parameters(function: Callable[..., Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(function).parameters
