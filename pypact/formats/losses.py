"""Handle the parts of a contract that the written version cannot express.

Such a part raises an error, or issues a warning with `lossy=True`. A part that was read
from a file of the same version is never rejected: it is written back in the form in
which it was read.

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
    """The conversion of one interaction to the specification version to be written.

    `same` is true if it was read from that version. `keeps_unknown` is true if unknown
    members are written back; in a conversion they are dropped (semantics 1.7).
    """

    version: SpecificationVersion
    place: str = ""
    lossy: bool = False
    same: bool = False
    keeps_unknown: bool = True

    def lose(self, part: str) -> None:
        """Leave out `part`, with a `LossWarning`.

        Raises: NotExpressible, unless losses are allowed.
        """
        if not self.lossy:
            raise NotExpressible(part, version=str(self.version), place=self.place)
        warnings.warn(
            LossWarning(part, version=str(self.version), place=self.place), stacklevel=3
        )

    def warn(self, text: str) -> None:
        """Issue a `PactWarning`, unless `same`."""
        if not self.same:
            warnings.warn(PactWarning(f"{self.place}: {text}"), stacklevel=3)
