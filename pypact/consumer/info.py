"""Identify a pact: its participants, and where its contract is written."""

from __future__ import annotations

from pathlib import Path

from pypact._dataclasses import dataclass
from pypact.hooks.origins import Origin
from pypact.model.interactions import SpecificationVersion


@dataclass(frozen=True, slots=True)
class PactInfo:
    """The participants of a pact, and where its contract is written.

    `origin` is the one that the consumer's requests go to; None means any. `version` is
    the one of the contract.
    """

    consumer: str
    provider: str
    origin: Origin | None
    directory: Path
    version: SpecificationVersion

    @property
    def name(self) -> str:
        """Consumer and provider, as shown in messages."""
        return f"{self.consumer} -> {self.provider}"
