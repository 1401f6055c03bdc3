"""What does a source give?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from pypact.broker import Broker, BrokerPact
from pypact.errors import InvalidPact
from pypact.model.contract import Contract

__all__ = ["ContractSource", "Source", "SourcedPact", "refuse_other_provider"]


@dataclass(frozen=True, slots=True)
class SourcedPact:
    """A contract that a source has read.

    `place` is the file, URL or pact that it came from. A `pending` contract never makes
    a run fail. `broker` and `from_broker` are None if it is not from a broker.
    """

    contract: Contract
    place: str
    pending: bool = False
    broker: Broker | None = None
    from_broker: BrokerPact | None = None

    @property
    def notices(self) -> tuple[str, ...]:
        """The broker's notices to show before the verification."""
        return self.from_broker.notices_before if self.from_broker else ()


class Source(Protocol):
    """A source of contracts to verify a provider against."""

    def load(self, provider: str) -> Iterable[SourcedPact]:
        """Read the contracts of `provider`, in a stable order.

        Raises: InvalidPact or StoreError, when there is none or one cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class ContractSource:
    """A source of one contract that is already in memory."""

    contract: Contract

    def load(self, provider: str) -> Iterable[SourcedPact]:
        place = f"contract {self.contract.consumer} -> {self.contract.provider}"
        refuse_other_provider(place, provider, [self.contract])
        return [SourcedPact(self.contract, place)]


def refuse_other_provider(
    place: str, provider: str, contracts: Iterable[Contract]
) -> None:
    """Raise InvalidPact unless one of `contracts` is with `provider`."""
    names = sorted({contract.provider for contract in contracts})
    if provider not in names:
        found = ", ".join(map(repr, names))
        raise InvalidPact(
            place,
            read=f"only contracts with {found}",
            wanted=f"a contract with the provider {provider!r}",
        )
