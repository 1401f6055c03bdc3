"""Represent the changes between two contracts, and whether the provider must act."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

from pypact._dataclasses import dataclass
from pypact.model.interactions import Interaction


class Relation(Enum):
    """How what a new contract expects at one place is related to the old one."""

    EXAMPLE = "the example differs, under the same rules"
    LOOSER = "all that the old contract accepts is accepted"
    STRICTER = "something that the old contract accepts is not accepted"
    UNDECIDED = "it cannot be decided"


class Difference(NamedTuple):
    """A difference at one place of a request, response or message."""

    place: str
    text: str
    relation: Relation


class Verdict(str, Enum):
    """Whether a provider that fulfils the old contract may fail the new one."""

    NEEDS_PROVIDER = "needs the provider"
    HARMLESS = "harmless"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a contract.

    `interaction` is the one that changed, in the new contract unless it was dropped;
    None for a change of the contract as a whole. `place` is the changed part, such as
    "response body $.name". `is_undecided` is true if the change needs the provider only
    because its effect cannot be decided.
    """

    interaction: Interaction | None
    place: str
    text: str
    verdict: Verdict
    is_undecided: bool = False

    @property
    def needs_provider(self) -> bool:
        return self.verdict is Verdict.NEEDS_PROVIDER


@dataclass(frozen=True, slots=True)
class ContractChanges:
    """The changes between two contracts of one consumer with one provider."""

    consumer: str
    provider: str
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        """Consumer and provider, as shown in messages."""
        return f"{self.consumer} -> {self.provider}"

    @property
    def needs_provider(self) -> bool:
        """Whether one of the changes needs the provider."""
        return any(change.needs_provider for change in self.changes)
