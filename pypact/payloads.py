"""Pass messages to user functions as contents and metadata."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from pypact._lazy import import_later
from pypact.model.body import BodyState
from pypact.model.http import get_sent_body
from pypact.model.interactions import Message
from pypact.model.json import Json, decimals_to_floats

if TYPE_CHECKING:
    from pypact import generators
    from pypact.generators import Mode
else:
    generators = import_later("pypact.generators")


class Payload(bytes):
    """The contents of a message, as bytes."""

    __slots__ = ()

    def json(self) -> Any:
        """Return the contents parsed as JSON.

        Raises: ValueError, if they are not valid JSON.
        """
        return json.loads(self)

    def text(self, encoding: str = "utf-8") -> str:
        """Return the contents decoded as a string.

        Raises: UnicodeDecodeError, if they are not valid in this encoding.
        """
        return self.decode(encoding)


class Received(NamedTuple):
    """A message as passed to a user's function; `contents` is None if it has none."""

    contents: Payload | None
    metadata: Mapping[str, Json]


def receive_message(
    message: Message, mode: Mode = "consumer", context: Mapping[str, Json] | None = None
) -> Received:
    """Return a message as passed to a user's function.

    Its generators are applied, and the metadata contain its content type.
    """
    generated = generators.apply_to_message(message, mode, context or {})
    metadata = dict(generated.metadata)
    if generated.declared_type is None and generated.contents.content_type is not None:
        metadata["contentType"] = str(generated.contents.content_type)
    body = get_sent_body(generated.contents, generated.declared_type)
    contents = None if body.state is BodyState.MISSING else Payload(body.content)
    return Received(contents, decimals_to_floats(metadata))
