"""What is told about a pact that was read or written, without being an error?

Source: semantics sections 1.7 (tolerance) and 2.3 (losses of a downgrade).
"""

from __future__ import annotations

import warnings

__all__ = ["LossWarning", "PactWarning", "ToleranceWarning", "tolerate"]


class PactWarning(UserWarning):
    """Anything that pypact tells about a pact file."""


class ToleranceWarning(PactWarning):
    """Something was read although the specification does not have it so."""


class LossWarning(PactWarning):
    """A part was left out, because the written version cannot hold it.

    `part`, `version` and `place` are those of `NotExpressible`, which is raised instead
    unless `lossy=True` is asked for.
    """

    def __init__(self, part: str, *, version: str, place: str) -> None:
        super().__init__(part, version, place)
        self.part = part
        self.version = version
        self.place = place

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        return (
            f"{where}left out {self.part}, which Pact Specification {self.version} "
            "cannot express"
        )


def tolerate(place: str, problem: str) -> None:
    """Warn that `place` was read in spite of `problem`."""
    warnings.warn(ToleranceWarning(f"{place}: {problem}"), stacklevel=2)
