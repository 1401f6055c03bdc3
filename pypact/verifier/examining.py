"""Does the provider honour this one interaction?

Source: semantics section 13.1, "Flow per interaction".
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import NoReturn

from pypact.errors import (
    InvalidExpectation,
    PactError,
    ProviderProtocolError,
    StateHandlerFailed,
    UnknownState,
)
from pypact.matching import ResponsePlan, compile_response
from pypact.model.interactions import (
    HttpInteraction,
    Interaction,
    ProviderState,
    UnknownInteraction,
)
from pypact.targets import Answer, Target
from pypact.verifier.decoding import decoded
from pypact.verifier.outgoing import outgoing
from pypact.verifier.provider_log import ProviderLog, exception_in, lines_of
from pypact.verifier.results import Case, Failure, FailureKind, InteractionResult
from pypact.verifier.state_setup import StateSetup, ValueFor
from pypact.verifier.states import FoundState, StateFunctions
from pypact.verifier.tracebacks import headline, traceback_lines

__all__ = ["Examiner", "no_value"]


def no_value(name: str) -> NoReturn:
    """Give no parameter a value."""
    raise LookupError(name)


class Examiner:
    """Verifies interactions one by one against a target.

    `unknown_states` is "error", "warn" or "ignore".
    """

    def __init__(
        self, target: Target, states: StateFunctions, *, unknown_states: str
    ) -> None:
        self._target = target
        self._states = states
        self._unknown_states = unknown_states

    def examine(
        self, case: Case, *, value_for: ValueFor = no_value
    ) -> InteractionResult:
        """Verify one interaction; what goes wrong stands in the result."""
        began = time.perf_counter()
        result = self._examined(case, value_for)
        return replace(result, duration=time.perf_counter() - began)

    def _examined(self, case: Case, value_for: ValueFor) -> InteractionResult:
        interaction = case.interaction
        refusal = _refusal(interaction)
        if refusal is not None or not isinstance(interaction, HttpInteraction):
            failure = Failure(FailureKind.UNSUPPORTED, refusal or "not an interaction")
            return InteractionResult(case, failures=(failure,))
        try:
            plan = compile_response(interaction)
        except (PactError, ValueError) as error:
            failure = Failure(FailureKind.CONTRACT, headline(error))
            return InteractionResult(case, failures=(failure,))
        return self._in_states(
            case, interaction, plan, StateSetup(interaction, value_for)
        )

    def _in_states(
        self,
        case: Case,
        interaction: HttpInteraction,
        plan: ResponsePlan,
        setup: StateSetup,
    ) -> InteractionResult:
        places: list[str] = []
        try:
            failure = self._set_up(interaction, setup, places)
            if failure is None:
                result = self._exchanged(case, interaction, plan, setup)
            else:
                result = InteractionResult(case, failures=(failure,))
        finally:
            setup.leave()
        torn = tuple(_state_failure(error) for error in setup.failures)
        return replace(
            result,
            failures=result.failures + torn,
            remarks=(*setup.remarks, *result.remarks),
            state_places=tuple(places),
        )

    def _set_up(
        self, interaction: Interaction, setup: StateSetup, places: list[str]
    ) -> Failure | None:
        try:
            for state in interaction.states or (_NO_STATE,):
                found = self._found(state, setup)
                places.append(found.place if found is not None else "no function")
                if found is not None:
                    setup.enter(state, found)
        except (UnknownState, InvalidExpectation) as error:
            return Failure(FailureKind.STATE, str(error))
        except StateHandlerFailed as error:
            return _state_failure(error)
        return None

    def _found(self, state: ProviderState, setup: StateSetup) -> FoundState | None:
        try:
            return self._states.find(state)
        except UnknownState:
            if state is _NO_STATE:
                return None
            # With no function at all the team does not use states (yet).
            if self._unknown_states == "error" and self._states:
                raise
        if self._unknown_states != "ignore":
            setup.remarks.append(f"no state function for {state.name!r}")
        setup.values.update(state.params)
        return None

    def _exchanged(
        self,
        case: Case,
        interaction: HttpInteraction,
        plan: ResponsePlan,
        setup: StateSetup,
    ) -> InteractionResult:
        with ProviderLog() as log:
            request = outgoing(interaction.request, setup.values)
            remarks = lines_of(log.take())
            answer = self._target.send(request)
            records = log.take()
        plain, decoding = decoded(answer)
        result = InteractionResult(
            case,
            request=request,
            answer=_without_exception(plain),
            remarks=remarks + answer.warnings,
        )
        if answer.status is None:
            result = replace(result, failures=(_no_answer(answer),))
        else:
            result = replace(result, mismatches=tuple(plan.check(plain.to_response())))
        if result.is_ok:
            return result
        raised = answer.exception or exception_in(records)
        return replace(
            result,
            remarks=result.remarks + ((decoding,) if decoding else ()),
            raised=headline(raised) if raised is not None else None,
            raised_at=traceback_lines(raised) if raised is not None else (),
            log=lines_of(records)[-_MOST_LINES:] + _tail(answer.errors),
        )


def _refusal(interaction: Interaction) -> str | None:
    """Say why an interaction cannot be verified, if it cannot."""
    if isinstance(interaction, UnknownInteraction):
        kind = interaction.data.get("type")
        return f"interactions of the type {kind!r} are not known"
    if not isinstance(interaction, HttpInteraction):
        return "messages cannot be verified against a WSGI application"
    if interaction.plugin_configuration:
        plugins = ", ".join(interaction.plugin_configuration)
        return f"it needs the plugin {plugins}, and pypact runs no plugins"
    if interaction.transport not in (None, "", "http", "https"):
        return f"the transport {interaction.transport!r} is not known"
    return None


def _no_answer(answer: Answer) -> Failure:
    error = answer.exception
    if isinstance(error, ProviderProtocolError):
        return Failure(FailureKind.PROTOCOL, str(error))
    what = headline(error) if error is not None else "nothing"
    return Failure(FailureKind.PROVIDER, f"the provider raised {what}")


def _state_failure(error: StateHandlerFailed) -> Failure:
    cause = error.__cause__
    where = traceback_lines(cause) if cause is not None else ()
    return Failure(FailureKind.STATE, str(error), where)


def _without_exception(answer: Answer) -> Answer:
    # Its traceback would keep every frame and their values alive to the end of the run.
    return answer._replace(exception=None)


def _tail(text: str) -> tuple[str, ...]:
    return tuple(text.splitlines()[-_MOST_LINES:])


# An interaction without states asks for the function of the empty name, if any.
_NO_STATE = ProviderState("")
_MOST_LINES = 20
