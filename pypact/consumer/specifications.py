"""Which version of the specification does a test ask for?"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.model.versions import SpecificationVersion

__all__ = ["parse_specification"]


def parse_specification(text: str) -> SpecificationVersion:
    """Find the version that a test names.

    Raises: InvalidExpectation naming the versions there are.
    """
    version = SpecificationVersion.parse(str(text))
    if version is None:
        known = ", ".join(map(str, SpecificationVersion))
        raise InvalidExpectation(
            f"there is no Pact Specification {text!r}; there are {known}"
        )
    return version
