"""Does this JSON in Kafka's schema registry wire format match that one?

Such a message begins with a zero byte and the number of its schema, in four bytes. The
number is the registry's own, so that contracts leave both out or their values open.

Source: the compatibility suite, V3 message_provider, "Supports messages with body
formatted for the Kafka schema registry".
"""

from __future__ import annotations

from dataclasses import replace

from pypact.contents.expected import ExpectedBody
from pypact.contents.json import JsonPlan
from pypact.model.content_types import ContentType
from pypact.model.mismatches import Mismatch

__all__ = ["SchemaRegistryPlan"]


class SchemaRegistryPlan:
    """An expected body, compared without its frame."""

    __slots__ = ("_json",)

    def __init__(self, expected: ExpectedBody) -> None:
        self._json = JsonPlan(replace(expected, content=_unframed(expected.content)))

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Compare an actual body, framed or not."""
        return self._json.check(_unframed(actual), content_type)


def _unframed(content: bytes) -> bytes:
    return content[5:] if content.startswith(b"\0") else content
