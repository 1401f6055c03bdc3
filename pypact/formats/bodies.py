"""Read and write the bodies in pact files.

Up to v3 a body is any JSON value; how a string is read depends on the content type. In
v4 it is an object with the content and its encoding. A body that is written and read
again is unchanged.

Source: docs/internals/specification.md, "1.5 Bodies".
"""

from __future__ import annotations

import base64
import binascii
import contextlib
from collections.abc import Iterator

from pypact._lazy import compile_later
from pypact.errors import tolerate
from pypact.formats.base import Conversion, dump_checked_json, encode_json
from pypact.model.body import (
    EMPTY_BODY,
    MISSING_BODY,
    NULL_BODY,
    Body,
    BodyState,
    ContentType,
    decode_text,
    encode_text,
    find_content_kind,
    guess_content_type,
    is_handled_as_json,
    parse_content_type,
)
from pypact.model.http import declares_json, resolve_content_type
from pypact.model.json import Json, dump_json, parse_json


def read_plain_body(data: Json, declared: str | None, place: str) -> Body:
    """Read a body of v1 to v3; `declared` is the value of the Content-Type header."""
    if data is None:
        return NULL_BODY
    if data == "":
        return EMPTY_BODY
    if not isinstance(data, str):
        return Body(BodyState.PRESENT, encode_json_body(data, place))
    return Body.of(_decode_string(data, declared))


def write_plain_body(body: Body, declared: str | None, conversion: Conversion) -> Json:
    """Return the JSON of a body of v1 to v3 that is not MISSING."""
    if body.state is BodyState.EMPTY:
        return ""
    is_json = declares_json(body.content_type, declared)
    if body.state is BodyState.NULL or (is_json and body.content.strip() == b"null"):
        if is_json:
            conversion.warn("a body that is JSON null; other tools read it as no body")
        return None
    for written, content in _list_candidate_forms(body, declared):
        if not isinstance(written, str):
            return written
        if written and _decode_string(written, declared) == content:
            return written
    conversion.drop(
        f"a body that is not valid as JSON, text or base64 (content type {declared})"
    )
    return _encode_base64(body.content)


def read_body_entity(data: Json, declared: str | None, place: str) -> Body:
    """Read a body, or the contents of a message, of v4."""
    if data is None:
        return NULL_BODY
    if not isinstance(data, dict):
        problem = "expected a body object with 'content'; read the value as a JSON body"
        tolerate(place, problem)
        return Body.of(encode_json_body(data, place))
    if "content" not in data:
        if data.keys() <= _ENTITY_MEMBERS:
            return MISSING_BODY
        problem = (
            "a body object without 'content'; read the whole object as a JSON body"
        )
        tolerate(place, problem)
        return Body.of(encode_json_body(data, place))
    written = data.get("contentType")
    own = parse_content_type(written) if isinstance(written, str) else None
    hint = _parse_hint(data.get("contentTypeHint"), place)
    if data["content"] is None:
        return Body(BodyState.NULL, b"", own, hint)
    content = _read_entity_content(data, own, declared, place)
    if content.strip() == b"null" and declares_json(own, declared):
        return Body(BodyState.NULL, b"", own, hint)
    return Body.of(content, own, hint)


def write_body_entity(body: Body, declared: str | None) -> dict[str, Json]:
    """Return the JSON of a body, or message contents, of v4 that is not MISSING."""
    if body.state is BodyState.NULL and declares_json(body.content_type, declared):
        found = resolve_content_type(body, declared)
        null = {"content": "null", "encoded": "json"}
        return {**null, **_write_type_members(body, found)}
    if not body.is_present:
        content = None if body.state is BodyState.NULL else ""
        return {"content": content, **_write_type_members(body, body.content_type)}
    found = resolve_content_type(body, declared)
    return {**_write_entity_content(body, found), **_write_type_members(body, found)}


def encode_json_body(value: Json, place: str) -> bytes:
    """Return the bytes of a JSON body."""
    text = dump_checked_json(value, place)
    return text.encode() if text.isascii() else encode_json(text)


def _decode_string(text: str, declared: str | None) -> bytes:
    found = parse_content_type(declared) if declared is not None else None
    if found is None:
        found = guess_content_type(encode_text(text))
    notation = find_content_kind(found).notation
    if notation == "json":
        return encode_json(text if _is_json_text(text) else dump_json(text))
    decoded = _decode_base64(text) if notation == "base64" else None
    return decoded or encode_text(text)


def _list_candidate_forms(
    body: Body, declared: str | None
) -> Iterator[tuple[Json, bytes]]:
    # Each way to write the content, with the bytes that reading it must yield.
    if is_handled_as_json(resolve_content_type(body, declared)):
        with contextlib.suppress(ValueError):
            value = parse_json(body.content)
            written = dump_json(value)
            yield from ((form, encode_json(written)) for form in (value, written))
    text = decode_text(body.content, "surrogatepass")
    if text is not None:
        yield text, body.content
    yield _encode_base64(body.content), body.content


def _is_json_text(text: str) -> bool:
    # Peers: the reference reads a JSON list in a string as a plain string, and accepts
    # unescaped quotes inside other quoted strings.
    if _JSON_TEXT.match(text) is None:
        return False
    with contextlib.suppress(ValueError):
        parse_json(text)
        return True
    return False


def _read_entity_content(
    data: dict[str, Json], own: ContentType | None, declared: str | None, place: str
) -> bytes:
    content, encoding = data["content"], data.get("encoded")
    if not isinstance(content, str):
        return encode_json_body(content, place)
    if isinstance(encoding, str) and encoding.lower() == "json":
        return encode_json(content)
    if isinstance(encoding, str) and encoding.lower() == "base64":
        if (decoded := _decode_base64(content)) is not None:
            return decoded
        tolerate(place, "the content is not valid base64; read it as a plain string")
        return encode_text(content)
    if encoding not in (None, False):
        problem = f"unknown encoding {encoding!r}; read the content as a plain string"
        tolerate(place, problem)
        return encode_text(content)
    if content and declares_json(own, declared):
        return encode_json(dump_json(content))
    return encode_text(content)


def _write_entity_content(body: Body, found: ContentType) -> dict[str, Json]:
    notation = find_content_kind(found).notation
    content: Json = None
    if notation == "json":
        with contextlib.suppress(ValueError):
            content = parse_json(body.content)
            if content in (None, ""):  # other tools read these as empty bodies
                return {"content": dump_json(content), "encoded": "json"}
            return {"content": content, "encoded": False}
        content = None
    elif body.hint == "TEXT" or (notation == "text" and body.hint != "BINARY"):
        content = decode_text(body.content, "surrogatepass")
    if content is None:
        return {"content": _encode_base64(body.content), "encoded": "base64"}
    return {"content": content, "encoded": False}


def _write_type_members(body: Body, found: ContentType | None) -> dict[str, Json]:
    members: dict[str, Json] = {}
    if found is not None:
        members["contentType"] = str(found)
    if body.hint is not None:
        members["contentTypeHint"] = body.hint
    return members


def _parse_hint(data: Json, place: str) -> str | None:
    if data is None or (isinstance(data, str) and data in _HINTS):
        return data
    tolerate(place, f"unknown content type hint {data!r}; ignored")
    return None


def _encode_base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _decode_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


_ENTITY_MEMBERS = {"content", "contentType", "contentTypeHint", "encoded"}
_HINTS = ("BINARY", "TEXT", "DEFAULT")
_JSON_TEXT = compile_later(r'\s*[{\["]')
