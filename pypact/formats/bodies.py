"""How does a body stand in a file, and what does a body in a file mean?

Up to v3 a body is any JSON, and a text means what the content type says. In v4 it is an
object that says itself what it holds. What is written is what the reader takes back.

Source: semantics section 1.5, "Bodies: absent, null, empty, present".
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from pypact.formats.checks import encoded, json_text
from pypact.formats.losses import Losses
from pypact.formats.notices import tolerate
from pypact.model.body import EMPTY, MISSING, NULL, Body, BodyState
from pypact.model.content_types import (
    ContentType,
    parse_content_type,
    sniff,
)
from pypact.model.http import content_type_of
from pypact.model.json_text import Json, compact, parse

__all__ = ["json_bytes", "read_entity", "read_plain", "write_entity", "write_plain"]


def read_plain(data: Json, declared: str | None, place: str) -> Body:
    """Read a body of v1 to v3; `declared` is the text of the Content-Type header."""
    if data is None:
        return NULL
    if data == "":
        return EMPTY
    if not isinstance(data, str):
        return Body.of(json_bytes(data, place))
    return Body.of(_plain_text(data, declared))


def write_plain(body: Body, declared: str | None, losses: Losses) -> Json:
    """Write a body of v1 to v3 that is not Missing."""
    if body.state is BodyState.NULL:
        return None
    if body.state is BodyState.EMPTY:
        return ""
    for written, means in _plain_forms(body, declared):
        if not isinstance(written, str) or _plain_text(written, declared) == means:
            return written
    losses.lose(f"a body that neither JSON nor text nor base64 holds ({declared})")
    return _base64(body.content)


def read_entity(data: Json, declared: str | None, place: str) -> Body:
    """Read a body, or the contents of a message, of v4."""
    if data is None:
        return NULL
    if not isinstance(data, dict):
        tolerate(place, "a body is an object with 'content'; this is taken as JSON")
        return Body.of(json_bytes(data, place))
    if "content" not in data:
        if data.keys() <= _ENTITY:
            return MISSING
        tolerate(place, "a body without 'content' is taken whole")
        return Body.of(json_bytes(data, place))
    if data["content"] is None:
        return NULL
    own = _own_type(data.get("contentType"))
    content = _entity_content(data, own, declared, place)
    return Body.of(content, own, _hint(data.get("contentTypeHint"), place))


def write_entity(body: Body, declared: str | None) -> dict[str, Json]:
    """Write a body, or the contents of a message, of v4 that is not Missing."""
    if body.state is BodyState.NULL:
        return {"content": None}
    if body.state is BodyState.EMPTY:
        return {"content": "", **_described(body, body.content_type)}
    found = content_type_of(body, declared)
    return {**_entity_form(body, found), **_described(body, found)}


def json_bytes(value: Json, place: str) -> bytes:
    """Write a JSON value as the bytes of a body.

    A lone surrogate, which JSON text can name and UTF-8 cannot hold, stays escaped.
    """
    return encoded(json_text(value, place))


def _plain_text(text: str, declared: str | None) -> bytes:
    found = parse_content_type(declared) if declared is not None else None
    if found is None:
        found = sniff(_utf8(text))
    if found.is_json:
        return encoded(text if _is_json_text(text) else compact(text))
    if found.is_text:
        return _utf8(text)
    return _from_base64(text) or _utf8(text)


def _plain_forms(body: Body, declared: str | None) -> Iterator[tuple[Json, bytes]]:
    # Each way to write the content, with the bytes that the reader must make of it.
    if content_type_of(body, declared).is_json:
        try:
            value = parse(body.content)
        except ValueError:
            pass
        else:
            yield value, encoded(compact(value))
            yield compact(value), encoded(compact(value))
    text = _text(body.content)
    if text is not None:
        yield text, body.content
    yield _base64(body.content), body.content


def _is_json_text(text: str) -> bool:
    # Peers: the reference takes the text of a list as a string, and any other text
    # between quotes that it does not escape.
    if _JSON_TEXT.match(text) is None:
        return False
    try:
        parse(text)
    except ValueError:
        return False
    return True


def _entity_content(
    data: dict[str, Json], own: ContentType | None, declared: str | None, place: str
) -> bytes:
    content, encoding = data["content"], data.get("encoded")
    if not isinstance(content, str):
        return json_bytes(content, place)
    if isinstance(encoding, str) and encoding.lower() == "json":
        return encoded(content)
    if isinstance(encoding, str) and encoding.lower() == "base64":
        decoded = _from_base64(content)
        if decoded is None:
            tolerate(place, "the content is not base64; its text is taken")
        return _utf8(content) if decoded is None else decoded
    if encoding not in (None, False):
        tolerate(place, f"the encoding {encoding!r} is not known; the text is taken")
        return _utf8(content)
    if own is None and declared is not None:
        own = parse_content_type(declared)
    if content and own is not None and own.is_json:
        return encoded(compact(content))
    return _utf8(content)


def _entity_form(body: Body, found: ContentType) -> dict[str, Json]:
    if found.is_json:
        try:
            return {"content": parse(body.content), "encoded": False}
        except ValueError:
            return {"content": _base64(body.content), "encoded": "base64"}
    is_binary = found.is_binary and body.hint != "TEXT"
    text = None if is_binary or body.hint == "BINARY" else _text(body.content)
    if text is None:
        return {"content": _base64(body.content), "encoded": "base64"}
    return {"content": text, "encoded": False}


def _described(body: Body, found: ContentType | None) -> dict[str, Json]:
    described: dict[str, Json] = {}
    if found is not None:
        described["contentType"] = str(found)
    if body.hint is not None:
        described["contentTypeHint"] = body.hint
    return described


def _own_type(data: Json) -> ContentType | None:
    return parse_content_type(data) if isinstance(data, str) else None


def _hint(data: Json, place: str) -> str | None:
    if data is None or (isinstance(data, str) and data in _HINTS):
        return data
    tolerate(place, f"the content type hint {data!r} is not known")
    return None


def _utf8(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")


def _from_base64(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


_ENTITY = {"content", "contentType", "contentTypeHint", "encoded"}
_HINTS = ("BINARY", "TEXT", "DEFAULT")
_JSON_TEXT = re.compile(r'\s*[{\["]')
