"""Which version of the specification does a test ask for?"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.model.versions import SpecificationVersion

__all__ = ["parse_specification"]


def parse_specification(text: str) -> SpecificationVersion:
    """Parse a version of the Pact Specification.

    Raises: InvalidExpectation naming the known versions.
    """
    version = SpecificationVersion.parse(str(text))
    if version is None:
        known = ", ".join(map(str, SpecificationVersion))
        raise InvalidExpectation(
            f"there is no Pact Specification {text!r}; known versions: {known}"
        )
    return version
