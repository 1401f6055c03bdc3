"""How is the provider brought into a state, and out of it again?

Source: semantics section 13.2. All teardowns run, in the reverse order, also when a
later state failed.

Peers: the Rust verifier runs no teardown after a failed set-up.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pypact.errors import StateHandlerFailed
from pypact.model.interactions import ProviderState
from pypact.model.json_text import Json, plain
from pypact.verifier.arguments import MissingValue, arguments_for
from pypact.verifier.exchange import ValueFor
from pypact.verifier.results import Case
from pypact.verifier.states import FoundState
from pypact.verifier.steps import TEAM_ERRORS, Steps

__all__ = ["StateSetup"]


class StateSetup:
    """The states of one interaction; leave it to run all teardowns.

    `values` collects what the functions gave for the generators, over the parameters
    of the states. Errors of teardowns are collected in `failures`.
    """

    def __init__(self, case: Case, value_for: ValueFor) -> None:
        self.values: dict[str, Json] = {}
        self.failures: list[StateHandlerFailed] = []
        self.remarks: list[str] = []
        self.value_for = value_for
        self._case = case
        # A stack of our own in place of an ExitStack, because what is awaited is
        # yielded by the one flow that both kinds of targets share.
        self._teardowns: list[tuple[str, Callable[[], object]]] = []

    def enter(self, state: ProviderState, found: FoundState) -> Steps[None]:
        """Call the function of one state.

        Raises: StateHandlerFailed, with the cause, when it fails.
        """
        self.values.update({**state.params, **found.values})
        label = f"state {state.name!r} ({found.place})"
        try:
            given = yield from self._called(state, found, label)
        except MissingValue as missing:
            raise StateHandlerFailed(
                f"the set-up of {label}: nothing has a value for its parameter "
                f"{missing.name!r}; the text and the params of the state have: "
                f"{missing.known}"
            ) from None
        except TEAM_ERRORS as error:
            raise _failed(f"the set-up of {label}", error) from error
        if isinstance(given, Mapping):
            self.values.update(given)
        elif given is not None and not found.is_fallback:
            self.remarks.append(
                f"{label} gave {given!r}, which is not used: wanted a dict or None"
            )

    def leave(self) -> Steps[None]:
        """Run every teardown, the last state's first; what fails is collected.

        What is no error of the team's, such as `pytest.fail`, goes out after the last.
        """
        leaving: BaseException | None = None
        while self._teardowns:
            label, action = self._teardowns.pop()
            try:
                result = action()
                if inspect.isawaitable(result):
                    yield result
            except GeneratorExit:
                raise  # nobody is there to await anything
            except TEAM_ERRORS as error:
                failure = _failed(f"the teardown of {label}", error)
                failure.__cause__ = error
                self.failures.append(failure)
            except BaseException as raised:  # noqa: BLE001 -- raised below
                leaving = leaving or raised
        if leaving is not None:
            raise leaving

    def _called(
        self, state: ProviderState, found: FoundState, label: str
    ) -> Steps[Any]:
        call = self._call_of(state, found)
        if found.has_action:
            # Registered first: what a set-up that fails has begun is undone as well.
            self._teardowns.append((label, lambda: call("teardown")))
        return (yield from self._entered(call("setup"), label))

    def _call_of(self, state: ProviderState, found: FoundState) -> Callable[[str], Any]:
        values = {**plain(state.params), **found.values}
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
        arguments = arguments_for(
            found.function, values, {**always, "action": "setup"}, self.value_for
        )
        if not found.has_action:
            return lambda _action: found.function(**arguments)
        return lambda action: found.function(**{**arguments, "action": action})

    def _entered(self, result: Any, label: str) -> Steps[Any]:
        if inspect.isawaitable(result):
            result = yield result
        if inspect.isgenerator(result):
            try:
                given = next(result)
            except StopIteration as stop:
                return stop.value
            self._teardowns.append((label, lambda: _finish(result)))
            return given
        if inspect.isasyncgen(result):
            try:
                given = yield anext(result)
            except StopAsyncIteration:
                return None
            self._teardowns.append((label, lambda: _afinish(result)))
            return given
        kind = type(result)
        if hasattr(kind, "__enter__") and hasattr(kind, "__exit__"):
            given = result.__enter__()
            self._teardowns.append((label, lambda: result.__exit__(None, None, None)))
            return given if isinstance(given, Mapping) else None
        if hasattr(kind, "__aenter__") and hasattr(kind, "__aexit__"):
            given = yield result.__aenter__()
            self._teardowns.append((label, lambda: result.__aexit__(None, None, None)))
            return given if isinstance(given, Mapping) else None
        return result


def _finish(generator: Any) -> None:
    try:
        next(generator)
    except StopIteration:
        return
    raise RuntimeError("it yields more than once")


async def _afinish(generator: Any) -> None:
    try:
        await anext(generator)
    except StopAsyncIteration:
        return
    raise RuntimeError("it yields more than once")


def _failed(what: str, error: BaseException) -> StateHandlerFailed:
    return StateHandlerFailed(f"{what} raised {type(error).__name__}: {error}")
