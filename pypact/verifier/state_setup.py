"""Set up and tear down provider states.

All teardowns run, in reverse order, even if a later state failed.

Source: docs/internals/specification.md, "13.2 States".

Peers: the Rust verifier runs no teardown after a failed setup.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pypact.errors import StateHandlerFailed
from pypact.model.interactions import ProviderState
from pypact.model.json import Json, decimals_to_floats
from pypact.verifier.flow import (
    USER_ERRORS,
    MissingValue,
    Steps,
    ValueFor,
    bind_arguments,
)
from pypact.verifier.results import Case
from pypact.verifier.states import FoundState


class StateSetup:
    """Sets up the provider states of one interaction, and tears them down.

    `values` collects the parameters of the states and, taking precedence, the values
    that state functions return, for the generators. `failures` collects the errors of
    teardowns, `remarks` notes for the reports.
    """

    def __init__(self, case: Case, value_for: ValueFor) -> None:
        self.values: dict[str, Json] = {}
        self.failures: list[StateHandlerFailed] = []
        self.remarks: list[str] = []
        self.value_for = value_for
        self._case = case
        # Not an ExitStack, because awaitables are yielded to the caller, which drives
        # the same flow for synchronous and asynchronous targets.
        self._teardowns: list[tuple[str, Callable[[], object]]] = []

    def enter(self, state: ProviderState, found: FoundState) -> Steps[None]:
        """Set up one state by calling its function.

        Raises: StateHandlerFailed, chained to the cause, if the function fails.
        """
        self.values.update({**state.params, **found.values})
        label = f"state {state.name!r} ({found.place})"
        try:
            returned = yield from self._call_function(state, found, label)
        except MissingValue as missing:
            raise StateHandlerFailed(
                f"the setup of {label}: no value for its parameter {missing.name!r}; "
                f"the state's name and params provide: {missing.known}"
            ) from None
        except USER_ERRORS as error:
            raise _handler_failure(f"the setup of {label}", error) from error
        if isinstance(returned, Mapping):
            self.values.update(returned)
        elif returned is not None and not found.is_fallback:
            self.remarks.append(
                f"{label} returned {returned!r}, which is ignored: expected a dict or "
                "None"
            )

    def leave(self) -> Steps[None]:
        """Run all teardowns in reverse order, and collect their errors in `failures`.

        The outcome of a test runner, such as `pytest.fail`, is raised after the last.
        """
        leaving: BaseException | None = None
        while self._teardowns:
            label, action = self._teardowns.pop()
            try:
                result = action()
                if inspect.isawaitable(result):
                    yield result
            except GeneratorExit:
                raise  # the flow was abandoned: yielding an awaitable would be an error
            except USER_ERRORS as error:
                failure = _handler_failure(f"the teardown of {label}", error)
                failure.__cause__ = error
                self.failures.append(failure)
            except BaseException as raised:  # noqa: BLE001 -- raised below
                leaving = leaving or raised
        if leaving is not None:
            raise leaving

    def _call_function(
        self, state: ProviderState, found: FoundState, label: str
    ) -> Steps[Any]:
        call = self._bind_arguments(state, found)
        if found.has_action:
            # Registered before the setup, so that one that fails halfway is undone too.
            self._teardowns.append((label, lambda: call("teardown")))
        return (yield from self._enter_result(call("setup"), label))

    def _bind_arguments(
        self, state: ProviderState, found: FoundState
    ) -> Callable[[str], Any]:
        """Return a function that calls the state function with an action."""
        values = {**decimals_to_floats(state.params), **found.values}
        always = {
            "interaction": self._case.interaction,
            "consumer": self._case.consumer,
            "state": state.name,
            "params": dict(values),
            "parameters": dict(values),
        }
        if found.by_position is not None:
            order = found.by_position
            return lambda action: found.function(
                *({**always, "action": action}[name] for name in order)
            )
        arguments = bind_arguments(
            found.function, values, {**always, "action": "setup"}, self.value_for
        )
        if not found.has_action:
            return lambda _action: found.function(**arguments)
        return lambda action: found.function(**{**arguments, "action": action})

    def _enter_result(self, result: Any, label: str) -> Steps[Any]:
        """Run a returned coroutine, generator or context manager up to its teardown.

        Returns the value for the generators.
        """
        if inspect.isawaitable(result):
            result = yield result
        if inspect.isgenerator(result):
            try:
                value = next(result)
            except StopIteration as stop:
                return stop.value
            self._teardowns.append((label, lambda: _finish(result)))
            return value
        if inspect.isasyncgen(result):
            try:
                value = yield anext(result)
            except StopAsyncIteration:
                return None
            self._teardowns.append((label, lambda: _afinish(result)))
            return value
        kind = type(result)
        if hasattr(kind, "__enter__") and hasattr(kind, "__exit__"):
            value = result.__enter__()
            self._teardowns.append((label, lambda: result.__exit__(None, None, None)))
            return value if isinstance(value, Mapping) else None
        if hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__"):
            value = yield result.__aenter__()
            self._teardowns.append((label, lambda: result.__aexit__(None, None, None)))
            return value if isinstance(value, Mapping) else None
        return result


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


def _handler_failure(what: str, error: BaseException) -> StateHandlerFailed:
    return StateHandlerFailed(f"{what} raised {type(error).__name__}: {error}")
