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
    """A run begins; `count` interactions will be verified."""

    provider: str
    count: int


@dataclass(frozen=True, slots=True)
class PactStarted:
    """A contract's turn; `count` of its interactions will be verified."""

    pact: SourcedPact
    count: int


@dataclass(frozen=True, slots=True)
class InteractionFinished:
    """One interaction was verified."""

    result: InteractionResult


@dataclass(frozen=True, slots=True)
class BrokerTold:
    """What was published to a broker, or why not, and what it wants shown."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over."""

    result: VerificationResult


Event: TypeAlias = (
    RunStarted | PactStarted | InteractionFinished | BrokerTold | RunFinished
)

Report: TypeAlias = Callable[[Event], None]
"""Reads one event after the other."""
