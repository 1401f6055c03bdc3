"""Which message comes of an example and its generators?

Source: semantics sections 7.2 (when) and 7.4 (where).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from pypact.generators.bodies import apply_to_body, has_variants
from pypact.generators.makers import Context
from pypact.generators.table import NOTHING, Mode, generate
from pypact.model.body import Body
from pypact.model.content_types import ContentType
from pypact.model.generators import Generator, Generators
from pypact.model.headers import Headers
from pypact.model.http import Request, Response
from pypact.model.interactions import Message
from pypact.model.json_text import Json
from pypact.model.query import Query
from pypact.model.rules import MatchingRules
from pypact.rules.values import text_form

__all__ = ["apply_to_message", "apply_to_request", "apply_to_response"]


def apply_to_request(request: Request, mode: Mode, context: Context) -> Request:
    """Run the generators of a request."""
    run = _Run(request.generators, mode, context)
    if run.is_idle(request.rules):
        return request
    return replace(
        request,
        method=run.one_text("method", request.method),
        path=run.one_text("path", request.path),
        query=run.query(request.query),
        headers=run.headers(request.headers),
        body=run.body(request.body, request.content_type, request.rules),
    )


def apply_to_response(response: Response, mode: Mode, context: Context) -> Response:
    """Run the generators of a response."""
    run = _Run(response.generators, mode, context)
    if run.is_idle(response.rules):
        return response
    return replace(
        response,
        status=run.status(response.status),
        headers=run.headers(response.headers),
        body=run.body(response.body, response.content_type, response.rules),
    )


def apply_to_message(message: Message, mode: Mode, context: Context) -> Message:
    """Run the generators of a message, also of one part of a synchronous message."""
    run = _Run(message.generators, mode, context)
    if run.is_idle(message.rules):
        return message
    return replace(
        message,
        metadata=run.metadata(message.metadata),
        contents=run.body(message.contents, message.content_type, message.rules),
    )


class _Run:
    """The generators of one message, in one mode and context."""

    def __init__(self, generators: Generators, mode: Mode, context: Context) -> None:
        self._generators = generators
        self._mode = mode
        self._context = context

    def is_idle(self, rules: MatchingRules) -> bool:
        return not any(self._generators.values()) and not has_variants(rules)

    def one_text(self, category: str, example: str) -> str:
        generator = self._of(category).get("")
        return (
            example if generator is None else text_form(self._make(generator, example))
        )

    def status(self, example: int) -> int:
        generator = self._of("status").get("")
        value = example if generator is None else self._make(generator, example)
        try:
            return int(text_form(value))
        except ValueError:
            _LOG.warning("a status is a number, not %r: the example stays", value)
            return example

    def headers(self, headers: Headers) -> Headers:
        for name, generator in self._of("header").items():
            example = headers.first(name)
            value = self._generated(generator, example)
            if value is not NOTHING:
                headers = headers.replacing(name, text_form(value))
        return headers

    def query(self, query: Query) -> Query:
        for name, generator in self._of("query").items():
            examples = query.get(name)
            values = [
                example if value is NOTHING else text_form(value)
                for example in examples or (None,)
                for value in [self._generated(generator, example)]
                if value is not NOTHING or examples
            ]
            if values:
                query = query.replacing(name, *values)
        return query

    def metadata(self, metadata: Mapping[str, Json]) -> Mapping[str, Json]:
        # Whatever the example was: metadata are JSON, and a generated number stays one.
        made = {
            key: self._generated(generator, 0)
            for key, generator in self._of("metadata").items()
        }
        return {
            **metadata,
            **{key: value for key, value in made.items() if value is not NOTHING},
        }

    def body(self, body: Body, content_type: ContentType, rules: MatchingRules) -> Body:
        return apply_to_body(body, content_type, self._of("body"), rules, self._make)

    def _of(self, category: str) -> Mapping[str, Generator]:
        return self._generators.get(category, {})

    def _generated(self, generator: Generator, example: Json) -> Json:
        return generate(generator, example, mode=self._mode, context=self._context)

    def _make(self, generator: Generator, example: Json) -> Json:
        value = self._generated(generator, example)
        return example if value is NOTHING else value


_LOG = logging.getLogger(__name__)
