"""Set up and tear down the provider states of one interaction.

All teardowns run, in reverse order, even if a later state failed.

Source: docs/internals/specification.md, "13.2 States".

Peers: the Rust verifier runs no teardown after a failed setup.
"""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any

from pypact.errors import InvalidExpectation, StateHandlerFailed, UnknownState
from pypact.model.interactions import ProviderState
from pypact.model.json import decimals_to_floats
from pypact.targets.base import read_message
from pypact.verifier.examples import find_example
from pypact.verifier.exceptions import format_traceback
from pypact.verifier.flow import Context, MissingValue
from pypact.verifier.results import (
    NO_FUNCTION,
    Case,
    Failure,
    FailureKind,
    StateOutcome,
)
from pypact.verifier.states import FoundFunction, StateFunctions


class StateSetup:
    """The setup and teardown of the provider states of one interaction.

    The values, outcomes, remarks and the failures of teardowns are added to the
    context. `unknown_states` is "error", "warn", "ignore" or None; None means an error
    if any state function is registered, else a warning.
    """

    def __init__(
        self,
        context: Context,
        functions: StateFunctions,
        unknown_states: str | None,
        uses: StateUses,
    ) -> None:
        self._context = context
        self._functions = functions
        # A verifier without any state function probably does not use states (yet).
        has_functions = bool(functions)
        self._unknown_states = unknown_states or ("error" if has_functions else "warn")
        # Without states, the function registered for "" is called, if there is one.
        without_states = (_NO_STATE,) if has_functions else ()
        self._states = context.case.interaction.states or without_states
        self._uses = uses
        # Not an AsyncExitStack: an outcome of a test runner is raised after all
        # teardowns, and the errors of the others are collected.
        self._teardowns: list[tuple[str, Callable[[], object]]] = []

    async def enter(self) -> Failure | None:
        """Set up the states in order; return the failure of the first that fails."""
        for state in self._states:
            failure = await self._enter_state(state)
            if failure is not None:
                return failure
        return None

    async def leave(self) -> None:
        """Run all teardowns in reverse order, and add their errors to the context.

        The outcome of a test runner, such as `pytest.fail`, is raised after the last.
        """
        leaving: BaseException | None = None
        while self._teardowns:
            label, action = self._teardowns.pop()
            try:
                await self._context.resolve(action())
            except BaseException as error:
                if self._context.is_failure(error):
                    failed = _make_handler_error(f"the teardown of {label}", error)
                    failed.__cause__ = error
                    self._context.failures.append(_describe_state_error(failed))
                elif isinstance(error, GeneratorExit):
                    raise  # the flow was abandoned: awaiting would be an error
                else:
                    leaving = leaving or error
        if leaving is not None:
            raise leaving

    async def _enter_state(self, state: ProviderState) -> Failure | None:
        began = time.perf_counter()
        found, failure = None, None
        try:
            found = self._find_function(state)
            if found is not None:
                await self._set_up(state, found)
        except UnknownState as error:
            text = f"{error}\n{self._uses.describe(state.name)}".rstrip()
            failure = Failure(FailureKind.STATE, text)
        except InvalidExpectation as error:
            failure = Failure(FailureKind.STATE, str(error))
        except StateHandlerFailed as error:
            failure = _describe_state_error(error)
        if found is not None or state is not _NO_STATE:
            outcome = "failed" if failure is not None else "ok"
            if outcome == "ok" and found is None:
                outcome = NO_FUNCTION
            place = found.place if found is not None else ""
            duration = time.perf_counter() - began
            self._context.states.append(
                StateOutcome(state.name, outcome, place, duration)
            )
        return failure

    def _find_function(self, state: ProviderState) -> FoundFunction | None:
        try:
            return self._functions.find(state, self._context.case.consumer)
        except UnknownState:
            if state is _NO_STATE:
                return None
            if self._unknown_states == "error":
                raise
        if self._unknown_states == "warn":
            self._context.remarks.append(f"no state function for {state.name!r}")
        self._context.values.update(state.params)
        return None

    async def _set_up(self, state: ProviderState, found: FoundFunction) -> None:
        """Call the function of one state, and collect the values that it returns."""
        values = self._context.values
        values.update({**state.params, **found.values})
        label = f"state {state.name!r} ({found.place})"
        try:
            call = self._bind_arguments(state, found)
            if found.has_action:
                # Registered before the setup, so that one that fails halfway is undone.
                self._teardowns.append((label, lambda: call("teardown")))
            returned = await self._enter_result(call("setup"), label)
        except MissingValue as missing:
            raise StateHandlerFailed(
                f"the setup of {label}: no value for its parameter {missing.name!r}; "
                f"the state's name and params provide: {missing.known}"
            ) from None
        except BaseException as error:
            if not self._context.is_failure(error):
                raise
            raise _make_handler_error(f"the setup of {label}", error) from error
        if isinstance(returned, Mapping):
            values.update(returned)
        elif returned is not None and not found.is_fallback:
            self._context.remarks.append(
                f"{label} returned {returned!r}, which is ignored: expected a dict or "
                "None"
            )

    def _bind_arguments(
        self, state: ProviderState, found: FoundFunction
    ) -> Callable[[str], Any]:
        """Return a function that calls the state function with an action."""
        values = {**decimals_to_floats(state.params), **found.values}
        always: dict[str, Any] = {"state": state.name, "action": "setup"}
        always |= {"params": dict(values), "parameters": dict(values)}
        order = found.by_position
        if order is not None:
            return lambda action: found.function(
                *({**always, "action": action}[name] for name in order)
            )
        expected = {"expected": find_example(self._context.case.interaction)}
        arguments = self._context.bind_arguments(
            found.function, values, always, expected
        )
        if not found.has_action:
            return lambda _action: found.function(**arguments)
        return lambda action: found.function(**{**arguments, "action": action})

    async def _enter_result(self, result: Any, label: str) -> Any:
        """Run a returned coroutine, generator or context manager up to its teardown."""
        result = await self._context.resolve(result)
        if inspect.isgenerator(result):
            try:
                value = next(result)
            except StopIteration as stop:
                return stop.value
            self._teardowns.append((label, lambda: _finish(result)))
            return value
        if inspect.isasyncgen(result):
            try:
                value = await self._context.wait_for(anext(result))
            except StopAsyncIteration:
                return None
            self._teardowns.append((label, lambda: _afinish(result)))
            return value
        leave: Callable[..., object]
        if isinstance(result, AbstractContextManager):
            value, leave = result.__enter__(), result.__exit__
        elif isinstance(result, AbstractAsyncContextManager):
            value = await self._context.wait_for(result.__aenter__())
            leave = result.__aexit__
        else:
            return result
        self._teardowns.append((label, lambda: leave(None, None, None)))
        return value if isinstance(value, Mapping) else None


def _finish(generator: Any) -> None:
    try:
        next(generator)
    except StopIteration:
        return
    raise RuntimeError("the function yields more than once")


async def _afinish(generator: Any) -> None:
    try:
        await anext(generator)
    except StopAsyncIteration:
        return
    raise RuntimeError("the function yields more than once")


def _make_handler_error(what: str, error: BaseException) -> StateHandlerFailed:
    return StateHandlerFailed(
        f"{what} raised {type(error).__name__}: {read_message(error)}"
    )


def _describe_state_error(error: StateHandlerFailed) -> Failure:
    cause = error.__cause__
    where = format_traceback(cause) if cause is not None else ()
    return Failure(FailureKind.STATE, str(error), where)


class StateUses:
    """The numbers of interactions of a run that need a state, for error texts."""

    def __init__(self, cases: Sequence[Case] = ()) -> None:
        self._cases = cases
        self._places: dict[str, list[str]] | None = None

    def describe(self, name: str) -> str:
        """Return how many interactions need a state, or "" for fewer than two."""
        if self._places is None:
            self._places = {}
            for case in self._cases:
                for state_name in {state.name for state in case.interaction.states}:
                    self._places.setdefault(state_name, []).append(case.pact.place)
        places = self._places.get(name, [])
        if len(places) < 2:
            return ""
        pacts = len(set(places))
        where = "one pact" if pacts == 1 else f"{pacts} pacts"
        return f"{len(places)} interactions in {where} need it"


_NO_STATE = ProviderState("")
