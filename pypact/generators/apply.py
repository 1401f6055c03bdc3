"""Apply the generators of a request, response or message.

How values in a body are replaced depends on its content type, see
`pypact.model.body.ContentKind`. A body that cannot be read is kept.

Source: docs/internals/specification.md, "6.5 arrayContains", "7.2 When", "7.4 Where".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import takewhile
from time import thread_time
from typing import TypeAlias, TypeVar

from pypact._dataclasses import replace
from pypact.generators import table
from pypact.generators.table import (
    LONGEST_PROBLEM,
    MOST_CHARACTERS_IN_ALL,
    NOT_GENERATED,
    Context,
    Mode,
)
from pypact.matching.json import match_json, replace_at_paths
from pypact.model.body import Body, Changes, ContentType, find_content_kind
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import Message
from pypact.model.json import Json
from pypact.model.rules import (
    Generator,
    Generators,
    MatchingRules,
    PathToken,
    RuleList,
    RulePath,
    parse_generator,
    parse_path,
)
from pypact.rules.compiled import CompiledRule, Variant
from pypact.rules.scalars import to_string
from pypact.rules.table import has_variants


def _read_generators(variant: Variant) -> _ReadGenerators:
    try:
        return [
            (parse_path(path).tokens, parse_generator(data))
            for path, data in (variant.generators or {}).items()
        ]
    except AttributeError as error:
        problem = f"the generators of a variant cannot be read: {error}"
        raise ValueError(problem) from None


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
        method=run.fill_string("method", request.method),
        path=run.fill_string("path", request.path),
        query=run.fill_query(request.query),
        headers=run.fill_headers(request.headers),
        body=run.fill_body(request.body, request.content_type, request.rules),
    )


def apply_to_response(response: Response, mode: Mode, context: Context) -> Response:
    """Return the response with its generators applied."""
    run = _GeneratorRun(response.generators, mode, context)
    if run.is_idle(response.rules):
        return response
    return replace(
        response,
        status=run.fill_status(response.status),
        headers=run.fill_headers(response.headers),
        body=run.fill_body(response.body, response.content_type, response.rules),
    )


def apply_to_message(message: Message, mode: Mode, context: Context) -> Message:
    """Return the message with its generators applied."""
    run = _GeneratorRun(message.generators, mode, context)
    if run.is_idle(message.rules):
        return message
    return replace(
        message,
        metadata=run.fill_metadata(message.metadata),
        contents=run.fill_body(message.contents, message.content_type, message.rules),
    )


class _GeneratorRun:
    """The generators of one request, response or message, in one mode and context."""

    def __init__(self, generators: Generators, mode: Mode, context: Context) -> None:
        self._generators = generators
        self._mode = mode
        self._context = context
        self._began = thread_time()
        self._characters = 0
        self._failures = 0
        self._is_spent = False

    def is_idle(self, rules: MatchingRules) -> bool:
        return not any(self._generators.values()) and not _may_generate(rules)

    def fill_string(self, category: str, example: str | int) -> str:
        generator = self._find_generators(category).get("")
        if generator is None:
            return str(example)
        return to_string(self._generate_or_keep(generator, example))

    def fill_status(self, example: int) -> int:
        value = self.fill_string("status", example)
        try:
            return int(value)
        except ValueError:
            _LOG.warning(
                "the generated status %r is not a number; the example is kept", value
            )
            return example

    def fill_headers(self, headers: Headers) -> Headers:
        changed = []
        for name, generator in self._find_generators("header").items():
            value = self._generate(generator, headers.first(name))
            if value is not NOT_GENERATED:
                changed.append((name, (to_string(value),)))
        return headers.replacing_all(changed) if changed else headers

    def fill_query(self, query: Query) -> Query:
        changed = {}
        for name, generator in self._find_generators("query").items():
            examples = query.get(name)
            values = tuple(
                example if value is NOT_GENERATED else to_string(value)
                for example in examples or (None,)
                for value in [self._generate(generator, example)]
                if value is not NOT_GENERATED or examples
            )
            if values:
                changed[name] = values
        return query.replacing_all(changed) if changed else query

    def fill_metadata(self, metadata: Mapping[str, Json]) -> Mapping[str, Json]:
        changed = dict(metadata)
        for key, generator in self._find_generators("metadata").items():
            # Metadata are JSON, so a generated number must stay a number, whatever the
            # example is.
            kind = table.GENERATORS.get(generator.type)
            example = 0 if kind and kind.follows_example else metadata.get(key)
            value = self._generate(generator, example)
            if value is not NOT_GENERATED:
                changed[key] = value
        return changed

    def fill_body(
        self, body: Body, content_type: ContentType, rules: MatchingRules
    ) -> Body:
        """Return the body with generated values; a body that cannot be read is kept."""
        generators = self._find_generators("body")
        if not body.is_present or not (generators or _may_generate(rules)):
            return body
        make = self._generate_or_keep
        try:
            changes: list[tuple[RulePath, Callable[[Json], Json]]] = [
                (path, partial(make, generator))
                for text, generator in generators.items()
                if (path := self._parse_path(text)) is not None
            ]
            kind = find_content_kind(content_type)
            if kind.notation == "json":
                changes += self._change_variants(rules.get("body", {}))
            changed = kind.replace(body.content, self._take_while_allowed(changes))
        except ValueError as error:
            text = "the generators of the %s body are not applied: %s"
            _LOG.warning(text, content_type, error)
            return body
        return body if changed == body.content else replace(body, content=changed)

    def _parse_path(self, text: str) -> RulePath | None:
        try:
            return parse_path(text)
        except ValueError as error:
            problem = str(error)[:LONGEST_PROBLEM]
            self._warn("a generator is ignored: %s", problem)
            return None

    def _change_variants(self, lists: Mapping[str, RuleList]) -> Changes:
        """Return changes that apply to each item of a list its variant's generators."""
        return [
            (parse_path(path), partial(self._apply_to_items, CompiledRule(rule)))
            for path, rules in lists.items()
            for rule in rules.rules
            if has_variants([rule])
        ]

    def _apply_to_items(self, rule: CompiledRule, value: Json) -> Json:
        if not isinstance(value, list):
            return value
        variants, problem = rule.variants(len(value))
        if problem is not None:
            raise ValueError(problem)
        fitting = [
            (value[variant.index], variant, _read_generators(variant))
            for variant in self._take_while_allowed(variants)
            if variant.index < len(value)
        ]
        return [self._apply_to_item(item, fitting) for item in value]

    def _apply_to_item(self, item: Json, variants: list[_ReadVariant]) -> Json:
        for example, variant, generators in self._take_while_allowed(variants):
            if match_json(example, item, variant.tree.root, strict=True):
                changes = self._take_while_allowed(
                    (tokens, partial(self._generate_or_keep, generator))
                    for tokens, generator in generators
                )
                return replace_at_paths(item, changes)
        return item

    def _take_while_allowed(self, items: Iterable[_Item]) -> Iterator[_Item]:
        """Yield the items, until the time or the size of this message is spent."""
        return takewhile(lambda _: self._is_allowed(), items)

    def _is_allowed(self) -> bool:
        """Return whether more values may be generated; log once if not."""
        if self._is_spent:
            return False
        if thread_time() - self._began > MOST_SECONDS:
            problem = f"the generators of one message took more than {MOST_SECONDS:g} s"
        elif self._characters > MOST_CHARACTERS_IN_ALL:
            problem = (
                f"the values generated for one message have more than "
                f"{MOST_CHARACTERS_IN_ALL:,} characters"
            )
        else:
            return True
        self._is_spent = True
        _LOG.warning("%s; the other examples are kept", problem)
        return False

    def _warn(self, message: str, *values: object) -> None:
        """Log a failure; only the first ones of a message."""
        self._failures += 1
        if self._failures <= _MOST_WARNINGS:
            _LOG.warning(message, *values)

    def _find_generators(self, category: str) -> Mapping[str, Generator]:
        # In sorted order, as the writer of contracts sorts them.
        return dict(sorted(self._generators.get(category, {}).items()))

    def _generate(self, generator: Generator, example: Json) -> Json:
        if not self._is_allowed():
            return NOT_GENERATED
        value = table.run_generator(
            generator, example, mode=self._mode, context=self._context, warn=self._warn
        )
        if value is not NOT_GENERATED:
            self._characters += _count_characters(value)
        return value

    def _generate_or_keep(self, generator: Generator, example: Json) -> Json:
        value = self._generate(generator, example)
        return example if value is NOT_GENERATED else value


def _count_characters(value: Json) -> int:
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(len(name) + _count_characters(value[name]) for name in value)
    return sum(map(_count_characters, value)) if isinstance(value, list) else 1


_Item = TypeVar("_Item")
_ReadGenerators: TypeAlias = list[tuple[tuple[PathToken, ...], Generator]]
_ReadVariant: TypeAlias = tuple[Json, Variant, _ReadGenerators]
MOST_SECONDS = 1.0  # of CPU time, for the generators of one message
_MOST_WARNINGS = 100
_LOG = logging.getLogger(__name__)
