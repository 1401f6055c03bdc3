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
    """Return the request with its generators applied."""
    run = _GeneratorRun(request.generators, mode, context)
    if run.is_idle(request.rules):
        return request
    return replace(
        request,
        method=run.string("method", request.method),
        path=run.string("path", request.path),
        query=run.query(request.query),
        headers=run.headers(request.headers),
        body=run.body(request.body, request.content_type, request.rules),
    )


def apply_to_response(response: Response, mode: Mode, context: Context) -> Response:
    """Return the response with its generators applied."""
    run = _GeneratorRun(response.generators, mode, context)
    if run.is_idle(response.rules):
        return response
    return replace(
        response,
        status=run.status(response.status),
        headers=run.headers(response.headers),
        body=run.body(response.body, response.content_type, response.rules),
    )


def apply_to_message(message: Message, mode: Mode, context: Context) -> Message:
    """Return the message with its generators applied.

    A synchronous message is passed part by part: its request, then each response.
    """
    run = _GeneratorRun(message.generators, mode, context)
    if run.is_idle(message.rules):
        return message
    return replace(
        message,
        metadata=run.metadata(message.metadata),
        contents=run.body(message.contents, message.content_type, message.rules),
    )


class _GeneratorRun:
    """The generators of one request, response or message, in one mode and context."""

    def __init__(self, generators: Generators, mode: Mode, context: Context) -> None:
        self._generators = generators
        self._mode = mode
        self._context = context

    def is_idle(self, rules: MatchingRules) -> bool:
        return not any(self._generators.values()) and not has_variants(rules)

    def string(self, category: str, example: str) -> str:
        generator = self._generators_of(category).get("")
        return (
            example
            if generator is None
            else text_form(self._generate_or_keep(generator, example))
        )

    def status(self, example: int) -> int:
        generator = self._generators_of("status").get("")
        value = (
            example if generator is None else self._generate_or_keep(generator, example)
        )
        try:
            return int(text_form(value))
        except ValueError:
            _LOG.warning(
                "the generated status %r is not a number; the example is kept", value
            )
            return example

    def headers(self, headers: Headers) -> Headers:
        for name, generator in self._generators_of("header").items():
            example = headers.first(name)
            value = self._generate(generator, example)
            if value is not NOTHING:
                headers = headers.replacing(name, text_form(value))
        return headers

    def query(self, query: Query) -> Query:
        for name, generator in self._generators_of("query").items():
            examples = query.get(name)
            values = [
                example if value is NOTHING else text_form(value)
                for example in examples or (None,)
                for value in [self._generate(generator, example)]
                if value is not NOTHING or examples
            ]
            if values:
                query = query.replacing(name, *values)
        return query

    def metadata(self, metadata: Mapping[str, Json]) -> Mapping[str, Json]:
        # Metadata are JSON, so a generated number must stay a number. With 0 as the
        # example each generator yields one, whatever the real example is.
        generated = {
            key: self._generate(generator, 0)
            for key, generator in self._generators_of("metadata").items()
        }
        return {
            **metadata,
            **{key: value for key, value in generated.items() if value is not NOTHING},
        }

    def body(self, body: Body, content_type: ContentType, rules: MatchingRules) -> Body:
        return apply_to_body(
            body,
            content_type,
            self._generators_of("body"),
            rules,
            self._generate_or_keep,
        )

    def _generators_of(self, category: str) -> Mapping[str, Generator]:
        return self._generators.get(category, {})

    def _generate(self, generator: Generator, example: Json) -> Json:
        return generate(generator, example, mode=self._mode, context=self._context)

    def _generate_or_keep(self, generator: Generator, example: Json) -> Json:
        value = self._generate(generator, example)
        return example if value is NOTHING else value


_LOG = logging.getLogger(__name__)
