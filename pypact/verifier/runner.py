"""Verify interactions one by one, and emit the events of a run.

For each interaction: start the provider, call `before_each`, set up the states, call
the provider and compare, tear the states down, call `after_each`.

Source: docs/internals/specification.md, "13.1 Flow per interaction".
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TypeAlias

from pypact._dataclasses import replace
from pypact.masking import find_marked_secrets
from pypact.matching.plans import explain_unsupported
from pypact.model.interactions import HttpInteraction, Interaction
from pypact.model.json import forget_rendered
from pypact.sources import Source
from pypact.targets.base import describe_exception
from pypact.verifier.callbacks import BeforeAfter
from pypact.verifier.flow import (
    Context,
    Driver,
    RunInteraction,
    ValueFor,
    WaitFor,
    provide_nothing,
    run_flow,
)
from pypact.verifier.results import (
    Case,
    Failure,
    FailureKind,
    InteractionFinished,
    InteractionResult,
    PactStarted,
    Report,
    RunFinished,
    RunStarted,
    VerificationResult,
)
from pypact.verifier.selection import Selected
from pypact.verifier.state_setup import StateSetup, StateUses
from pypact.verifier.states import StateFunctions

VerifyCase: TypeAlias = Callable[[Case], Awaitable[InteractionResult]]
"""A function that verifies one case."""


class InteractionVerifier:
    """A verifier of single interactions.

    `drivers` maps each supported interaction type to the object that verifies it.
    `run` waits for an awaitable if the caller is a plain function. `start` starts the
    provider if it is not running, and returns a failed result if that is impossible.
    `unknown_states` is an option of `StateSetup`. `hidden` are secret values that every
    output masks.
    """

    def __init__(
        self,
        drivers: Mapping[type[Interaction], Driver],
        states: StateFunctions,
        *,
        run: WaitFor,
        unknown_states: str | None,
        start: Callable[[Context], Awaitable[InteractionResult | None]] | None = None,
        hooks: BeforeAfter | None = None,
        hidden: frozenset[str] = frozenset(),
    ) -> None:
        self._drivers = drivers
        self._states = states
        self._run = run
        self._start = start
        self._unknown_states = unknown_states
        self._hooks = hooks or BeforeAfter()
        self._hidden = hidden
        self._uses = StateUses()

    def set_cases(self, cases: Sequence[Case]) -> None:
        """Set all cases of the run, in which error texts count the uses of a state."""
        self._uses = StateUses(cases)

    def verify(
        self, case: Case, *, value_for: ValueFor = provide_nothing
    ) -> InteractionResult:
        return run_flow(self._verify(Context(case, value_for, self._run)))

    async def averify(
        self, case: Case, *, value_for: ValueFor = provide_nothing
    ) -> InteractionResult:
        return await self._verify(Context(case, value_for))

    def begin(
        self, case: Case, *, value_for: ValueFor = provide_nothing
    ) -> Awaitable[InteractionResult]:
        """Return the verification of one case, to be awaited in a `run_flow`."""
        return self._verify(Context(case, value_for, self._run))

    async def _verify(self, context: Context) -> InteractionResult:
        forget_rendered()
        began = time.perf_counter()
        result = await self._find_result(context)
        return replace(
            result,
            failures=(*result.failures, *context.failures),
            remarks=(*context.remarks, *result.remarks),
            states=tuple(context.states),
            changes=tuple(context.changes),
            hidden=self._hidden.union(
                context.hidden,
                find_marked_secrets(context.values) if context.values else (),
            ),
            duration=time.perf_counter() - began,
        )

    async def _find_result(self, context: Context) -> InteractionResult:
        case = context.case
        driver = self._drivers.get(type(case.interaction))
        problem = _explain_unsupported(case.interaction)
        if problem is not None or driver is None:
            return context.fail(Failure(FailureKind.UNSUPPORTED, problem or _NO_APP))
        try:
            run = driver.prepare(case)
        except BaseException as error:
            if not context.is_failure(error):
                raise
            text = describe_exception(error)
            return context.fail(Failure(FailureKind.CONTRACT, text))
        if self._start is not None:
            unstarted = await self._start(context)
            if unstarted is not None:
                return unstarted
        hooks = self._hooks
        failed = await hooks.call_before(context) if hooks.before else None
        if failed is not None:
            return context.fail(failed)
        result = InteractionResult(case)
        try:
            result = await self._run_in_states(context, run)
        except BaseException as error:
            # If the flow was abandoned, awaiting would be an error.
            if not isinstance(error, GeneratorExit):
                await hooks.call_after(context, result)
            raise
        if hooks.after:
            await hooks.call_after(context, result)
        return result

    async def _run_in_states(
        self, context: Context, run: RunInteraction
    ) -> InteractionResult:
        if not context.case.interaction.states and not self._states:
            return await _run_safely(run, context, None)
        setup = StateSetup(context, self._states, self._unknown_states, self._uses)
        try:
            failure = await setup.enter()
            return await _run_safely(run, context, failure)
        finally:
            await setup.leave()


async def _run_safely(
    run: RunInteraction, context: Context, failure: Failure | None
) -> InteractionResult:
    """Run an interaction after its setup, which may have failed."""
    if failure is not None:
        return context.fail(failure)
    try:
        return await run(context)
    except BaseException as error:
        if not context.is_failure(error):
            raise
        text = f"it could not be verified: {describe_exception(error)}"
        return context.fail(Failure(FailureKind.CONTRACT, text))


def _explain_unsupported(interaction: Interaction) -> str | None:
    """Return why an interaction cannot be verified, or None if it can."""
    is_http = isinstance(interaction, HttpInteraction)
    if not is_http or interaction.plugin_configuration:
        problem = explain_unsupported(interaction)
        if problem is not None:
            return problem
    if is_http and interaction.transport not in (None, "", "http", "https"):
        return f"the transport {interaction.transport!r} is not supported"
    return None


_NO_APP = "the verifier has no app or base_url to send the request to"


def read_cases(source: Source, provider: str) -> list[Case]:
    """Return all interactions of the provider's contracts, in a stable order."""
    return [
        Case(pact, interaction, number)
        for pact in source.load(provider)
        for number, interaction in enumerate(pact.contract.interactions, start=1)
    ]


async def run_cases(
    provider: str,
    selected: Selected,
    verify: VerifyCase,
    emit: Report,
    *,
    allow_empty: bool = False,
) -> None:
    """Verify the selected interactions, and emit events; the last has the result."""
    began = time.perf_counter()
    results: list[InteractionResult] = []
    emit(RunStarted(provider, len(selected.cases)))
    for pact, group in groupby(selected.cases, key=attrgetter("pact")):
        cases = list(group)
        emit(PactStarted(pact, len(cases)))
        for case in cases:
            results.append(await verify(case))
            emit(InteractionFinished(results[-1]))
    result = summarize_run(provider, selected, results, allow_empty=allow_empty)
    emit(RunFinished(replace(result, duration=time.perf_counter() - began)))


def summarize_run(
    provider: str,
    selected: Selected,
    results: Iterable[InteractionResult],
    *,
    allow_empty: bool = False,
) -> VerificationResult:
    """Return the result of a run, which fails if no interaction was selected."""
    count = len(selected.left_out)
    problem, criteria = None, selected.criteria
    if not selected.cases and not allow_empty:
        problem = "the contracts have no interactions"
        if count:
            problem = f"the selection ({criteria}) left out all {count} interactions"
    return VerificationResult(provider, tuple(results), count, criteria, problem)
