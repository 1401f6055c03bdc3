"""What happens during a run? Every report reads this stream.

The order is: one `RunStarted`; for each contract a `PactStarted` and its
`InteractionFinished`; a `BrokerTold` where a broker is concerned; one `RunFinished`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pypact.sources import SourcedPact
from pypact.verifier.results import InteractionResult, VerificationResult

__all__ = [
    "BrokerTold",
    "Event",
    "InteractionFinished",
    "PactStarted",
    "Report",
    "RunFinished",
    "RunStarted",
]


@dataclass(frozen=True, slots=True)
class RunStarted:
    """The start of a run that verifies `count` interactions."""

    provider: str
    count: int


@dataclass(frozen=True, slots=True)
class PactStarted:
    """The start of one contract, of which `count` interactions are verified."""

    pact: SourcedPact
    count: int


@dataclass(frozen=True, slots=True)
class InteractionFinished:
    """The result of one interaction."""

    result: InteractionResult


@dataclass(frozen=True, slots=True)
class BrokerTold:
    """The outcome of publishing to a broker, and the notices of the broker.

    `lines` say what was published, or why nothing was.
    """

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The end of a run, with its result."""

    result: VerificationResult


Event: TypeAlias = (
    RunStarted | PactStarted | InteractionFinished | BrokerTold | RunFinished
)
"""One event of a run."""

Report: TypeAlias = Callable[[Event], None]
"""A report: a callable that receives the events of a run, one by one."""
