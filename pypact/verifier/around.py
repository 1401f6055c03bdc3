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
"""Gets the interaction, afterwards also the response; may be a coroutine function."""


class Around:
    """The functions to call around each interaction, in the order of registration."""

    def __init__(self) -> None:
        self.before: list[Hook] = []
        self.after: list[Hook] = []

    def enter(self, case: Case, value_for: ValueFor) -> Steps[Failure | None]:
        """Call what comes before the states; give the first failure."""
        always = {"interaction": case.interaction, "consumer": case.consumer}
        for hook in self.before:
            failure = yield from _called(hook, "before_each", always, value_for)
            if failure is not None:
                return failure
        return None

    def leave(
        self, result: InteractionResult, value_for: ValueFor
    ) -> Steps[tuple[Failure, ...]]:
        """Call all that comes after the teardown of the states; give the failures."""
        if not self.after:
            return ()
        answer = result.answer
        whole = answer is not None and answer.status is not None
        always = {
            "interaction": result.case.interaction,
            "consumer": result.case.consumer,
            "response": answer.to_response() if answer is not None and whole else None,
        }
        failures = []
        for hook in self.after:
            failure = yield from _called(hook, "after_each", always, value_for)
            if failure is not None:
                failures.append(failure)
        return tuple(failures)


def no_generator(function: _Function, kind: str) -> _Function:
    """Give a function back.

    Raises: InvalidExpectation for a generator, whose body a call would not run.
    """
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        name = getattr(function, "__name__", repr(function))
        raise InvalidExpectation(
            f"{kind} {name} has a `yield`: it would be called, but not run; a state "
            "function may have one, other functions end before the next is called"
        )
    return function


def _called(
    hook: Hook, kind: str, always: Mapping[str, Any], value_for: ValueFor
) -> Steps[Failure | None]:
    label = f"{kind} {getattr(hook, '__name__', repr(hook))}"
    try:
        given = hook(**arguments_for(hook, {}, always, value_for))
        if inspect.isawaitable(given):
            yield given
    except MissingValue as missing:
        text = f"{label}: nothing has a value for its parameter {missing.name!r}"
        return Failure(FailureKind.HOOK, text)
    except PactError as error:
        return Failure(FailureKind.HOOK, f"{label}: {error}", traceback_lines(error))
    except TEAM_ERRORS as error:
        text = f"{label} raised {headline(error)}"
        return Failure(FailureKind.HOOK, text, traceback_lines(error))
    return None
