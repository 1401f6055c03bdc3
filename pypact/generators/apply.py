"""Apply the generators of a request, response or message.

How values in a body are replaced depends on its content type, see
`pypact.model.body.ContentKind`. A body that cannot be read is kept.

Source: docs/internals/specification.md, "6.5 arrayContains", "7.2 When", "7.4 Where".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias

from pypact.generators.table import (
    GENERATORS,
    NOT_GENERATED,
    Context,
    Mode,
    run_generator,
)
from pypact.matching.body import compile_body
from pypact.matching.json import replace_at_path
from pypact.model.body import (
    Body,
    BodyPlan,
    Changes,
    ContentType,
    ExpectedBody,
    kind_of,
)
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import Message
from pypact.model.json import Json, dump_json
from pypact.model.rules import (
    Generator,
    Generators,
    MatchingRules,
    Rule,
    RuleList,
    RulePath,
    parse_generator,
    parse_path,
)
from pypact.rules.scalars import to_string
from pypact.rules.table import has_variants, parse_rule_list

ValueGenerator: TypeAlias = Callable[[Generator, Json], Json]
"""Return the value that a generator puts in place of the example."""


def _variant_changes(lists: Mapping[str, RuleList], make: ValueGenerator) -> Changes:
    """Return the changes that apply to each item the generators of its variant.

    The variant of an item is the first one that the item matches.

    Raises: ValueError, if a variant cannot be read.
    """
    return [
        (parse_path(path), partial(_apply_to_items, _read_variants(rule, make)))
        for path, rules in lists.items()
        for rule in rules.rules
        if has_variants([rule])
    ]


class _Variant:
    """A variant of arrayContains: its index, its rules and its generators."""

    def __init__(self, data: Json, make: ValueGenerator) -> None:
        rules = data.get("rules")
        self.rules = (
            {"$": RuleList((Rule("equality"),))}
            if rules is None
            else {path: parse_rule_list(item) for path, item in rules.items()}
        )
        self.index = int(data.get("index", 0))
        self._generators = [
            (parse_path(path).tokens, parse_generator(generator))
            for path, generator in (data.get("generators") or {}).items()
        ]
        self._make = make

    def plan_for(self, example: Json) -> BodyPlan:
        content = dump_json(example).encode()
        return compile_body(ExpectedBody(content, _JSON, self.rules, strict=True))

    def apply_to(self, item: Json) -> Json:
        for tokens, generator in self._generators:
            item = replace_at_path(item, tokens, partial(self._make, generator))
        return item


def _read_variants(rule: Rule, make: ValueGenerator) -> list[_Variant]:
    try:
        return [_Variant(data, make) for data in rule.attributes.get("variants") or ()]
    except (AttributeError, TypeError) as error:
        raise ValueError(
            f"the variants of arrayContains cannot be read: {error}"
        ) from None


def _apply_to_items(variants: list[_Variant], value: Json) -> Json:
    if not isinstance(value, list):
        return value
    fitting = [
        (variant, variant.plan_for(value[variant.index]))
        for variant in variants
        if variant.index < len(value)
    ]
    return [_apply_to_item(item, fitting) for item in value]


def _apply_to_item(item: Json, variants: list[tuple[_Variant, BodyPlan]]) -> Json:
    content = dump_json(item).encode()
    for variant, plan in variants:
        if not plan.check(content, _JSON):
            return variant.apply_to(item)
    return item


_JSON = ContentType("application", "json")


def apply_to_body(
    body: Body,
    content_type: ContentType,
    generators: Mapping[str, Generator],
    rules: MatchingRules,
    make: ValueGenerator,
) -> Body:
    """Return the body with generated values; a body that cannot be read is kept."""
    if not body.is_present or not (generators or _may_generate(rules)):
        return body
    try:
        changes: list[tuple[RulePath, Callable[[Json], Json]]] = [
            (path, partial(make, generator))
            for path, generator in _parse_places(generators)
        ]
        kind = kind_of(content_type)
        if kind.notation == "json":
            changes += _variant_changes(rules.get("body", {}), make)
        changed = kind.replace(body.content, changes)
    except ValueError as error:
        _LOG.warning(
            "the generators of the %s body are not applied: %s", content_type, error
        )
        return body
    return body if changed == body.content else replace(body, content=changed)


def _parse_places(
    generators: Mapping[str, Generator],
) -> list[tuple[RulePath, Generator]]:
    found = (
        (_parse_path_or_warn(text), generator) for text, generator in generators.items()
    )
    return [(path, generator) for path, generator in found if path is not None]


def _parse_path_or_warn(text: str) -> RulePath | None:
    try:
        return parse_path(text)
    except ValueError as error:
        _LOG.warning("a generator is ignored: %s", error)
        return None


def _may_generate(rules: MatchingRules) -> bool:
    """Return whether variants of the body may have generators of their own."""
    return any(has_variants(item.rules) for item in rules.get("body", {}).values())


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
        return not any(self._generators.values()) and not _may_generate(rules)

    def string(self, category: str, example: str) -> str:
        generator = self._generators_of(category).get("")
        return (
            example
            if generator is None
            else to_string(self._generate_or_keep(generator, example))
        )

    def status(self, example: int) -> int:
        generator = self._generators_of("status").get("")
        value = (
            example if generator is None else self._generate_or_keep(generator, example)
        )
        try:
            return int(to_string(value))
        except ValueError:
            _LOG.warning(
                "the generated status %r is not a number; the example is kept", value
            )
            return example

    def headers(self, headers: Headers) -> Headers:
        for name, generator in self._generators_of("header").items():
            example = headers.first(name)
            value = self._generate(generator, example)
            if value is not NOT_GENERATED:
                headers = headers.replacing(name, to_string(value))
        return headers

    def query(self, query: Query) -> Query:
        for name, generator in self._generators_of("query").items():
            examples = query.get(name)
            values = [
                example if value is NOT_GENERATED else to_string(value)
                for example in examples or (None,)
                for value in [self._generate(generator, example)]
                if value is not NOT_GENERATED or examples
            ]
            if values:
                query = query.replacing(name, *values)
        return query

    def metadata(self, metadata: Mapping[str, Json]) -> Mapping[str, Json]:
        changed = dict(metadata)
        for key, generator in self._generators_of("metadata").items():
            # Metadata are JSON, so a generated number must stay a number, whatever the
            # example is.
            kind = GENERATORS.get(generator.type)
            example = 0 if kind and kind.follows_example else metadata.get(key)
            value = self._generate(generator, example)
            if value is not NOT_GENERATED:
                changed[key] = value
        return changed

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
        return run_generator(generator, example, mode=self._mode, context=self._context)

    def _generate_or_keep(self, generator: Generator, example: Json) -> Json:
        value = self._generate(generator, example)
        return example if value is NOT_GENERATED else value


_LOG = logging.getLogger(__name__)
