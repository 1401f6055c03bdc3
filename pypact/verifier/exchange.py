"""How is one kind of interaction put to the provider?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from pypact.model.json_text import Json
from pypact.verifier.results import Case, InteractionResult
from pypact.verifier.steps import Steps

__all__ = ["Exchange", "Perform", "Situation", "ValueFor"]

ValueFor: TypeAlias = Callable[[str], Any]
"""Gives the value of a parameter that no state has; LookupError when it has none."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What holds once the provider is in an interaction's states.

    `values` are those of the states, for the generators and filters.
    """

    case: Case
    values: Mapping[str, Json]
    value_for: ValueFor


Perform: TypeAlias = Callable[[Situation], Steps[InteractionResult]]
"""Asks the provider once, and judges what came."""


class Exchange(Protocol):
    """Puts interactions of one kind to the provider."""

    def prepare(self, case: Case) -> Perform:
        """Read what is expected, before any state is set up.

        Raises: PactError or ValueError for what cannot be verified.
        """
        ...
