"""Which request, response or message did a test mean?

Takes what users write (texts, mappings, pairs, matchers anywhere) apart into examples,
rules and generators.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

from pypact import match
from pypact.bodies import Contents, form, xml
from pypact.errors import InvalidExpectation
from pypact.match.nodes import MATCHER_TYPE
from pypact.model.body import MISSING, Body
from pypact.model.content_types import ContentType, parse_content_type
from pypact.model.generators import Generator, Generators
from pypact.model.headers import Headers, split_value
from pypact.model.http import Request, Response
from pypact.model.interactions import Message
from pypact.model.json_text import Json, compact, parse
from pypact.model.query import Query
from pypact.model.rules import MatchingRules, RuleList

__all__ = ["amended", "json_object", "message", "request", "response"]

_Part = TypeVar("_Part", Request, Response, Message)


def request(
    place: str,
    method: str,
    path: Json,
    query: Json,
    headers: Json,
    body: Json,
    *,
    is_ordered: bool,
) -> Request:
    """Make the expected request.

    Raises: InvalidExpectation with the place of definition.
    """
    taking = _Taking(place)
    if not isinstance(method, str) or not _METHOD.fullmatch(method):
        raise taking.refused(f"a method is a word such as GET, not {method!r}")
    expected_headers = taking.typed(taking.headers(headers), body)
    return Request(
        method=method.upper(),
        path=taking.path(path),
        query=taking.query(query, is_ordered=is_ordered),
        headers=expected_headers,
        body=taking.body(body, expected_headers),
        rules=taking.rules,
        generators=taking.generators,
    )


def response(place: str, status: Json, headers: Json, body: Json) -> Response:
    """Make the expected response.

    Raises: InvalidExpectation with the place of definition.
    """
    taking = _Taking(place)
    expected_headers = taking.typed(taking.headers(headers), body)
    return Response(
        status=taking.status(status),
        headers=expected_headers,
        body=taking.body(body, expected_headers),
        rules=taking.rules,
        generators=taking.generators,
    )


def message(
    place: str, contents: Json, metadata: Json, content_type: str | None = None
) -> Message:
    """Make an expected message, or one half of it: what is None is not said.

    Raises: InvalidExpectation with the place of definition.
    """
    taking = _Taking(place)
    expected_metadata = taking.metadata(metadata)
    declared = Message(metadata=expected_metadata).declared_type
    return Message(
        metadata=expected_metadata,
        contents=taking.content(contents, content_type or declared),
        rules=taking.rules,
        generators=taking.generators,
    )


def amended(part: _Part, rules: MatchingRules, generators: Generators) -> _Part:
    """Add rules and generators, in place of those that a place may have."""
    return replace(
        part,
        rules={
            **part.rules,
            **{name: {**part.rules.get(name, {}), **rules[name]} for name in rules},
        },
        generators={
            **part.generators,
            **{
                name: {**part.generators.get(name, {}), **generators[name]}
                for name in generators
            },
        },
    )


def json_object(data: Mapping[str, Json], place: str) -> dict[str, Json]:
    """Make sure that a mapping is JSON, and give it as it would be read again."""
    try:
        found: dict[str, Json] = parse(compact(dict(data)))
    except (TypeError, ValueError) as error:
        raise InvalidExpectation(f"{place}: this is not JSON: {error}") from None
    return found


class _Taking:
    """Takes the parts of one message apart, and collects the rules and generators."""

    def __init__(self, place: str) -> None:
        self._place = place
        self.rules: dict[str, dict[str, RuleList]] = {}
        self.generators: dict[str, dict[str, Generator]] = {}

    def refused(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(f"{self._place}: {problem}")

    def path(self, path: Json) -> str:
        texts = self._texts("path", "", path)
        if len(texts) != 1 or not texts[0].startswith("/"):
            raise self.refused(f"a path begins with a slash: {match.example(path)!r}")
        if "?" in texts[0]:
            raise self.refused(f"a path has no query, give query=…: {texts[0]!r}")
        return texts[0]

    def status(self, status: Json) -> int:
        text = self._texts("status", "", status)[0]
        if isinstance(status, bool) or not re.fullmatch(r"[1-9][0-9]{2}", text):
            raise self.refused(f"a status is a number from 100 to 999, not {status!r}")
        return int(text)

    def query(self, query: Json, *, is_ordered: bool) -> Query:
        if query is None:
            return Query()
        if isinstance(query, str):
            if query.startswith("?"):
                raise self.refused(
                    f"a query begins behind the question mark: {query!r}"
                )
            return Query.from_text(query, ordered=is_ordered)
        items = [
            (name, self._texts("query", name, value))
            for name, value in self._pairs(query, "a query")
        ]
        return Query(items, ordered=is_ordered)

    def headers(self, headers: Json) -> Headers:
        if headers is None:
            return Headers()
        found = []
        for name, value in self._pairs(headers, "headers"):
            if not _HEADER_NAME.fullmatch(name):
                raise self.refused(f"{name!r} is no name of a header")
            texts = self._texts("header", name, value)
            if any("\r" in text or "\n" in text for text in texts):
                raise self.refused(f"the header {name!r} has a line break in its value")
            if not isinstance(value, (list, tuple)):
                texts = tuple(
                    part for text in texts for part in split_value(name, text)
                )
            found.append((name, texts))
        return Headers(found)

    def metadata(self, metadata: Json) -> dict[str, Json]:
        if metadata is None:
            return {}
        found = {}
        for key, value in self._pairs(metadata, "metadata"):
            try:
                taken = match.split_value(value)
            except InvalidExpectation as error:
                raise self.refused(f"metadata {key!r}: {error}") from None
            found[key] = taken.example
            if taken.rules is not None:
                self._collect("metadata", {key: taken.rules}, {})
            if taken.generator is not None:
                self._collect("metadata", {}, {key: taken.generator})
        return found

    def content(self, contents: Json, declared: str | None) -> Body:
        """Make the contents of a message, which have a type of their own."""
        headers = Headers([("Content-Type", (declared,))] if declared else ())
        body = self.body(contents, headers)
        if declared is None or body is MISSING:
            return body
        return replace(body, content_type=parse_content_type(declared))

    def typed(self, headers: Headers, body: Json) -> Headers:
        """Say the type of a form, of XML and so on, unless the headers do."""
        if not isinstance(body, Contents) or "content-type" in headers:
            return headers
        if body.content_type_rules is not None:
            self._collect("header", {"Content-Type": body.content_type_rules}, {})
        return headers.replacing("Content-Type", body.content_type)

    def body(self, body: Json, headers: Headers) -> Body:
        if body is None:
            return MISSING
        if isinstance(body, Body):
            return body
        declared = headers.first("content-type")
        content_type = parse_content_type(declared) if declared is not None else None
        if isinstance(body, Mapping) and content_type is not None:
            body = self._by_type(body, content_type)
        if isinstance(body, Contents):
            self._collect("body", body.rules, body.generators)
            return body.body
        if isinstance(body, str):
            return Body.of(body.encode("utf-8", "surrogatepass"))
        taken = self._split(body)
        self._collect("body", taken.rules, taken.generators)
        if isinstance(taken.example, bytes):
            return Body.of(taken.example)
        if content_type is not None and not content_type.is_json:
            if isinstance(taken.example, str):
                return Body.of(taken.example.encode("utf-8", "surrogatepass"))
            if content_type.is_xml or content_type.is_form or content_type.is_multipart:
                raise self.refused(
                    f"a body of {content_type.essence} is a text or bytes, "
                    f"not {type(taken.example).__name__}"
                )
        content = compact(taken.example).encode("utf-8", "surrogatepass")
        return Body.of(content, content_type or parse_content_type("application/json"))

    def _by_type(self, body: Mapping[str, Json], content_type: ContentType) -> Json:
        """Write a form of its fields, and XML of integration JSON."""
        is_xml = content_type.is_xml and "root" in body
        if not is_xml and not (content_type.is_form and MATCHER_TYPE not in body):
            return body
        try:
            return xml(body, str(content_type)) if is_xml else form(body)
        except InvalidExpectation as error:
            raise self.refused(str(error)) from None

    def _split(self, body: Json) -> match.Parts:
        if isinstance(body, (bytes, bytearray)):
            return match.Parts(bytes(body), {}, {})
        try:
            return match.split(body)
        except InvalidExpectation as error:
            raise self.refused(f"the body cannot be JSON: {error}") from None

    def _texts(self, category: str, name: str, value: Json) -> tuple[str, ...]:
        try:
            taken = match.split_text(value)
        except InvalidExpectation as error:
            what = f"{category} {name!r}" if name else f"the {category}"
            raise self.refused(f"{what}: {error}") from None
        if taken.rules is not None:
            self._collect(category, {name: taken.rules}, {})
        if taken.generator is not None:
            self._collect(category, {}, {name: taken.generator})
        return taken.texts

    def _pairs(self, data: Json, what: str) -> Iterable[tuple[str, Json]]:
        pairs = data.items() if isinstance(data, Mapping) else data
        try:
            found = [(name, value) for name, value in pairs]
        except (TypeError, ValueError):
            raise self.refused(
                f"{what}: wanted a mapping or pairs, not {data!r}"
            ) from None
        for name, _ in found:
            if not isinstance(name, str):
                raise self.refused(f"{what}: a name is a text, not {name!r}")
        return found

    def _collect(
        self,
        category: str,
        rules: Mapping[str, RuleList],
        generators: Mapping[str, Generator],
    ) -> None:
        if rules:
            self.rules.setdefault(category, {}).update(rules)
        if generators:
            self.generators.setdefault(category, {}).update(generators)


_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, "Tokens"
_METHOD = re.compile(_NAME)
_HEADER_NAME = re.compile(_NAME)
