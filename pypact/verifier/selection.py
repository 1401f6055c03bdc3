"""Which interactions are verified?

Source: semantics section 13.5, "Filters": descriptions and states are searched as
regular expressions; an empty state selects what has no states.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from pypact.verifier.results import Case

__all__ = ["Selection"]


@dataclass(frozen=True, slots=True)
class Selection:
    """What to verify; all that is given must hold."""

    consumers: Collection[str] | None = None
    description: str | None = None
    state: str | None = None

    def takes(self, case: Case) -> bool:
        """Tell whether `case` is to be verified."""
        if self.consumers is not None and case.consumer not in self.consumers:
            return False
        text = case.interaction.description
        if self.description is not None and not re.search(self.description, text):
            return False
        return self.state is None or self._takes_states(case, self.state)

    def _takes_states(self, case: Case, wanted: str) -> bool:
        names = [state.name for state in case.interaction.states]
        if not wanted:
            return not names
        return any(re.search(wanted, name) for name in names)
