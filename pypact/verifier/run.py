"""Which events does a run make? The one loop over all interactions."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from itertools import groupby

from pypact.sources import Source, SourcedPact
from pypact.verifier.events import (
    Event,
    InteractionFinished,
    PactStarted,
    RunFinished,
    RunStarted,
)
from pypact.verifier.examining import Examiner, no_value
from pypact.verifier.results import Case, InteractionResult, VerificationResult
from pypact.verifier.state_setup import ValueFor

__all__ = ["cases_of", "run"]


def cases_of(source: Source, provider: str) -> list[Case]:
    """Every interaction of the provider's contracts, in a stable order."""
    return [
        Case(pact, interaction, number)
        for pact in source.load(provider)
        for number, interaction in enumerate(pact.contract.interactions, start=1)
    ]


def run(
    provider: str,
    cases: Iterable[Case],
    examiner: Examiner,
    *,
    left_out: int = 0,
    allow_empty: bool = False,
    value_for: ValueFor = no_value,
) -> Iterator[Event]:
    """Verify `cases`; the last event has the result."""
    began = time.perf_counter()
    chosen = list(cases)
    results: list[InteractionResult] = []
    yield RunStarted(provider, len(chosen))
    for pact, group in groupby(chosen, key=_pact):
        of_pact = list(group)
        yield PactStarted(pact, len(of_pact))
        for case in of_pact:
            results.append(examiner.examine(case, value_for=value_for))
            yield InteractionFinished(results[-1])
    problem = None if chosen or allow_empty else _nothing(left_out)
    duration = time.perf_counter() - began
    yield RunFinished(
        VerificationResult(provider, tuple(results), left_out, problem, duration)
    )


def _pact(case: Case) -> SourcedPact:
    return case.pact


def _nothing(left_out: int) -> str:
    if left_out:
        return f"the selection left out all {left_out} interactions"
    return "the contracts have no interactions"
