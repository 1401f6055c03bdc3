"""What of a message do the team's own functions get?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from pypact.generators import Mode, apply_to_message
from pypact.model.body import BodyState
from pypact.model.interactions import Message
from pypact.model.json_text import Json, plain

__all__ = ["Payload", "Received", "received"]


class Payload(bytes):
    """The contents of a message, as they come from the wire."""

    __slots__ = ()

    def json(self) -> Any:
        """Read the contents as JSON.

        Raises: ValueError when they are none.
        """
        return json.loads(self)

    def text(self, encoding: str = "utf-8") -> str:
        """Read the contents as text.

        Raises: UnicodeDecodeError when they are none in this encoding.
        """
        return self.decode(encoding)


class Received(NamedTuple):
    """One message as it is handed out; `contents` is None where it has none."""

    contents: Payload | None
    metadata: Mapping[str, Json]


def received(
    message: Message, mode: Mode = "consumer", context: Mapping[str, Json] | None = None
) -> Received:
    """Hand a message out: generators have run, the metadata say the content type."""
    made = apply_to_message(message, mode, context or {})
    metadata = dict(made.metadata)
    if made.declared_type is None and made.contents.content_type is not None:
        metadata["contentType"] = str(made.contents.content_type)
    body = made.contents
    if body.state is BodyState.MISSING:
        contents = None
    else:
        contents = Payload(b"null" if body.state is BodyState.NULL else body.content)
    return Received(contents, plain(metadata))
