"""Define the supported versions of the Pact Specification.

Source: semantics section 1.2, "Version detection".
"""

from __future__ import annotations

import functools
import re
from enum import Enum

__all__ = ["SpecificationVersion"]


@functools.total_ordering
class SpecificationVersion(Enum):
    """A version of the Pact Specification; the value is its written form."""

    V1 = "1.0.0"
    V1_1 = "1.1.0"
    V2 = "2.0.0"
    V3 = "3.0.0"
    V4 = "4.0"

    def __lt__(self, other: object) -> bool:
        if not isinstance(other, SpecificationVersion):
            return NotImplemented
        return _ORDER.index(self) < _ORDER.index(other)

    def __str__(self) -> str:
        return self.value

    @classmethod
    def parse(cls, text: str) -> SpecificationVersion | None:
        """Parse a version ("3", "V3", "3.0", "3.0.0", …); return None if unknown."""
        found = _VERSION.fullmatch(text)
        if found is None:
            return None
        major, minor = int(found["major"]), int(found["minor"] or 0)
        if major == 1:
            return cls.V1_1 if minor == 1 else cls.V1
        return {2: cls.V2, 3: cls.V3, 4: cls.V4}.get(major)


_ORDER = list(SpecificationVersion)
_VERSION = re.compile(r"\s*[vV]?(?P<major>\d+)(\.(?P<minor>\d+)(\.\d+)*)?\s*")
