"""Which contracts does a Pact Broker want verified?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pypact.broker import Broker, BrokerPact
from pypact.sources.sourced import SourcedPact, refuse_other_provider

__all__ = ["BrokerSource"]


@dataclass(frozen=True, slots=True)
class BrokerSource:
    """A broker's pacts for verification, or the single pact of its `pact_url`."""

    broker: Broker

    def load(self, provider: str) -> Iterable[SourcedPact]:
        found = self.broker.pacts(provider)
        if self.broker.pact_url is not None:
            [only] = found
            refuse_other_provider(only.listed.name, provider, [only.contract])
        return [self._sourced(pact) for pact in found]

    def _sourced(self, pact: BrokerPact) -> SourcedPact:
        listed = pact.listed
        reason = f", {listed.description}" if listed.description else ""
        return SourcedPact(
            pact.contract,
            f"{listed.name}{reason}",
            # Work in progress was not selected, so it is always pending.
            pending=listed.is_pending or listed.is_wip,
            broker=self.broker,
            from_broker=pact,
        )
