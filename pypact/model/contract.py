"""Represent a contract between a consumer and a provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pypact.model.interactions import Interaction
from pypact.model.json_text import Json
from pypact.model.versions import SpecificationVersion

__all__ = ["Contract"]


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract: the interactions that a consumer expects of a provider.

    `interactions` are in the order of the pact file. `metadata` is the metadata of the
    file without the specification version. `version` is the specification version that
    the contract was read from, or is to be written in. `unknown` holds the unknown
    top-level members of the file.
    """

    consumer: str
    provider: str
    interactions: tuple[Interaction, ...] = ()
    metadata: Mapping[str, Json] = field(default_factory=dict)
    version: SpecificationVersion = SpecificationVersion.V4
    unknown: Mapping[str, Json] = field(default_factory=dict)
