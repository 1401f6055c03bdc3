"""Describe how each specification version reads and writes a contract.

Each version is one `Form`. The readers and writers of requests, responses and messages
use its functions and never compare versions.

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
"""A JSON object in a pact file."""


@dataclass(frozen=True, slots=True)
class Source:
    """The file and version that interactions are read from; `file` may be empty."""

    file: str
    version: SpecificationVersion

    @property
    def prefix(self) -> str:
        return f"{self.file}: " if self.file else ""

    def place(self, number: int, *, kind: str = "interaction") -> str:
        """Return the place of an interaction for messages; `number` counts from 1."""
        return f"{self.file}, {kind} {number}" if self.file else f"{kind} {number}"


@dataclass(frozen=True, slots=True)
class Form:
    """The functions with which one specification version reads and writes each part.

    `read` reads all interactions of a file. `write` writes one interaction and returns
    None if all of it is left out. `mixes` is true if a file may hold both HTTP
    interactions and messages.
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
