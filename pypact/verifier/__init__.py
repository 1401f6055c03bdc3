"""Verify that a provider honours the contracts of its consumers."""

from pypact.verifier.coverage import ContractCoverage, contract_coverage
from pypact.verifier.results import (
    Event,
    Failure,
    FailureKind,
    InteractionFinished,
    InteractionResult,
    PactStarted,
    PublishingFinished,
    Report,
    RunFinished,
    RunStarted,
    StateOutcome,
    VerificationResult,
)
from pypact.verifier.verifier import Verifier

__all__ = [
    "ContractCoverage",
    "Event",
    "Failure",
    "FailureKind",
    "InteractionFinished",
    "InteractionResult",
    "PactStarted",
    "PublishingFinished",
    "Report",
    "RunFinished",
    "RunStarted",
    "StateOutcome",
    "VerificationResult",
    "Verifier",
    "contract_coverage",
]
