"""Represent the body of a request, response or message.

Source: semantics section 1.5, "Bodies: absent, null, empty, present".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pypact.model.content_types import ContentType

__all__ = ["EMPTY", "MISSING", "NULL", "Body", "BodyState"]


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


MISSING = Body(BodyState.MISSING)
"""No body is declared."""

NULL = Body(BodyState.NULL)
"""The body is declared as null."""

EMPTY = Body(BodyState.EMPTY)
"""A body of zero bytes."""
