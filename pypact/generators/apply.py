"""Apply the generators of a request, response or message.

JSON and form bodies are parsed, changed at the paths of the generators, and written
again. An XML document keeps everything but the changed texts and attributes; names in
its generator paths are written with the prefixes of the document. A body that cannot be
read is kept.

Source: docs/internals/specification.md, "6.5 arrayContains", "7.2 When", "7.4 Where".
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import TypeAlias
from urllib.parse import quote
from xml.dom.minidom import Document, Element, Text
from xml.parsers.expat import ExpatError

from pypact.generators.table import (
    GENERATORS,
    NOT_GENERATED,
    Context,
    Mode,
    run_generator,
)
from pypact.matching.body import compile_body
from pypact.matching.text import BodyPlan, ExpectedBody
from pypact.model.body import Body, ContentType
from pypact.model.http import Headers, Query, Request, Response, split_pairs
from pypact.model.interactions import Message
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.rules import (
    Generator,
    Generators,
    MatchingRules,
    PathToken,
    Rule,
    RuleList,
    RulePath,
    Wildcard,
    parse_generator,
    parse_path,
)
from pypact.rules.scalars import to_string
from pypact.rules.table import has_variants, parse_rule_list

ValueGenerator: TypeAlias = Callable[[Generator, Json], Json]
"""Return the value that a generator puts in place of the example."""

GeneratorPaths: TypeAlias = list[tuple[RulePath, Generator]]
"""Generators with their paths, in file order."""


def replace_at_path(
    value: Json, tokens: tuple[PathToken, ...], change: Callable[[Json], Json]
) -> Json:
    """Return the value with `change` applied at each place that the tokens match."""
    if not tokens:
        return change(value)
    first, *rest = tokens
    keys = list(_matching_keys(value, first))
    if not keys:
        return value
    changed = value.copy()
    for key in keys:
        changed[key] = replace_at_path(value[key], tuple(rest), change)
    return changed


def _matching_keys(value: Json, token: PathToken) -> Iterator[str | int]:
    """Yield the keys or indexes that a token matches; digits also match an index."""
    if isinstance(value, dict):
        for key in value:
            digits = token is Wildcard.INDEX and key.isdecimal()
            if token is Wildcard.ANY or digits or key == str(token):
                yield key
    elif isinstance(value, list):
        for index in range(len(value)):
            if isinstance(token, Wildcard) or str(token) == str(index):
                yield index


def apply_to_xml(content: bytes, places: GeneratorPaths, make: ValueGenerator) -> bytes:
    """Return an XML document with generated texts and attributes.

    Raises: ValueError, if the document is not valid XML, or has a document type.
    """
    import defusedxml.minidom  # noqa: PLC0415 -- only for XML with generators

    try:
        document = defusedxml.minidom.parseString(
            content,  # type: ignore[arg-type]  # accepts bytes too
            forbid_dtd=True,
        )
    except (ExpatError, defusedxml.DefusedXmlException) as error:
        raise ValueError(f"cannot be read as XML: {error!r}") from None
    for path, generator in places:
        if path.tokens:
            *steps, last = path.tokens
            for element in _find_elements(_child_elements(document), tuple(steps)):
                _change_value(element, last, partial(make, generator))
    return _serialize(document, content)


def _find_elements(
    candidates: list[Element], steps: tuple[PathToken, ...]
) -> list[Element]:
    """Return the elements at a path; an index counts siblings of the name before it."""
    found = candidates
    parents: list[Element] | None = None
    for step in steps:
        if isinstance(step, int) or step is Wildcard.INDEX:
            found = [
                e for e in found if step is Wildcard.INDEX or _sibling_index(e) == step
            ]
            continue
        if parents is not None:
            found = [child for parent in found for child in _child_elements(parent)]
        parents = found
        found = [e for e in found if step is Wildcard.ANY or e.tagName == step]
    return found if parents is not None else []


def _child_elements(element: Document | Element) -> list[Element]:
    return [child for child in element.childNodes if isinstance(child, Element)]


def _sibling_index(element: Element) -> int:
    """Return the index of the element, from 0, among the siblings of the same name."""
    position = 0
    sibling = element.previousSibling
    while sibling is not None:
        if isinstance(sibling, Element) and sibling.tagName == element.tagName:
            position += 1
        sibling = sibling.previousSibling
    return position


def _change_value(
    element: Element, last: PathToken, change: Callable[[str], object]
) -> None:
    if last == "#text":
        _change_text(element, change)
    elif isinstance(last, str) and last.startswith("@"):
        name = last[1:]
        if element.hasAttribute(name):
            element.setAttribute(name, to_string(change(element.getAttribute(name))))


def _change_text(element: Element, change: Callable[[str], object]) -> None:
    texts = [node for node in element.childNodes if isinstance(node, Text)]
    old = "".join(node.data.strip() for node in texts)
    new = to_string(change(old))
    if new == old:
        return
    for node in texts:
        element.removeChild(node)
    node = Text()
    node.data = new
    element.insertBefore(node, element.firstChild)


def _serialize(document: Document, content: bytes) -> bytes:
    if content.lstrip().startswith(b"<?xml"):
        return bytes(document.toxml("utf-8"))
    return "".join(node.toxml() for node in document.childNodes).encode()


def apply_to_variants(
    value: Json, lists: Mapping[str, RuleList], make: ValueGenerator
) -> Json:
    """Apply to each item of an arrayContains array the generators of its variant.

    The variant of an item is the first one that the item matches.

    Raises: ValueError, if a variant cannot be read.
    """
    for path, rules in lists.items():
        for rule in rules.rules:
            if has_variants([rule]):
                apply = partial(_apply_to_items, _read_variants(rule, make))
                value = replace_at_path(value, parse_path(path).tokens, apply)
    return value


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
        changed = _apply_by_content_type(
            body.content, content_type, generators, rules, make
        )
    except ValueError as error:
        _LOG.warning(
            "the generators of the %s body are not applied: %s", content_type, error
        )
        return body
    return body if changed == body.content else replace(body, content=changed)


def _apply_by_content_type(
    content: bytes,
    content_type: ContentType,
    generators: Mapping[str, Generator],
    rules: MatchingRules,
    make: ValueGenerator,
) -> bytes:
    places = _parse_places(generators)
    if content_type.is_json:
        return _apply_to_json(content, places, rules, make)
    if content_type.is_xml:
        return apply_to_xml(content, places, make)
    if content_type.is_form:
        return _apply_to_form(content, places, make)
    raise ValueError("generators are not supported in this content type")


def _parse_places(generators: Mapping[str, Generator]) -> GeneratorPaths:
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


# -- JSON ------------------------------------------------------------------------------


def _apply_to_json(
    content: bytes, places: GeneratorPaths, rules: MatchingRules, make: ValueGenerator
) -> bytes:
    before = parse_json(content)
    value = before
    for path, generator in places:
        value = replace_at_path(value, path.tokens, partial(make, generator))
    if _may_generate(rules):
        value = apply_to_variants(value, rules["body"], make)
    return content if value is before else dump_json(value).encode()


def _may_generate(rules: MatchingRules) -> bool:
    """Return whether variants of the body may have generators of their own."""
    return any(has_variants(item.rules) for item in rules.get("body", {}).values())


# -- forms -----------------------------------------------------------------------------


def _apply_to_form(
    content: bytes, places: GeneratorPaths, make: ValueGenerator
) -> bytes:
    pairs = split_pairs(content.decode("utf-8"))
    for path, generator in places:
        index = _find_parameter(pairs, path.tokens)
        if index is not None:
            name, old = pairs[index]
            pairs[index] = name, to_string(make(generator, old or ""))
    return "&".join(
        quote(name, safe="")
        if value is None
        else f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in pairs
    ).encode()


def _find_parameter(
    pairs: list[tuple[str, str | None]], tokens: tuple[PathToken, ...]
) -> int | None:
    """Return the position in `pairs` of the parameter `$.name` or `$.name[i]`."""
    if not 1 <= len(tokens) <= 2:
        return None
    number = tokens[1] if len(tokens) == 2 else 0
    found = [index for index, (name, _) in enumerate(pairs) if name == tokens[0]]
    return found[number] if isinstance(number, int) and number < len(found) else None


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
