"""Which events does a run make? The one loop over all interactions."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator
from itertools import groupby

from pypact.sources import Source, SourcedPact
from pypact.verifier.events import (
    Event,
    InteractionFinished,
    PactStarted,
    RunFinished,
    RunStarted,
)
from pypact.verifier.results import Case, InteractionResult, VerificationResult
from pypact.verifier.selection import Selected

__all__ = ["arun", "cases_of", "result_of", "run"]


def cases_of(source: Source, provider: str) -> list[Case]:
    """Return all interactions of the provider's contracts, in a stable order."""
    return [
        Case(pact, interaction, number)
        for pact in source.load(provider)
        for number, interaction in enumerate(pact.contract.interactions, start=1)
    ]


def run(
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
        result_of(
            provider, selected, results, allow_empty=allow_empty, duration=duration
        )
    )


async def arun(
    provider: str,
    selected: Selected,
    examine: Callable[[Case], Awaitable[InteractionResult]],
    *,
    allow_empty: bool = False,
) -> AsyncIterator[Event]:
    """Verify the selected interactions inside the running event loop, as `run` does."""
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
        result_of(
            provider, selected, results, allow_empty=allow_empty, duration=duration
        )
    )


def result_of(
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


def _pact_of(case: Case) -> SourcedPact:
    return case.pact


def _nothing_selected(left_out: int, criteria: str) -> str:
    if left_out:
        return f"the selection ({criteria}) left out all {left_out} interactions"
    return "the contracts have no interactions"
