"""Represent the interactions of a contract.

Source: semantics sections 1.3, 1.4 and 14.1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pypact.model.body import MISSING, Body
from pypact.model.content_types import ContentType
from pypact.model.generators import NO_GENERATORS, Generators
from pypact.model.http import Request, Response, content_type_of
from pypact.model.json_text import Json
from pypact.model.rules import NO_RULES, MatchingRules
from pypact.model.versions import SpecificationVersion

__all__ = [
    "AsyncMessage",
    "HttpInteraction",
    "Interaction",
    "Message",
    "ProviderState",
    "SyncMessage",
    "UnknownInteraction",
]


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider state with its parameters."""

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _InteractionFields:
    """The fields common to all interactions.

    `id` is the `_id` assigned by a broker. `version` is the specification version that
    the interaction was read from, None for one defined in a test. `place` is where it
    was defined, for error messages ("file:line", or file and number). `version` and
    `place` are ignored in comparisons.
    """

    description: str
    states: tuple[ProviderState, ...] = ()
    key: str | None = None
    pending: bool = False
    comments: Mapping[str, Json] = field(default_factory=dict)
    markup: Mapping[str, Json] | None = None
    transport: str | None = None
    plugin_configuration: Mapping[str, Json] = field(default_factory=dict)
    id: str | None = None
    unknown: Mapping[str, Json] = field(default_factory=dict)
    version: SpecificationVersion | None = field(default=None, compare=False)
    place: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpInteraction(_InteractionFields):
    """An HTTP request and its response."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Message:
    """The contents and metadata of a message; metadata values may be any JSON."""

    contents: Body = MISSING
    metadata: Mapping[str, Json] = field(default_factory=dict)
    rules: MatchingRules = field(default_factory=lambda: NO_RULES)
    generators: Generators = field(default_factory=lambda: NO_GENERATORS)
    unknown: Mapping[str, Json] = field(default_factory=dict)

    @property
    def content_type(self) -> ContentType:
        """The content type of the contents, else of the metadata, else a guess."""
        return content_type_of(self.contents, self.declared_type)

    @property
    def declared_type(self) -> str | None:
        """The content type declared in the metadata, as written, or None."""
        for key, value in self.metadata.items():
            if key.lower() in ("contenttype", "content-type"):
                return value if isinstance(value, str) else None
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncMessage(_InteractionFields):
    """A one-way message without a response."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncMessage(_InteractionFields):
    """A request message and its response messages."""

    request: Message
    responses: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownInteraction(_InteractionFields):
    """An interaction of an unknown type; `data` is its JSON."""

    data: Mapping[str, Json]


Interaction: TypeAlias = (
    HttpInteraction | AsyncMessage | SyncMessage | UnknownInteraction
)
"""An interaction of any type."""
