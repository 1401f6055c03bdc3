"""What becomes of a part that the written version cannot hold?

It is an error that names it; or, if the user said `lossy=True`, a warning that names
it. What was read from a file of the same version is never refused: it goes back in the
form in which it was tolerated.

Source: design, decision 1; semantics sections 2.1 and 2.3.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from pypact.errors import NotExpressible
from pypact.formats.notices import LossWarning, PactWarning
from pypact.model.versions import SpecificationVersion

__all__ = ["Losses"]


@dataclass(frozen=True, slots=True)
class Losses:
    """The answer for one interaction.

    `same`: it was read from the written version. `keeps_unknown`: members that nobody
    knows are written back; in a conversion they are dropped (semantics 1.7).
    """

    version: SpecificationVersion
    place: str = ""
    lossy: bool = False
    same: bool = False
    keeps_unknown: bool = True

    def lose(self, part: str) -> None:
        """Leave out `part`.

        Raises: NotExpressible, unless losses are allowed.
        """
        if not self.lossy:
            raise NotExpressible(part, version=str(self.version), place=self.place)
        warnings.warn(
            LossWarning(part, version=str(self.version), place=self.place), stacklevel=3
        )

    def warn(self, text: str) -> None:
        """Tell something about what was written, unless it was read like that."""
        if not self.same:
            warnings.warn(PactWarning(f"{self.place}: {text}"), stacklevel=3)
