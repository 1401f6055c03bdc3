"""What does the team do before and after each interaction?"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias, TypeVar

from pypact.errors import InvalidExpectation, PactError
from pypact.verifier.arguments import MissingValue, arguments_for
from pypact.verifier.exchange import ValueFor
from pypact.verifier.results import Case, Failure, FailureKind, InteractionResult
from pypact.verifier.steps import TEAM_ERRORS, Steps
from pypact.verifier.tracebacks import headline, traceback_lines

__all__ = ["Around", "Hook", "no_generator"]

_Function = TypeVar("_Function", bound=Callable[..., Any])

Hook: TypeAlias = Callable[..., Any]
"""A function to call before or after each interaction; may be a coroutine function.

Its parameters are named `interaction` and `consumer`, in `after_each` also `response`.
"""


class Around:
    """The hooks to call before and after each interaction, in registration order."""

    def __init__(self) -> None:
        self.before: list[Hook] = []
        self.after: list[Hook] = []

    def enter(self, case: Case, value_for: ValueFor) -> Steps[Failure | None]:
        """Call the `before_each` hooks, before state setup; return the first failure.

        Hooks after one that failed are not called.
        """
        always = {"interaction": case.interaction, "consumer": case.consumer}
        for hook in self.before:
            failure = yield from _call_hook(hook, "before_each", always, value_for)
            if failure is not None:
                return failure
        return None

    def leave(
        self, result: InteractionResult, value_for: ValueFor
    ) -> Steps[tuple[Failure, ...]]:
        """Call all `after_each` hooks, after state teardown; return their failures.

        `response` is None if the provider sent no complete response.
        """
        if not self.after:
            return ()
        response = result.answer
        is_complete = response is not None and response.status is not None
        always = {
            "interaction": result.case.interaction,
            "consumer": result.case.consumer,
            "response": (
                response.to_response() if response is not None and is_complete else None
            ),
        }
        failures = []
        for hook in self.after:
            failure = yield from _call_hook(hook, "after_each", always, value_for)
            if failure is not None:
                failures.append(failure)
        return tuple(failures)


def no_generator(function: _Function, kind: str) -> _Function:
    """Return `function` unchanged, or refuse a generator function.

    Calling a generator function would not run its body.

    Raises: InvalidExpectation if `function` is a generator function.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        name = getattr(function, "__name__", repr(function))
        raise InvalidExpectation(
            f"{kind} {name} has a `yield`, so calling it would not run its body; "
            "only state functions may have a `yield`"
        )
    return function


def _call_hook(
    hook: Hook, kind: str, always: Mapping[str, Any], value_for: ValueFor
) -> Steps[Failure | None]:
    label = f"{kind} {getattr(hook, '__name__', repr(hook))}"
    try:
        returned = hook(**arguments_for(hook, {}, always, value_for))
        if inspect.isawaitable(returned):
            yield returned
    except MissingValue as missing:
        text = f"{label}: no value for its parameter {missing.name!r}"
        return Failure(FailureKind.HOOK, text)
    except PactError as error:
        return Failure(FailureKind.HOOK, f"{label}: {error}", traceback_lines(error))
    except TEAM_ERRORS as error:
        text = f"{label} raised {headline(error)}"
        return Failure(FailureKind.HOOK, text, traceback_lines(error))
    return None
