"""Extract examples, matching rules and generators from what users write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import TypeVar

from pypact import match
from pypact._dataclasses import replace
from pypact.errors import InvalidExpectation
from pypact.masking import Secret, find_marked_secrets
from pypact.match.nodes import ChoiceFoundError, OneOf
from pypact.match.split import NO_SECRETS, Parts, split, split_text, split_value
from pypact.match.variants import has_choices
from pypact.model.body import (
    MISSING_BODY,
    Body,
    ContentType,
    encode_text,
    find_content_kind,
    parse_content_type,
)
from pypact.model.codings import find_coding_problem
from pypact.model.contents import Contents
from pypact.model.http import (
    Headers,
    Query,
    Request,
    Response,
    is_token,
    split_header_value,
)
from pypact.model.interactions import Message
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import Generator, Generators, MatchingRules, RuleList

_Part = TypeVar("_Part", Request, Response, Message)
_Value = TypeVar("_Value")


def build_request(
    place: str,
    method: Json,
    path: Json,
    query: Json,
    headers: Json,
    body: Json,
    *,
    is_ordered: bool,
) -> Request:
    """Build the expected request from the arguments of `with_request`."""
    extractor = _Extractor(place)
    if isinstance(method, OneOf):
        raise ChoiceFoundError("a method of one variant is needed")
    if not isinstance(method, str) or not is_token(method):
        raise extractor.refuse(f"expected an HTTP method such as 'GET', got {method!r}")
    expected_headers = extractor.extract_headers(headers, body)
    return Request(
        method=method.upper(),
        path=extractor.extract_path(path),
        query=extractor.extract_query(query, is_ordered=is_ordered),
        headers=expected_headers,
        body=extractor.extract_body(body, expected_headers),
        rules=extractor.rules,
        generators=extractor.generators,
    )


def build_response(place: str, status: Json, headers: Json, body: Json) -> Response:
    """Build the expected response from the arguments of `will_respond_with`."""
    extractor = _Extractor(place)
    expected_headers = extractor.extract_headers(headers, body)
    expected_body = extractor.extract_body(body, expected_headers)
    codings = expected_headers.get("content-encoding")
    if codings and expected_body.is_present:
        problem = find_coding_problem(codings, is_text=expected_body.is_text)
        if problem is not None:
            raise extractor.refuse(problem)
    return Response(
        status=extractor.extract_status(status),
        headers=expected_headers,
        body=expected_body,
        rules=extractor.rules,
        generators=extractor.generators,
    )


def build_message(
    place: str, contents: Json, metadata: Json, content_type: str | None = None
) -> Message:
    """Build an expected message; contents or metadata may be None for undefined."""
    extractor = _Extractor(place)
    expected_metadata = extractor.extract_metadata(metadata)
    declared = Message(metadata=expected_metadata).declared_type
    return Message(
        metadata=expected_metadata,
        contents=extractor.extract_contents(contents, content_type or declared),
        rules=extractor.rules,
        generators=extractor.generators,
    )


def add_rules(part: _Part, rules: MatchingRules, generators: Generators) -> _Part:
    """Return the part with added rules and generators, which override existing ones."""
    return replace(
        part,
        rules=_merge_categories(part.rules, rules),
        generators=_merge_categories(part.generators, generators),
    )


def _merge_categories(
    old: Mapping[str, Mapping[str, _Value]], new: Mapping[str, Mapping[str, _Value]]
) -> Mapping[str, Mapping[str, _Value]]:
    added = {name: {**old.get(name, {}), **new[name]} for name in new}
    return {**old, **added}


def normalize_json_object(data: Mapping[str, Json], place: str) -> dict[str, Json]:
    """Return a mapping as it would be read back from JSON."""
    if has_choices(data):
        raise InvalidExpectation(
            f"{place}: match.one_of() cannot be used here: the parameters of a state "
            "get the variant by themselves, with_variants(params=True)"
        )
    if find_marked_secrets(data):
        raise InvalidExpectation(f"{place}: {NO_SECRETS}")
    try:
        return dict(parse_json(dump_json(dict(data))))
    except (TypeError, ValueError) as error:
        raise InvalidExpectation(
            f"{place}: cannot be written as JSON: {error}"
        ) from None


class _Extractor:
    """An extractor of examples; it collects their rules and generators.

    Each method takes what a user wrote for one part, and returns the example of it.
    """

    def __init__(self, place: str) -> None:
        self._place = place
        self.rules: dict[str, dict[str, RuleList]] = {}
        self.generators: dict[str, dict[str, Generator]] = {}

    def refuse(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(f"{self._place}: {problem}")

    def extract_path(self, path: Json) -> str:
        strings = self._extract_strings("path", "", path)
        if len(strings) != 1 or not strings[0].startswith("/"):
            example = match.example(path)
            raise self.refuse(f"a path must start with '/', got {example!r}")
        if "?" in strings[0]:
            raise self.refuse(
                f"a path must not contain a query, use query=…: {strings[0]!r}"
            )
        return strings[0]

    def extract_status(self, status: Json) -> int:
        string = self._extract_strings("status", "", status)[0]
        if isinstance(status, bool) or not re.fullmatch(r"[1-9][0-9]{2}", string):
            raise self.refuse(
                f"a status code must be a number from 100 to 999, got {status!r}"
            )
        return int(string)

    def extract_query(self, query: Json, *, is_ordered: bool) -> Query:
        if query is None:
            return Query()
        if isinstance(query, str):
            if query.startswith("?"):
                raise self.refuse(f"a query must not start with '?': {query!r}")
            return Query.from_text(query, ordered=is_ordered)
        items = [
            (name, self._extract_strings("query", name, value))
            for name, value in self._read_pairs(query, "a query")
        ]
        return Query(items, ordered=is_ordered)

    def extract_headers(self, headers: Json, body: Json) -> Headers:
        found = []
        pairs = () if headers is None else self._read_pairs(headers, "headers")
        for name, value in pairs:
            if not is_token(name):
                raise self.refuse(f"{name!r} is not a valid header name")
            strings = self._extract_strings("header", name, value)
            if any("\r" in string or "\n" in string for string in strings):
                raise self.refuse(
                    f"the value of the header {name!r} contains a line break"
                )
            if not isinstance(value, (list, tuple)):
                strings = tuple(
                    part
                    for string in strings
                    for part in split_header_value(name, string)
                )
            found.append((name, strings))
        return self._add_content_type(Headers(found), body)

    def extract_metadata(self, metadata: Json) -> dict[str, Json]:
        if metadata is None:
            return {}
        found = {}
        for key, value in self._read_pairs(metadata, "metadata"):
            try:
                taken = split_value(value)
            except InvalidExpectation as error:
                raise self.refuse(f"metadata {key!r}: {error}") from None
            found[key] = taken.example
            if taken.rules is not None:
                self._collect("metadata", {key: taken.rules}, {})
            if taken.generator is not None:
                self._collect("metadata", {}, {key: taken.generator})
        return found

    def extract_contents(self, contents: Json, declared: str | None) -> Body:
        """Extract the contents of a message; `declared` is their content type."""
        headers = Headers([("Content-Type", (declared,))] if declared else ())
        body = self.extract_body(contents, headers)
        if declared is None or body is MISSING_BODY:
            return body
        return replace(body, content_type=parse_content_type(declared))

    def _add_content_type(self, headers: Headers, body: Json) -> Headers:
        """Add the content type of a form, XML and so on, unless it is declared."""
        if not isinstance(body, Contents) or "content-type" in headers:
            return headers
        if body.content_type_rules is not None:
            self._collect("header", {"Content-Type": body.content_type_rules}, {})
        return headers.replacing("Content-Type", body.content_type)

    def extract_body(self, body: Json, headers: Headers) -> Body:
        if body is None:
            return MISSING_BODY
        if isinstance(body, Body):
            return body
        declared = headers.first("content-type")
        content_type = parse_content_type(declared or "") or _JSON
        kind = find_content_kind(content_type)
        if isinstance(body, Mapping):
            try:
                body = kind.build(body, content_type)
            except InvalidExpectation as error:
                raise self.refuse(str(error)) from None
        if isinstance(body, Contents):
            expected = body.body  # raises an error for contents with choices
            self._collect("body", body.rules, body.generators)
            return expected
        if isinstance(body, Secret):
            raise self.refuse(f"the body: {NO_SECRETS}")
        if isinstance(body, str):
            return Body.of(encode_text(body), is_text=True)
        taken = self._split_body(body)
        self._collect("body", taken.rules, taken.generators)
        example = taken.example
        if isinstance(example, bytes):
            return Body.of(example)
        if isinstance(example, str) and kind.notation != "json":
            return Body.of(encode_text(example), is_text=True)
        if kind.encode is None:
            raise self.refuse(
                f"a body of {content_type.essence} must be a string or bytes, "
                f"got {type(example).__name__}"
            )
        try:
            return Body.of(kind.encode(example), content_type, is_text=True)
        except ValueError as error:
            raise self.refuse(
                f"the body cannot be written as {content_type.essence}: {error}"
            ) from None

    def _split_body(self, body: Json) -> Parts:
        if isinstance(body, (bytes, bytearray)):
            return Parts(bytes(body), {}, {})
        try:
            return split(body)
        except InvalidExpectation as error:
            raise self.refuse(f"the body cannot be written as JSON: {error}") from None

    def _extract_strings(
        self, category: str, name: str, value: Json
    ) -> tuple[str, ...]:
        """Return the values as strings, and collect their rules and generators."""
        try:
            taken = split_text(value)
        except InvalidExpectation as error:
            what = f"{category} {name!r}" if name else f"the {category}"
            raise self.refuse(f"{what}: {error}") from None
        if taken.rules is not None:
            self._collect(category, {name: taken.rules}, {})
        if taken.generator is not None:
            self._collect(category, {}, {name: taken.generator})
        return taken.texts

    def _read_pairs(self, data: Json, what: str) -> Iterable[tuple[str, Json]]:
        if isinstance(data, OneOf):
            raise ChoiceFoundError(f"{what} of one variant are needed")
        pairs = data.items() if isinstance(data, Mapping) else data
        try:
            found = [(name, value) for name, value in pairs]
        except (TypeError, ValueError):
            raise self.refuse(
                f"{what}: expected a mapping or pairs, got {data!r}"
            ) from None
        for name, _ in found:
            if not isinstance(name, str):
                raise self.refuse(f"{what}: a name must be a string, got {name!r}")
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


_JSON = ContentType("application", "json")
