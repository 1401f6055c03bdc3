"""Does a provider honour the contracts that its consumers made with it?"""

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
