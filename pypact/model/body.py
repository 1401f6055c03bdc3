"""Represent bodies and their content types.

Content types are parsed, compared, and guessed where none is declared. What pypact does
with a content type is one row of `CONTENT_KINDS`. To support another one, add a row
with `register_content`; no other place depends on the content type.

Source: docs/internals/specification.md, "1.5 Bodies", "4.1 Content type".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import Enum
from functools import partial
from importlib import import_module
from typing import Any, Literal, Protocol, TypeAlias

from pypact._dataclasses import dataclass, field, replace
from pypact._lazy import compile_later
from pypact.errors import InvalidExpectation
from pypact.masking import NameFilter, find_secret_names, mask_json, mask_members
from pypact.model.json import Json, dump_json, parse_json
from pypact.model.mismatches import Mismatch
from pypact.model.rules import RuleList, RulePath


@dataclass(frozen=True, slots=True)
class ContentType:
    """A media type with lower-case names; `parameters` are sorted name-value pairs."""

    main: str
    sub: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        text = f"{self.main}/{self.sub}"
        for name, value in self.parameters:
            text += f";{name}={value}"
        return text

    @property
    def essence(self) -> str:
        """The main type and subtype, without parameters."""
        return f"{self.main}/{self.sub}"

    @property
    def suffix(self) -> str | None:
        """The part of the subtype after its last `+`, or None."""
        _, plus, suffix = self.sub.rpartition("+")
        return suffix if plus else None

    def get_parameter(self, name: str) -> str | None:
        """Return the value of a parameter, or None; `name` is in lower case."""
        return dict(self.parameters).get(name)

    @property
    def is_unknown(self) -> bool:
        return self.main == "*" or self.sub == "*"

    @property
    def is_json(self) -> bool:
        return self.main == "application" and (
            self.sub.startswith(("json", "x-amz-json-"))
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
        if self.essence != actual.essence and not (
            self.is_strict_xml and actual.is_strict_xml
        ):
            return False
        return not self.parameters or self.parameters == actual.parameters


@functools.lru_cache(maxsize=512)
def parse_content_type(text: str) -> ContentType | None:
    """Parse a media type; return None if `text` is not a valid one."""
    essence, *parameters = (
        part.strip() for part in _PARAMETERS.findall(text) or [text]
    )
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
    text = decode_text(content)
    if text is None:
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


def decode_text(content: bytes, errors: str = "strict") -> str | None:
    """Return the string of UTF-8 bytes, or None if they are not valid UTF-8."""
    try:
        return content.decode("utf-8", errors)
    except UnicodeDecodeError:
        return None


def encode_text(text: str) -> bytes:
    """Encode a string as UTF-8; lone surrogates, which JSON can contain, are kept."""
    return text.encode("utf-8", "surrogatepass")


UNKNOWN_CONTENT_TYPE = ContentType("*", "*")
"""The content type of a body whose type can be neither read nor guessed."""

_JSON = ContentType("application", "json")
_XML = ContentType("application", "xml")
_HTML = ContentType("text", "html")
_PLAIN = ContentType("text", "plain")
_MULTIPART = ContentType("multipart", "form-data")
TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 -- a regular expression
"""A token, such as a method or a header name. Source: RFC 9110, "Tokens"."""

_ESSENCE = compile_later(rf"(?P<main>{TOKEN})/(?P<sub>{TOKEN})")
_PARAMETERS = compile_later(r'(?:[^;"]|"[^"]*"|")+')
_XML_DECLARATION = compile_later(r"\s*<\?xml\s*version")
_XML_ELEMENT = compile_later(r"\s*<\w+")
_JSON_START = compile_later(r'\s*(true|false|null|[0-9]+|"\w*|\{\s*(\}|"\w+)|\[\s*)')


class BodyState(Enum):
    """The four states of a body."""

    MISSING = "missing"
    NULL = "null"
    EMPTY = "empty"
    PRESENT = "present"


@dataclass(frozen=True, slots=True, repr=False)
class Body:
    """A body; two bodies are equal if their states and bytes are equal.

    `content_type` is the type declared with the body itself (`contentType` in v4), not
    that of a header and not a guess. `hint` is the `contentTypeHint` of v4: BINARY,
    TEXT or DEFAULT. `is_text` is true if the content was given as a string or as data,
    and so cannot have a content coding already.
    """

    state: BodyState
    content: bytes = b""
    content_type: ContentType | None = field(default=None, compare=False)
    hint: str | None = field(default=None, compare=False)
    is_text: bool = field(default=False, compare=False, repr=False)

    @classmethod
    def of(
        cls,
        content: bytes | None,
        content_type: ContentType | None = None,
        hint: str | None = None,
        *,
        is_text: bool = False,
    ) -> Body:
        """Create a body from bytes: None is MISSING, zero bytes are EMPTY."""
        state = BodyState.PRESENT if content else BodyState.EMPTY
        if content is None:
            state = BodyState.MISSING
        return cls(state, content or b"", content_type, hint, is_text)

    @property
    def is_present(self) -> bool:
        return self.state is BodyState.PRESENT

    def with_content(self, content: bytes) -> Body:
        """Return a body with other content, of the same content type."""
        return Body.of(content, self.content_type, self.hint, is_text=self.is_text)

    def __repr__(self) -> str:
        """Return the fields, without the secrets in the content."""
        shown = hide_secrets(self.content, self.content_type)
        return (
            f"Body(state={self.state!r}, content={shown!r}, "
            f"content_type={self.content_type!r}, hint={self.hint!r})"
        )


MISSING_BODY = Body(BodyState.MISSING)
"""No body is declared."""

NULL_BODY = Body(BodyState.NULL)
"""A body that is declared as null."""

EMPTY_BODY = Body(BodyState.EMPTY)
"""A body of zero bytes."""


@dataclass(frozen=True, slots=True)
class ExpectedBody:
    """An expected body with its content type and rules, ready to be compiled.

    `rules` maps rule paths to rule lists. `strict` is true for requests: further keys
    or child elements are mismatches (3.6). `hint` is that of `Body`.
    """

    content: bytes
    content_type: ContentType
    rules: Mapping[str, RuleList]
    strict: bool
    hint: str | None = None


class BodyPlan(Protocol):
    """An expected body, compiled with its rules."""

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body; `content_type` is its type."""
        ...


Changes: TypeAlias = Iterable[tuple[RulePath, Callable[[Json], Json]]]
"""Rule paths, each with a function from the value at a place to the new value."""


def _refuse_changes(_content: bytes, _changes: Changes) -> bytes:
    raise ValueError("generators are not supported in this content type")


def _decode_both(
    expected: bytes, actual: bytes, _mismatches: Sequence[Mismatch], _strict: object
) -> tuple[str, str]:
    return expected.decode(), actual.decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentKind:
    """The handling of one content type: one row of `CONTENT_KINDS`.

    `recognises` returns whether the row is for a content type. Comparing:

    - `plan` compiles an expected body. It does not raise: a body that cannot be parsed
      is a mismatch.
    - `replace` returns the content with values replaced by generators. Raises:
      ValueError if the content cannot be parsed.

    Reading and writing:

    - `notation` is how the content is written in a pact file.
    - `encode` returns the content for the example of a body that a user wrote as data
      with matchers. Rules and generators get the paths that they have in the data.
      Raises: ValueError if the example is not possible in this content type.
    - `build` converts a mapping that a user wrote, such as the fields of a form or XML
      as integration JSON, to `pypact.bodies.Contents`; others are returned unchanged.

    Showing:

    - `align` returns an expected and an actual content, as text to be compared line by
      line, for the body's mismatches and whether further keys are a mismatch. Raises:
      ValueError if a content cannot be read.
    - `separator` is what may follow an item in a line, and is not compared.
    - `hide_secrets` returns the content without the values of names that carry secrets;
      its second argument selects them from all names of one object. Raises: ValueError
      if the content cannot be parsed.

    Proving which fields tests need:

    - `list_fields` returns the `pypact.fields.base.ContentField`s of a content; those
      that contain others come first. Raises: ValueError if it cannot be parsed.

    Trying other examples:

    - `shape` returns the `pypact.strategies.bodies.ContentShape` of an expected body;
      the values at the given paths keep their example. It is None if bodies of the type
      keep their example. Raises: ValueError if the content cannot be parsed.
    """

    name: str
    recognises: Callable[[ContentType], bool]
    plan: Callable[[ExpectedBody], BodyPlan]
    replace: Callable[[bytes, Changes], bytes] = _refuse_changes
    notation: Literal["json", "text", "base64"] = "text"
    encode: Callable[[Json], bytes] | None = None
    build: Callable[[Mapping[str, Json], ContentType], Json] = lambda data, _: data
    align: Callable[[bytes, bytes, Sequence[Mismatch], bool], tuple[str, str]] = (
        _decode_both
    )
    separator: str = ""
    hide_secrets: Callable[[bytes, NameFilter], bytes] = lambda content, _: content
    list_fields: Callable[[bytes], Sequence[Any]] = lambda _: ()
    shape: Callable[[ExpectedBody, Sequence[Any]], Any] | None = None


def register_content(kind: ContentKind) -> Callable[[], None]:
    """Add a row that precedes all others; return a function that removes it again."""
    CONTENT_KINDS.insert(0, kind)
    find_content_kind.cache_clear()

    def undo() -> None:
        if kind in CONTENT_KINDS:
            CONTENT_KINDS.remove(kind)
            find_content_kind.cache_clear()

    return undo


@functools.lru_cache(maxsize=512)
def find_content_kind(content_type: ContentType) -> ContentKind:
    """Return the first row that recognises the content type."""
    return next(kind for kind in CONTENT_KINDS if kind.recognises(content_type))


def hide_secrets(content: bytes, content_type: ContentType | None = None) -> bytes:
    """Return a content as it is shown: without the values of names that carry secrets.

    In a content that cannot be parsed, and in plain text, what looks like JSON members
    and form parameters is hidden.
    """
    if content_type is None or content_type.is_unknown:
        is_multipart = content.startswith(b"--")
        content_type = _MULTIPART if is_multipart else guess_content_type(content)
    kind = find_content_kind(content_type)
    try:
        shown = kind.hide_secrets(content, find_secret_names)
    except (ValueError, RecursionError):
        shown = content
    text = decode_text(content) if shown is content else None
    masked = text if text is None else mask_members(text)
    return shown if masked is None or masked == text else encode_text(masked)


def is_handled_as_json(content_type: ContentType) -> bool:
    """Return whether bodies of a content type are JSON, also by `map_content_types`."""
    return find_content_kind(content_type).notation == "json"


def map_content_types(kinds: Mapping[str, str]) -> None:
    """Handle further media types like the kinds of content that they are mapped to.

    `kinds` maps media types without parameters to names of `CONTENT_KINDS`, such as
    `{"application/vnd.acme": "json"}`. It holds for the whole process.

    Raises: InvalidExpectation, if a media type or a kind is not valid, or if the type
    is already mapped to another kind.
    """
    for text, name in kinds.items():
        found = parse_content_type(text) if isinstance(text, str) else None
        if found is None or found.parameters or found.is_unknown:
            raise InvalidExpectation(
                f"content_types: {text!r} is not a media type such as "
                "'application/vnd.acme'"
            )
        named = {kind.name: kind for kind in CONTENT_KINDS if "/" not in kind.name}
        if name not in named:
            raise InvalidExpectation(
                f"content_types: {text!r} is mapped to {name!r}; "
                f"expected one of {', '.join(named)}"
            )
        essence = found.essence
        before = [kind for kind in CONTENT_KINDS if kind.name == essence]
        mapped = replace(
            named[name], name=essence, recognises=partial(_has_essence, essence)
        )
        if not before:
            register_content(mapped)
        elif before[0].plan is not mapped.plan:
            raise InvalidExpectation(
                f"content_types: {text!r} is already mapped to another kind of content"
            )


def _has_essence(essence: str, content_type: ContentType) -> bool:
    return content_type.essence == essence


def _import_late(place: str) -> Any:
    """Return a function that imports `module:function` when it is first called.

    Few contracts need the parsers, and `pypact.model` is below the modules named here.
    """

    @functools.cache
    def load() -> Any:
        module, _, name = place.partition(":")
        return getattr(import_module(module), name)

    def call(*arguments: object) -> Any:
        return load()(*arguments)

    return call


def _encode_json(example: Json) -> bytes:
    return encode_text(dump_json(example))


def _hide_json_secrets(content: bytes, find_secrets: NameFilter) -> bytes:
    value = parse_json(content)
    shown = mask_json(value, find_secrets)
    return content if shown == value else encode_text(dump_json(shown))


_JSON_KIND = ContentKind(
    name="json",
    recognises=lambda content_type: content_type.is_json,
    plan=_import_late("pypact.matching.json:JsonPlan"),
    replace=_import_late("pypact.matching.json:replace_in_json"),
    notation="json",
    encode=_encode_json,
    align=_import_late("pypact.explain.diff:align_json"),
    separator=",",
    hide_secrets=_hide_json_secrets,
    list_fields=_import_late("pypact.fields.json:list_json_fields"),
    shape=_import_late("pypact.strategies.bodies:shape_json"),
)

# The first row that recognises a content type is used.
CONTENT_KINDS = [
    replace(
        _JSON_KIND,
        name="schema-registry",
        recognises=lambda content_type: (
            content_type.essence == "application/vnd.schemaregistry.v1+json"
        ),
        plan=_import_late("pypact.matching.json:SchemaRegistryPlan"),
        shape=_import_late("pypact.strategies.bodies:shape_schema_registry"),
    ),
    _JSON_KIND,
    ContentKind(
        name="xml",
        recognises=lambda content_type: content_type.is_xml,
        plan=_import_late("pypact.matching.xml:XmlPlan"),
        replace=_import_late("pypact.matching.xml:replace_in_xml"),
        hide_secrets=_import_late("pypact.matching.xml:hide_xml_secrets"),
        build=_import_late("pypact.bodies:build_xml"),
        list_fields=_import_late("pypact.fields.xml:list_xml_fields"),
        shape=_import_late("pypact.strategies.xml:shape_xml"),
    ),
    ContentKind(
        name="multipart",
        recognises=lambda content_type: content_type.main == "multipart",
        plan=_import_late("pypact.matching.multipart:MultipartPlan"),
        hide_secrets=_import_late("pypact.matching.multipart:hide_part_secrets"),
        shape=_import_late("pypact.strategies.bodies:shape_multipart"),
        notation="base64",
    ),
    ContentKind(
        name="form",
        recognises=lambda content_type: (
            content_type.essence == "application/x-www-form-urlencoded"
        ),
        plan=_import_late("pypact.matching.parameters:FormPlan"),
        replace=_import_late("pypact.matching.parameters:replace_in_form"),
        build=_import_late("pypact.bodies:build_form"),
        hide_secrets=_import_late("pypact.matching.parameters:hide_form_secrets"),
        list_fields=_import_late("pypact.fields.text:list_form_fields"),
        shape=_import_late("pypact.strategies.bodies:shape_form"),
    ),
    ContentKind(
        name="text",
        recognises=lambda content_type: content_type.main == "text",
        plan=_import_late("pypact.matching.text:compile_plain"),
        encode=_encode_json,
        list_fields=_import_late("pypact.fields.text:list_text_fields"),
        shape=_import_late("pypact.strategies.bodies:shape_plain"),
    ),
    ContentKind(
        name="binary",
        recognises=lambda _: True,
        plan=_import_late("pypact.matching.text:compile_plain"),
        notation="base64",
        encode=_encode_json,
        shape=_import_late("pypact.strategies.bodies:shape_plain"),
    ),
]
