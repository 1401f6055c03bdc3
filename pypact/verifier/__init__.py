"""Verify that a provider honours the contracts of its consumers.

Each name is imported when it is first used, so that the table of report formats in
`pypact.verifier.reports` can be read without the verifier.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'pypact.verifier' has no attribute {name!r}")
    home = _HOMES.get(name, "results")
    value: object = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


# The module of each name; those not listed are in `results`.
_HOMES = {
    "ContractCoverage": "coverage",
    "Verifier": "verifier",
    "contract_coverage": "coverage",
}
