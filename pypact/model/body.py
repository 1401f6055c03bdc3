"""What does a message carry: nothing said, null, nothing at all, or content?

Source: semantics section 1.5, "Bodies: absent, null, empty, present".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from pypact.model.content_types import ContentType

__all__ = ["EMPTY", "MISSING", "NULL", "Body", "BodyState"]


class BodyState(Enum):
    """The four different things a body can be."""

    MISSING = "missing"
    NULL = "null"
    EMPTY = "empty"
    PRESENT = "present"


@dataclass(frozen=True, slots=True)
class Body:
    """A body; two are equal when their states and bytes are.

    `content_type` is the body's own declared type (a v4 body entity's `contentType`),
    not that of a header and not a guess. `hint` is v4's `contentTypeHint`: BINARY, TEXT
    or DEFAULT.
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
        """Make a body of bytes: None is Missing, zero bytes are Empty."""
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
NULL = Body(BodyState.NULL)
EMPTY = Body(BodyState.EMPTY)
