"""Define the warnings about pact files.

Source: semantics sections 1.7 (tolerance) and 2.3 (losses of a downgrade).
"""

from __future__ import annotations

import warnings

__all__ = ["LossWarning", "PactWarning", "ToleranceWarning", "tolerate"]


class PactWarning(UserWarning):
    """A warning about a pact file."""


class ToleranceWarning(PactWarning):
    """A deviation from the specification that was tolerated in reading."""


class LossWarning(PactWarning):
    """A part that was left out, because the written version cannot express it.

    `part`, `version` and `place` are those of `NotExpressible`, which is raised instead
    unless `lossy=True` is given.
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
    """Issue a `ToleranceWarning`: `place` was read despite `problem`."""
    warnings.warn(ToleranceWarning(f"{place}: {problem}"), stacklevel=2)
