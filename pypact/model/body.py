"""Represent bodies and their content types.

A body is missing, null, empty or present; these are four different states. Content
types are parsed, compared, and guessed where none is declared.

Source: docs/internals/specification.md, "1.5 Bodies", "4.1 Content type".
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from enum import Enum

from pypact.model.json import parse_json


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type with lower-case names; `parameters` are sorted name-value pairs."""

    main: str
    sub: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return ";".join([self.essence, *(f"{n}={v}" for n, v in self.parameters)])

    @property
    def essence(self) -> str:
        """The main type and subtype, without parameters."""
        return f"{self.main}/{self.sub}"

    @property
    def suffix(self) -> str | None:
        """The part of the subtype after its last `+`, or None."""
        _, plus, suffix = self.sub.rpartition("+")
        return suffix if plus else None

    def parameter(self, name: str) -> str | None:
        """Return the value of a parameter, or None; `name` is in lower case."""
        return dict(self.parameters).get(name)

    @property
    def is_unknown(self) -> bool:
        return self.main == "*" or self.sub == "*"

    @property
    def is_json(self) -> bool:
        return self.main == "application" and (
            self.sub.startswith("json")
            or self.sub == "graphql"
            or self.suffix == "json"
        )

    @property
    def is_xml(self) -> bool:
        return self.is_strict_xml or (
            self.main in ("application", "text") and self.suffix == "xml"
        )

    @property
    def is_strict_xml(self) -> bool:
        return self.sub == "xml" and self.main in ("application", "text")

    @property
    def is_form(self) -> bool:
        return self.essence == "application/x-www-form-urlencoded"

    @property
    def is_multipart(self) -> bool:
        return self.main == "multipart"

    @property
    def is_text(self) -> bool:
        return self.main == "text" or self.is_json or self.is_xml or self.is_form

    @property
    def is_binary(self) -> bool:
        return not self.is_text

    @property
    def base(self) -> ContentType:
        """The main type with the suffix, or else the subtype, without parameters."""
        return ContentType(self.main, self.suffix or self.sub)

    def accepts(self, actual: ContentType) -> bool:
        """Return whether this expected type matches `actual` (4.1, steps 1 to 5)."""
        return (
            self.is_unknown
            or actual.is_unknown
            or self._equals(actual)
            or self._equals(actual.base)
        )

    def _equals(self, actual: ContentType) -> bool:
        if self.is_strict_xml and actual.is_strict_xml:
            return not self.parameters or self.parameters == actual.parameters
        return self.essence == actual.essence and (
            not self.parameters or self.parameters == actual.parameters
        )


@functools.lru_cache(maxsize=512)
def parse_content_type(text: str) -> ContentType | None:
    """Parse a media type; return None if `text` is not a valid one."""
    essence, *parameters = (part.strip() for part in _split_parameters(text))
    found = _ESSENCE.fullmatch(essence)
    if found is None:
        return None
    pairs = []
    for parameter in parameters:
        if not parameter:
            continue
        name, equals, value = (part.strip() for part in parameter.partition("="))
        if not equals or not name:
            return None
        if len(value) > 1 and value[0] == value[-1] == '"':
            value = value[1:-1]
        name = name.lower()
        pairs.append((name, value.lower() if name == "charset" else value))
    return ContentType(
        found["main"].lower(), found["sub"].lower(), tuple(sorted(pairs))
    )


def guess_content_type(content: bytes) -> ContentType:
    """Guess the content type of a body for which none is declared."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return UNKNOWN_CONTENT_TYPE
    if _XML_DECLARATION.match(text):
        return _XML
    if text.lstrip()[:9].upper().startswith(("<!DOCTYPE", "<HTML>")):
        return _HTML
    if _XML_ELEMENT.match(text):
        return _XML
    if _JSON_START.match(text):
        try:
            parse_json(text)
        except ValueError:
            return _PLAIN
        return _JSON
    return _PLAIN


def _split_parameters(text: str) -> list[str]:
    return _PARAMETERS.findall(text) or [text]


UNKNOWN_CONTENT_TYPE = ContentType("*", "*")
"""The content type of a body whose type can be neither read nor guessed."""

_JSON = ContentType("application", "json")
_XML = ContentType("application", "xml")
_HTML = ContentType("text", "html")
_PLAIN = ContentType("text", "plain")

TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- a regular expression
"""A token, such as a method or a header name. Source: RFC 9110, "Tokens"."""

_ESSENCE = re.compile(rf"(?P<main>{TOKEN})/(?P<sub>{TOKEN})")
_PARAMETERS = re.compile(r'(?:[^;"]|"[^"]*"|")+')
_XML_DECLARATION = re.compile(r"\s*<\?xml\s*version")
_XML_ELEMENT = re.compile(r"\s*<\w+")
_JSON_START = re.compile(r'\s*(true|false|null|[0-9]+|"\w*|\{\s*(\}|"\w+)|\[\s*)')


class BodyState(Enum):
    """The four states of a body."""

    MISSING = "missing"
    NULL = "null"
    EMPTY = "empty"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Body:
    """A body; two bodies are equal if their states and bytes are equal.

    `content_type` is the type declared with the body itself (`contentType` in v4), not
    that of a header and not a guess. `hint` is the `contentTypeHint` of v4: BINARY,
    TEXT or DEFAULT.
    """

    state: BodyState
    content: bytes = b""
    content_type: ContentType | None = field(default=None, compare=False)
    hint: str | None = field(default=None, compare=False)

    @classmethod
    def of(
        cls,
        content: bytes | None,
        content_type: ContentType | None = None,
        hint: str | None = None,
    ) -> Body:
        """Create a body from bytes: None is MISSING, zero bytes are EMPTY."""
        if content is None:
            state = BodyState.MISSING
        elif content:
            state = BodyState.PRESENT
        else:
            state = BodyState.EMPTY
        return cls(state, content or b"", content_type, hint)

    @property
    def is_present(self) -> bool:
        return self.state is BodyState.PRESENT


MISSING_BODY = Body(BodyState.MISSING)
"""No body is declared."""

NULL_BODY = Body(BodyState.NULL)
"""The body is declared as null."""

EMPTY_BODY = Body(BodyState.EMPTY)
"""A body of zero bytes."""
