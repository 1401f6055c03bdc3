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
from pypact.model.interactions import Interaction, ProviderState
from pypact.model.json_text import Json, plain
from pypact.verifier.exchange import ValueFor
from pypact.verifier.states import FoundState
from pypact.verifier.steps import Steps

__all__ = ["StateSetup"]


class StateSetup:
    """The states of one interaction; leave it to run all teardowns.

    `values` collects what the functions gave for the generators, over the parameters
    of the states. Errors of teardowns are collected in `failures`.
    """

    def __init__(self, interaction: Interaction, value_for: ValueFor) -> None:
        self.values: dict[str, Json] = {}
        self.failures: list[StateHandlerFailed] = []
        self.remarks: list[str] = []
        self.value_for = value_for
        self._interaction = interaction
        # A stack of our own in place of an ExitStack, because what is awaited is
        # yielded by the one flow that both kinds of targets share.
        self._teardowns: list[tuple[str, Callable[[], object]]] = []

    def enter(self, state: ProviderState, found: FoundState) -> Steps[None]:
        """Call the function of one state.

        Raises: StateHandlerFailed, with the cause, when it fails.
        """
        values = {**plain(state.params), **found.values}
        self.values.update({**state.params, **found.values})
        label = f"state {state.name!r} ({found.place})"
        arguments = self._arguments(label, found, values)
        try:
            given = yield from self._entered(found.function(**arguments), label)
        except Exception as error:
            raise _failed(f"the set-up of {label}", error) from error
        if isinstance(given, Mapping):
            self.values.update(given)
        elif given is not None:
            self.remarks.append(
                f"{label} gave {given!r}, which is not used: wanted a dict or None"
            )

    def leave(self) -> Steps[None]:
        """Run every teardown, the last state's first; what fails is collected."""
        while self._teardowns:
            label, action = self._teardowns.pop()
            try:
                result = action()
                if inspect.isawaitable(result):
                    yield result
            except Exception as error:  # noqa: BLE001 -- kept, so that the others run too
                failure = _failed(f"the teardown of {label}", error)
                failure.__cause__ = error
                self.failures.append(failure)

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

    def _arguments(
        self, label: str, found: FoundState, values: Mapping[str, Json]
    ) -> dict[str, Any]:
        arguments: dict[str, Any] = {}
        special = {"params": dict(values), "interaction": self._interaction}
        parameters = inspect.signature(found.function).parameters
        for name, parameter in parameters.items():
            if parameter.kind is parameter.VAR_KEYWORD:
                rest = (key for key in values if key not in parameters)
                arguments.update({key: values[key] for key in rest})
            elif name in values:
                arguments[name] = values[name]
            elif name in special:
                arguments[name] = special[name]
            elif parameter.kind is parameter.VAR_POSITIONAL:
                continue
            elif parameter.default is parameter.empty:
                arguments[name] = self._outer(name, label, values)
        return arguments

    def _outer(self, name: str, label: str, values: Mapping[str, Json]) -> Any:
        try:
            return self.value_for(name)
        except LookupError:
            known = ", ".join(values) or "none"
            raise StateHandlerFailed(
                f"the set-up of {label}: nothing has a value for its parameter "
                f"{name!r}; the text and the params of the state have: {known}"
            ) from None


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


def _failed(what: str, error: Exception) -> StateHandlerFailed:
    return StateHandlerFailed(f"{what} raised {type(error).__name__}: {error}")
