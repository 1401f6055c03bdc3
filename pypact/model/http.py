"""Represent HTTP requests and responses with their headers and queries.

Expected and actual ones are of the same class; only expected ones have matching rules
and generators.

Source: docs/internals/specification.md, "2.4 Parsing a query string", "3.4 Headers".
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from pypact._dataclasses import dataclass, field
from pypact._lazy import compile_later
from pypact.masking import find_secret_parameters, hide_value, mask_header, mask_query
from pypact.model.body import (
    MISSING_BODY,
    TOKEN,
    UNKNOWN_CONTENT_TYPE,
    Body,
    BodyState,
    ContentType,
    guess_content_type,
    is_handled_as_json,
    parse_content_type,
)
from pypact.model.json import Json
from pypact.model.rules import Generators, MatchingRules

_ByName: TypeAlias = "dict[str, tuple[str, tuple[str, ...]]]"
"""Lower-case name → name as first written, and values."""


class Headers:
    """An ordered mapping of case-insensitive names to tuples of values.

    Names keep the case of their first occurrence. An empty tuple is an empty list in
    the pact file, which differs from a single empty value.
    """

    __slots__ = ("_lines", "_parsed")

    def __init__(self, items: Iterable[tuple[str, Iterable[str]]] = ()) -> None:
        self._lines: tuple[tuple[str, str], ...] = ()
        self._parsed: _ByName | None = _collect(items) if items else {}

    @classmethod
    def from_lines(cls, lines: Iterable[tuple[str, str]]) -> Headers:
        """Create headers from lines as sent; the values of list headers are split."""
        headers = cls.__new__(cls)
        # Parsed on first access: most requests are answered without reading them.
        headers._lines, headers._parsed = tuple(lines), None  # noqa: SLF001 # of this class
        return headers

    # Each method reads `_parsed` itself: these are the most frequent calls of all.
    def _parse(self) -> _ByName:
        items = [
            (
                name,
                split_header_value(name, value) if "," in value else (value.strip(),),
            )
            for name, value in self._lines
        ]
        # Two threads may both get here; their results are equal.
        self._parsed = parsed = _collect(items)
        return parsed

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.items())

    def __len__(self) -> int:
        return len(self._parse() if self._parsed is None else self._parsed)

    def __contains__(self, name: object) -> bool:
        by_name = self._parse() if self._parsed is None else self._parsed
        return isinstance(name, str) and name.lower() in by_name

    def __getitem__(self, name: str) -> tuple[str, ...]:
        by_name = self._parse() if self._parsed is None else self._parsed
        return by_name[name.lower()][1]

    def get(self, name: str) -> tuple[str, ...] | None:
        """Return the values of a header, or None without such a header."""
        by_name = self._parse() if self._parsed is None else self._parsed
        found = by_name.get(name.lower())
        return None if found is None else found[1]

    def first(self, name: str) -> str | None:
        """Return the first value of a header, or None if it has no value."""
        by_name = self._parse() if self._parsed is None else self._parsed
        found = by_name.get(name.lower())
        return found[1][0] if found is not None and found[1] else None

    def items(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Iterate over the name and values of each header, in order."""
        by_name = self._parse() if self._parsed is None else self._parsed
        return iter(by_name.values())

    def lines(self) -> Iterator[tuple[str, str]]:
        """Iterate over (name, value) pairs, one for each value, as they are sent."""
        for name, values in self.items():
            for value in values:
                yield name, value

    def replacing(self, name: str, *values: str) -> Headers:
        """Return a copy with the header `name` set to `values`."""
        return self.replacing_all([(name, values)])

    def replacing_all(self, items: Iterable[tuple[str, tuple[str, ...]]]) -> Headers:
        """Return a copy with each of the given headers set to its values."""
        by_name = {item[0].lower(): item for item in self.items()}
        for name, values in items:
            first_name = by_name.get(name.lower(), (name, ()))[0]
            by_name[name.lower()] = first_name, values
        return Headers(by_name.values())

    def without(self, name: str) -> Headers:
        """Return a copy without the header `name`."""
        return Headers(item for item in self.items() if item[0].lower() != name.lower())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._values().items())))

    def __repr__(self) -> str:
        """Return the headers, without their secrets."""
        shown = [
            (name, tuple(mask_header(name, value) for value in values))
            for name, values in self.items()
        ]
        return f"Headers({shown!r})"

    def _values(self) -> Mapping[str, tuple[str, ...]]:
        return {name.lower(): values for name, values in self.items()}


def _collect(items: Iterable[tuple[str, Iterable[str]]]) -> _ByName:
    by_name: _ByName = {}
    repeated: dict[str, list[str]] = {}
    for name, values in items:
        key = name.lower()
        if key not in by_name:
            by_name[key] = name, tuple(values)
        else:
            repeated.setdefault(key, list(by_name[key][1])).extend(values)
    for key, joined in repeated.items():
        by_name[key] = by_name[key][0], tuple(joined)
    return by_name


def split_header_value(name: str, value: str) -> tuple[str, ...]:
    """Split the values of a list header at commas outside of double quotes."""
    if "," not in value or _SPLIT_AT_COMMAS.fullmatch(name) is None:
        return (value.strip(),)
    return tuple(part.strip() for part in _split_outside_quotes(value))


def _split_outside_quotes(value: str) -> list[str]:
    """Split at the commas that an even number of double quotes follows."""
    first, *pieces = value.split('"')
    is_outside = len(pieces) % 2 == 0
    parts = [[one] for one in first.split(",")] if is_outside else [[first]]
    for piece in pieces:
        is_outside = not is_outside
        start, *others = piece.split(",") if is_outside else [piece]
        parts[-1] += ['"', start]
        parts += [[one] for one in others]
    return ["".join(part) for part in parts]


_SPLIT_AT_COMMAS = compile_later(
    r"(?i)(accept(-encoding|-language)?|allow|cache-control|if-(none-)?match|vary"
    r"|access-control-(allow-(headers|methods)|expose-headers|request-headers))"
)


class Query:
    """An ordered mapping of names to tuples of values; None is a name without `=`.

    `text` is the encoded query string as written (v1, v2) or sent, or None. It is
    ignored when two queries are compared, unless both are `ordered`. `ordered` is true
    for an expected query of specification version 1, whose parameters must appear in
    the given order.
    """

    __slots__ = ("_by_name", "ordered", "text")

    def __init__(
        self,
        items: Iterable[tuple[str, Iterable[str | None]]] = (),
        *,
        text: str | None = None,
        ordered: bool = False,
    ) -> None:
        by_name: dict[str, list[str | None]] = {}
        for name, values in items:
            by_name.setdefault(name, []).extend(values)
        self._by_name = {name: tuple(values) for name, values in by_name.items()}
        self.text = text
        self.ordered = ordered

    @classmethod
    def from_text(cls, text: str, *, ordered: bool = False) -> Query:
        """Parse an encoded query string, without the leading `?`."""
        pairs = ((name, (value,)) for name, value in split_pairs(text))
        return cls(pairs, text=text, ordered=ordered)

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_name)

    def __len__(self) -> int:
        return len(self._by_name)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> tuple[str | None, ...]:
        return self._by_name[name]

    def get(self, name: str) -> tuple[str | None, ...] | None:
        """Return the values of a parameter, or None without such a parameter."""
        return self._by_name.get(name)

    def items(self) -> Iterable[tuple[str, tuple[str | None, ...]]]:
        """Return the name and values of each parameter, in order."""
        return self._by_name.items()

    def replacing(self, name: str, *values: str | None) -> Query:
        """Return a copy with `name` set to `values`, and without `text`."""
        return self.replacing_all({name: values})

    def replacing_all(self, items: Mapping[str, tuple[str | None, ...]]) -> Query:
        """Return a copy with each of the given names set to its values."""
        return Query({**self._by_name, **items}.items(), ordered=self.ordered)

    def without_secrets(self) -> Query:
        """Return a copy with the values of secret parameters hidden."""
        secret = find_secret_parameters(self)
        items = [
            (name, hide_value(values) if name in secret else values)
            for name, values in self.items()
        ]
        text = mask_query(self.encoded())
        return Query(items, text=text, ordered=self.ordered)

    def encoded(self) -> str:
        """Return the query string: `text`, else the encoded parameters in order."""
        if self.text is not None or not self._by_name:
            return self.text or ""
        return encode_pairs(
            (name, value) for name, values in self.items() for value in values
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Query):
            return NotImplemented
        if self.ordered != other.ordered or (self.ordered and self.text != other.text):
            return False
        return self._by_name == other._by_name

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._by_name)))

    def __repr__(self) -> str:
        return f"Query({list(self.without_secrets().items())!r})"


def split_pairs(text: str) -> list[tuple[str, str | None]]:
    """Split an encoded query or form into its decoded, non-empty pairs."""
    is_decoded = "+" not in text and "%" not in text
    pairs = [piece.partition("=") for piece in text.split("&") if piece]
    if is_decoded:
        return [(name, value if equals else None) for name, equals, value in pairs]
    return [
        (decode_component(name), decode_component(value) if equals else None)
        for name, equals, value in pairs
    ]


def encode_pairs(pairs: Iterable[tuple[str, str | None]]) -> str:
    """Return the encoded query or form of (name, value) pairs."""
    return "&".join(
        _encode_component(name)
        if value is None
        else f"{_encode_component(name)}={_encode_component(value)}"
        for name, value in pairs
    )


def _encode_component(text: str) -> str:
    # JSON can contain lone surrogates, which UTF-8 cannot encode.
    return quote(text, safe="", errors="surrogatepass")


def decode_component(text: str) -> str:
    """Decode `+` and `%hh`; leave invalid escapes and non-UTF-8 bytes encoded."""
    spaced = text.replace("+", " ")
    if "%" not in spaced:
        return spaced
    try:
        return unquote_to_bytes(spaced).decode("utf-8")
    except UnicodeDecodeError:
        return text


NO_HEADERS = Headers()
NO_QUERY = Query()
EMPTY_QUERY = Query(text="")  # of a request that was sent


class _HttpPart:
    """The fields and methods common to requests and responses."""

    __slots__ = ()

    headers: Headers
    body: Body

    @property
    def text(self) -> str:
        """The body as it is sent, decoded as UTF-8.

        Raises: UnicodeDecodeError if it is not valid UTF-8.
        """
        return get_sent_body(
            self.body, self.headers.first("content-type")
        ).content.decode()

    @property
    def json(self) -> Any:
        """The body parsed as JSON, a new value at each access.

        Raises: ValueError if it is not valid JSON.
        """
        import json  # noqa: PLC0415 -- few read it

        return json.loads(self.text)

    @property
    def content_type(self) -> ContentType:
        """The content type of the body, else of the header, else a guess.

        The boundary of a multipart body is that of the header.
        """
        return resolve_full_type(self.body, self.headers.first("content-type"))


@dataclass(frozen=True, slots=True)
class Request(_HttpPart):
    """An HTTP request; `path` is still percent-encoded and has no query.

    `written` has the members as they were in a pact file, if they cannot be written
    like that from the other fields.
    """

    method: str = "GET"
    path: str = "/"
    query: Query = NO_QUERY
    headers: Headers = NO_HEADERS
    body: Body = MISSING_BODY
    rules: MatchingRules = field(default_factory=dict)
    generators: Generators = field(default_factory=dict)
    unknown: Mapping[str, Json] = field(default_factory=dict)
    written: Mapping[str, Json] | None = field(default=None, compare=False)

    @classmethod
    def from_http(
        cls,
        method: str,
        target: str,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Request:
        """Create a request from the data that was sent.

        `target` is the encoded path with the encoded query, `headers` are the header
        lines in order. A body of zero bytes is EMPTY, None is MISSING.
        """
        path, _, query = target.partition("?")
        return cls(
            method=method.upper(),
            path=path,
            query=Query.from_text(query) if query else EMPTY_QUERY,
            headers=Headers.from_lines(headers),
            body=MISSING_BODY if body is None else Body.of(body),
        )


@dataclass(frozen=True, slots=True)
class Response(_HttpPart):
    """An HTTP response; `written` is that of `Request`."""

    status: int = 200
    headers: Headers = NO_HEADERS
    body: Body = MISSING_BODY
    rules: MatchingRules = field(default_factory=dict)
    generators: Generators = field(default_factory=dict)
    unknown: Mapping[str, Json] = field(default_factory=dict)
    written: Mapping[str, Json] | None = field(default=None, compare=False)

    @classmethod
    def from_http(
        cls,
        status: int,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
    ) -> Response:
        """Create a response from the data that was received.

        `headers` are the header lines in order. A body of zero bytes is EMPTY, None is
        MISSING.
        """
        return cls(
            status=status, headers=Headers.from_lines(headers), body=Body.of(body)
        )


def resolve_content_type(body: Body, declared: str | None) -> ContentType:
    """Return the content type of `body`: its own, else `declared`, else a guess.

    Source: docs/internals/specification.md, "4.1 Content type".
    """
    if body.content_type is not None:
        return body.content_type
    if declared is not None and (found := parse_content_type(declared)) is not None:
        return found
    return guess_content_type(body.content) if body.is_present else UNKNOWN_CONTENT_TYPE


def resolve_full_type(body: Body, declared: str | None) -> ContentType:
    """Return the content type with which `body` is parsed.

    Other tools declare a multipart type without its boundary with the body, and with
    the boundary in the header. Each body was written with the boundary of its header.
    """
    found = body.content_type or resolve_content_type(body, declared)
    if found.main == "multipart" and declared is not None:
        of_header = parse_content_type(declared)
        if (
            of_header is not None
            and of_header.essence == found.essence
            and of_header.get_parameter("boundary")
        ):
            return of_header
    return found


def get_sent_body(body: Body, declared: str | None) -> Body:
    """Return a body as it is sent: a null of JSON type is the JSON value null.

    A null of any other type, or without a type, is no body.
    """
    if body.state is not BodyState.NULL:
        return body
    if not declares_json(body.content_type, declared):
        return MISSING_BODY
    return Body.of(b"null", body.content_type, body.hint)


def declares_json(own: ContentType | None, declared: str | None) -> bool:
    """Return whether the type of a body itself, else that of its header, is JSON."""
    if own is None and declared is not None:
        own = parse_content_type(declared)
    return own is not None and is_handled_as_json(own)


def format_target(path: str, query: Query) -> str:
    """Return a request target: the path, and the query if there is one."""
    text = query.encoded()
    return f"{path}?{text}" if text else path


@functools.lru_cache(maxsize=256)
def forbids_body(method: str | None, status: int) -> bool:
    """Return whether a response to `method` with `status` is sent without a body.

    Source: RFC 9110, "HEAD", "204 No Content" and "304 Not Modified".
    """
    return method == "HEAD" or status < 200 or status in (204, 304)


@functools.lru_cache(maxsize=512)
def is_token(text: str) -> bool:
    """Return whether `text` is a valid method or header name."""
    return _TOKEN.fullmatch(text) is not None


_TOKEN = compile_later(TOKEN)
