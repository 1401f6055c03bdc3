"""What is a request, and what is a response?

An expected and an actual message are of the same type; only an expected one has rules
and generators.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pypact.model.body import MISSING, Body
from pypact.model.content_types import (
    UNKNOWN,
    ContentType,
    parse_content_type,
    sniff,
)
from pypact.model.generators import NO_GENERATORS, Generators
from pypact.model.headers import Headers
from pypact.model.json_text import Json
from pypact.model.query import Query
from pypact.model.rules import NO_RULES, MatchingRules

__all__ = ["Request", "Response", "content_type_of"]


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request; `path` is raw, as it is sent, without the query."""

    method: str = "GET"
    path: str = "/"
    query: Query = field(default_factory=Query)
    headers: Headers = field(default_factory=Headers)
    body: Body = MISSING
    rules: MatchingRules = field(default_factory=lambda: NO_RULES)
    generators: Generators = field(default_factory=lambda: NO_GENERATORS)
    unknown: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def from_http(
        cls,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Request:
        """Make the actual request of what was on the wire.

        `target` is the raw path with the raw query, `headers` are the header lines in
        their order. A body of zero bytes is Empty, None is Missing.
        """
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=path,
            query=Query.from_text(query),
            headers=Headers.from_lines(headers),
            body=Body.of(body),
        )

    @property
    def content_type(self) -> ContentType:
        """The type of the body: its own, the header's, else guessed."""
        return content_type_of(self.body, self.headers.first("content-type"))


@dataclass(frozen=True, slots=True)
class Response:
    """An HTTP response."""

    status: int = 200
    headers: Headers = field(default_factory=Headers)
    body: Body = MISSING
    rules: MatchingRules = field(default_factory=lambda: NO_RULES)
    generators: Generators = field(default_factory=lambda: NO_GENERATORS)
    unknown: Mapping[str, Json] = field(default_factory=dict)

    @classmethod
    def from_http(
        cls,
        status: int,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Make the actual response of what was on the wire.

        `headers` are the header lines in their order. A body of zero bytes is Empty,
        None is Missing.
        """
        return cls(
            status=status, headers=Headers.from_lines(headers), body=Body.of(body)
        )

    @property
    def content_type(self) -> ContentType:
        """The type of the body: its own, the header's, else guessed."""
        return content_type_of(self.body, self.headers.first("content-type"))


def content_type_of(body: Body, declared: str | None) -> ContentType:
    """Find the type of `body`: its own, the `declared` one, else a guess.

    Source: semantics 4.1; what does not parse as a media type counts as not declared.
    """
    if body.content_type is not None:
        return body.content_type
    if declared is not None and (found := parse_content_type(declared)) is not None:
        return found
    return sniff(body.content) if body.is_present else UNKNOWN
