"""Which message did a function of the provider mean?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pypact.bodies import Contents
from pypact.model.body import MISSING, Body
from pypact.model.content_types import parse_content_type
from pypact.model.interactions import Message
from pypact.model.json_text import Json, compact

__all__ = ["made_message"]


def made_message(given: Any, expected: Message) -> Message:
    """Convert what a message function returned to a message.

    `given` is the contents, or a tuple of contents and metadata. If the metadata
    declare no content type, it is derived from the contents and put into the metadata
    under the name that the contract uses, as a transport would do.

    Raises: ValueError if `given` is not a valid message.
    """
    contents, metadata = given, {}
    if isinstance(given, tuple):
        if len(given) != 2 or not isinstance(given[1], (Mapping, type(None))):
            raise ValueError(
                "expected contents or a tuple (contents, metadata), got the tuple "
                f"{given!r}"
            )
        contents, metadata = given[0], dict(given[1] or {})
    message = Message(_as_body(contents), metadata)
    if message.declared_type is not None:
        return replace(message, contents=replace(message.contents, content_type=None))
    if message.content_type.is_json and expected.content_type.is_json:
        # Plain JSON data has the contract's own JSON media type, such as
        # application/vnd.user+json.
        typed = replace(message.contents, content_type=expected.content_type)
        message = replace(message, contents=typed)
    if not message.contents.content:
        return message
    declared = {
        name: str(message.content_type)
        for name in expected.metadata
        if name.lower() in _TYPE_NAMES
    }
    return replace(message, metadata={**metadata, **declared})


def _as_body(contents: Json) -> Body:
    if contents is None:
        return MISSING
    if isinstance(contents, Body):
        return contents
    if isinstance(contents, Contents):
        return contents.body
    if isinstance(contents, (bytes, bytearray, memoryview)):
        return Body.of(bytes(contents))
    if isinstance(contents, str):
        return Body.of(contents.encode("utf-8", "surrogatepass"))
    try:
        text = compact(contents)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{type(contents).__name__} is not bytes, a string or JSON data: {error}"
        ) from error
    return Body.of(text.encode("utf-8", "surrogatepass"), _JSON)


_TYPE_NAMES = ("contenttype", "content-type")
_JSON = parse_content_type("application/json")
