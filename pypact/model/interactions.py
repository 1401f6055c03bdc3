"""Represent contracts, their interactions and the versions of the Pact Specification.

An interaction is an HTTP request with its response, a one-way message, a request
message with its response messages, or of an unknown type.

Source: docs/internals/specification.md, "1. The pact file".
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple, TypeAlias, TypeVar

from pypact._dataclasses import dataclass, field, replace
from pypact._lazy import compile_later
from pypact.errors import InvalidExpectation
from pypact.model.body import MISSING_BODY, Body, ContentType
from pypact.model.http import Request, Response, get_sent_body, resolve_full_type
from pypact.model.json import Json
from pypact.model.rules import Generators, MatchingRules


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


def parse_version(text: str) -> SpecificationVersion:
    """Parse a version of the Pact Specification."""
    version = SpecificationVersion.parse(str(text))
    if version is None:
        known = ", ".join(map(str, SpecificationVersion))
        shown = repr(text)[:_LONGEST_SHOWN]
        raise InvalidExpectation(
            f"{shown} is not a Pact Specification version; known versions: {known}"
        )
    return version


_LONGEST_SHOWN = 80
_ORDER = list(SpecificationVersion)
_VERSION = compile_later(
    r"\s*[vV]?(?P<major>\d{1,9})(\.(?P<minor>\d{1,9})(\.\d+)*)?\s*"
)


@dataclass(frozen=True, slots=True)
class ProviderState:
    """A provider state with its parameters."""

    name: str
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class VariantOrigin:
    """The declared interaction that a variant belongs to, and the variant's name.

    `name` is such as "nickname=absent"; `names` has the names of all variants.
    """

    description: str
    states: tuple[ProviderState, ...]
    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _InteractionFields:
    """The fields common to all interactions.

    `id` is the `_id` assigned by a broker. `version` is the specification version that
    the interaction was read from, None for one defined in a test. `place` is where it
    was defined, for error messages ("file:line", or file and number). `variant` is
    the declaration of a variant of `match.one_of`. These three are ignored in
    comparisons.
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
    variant: VariantOrigin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpInteraction(_InteractionFields):
    """An HTTP request and its response."""

    request: Request
    response: Response


_TYPE_KEYS = ("contenttype", "content-type")


@dataclass(frozen=True, slots=True)
class Message:
    """The contents and metadata of a message; metadata values may be any JSON.

    `written` has the members as they were in a pact file, if they cannot be written
    like that from the other fields.
    """

    contents: Body = MISSING_BODY
    metadata: Mapping[str, Json] = field(default_factory=dict)
    rules: MatchingRules = field(default_factory=dict)
    generators: Generators = field(default_factory=dict)
    unknown: Mapping[str, Json] = field(default_factory=dict)
    written: Mapping[str, Json] | None = field(default=None, compare=False)

    @property
    def content_type(self) -> ContentType:
        """The content type of the contents, else of the metadata, else a guess."""
        return resolve_full_type(self.contents, self.declared_type)

    @property
    def declared_type(self) -> str | None:
        """The content type declared in the metadata, as written, or None."""
        keys = [key for key in self.metadata if key.lower() in _TYPE_KEYS]
        if not keys:
            return None
        value = self.metadata[min(keys)]  # the writer of contracts sorts them
        return value if isinstance(value, str) else None

    def metadata_lines(self) -> list[tuple[str, str]]:
        """Return the metadata that are strings, as (name, value) pairs."""
        items = self.metadata.items()
        return [(name, value) for name, value in items if isinstance(value, str)]


_Part = TypeVar("_Part", bound=Request | Response | Message)


def get_declared_type(part: Request | Response | Message) -> str | None:
    """Return the content type that headers or metadata declare, or None."""
    if isinstance(part, Message):
        return part.declared_type
    return part.headers.first("content-type")


def get_part_body(part: Request | Response | Message) -> Body:
    """Return the body, or the contents, as they are sent."""
    body = part.contents if isinstance(part, Message) else part.body
    return get_sent_body(body, get_declared_type(part))


def replace_part_body(part: _Part, body: Body) -> _Part:
    """Return a copy with another body, or other contents."""
    if isinstance(part, Message):
        return replace(part, contents=body)
    return replace(part, body=body)


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
    """An interaction that could not be read: it is kept, and fails when verified.

    `data` is its JSON, in the list `member` of the file; `problem` is the reason.
    """

    data: Mapping[str, Json]
    problem: str
    member: str = "interactions"


Interaction: TypeAlias = (
    HttpInteraction | AsyncMessage | SyncMessage | UnknownInteraction
)
"""An interaction of any type."""


def list_header_lines(interaction: Interaction) -> list[tuple[str, str]]:
    """Return headers and strings of metadata of an interaction, as (name, value)."""
    if isinstance(interaction, HttpInteraction):
        response = interaction.response.headers.lines()
        return [*interaction.request.headers.lines(), *response]
    messages: tuple[Message, ...] = ()
    if isinstance(interaction, AsyncMessage):
        messages = (interaction.message,)
    elif isinstance(interaction, SyncMessage):
        messages = (interaction.request, *interaction.responses)
    return [line for message in messages for line in message.metadata_lines()]


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


class RequestCount(NamedTuple):
    """How often an interaction is requested: at least, and at most (None: any number).

    `quota` is the number of requests that it responds to before an equal definition
    that follows it.
    """

    least: int = 1
    most: int | None = None
    quota: int = 1


ONCE_OR_MORE = RequestCount()
