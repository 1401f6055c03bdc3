"""In which form does a version have the parts of a request and of a response?

Each version is one row of such a form; the readers and writers of whole messages ask
the row and never for the version.

Source: semantics sections 1.3 and 1.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pypact.formats.losses import Losses
from pypact.model.body import Body
from pypact.model.generators import Generators
from pypact.model.headers import Headers
from pypact.model.interactions import Interaction, Message, ProviderState
from pypact.model.json_text import Json
from pypact.model.query import Query
from pypact.model.rules import MatchingRules
from pypact.model.versions import SpecificationVersion

__all__ = ["Form", "Members", "Source"]

Members: TypeAlias = dict[str, Json]
"""The members of an object of a pact file."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where interactions are read from: `file` is empty for a mapping."""

    file: str
    version: SpecificationVersion

    @property
    def prefix(self) -> str:
        return f"{self.file}: " if self.file else ""

    def place(self, number: int, *, kind: str = "interaction") -> str:
        """Name an interaction for people; `number` counts from 1."""
        return f"{self.file}, {kind} {number}" if self.file else f"{kind} {number}"


@dataclass(frozen=True, slots=True)
class Form:
    """How one version reads and writes each part.

    `read` takes all interactions of a file; `write` one interaction, None where it is
    lost; `mixes` tells whether one file may hold requests and messages.
    """

    version: SpecificationVersion
    read_query: Callable[[Json, str], Query]
    write_query: Callable[[Query, Losses], Json]
    write_headers: Callable[[Headers, Losses], Members]
    read_body: Callable[[Json, str | None, str], Body]
    write_body: Callable[[Body, str | None, Losses], Json]
    write_rules: Callable[[MatchingRules, Losses], Members]
    write_generators: Callable[[Generators, Losses], Members]
    write_states: Callable[[tuple[ProviderState, ...], Losses], Members]
    read_message: Callable[[Members, str], Message]
    read: Callable[[Members, Source, Form], list[Interaction]]
    write: Callable[[Interaction, Losses, Form], Members | None]
    has_messages: bool = False
    mixes: bool = False
