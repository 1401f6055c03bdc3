"""Represent HTTP requests and responses.

Expected and actual ones are of the same class; only expected ones have matching rules
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
    """An HTTP request; `path` is still percent-encoded and has no query."""

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
        """Create a request from the data that was sent.

        `target` is the encoded path with the encoded query, `headers` are the header
        lines in order. A body of zero bytes is EMPTY, None is MISSING.
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
        """The content type of the body, else of the header, else a guess."""
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
        """Create a response from the data that was received.

        `headers` are the header lines in order. A body of zero bytes is EMPTY, None is
        MISSING.
        """
        return cls(
            status=status, headers=Headers.from_lines(headers), body=Body.of(body)
        )

    @property
    def content_type(self) -> ContentType:
        """The content type of the body, else of the header, else a guess."""
        return content_type_of(self.body, self.headers.first("content-type"))


def content_type_of(body: Body, declared: str | None) -> ContentType:
    """Return the content type of `body`: its own, else `declared`, else a guess.

    Source: semantics 4.1; an invalid media type counts as not declared.
    """
    if body.content_type is not None:
        return body.content_type
    if declared is not None and (found := parse_content_type(declared)) is not None:
        return found
    return sniff(body.content) if body.is_present else UNKNOWN
