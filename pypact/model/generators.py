"""Represent the generators of a request, response or message.

Source: semantics section 1.6, "Matching rules and generators in the file".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pypact.model.json_text import Json

__all__ = ["NO_GENERATORS", "Generator", "Generators"]


@dataclass(frozen=True, slots=True)
class Generator:
    """A generator: its `type` as in a pact file, and its attributes."""

    type: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


Generators: TypeAlias = Mapping[str, Mapping[str, Generator]]
"""Category → key → generator; categories and keys are those of `MatchingRules`."""

NO_GENERATORS: Generators = {}
