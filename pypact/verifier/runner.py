"""Verify interactions one by one, and yield the events of a run.

For each interaction: start the provider, call `before_each`, set up the states, call
the provider and compare, tear the states down, call `after_each`.

Source: docs/internals/specification.md, "13.1 Flow per interaction": states, exchange,
teardown.
"""

from __future__ import annotations

import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import replace
from itertools import groupby
from typing import Any, NoReturn, TypeAlias

from pypact.errors import (
    InvalidExpectation,
    PactError,
    StateHandlerFailed,
    UnknownState,
)
from pypact.masking import find_marked_secrets
from pypact.model.interactions import (
    HttpInteraction,
    Interaction,
    ProviderState,
    UnknownInteraction,
)
from pypact.sources import LoadedPact, Source
from pypact.verifier.callbacks import BeforeAfter
from pypact.verifier.exceptions import describe_exception, format_traceback
from pypact.verifier.flow import (
    Context,
    Driver,
    RunInteraction,
    Steps,
    ValueFor,
    WaitFor,
    arun_steps,
    run_steps,
)
from pypact.verifier.results import (
    Case,
    Event,
    Failure,
    FailureKind,
    InteractionFinished,
    InteractionResult,
    PactStarted,
    RunFinished,
    RunStarted,
    StateOutcome,
    VerificationResult,
)
from pypact.verifier.selection import Selected
from pypact.verifier.state_setup import StateSetup
from pypact.verifier.states import FoundState, StateFunctions


def no_value(name: str) -> NoReturn:
    """Raise LookupError: the default `value_for`, without a value for any parameter."""
    raise LookupError(name)


_ResultAndFields: TypeAlias = tuple[InteractionResult, dict[str, Any]]
"""The result, and the fields to add to it, so that it is rebuilt only once."""


class InteractionVerifier:
    """Verifies interactions one by one: hooks, states, request or message, teardown.

    `exchanges` maps each supported interaction type to the object that verifies it.
    `run` waits for an awaitable. `start` starts the provider if it is not running, and
    returns a failed result if that is impossible. `unknown_states` is "error", "warn",
    "ignore" or None; None means an error if any state function is registered, else a
    warning. `hidden` are secret values that every output masks.
    """

    def __init__(
        self,
        exchanges: Mapping[type[Interaction], Driver],
        states: StateFunctions,
        *,
        run: WaitFor,
        unknown_states: str | None,
        start: Callable[[Case], Steps[InteractionResult | None]] | None = None,
        around: BeforeAfter | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._exchanges = exchanges
        self._states = states
        self._run = run
        self._start = start
        self._unknown_states = unknown_states
        self._around = around or BeforeAfter()
        self._hidden = hidden
        self._cases: Sequence[Case] = ()
        self._needs: dict[str, list[str]] | None = None

    def expect(self, cases: Sequence[Case]) -> None:
        """Set all cases of the run; error texts count in them the uses of a state."""
        self._cases, self._needs = cases, None

    def examine(
        self, case: Case, *, value_for: ValueFor = no_value
    ) -> InteractionResult:
        """Verify one interaction; failures are part of the result and do not raise."""
        return run_steps(self._verify_timed(case, value_for), self._run)

    async def aexamine(
        self, case: Case, *, value_for: ValueFor = no_value
    ) -> InteractionResult:
        """Verify one interaction inside the running event loop."""
        return await arun_steps(self._verify_timed(case, value_for))

    def _verify_timed(
        self, case: Case, value_for: ValueFor
    ) -> Steps[InteractionResult]:
        began = time.perf_counter()
        result, more = yield from self._verify_steps(case, value_for)
        return replace(result, duration=time.perf_counter() - began, **more)

    def _verify_steps(self, case: Case, value_for: ValueFor) -> Steps[_ResultAndFields]:
        interaction = case.interaction
        exchange = self._exchanges.get(type(interaction))
        problem = _why_unsupported(interaction)
        if problem is not None or exchange is None:
            failure = Failure(FailureKind.UNSUPPORTED, problem or _NO_APP)
            return InteractionResult(case, failures=(failure,)), {}
        try:
            perform = exchange.prepare(case)
        except (PactError, ValueError) as error:
            failure = Failure(FailureKind.CONTRACT, describe_exception(error))
            return InteractionResult(case, failures=(failure,)), {}
        if self._start is not None:
            unstarted = yield from self._start(case)
            if unstarted is not None:
                return unstarted, {"hidden": self._hidden}
        failed = yield from self._around.enter(case, value_for)
        if failed is not None:
            return InteractionResult(case, failures=(failed,)), {}
        setup = StateSetup(case, value_for)
        try:
            result, more = yield from self._in_states(case, perform, setup)
        except GeneratorExit:
            raise  # the flow was abandoned: yielding an awaitable would be an error
        except BaseException:
            yield from self._around.leave(InteractionResult(case), value_for)
            raise
        after = yield from self._around.leave(result, value_for)
        return result, {**more, "failures": (*more["failures"], *after)}

    def _in_states(
        self, case: Case, perform: RunInteraction, setup: StateSetup
    ) -> Steps[_ResultAndFields]:
        outcomes: list[StateOutcome] = []
        try:
            failure = yield from self._set_up(case, setup, outcomes)
            if failure is None:
                situation = Context(case, setup.values, setup.value_for)
                result = yield from perform(situation)
            else:
                result = InteractionResult(case, failures=(failure,))
        finally:
            yield from setup.leave()
        teardown_failures = tuple(_state_failure(error) for error in setup.failures)
        return result, {
            "failures": (*result.failures, *teardown_failures),
            "remarks": (*setup.remarks, *result.remarks),
            "states": tuple(outcomes),
            "hidden": result.hidden | self._hidden | find_marked_secrets(setup.values),
        }

    def _set_up(
        self, case: Case, setup: StateSetup, outcomes: list[StateOutcome]
    ) -> Steps[Failure | None]:
        for state in case.interaction.states or (_NO_STATE,):
            began = time.perf_counter()
            failure, found = None, None
            try:
                found = self._find_function(state, case.consumer, setup)
                if found is not None:
                    yield from setup.enter(state, found)
            except UnknownState as error:
                text = f"{error}\n{self._describe_uses(state.name)}".rstrip()
                failure = Failure(FailureKind.STATE, text)
            except InvalidExpectation as error:
                failure = Failure(FailureKind.STATE, str(error))
            except StateHandlerFailed as error:
                failure = _state_failure(error)
            if found is None and failure is None:
                outcome = "no function"
            else:
                outcome = "ok" if failure is None else "failed"
            if state is not _NO_STATE or found is not None:
                place = found.place if found is not None else ""
                duration = time.perf_counter() - began
                outcomes.append(StateOutcome(state.name, outcome, place, duration))
            if failure is not None:
                return failure
        return None

    def _describe_uses(self, name: str) -> str:
        """Return how many interactions need a state, or "" for less than two."""
        if self._needs is None:
            self._needs = {}
            for case in self._cases:
                for one in {state.name for state in case.interaction.states}:
                    self._needs.setdefault(one, []).append(case.pact.place)
        places = self._needs.get(name, [])
        if len(places) < 2:
            return ""
        pacts = len(set(places))
        where = "one pact" if pacts == 1 else f"{pacts} pacts"
        return f"{len(places)} interactions in {where} need it"

    def _find_function(
        self, state: ProviderState, consumer: str, setup: StateSetup
    ) -> FoundState | None:
        try:
            return self._states.find(state, consumer)
        except UnknownState:
            if state is _NO_STATE:
                return None
            # A verifier without any state function probably does not use states (yet).
            policy = self._unknown_states or ("error" if self._states else "warn")
            if policy == "error":
                raise
        if self._unknown_states != "ignore":
            setup.remarks.append(f"no state function for {state.name!r}")
        setup.values.update(state.params)
        return None


def _why_unsupported(interaction: Interaction) -> str | None:
    """Return why an interaction cannot be verified, or None if it can."""
    if isinstance(interaction, UnknownInteraction):
        kind = interaction.data.get("type")
        return f"the interaction type {kind!r} is not supported"
    if interaction.plugin_configuration:
        plugins = ", ".join(interaction.plugin_configuration)
        return f"it needs the plugin {plugins}; pypact does not support plugins"
    supported = (None, "", "http", "https")
    is_http = isinstance(interaction, HttpInteraction)
    if is_http and interaction.transport not in supported:
        return f"the transport {interaction.transport!r} is not supported"
    return None


def _state_failure(error: StateHandlerFailed) -> Failure:
    cause = error.__cause__
    where = format_traceback(cause) if cause is not None else ()
    return Failure(FailureKind.STATE, str(error), where)


# For an interaction without states, the function registered for "" is called, if any.
_NO_STATE = ProviderState("")

_NO_APP = "the verifier has no app or base_url to send the request to"


def read_cases(source: Source, provider: str) -> list[Case]:
    """Return all interactions of the provider's contracts, in a stable order."""
    return [
        Case(pact, interaction, number)
        for pact in source.load(provider)
        for number, interaction in enumerate(pact.contract.interactions, start=1)
    ]


def run_cases(
    provider: str,
    selected: Selected,
    examine: Callable[[Case], InteractionResult],
    *,
    allow_empty: bool = False,
) -> Iterator[Event]:
    """Verify the selected interactions, and yield events; the last has the result."""
    began = time.perf_counter()
    results: list[InteractionResult] = []
    yield RunStarted(provider, len(selected.cases))
    for pact, group in groupby(selected.cases, key=_pact_of):
        of_pact = list(group)
        yield PactStarted(pact, len(of_pact))
        for case in of_pact:
            results.append(examine(case))
            yield InteractionFinished(results[-1])
    duration = time.perf_counter() - began
    yield RunFinished(
        summarize_run(
            provider, selected, results, allow_empty=allow_empty, duration=duration
        )
    )


async def arun_cases(
    provider: str,
    selected: Selected,
    examine: Callable[[Case], Awaitable[InteractionResult]],
    *,
    allow_empty: bool = False,
) -> AsyncIterator[Event]:
    """Do what `run_cases` does inside the running event loop."""
    began = time.perf_counter()
    results: list[InteractionResult] = []
    yield RunStarted(provider, len(selected.cases))
    for pact, group in groupby(selected.cases, key=_pact_of):
        of_pact = list(group)
        yield PactStarted(pact, len(of_pact))
        for case in of_pact:
            results.append(await examine(case))
            yield InteractionFinished(results[-1])
    duration = time.perf_counter() - began
    yield RunFinished(
        summarize_run(
            provider, selected, results, allow_empty=allow_empty, duration=duration
        )
    )


def summarize_run(
    provider: str,
    selected: Selected,
    results: Iterable[InteractionResult],
    *,
    allow_empty: bool = False,
    duration: float = 0.0,
) -> VerificationResult:
    """Return the result of a run, which fails if no interaction was selected."""
    count = len(selected.left_out)
    problem = None
    if not selected.cases and not allow_empty:
        problem = _nothing_selected(count, selected.criteria)
    return VerificationResult(
        provider, tuple(results), count, selected.criteria, problem, duration
    )


def _pact_of(case: Case) -> LoadedPact:
    return case.pact


def _nothing_selected(left_out: int, criteria: str) -> str:
    if left_out:
        return f"the selection ({criteria}) left out all {left_out} interactions"
    return "the contracts have no interactions"
