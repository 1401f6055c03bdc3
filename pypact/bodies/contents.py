"""How does a user write a text, a form or bytes, with matchers inside?

Source: semantics sections 4.6 (forms), 4.8 (binary) and 4.9 (text).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from pypact import match
from pypact.errors import InvalidExpectation
from pypact.model.body import Body
from pypact.model.content_types import parse_content_type
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.rules import RuleList
from pypact.rules.values import text_form

__all__ = ["Contents", "binary", "form", "text"]


@dataclass(frozen=True, slots=True)
class Contents:
    """A body as bytes, with its matching rules and generators by rule path.

    `content_type` is the value of the Content-Type header. `content_type_rules` are
    matching rules of that header, if other values are accepted too.
    """

    content: bytes
    content_type: str
    rules: Mapping[str, RuleList] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)
    content_type_rules: RuleList | None = None

    @property
    def body(self) -> Body:
        """The body with its content type, without rules and generators."""
        return Body.of(self.content, parse_content_type(self.content_type))


def text(value: Json, content_type: str = "text/plain") -> Contents:
    """Write a text body from a string or a matcher of a string (`match.regex(…)`)."""
    example, rules, generators = match.split(value)
    if not isinstance(example, str):
        raise InvalidExpectation(f"text() takes a string, got {example!r}")
    if generators:
        raise InvalidExpectation("text(): generators are not supported in text bodies")
    return Contents(example.encode(), content_type, rules)


def binary(
    content: bytes | match.Matcher, content_type: str = "application/octet-stream"
) -> Contents:
    """Write a binary body from bytes or `match.content_type(…)`."""
    example, rules, _ = match.split(content)
    if not isinstance(example, bytes):
        raise InvalidExpectation(f"binary() takes bytes, got {example!r}")
    return Contents(example, content_type, rules)


def form(fields: Mapping[str, Json]) -> Contents:
    """Write a URL-encoded form; each field has one value or a list of values."""
    example, rules, generators = match.split(dict(fields))
    pairs = [
        f"{quote(name, safe='')}={quote(_form_value(name, value), safe='')}"
        for name, values in example.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    content_type = "application/x-www-form-urlencoded"
    return Contents("&".join(pairs).encode(), content_type, rules, generators)


def _form_value(name: str, value: Json) -> str:
    if value is None or isinstance(value, (dict, list)):
        raise InvalidExpectation(
            f"form(): expected a string for the field {name!r}, got {value!r}"
        )
    return text_form(value)
