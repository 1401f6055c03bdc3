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
"""Returns the value for a parameter of a user's function, by name.

It is called for parameters that the provider states do not provide. It raises
`LookupError(name)` if it has no value either.
"""


@dataclass(frozen=True, slots=True)
class Situation:
    """An interaction whose provider states have been set up.

    `values` are the parameters of the states and the values that the state functions
    returned, for generators and filters.
    """

    case: Case
    values: Mapping[str, Json]
    value_for: ValueFor


Perform: TypeAlias = Callable[[Situation], Steps[InteractionResult]]
"""Calls the provider once, compares the outcome and returns the result."""


class Exchange(Protocol):
    """A way to verify interactions of one type, such as HTTP or messages."""

    def prepare(self, case: Case) -> Perform:
        """Compile the expectations of an interaction, before any state is set up.

        Raises: PactError or ValueError if the interaction cannot be verified.
        """
        ...
