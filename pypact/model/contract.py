"""What is a contract?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pypact.model.interactions import Interaction
from pypact.model.json_text import Json
from pypact.model.versions import SpecificationVersion

__all__ = ["Contract"]


@dataclass(frozen=True, slots=True)
class Contract:
    """What a consumer asks of a provider; `interactions` in the order of the file.

    `metadata` holds all of the file's metadata but the specification version; `version`
    is the one the contract was read from, or shall be written in.
    """

    consumer: str
    provider: str
    interactions: tuple[Interaction, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    version: SpecificationVersion = SpecificationVersion.V4
    unknown: Mapping[str, Json] = field(default_factory=dict)
