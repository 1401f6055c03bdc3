"""Where in a body do generated values go?

One function for each kind of content: JSON and forms here, XML beside.

Source: semantics section 7.4, "Where".
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from pypact.generators.replacing import Make, Places, replaced
from pypact.model.body import Body
from pypact.model.content_types import ContentType
from pypact.model.generators import Generator
from pypact.model.json_text import compact, parse
from pypact.model.paths import Path, Token, parse_path
from pypact.model.query import split_pairs
from pypact.model.rules import MatchingRules
from pypact.rules.values import text_form

__all__ = ["apply_to_body", "has_variants"]


def apply_to_body(
    body: Body,
    content_type: ContentType,
    generators: Mapping[str, Generator],
    rules: MatchingRules,
    make: Make,
) -> Body:
    """Return the body with generated values; a body that cannot be read is kept."""
    if not body.is_present or not (generators or has_variants(rules)):
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
    make: Make,
) -> bytes:
    places = _parse_places(generators)
    if content_type.is_json:
        return _apply_to_json(content, places, rules, make)
    if content_type.is_xml:
        # Import the XML parser only for XML bodies that have generators.
        from pypact.generators.xml import changed_xml  # noqa: PLC0415 -- see above

        return changed_xml(content, places, make)
    if content_type.is_form:
        return _apply_to_form(content, places, make)
    raise ValueError("generators are not supported in this content type")


def _parse_places(generators: Mapping[str, Generator]) -> Places:
    found = (
        (_parse_path_or_warn(text), generator) for text, generator in generators.items()
    )
    return [(path, generator) for path, generator in found if path is not None]


def _parse_path_or_warn(text: str) -> Path | None:
    try:
        return parse_path(text)
    except ValueError as error:
        _LOG.warning("a generator is ignored: %s", error)
        return None


# -- JSON ------------------------------------------------------------------------------


def _apply_to_json(
    content: bytes, places: Places, rules: MatchingRules, make: Make
) -> bytes:
    before = parse(content)
    value = before
    for path, generator in places:
        value = replaced(value, path.tokens, partial(make, generator))
    if has_variants(rules):
        # Import JSON matching only for bodies with arrayContains rules.
        from pypact.generators.variants import (  # noqa: PLC0415 -- see above
            generated_items,
        )

        value = generated_items(value, rules["body"], make)
    return content if value is before else compact(value).encode()


def has_variants(rules: MatchingRules) -> bool:
    """Return whether the body has an arrayContains rule.

    Its variants may have generators of their own.
    """
    return any(
        rule.name == "arrayContains"
        for item in rules.get("body", {}).values()
        for rule in item.rules
    )


# -- forms -----------------------------------------------------------------------------


def _apply_to_form(content: bytes, places: Places, make: Make) -> bytes:
    pairs = split_pairs(content.decode("utf-8"))
    for path, generator in places:
        index = _find_parameter(pairs, path.tokens)
        if index is not None:
            name, old = pairs[index]
            pairs[index] = name, text_form(make(generator, old or ""))
    return "&".join(
        quote(name, safe="")
        if value is None
        else f"{quote(name, safe='')}={quote(value, safe='')}"
        for name, value in pairs
    ).encode()


def _find_parameter(
    pairs: list[tuple[str, str | None]], tokens: tuple[Token, ...]
) -> int | None:
    """Return the position in `pairs` of the parameter `$.name` or `$.name[i]`."""
    if not 1 <= len(tokens) <= 2:
        return None
    number = tokens[1] if len(tokens) == 2 else 0
    found = [index for index, (name, _) in enumerate(pairs) if name == tokens[0]]
    return found[number] if isinstance(number, int) and number < len(found) else None


_LOG = logging.getLogger(__name__)
