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
    """A body taken apart; `rules` and `generators` are by path expression.

    `content_type` is what the Content-Type header says; `content_type_rules` are rules
    of that header, where other content types are accepted too.
    """

    content: bytes
    content_type: str
    rules: Mapping[str, RuleList] = field(default_factory=dict)
    generators: Mapping[str, Generator] = field(default_factory=dict)
    content_type_rules: RuleList | None = None

    @property
    def body(self) -> Body:
        """The body, declared to be of its content type."""
        return Body.of(self.content, parse_content_type(self.content_type))


def text(value: Json, content_type: str = "text/plain") -> Contents:
    """Write a plain text, or a matcher of one (`match.regex(…)`)."""
    example, rules, generators = match.split(value)
    if not isinstance(example, str):
        raise InvalidExpectation(f"text() wants a text, not {example!r}")
    if generators:
        raise InvalidExpectation("text(): no generator can run in a plain text")
    return Contents(example.encode(), content_type, rules)


def binary(
    content: bytes | match.Matcher, content_type: str = "application/octet-stream"
) -> Contents:
    """Write bytes, or `match.content_type(…)` for any bytes of a type."""
    example, rules, _ = match.split(content)
    if not isinstance(example, bytes):
        raise InvalidExpectation(f"binary() wants bytes, not {example!r}")
    return Contents(example, content_type, rules)


def form(fields: Mapping[str, Json]) -> Contents:
    """Write a form; a field is one value or a list of values."""
    example, rules, generators = match.split(dict(fields))
    pairs = [
        f"{quote(name, safe='')}={quote(_field(name, value), safe='')}"
        for name, values in example.items()
        for value in (values if isinstance(values, list) else [values])
    ]
    content_type = "application/x-www-form-urlencoded"
    return Contents("&".join(pairs).encode(), content_type, rules, generators)


def _field(name: str, value: Json) -> str:
    if value is None or isinstance(value, (dict, list)):
        raise InvalidExpectation(f"form(): the field {name!r} is no text: {value!r}")
    return text_form(value)
