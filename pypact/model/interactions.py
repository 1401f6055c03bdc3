"""What may a contract hold: an HTTP exchange, or a message one way or both ways?

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
    """A state the provider shall be in, with its parameters."""

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Common:
    """What every interaction may have.

    `id` is the `_id` a broker gave. `version` is the specification that the interaction
    was read from, None for one made in a test. `place` says where it was defined
    ("file:line", or file and number) and is for people: it does not count in comparing.
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
class HttpInteraction(_Common):
    """One request and its response."""

    request: Request
    response: Response


@dataclass(frozen=True, slots=True)
class Message:
    """Contents and metadata of one message; metadata values are any JSON."""

    contents: Body = MISSING
    metadata: Mapping[str, Json] = field(default_factory=dict)
    rules: MatchingRules = field(default_factory=lambda: NO_RULES)
    generators: Generators = field(default_factory=lambda: NO_GENERATORS)
    unknown: Mapping[str, Json] = field(default_factory=dict)

    @property
    def content_type(self) -> ContentType:
        """The type of the contents: their own, the metadata's, else guessed."""
        return content_type_of(self.contents, self.declared_type)

    @property
    def declared_type(self) -> str | None:
        """The content type that the metadata declare, as written."""
        for key, value in self.metadata.items():
            if key.lower() in ("contenttype", "content-type"):
                return value if isinstance(value, str) else None
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class AsyncMessage(_Common):
    """A message that nobody answers."""

    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncMessage(_Common):
    """A message with the messages that answer it."""

    request: Message
    responses: tuple[Message, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownInteraction(_Common):
    """An interaction of a type that pypact does not know; kept as `data`."""

    data: Mapping[str, Json]


Interaction: TypeAlias = (
    HttpInteraction | AsyncMessage | SyncMessage | UnknownInteraction
)
