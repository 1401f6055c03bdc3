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
    """An expected JSON body, compared without the prefix of the wire format."""

    __slots__ = ("_json",)

    def __init__(self, expected: ExpectedBody) -> None:
        self._json = JsonPlan(
            replace(expected, content=_strip_wire_prefix(expected.content))
        )

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body, with or without the prefix."""
        return self._json.check(_strip_wire_prefix(actual), content_type)


def _strip_wire_prefix(content: bytes) -> bytes:
    return content[5:] if content.startswith(b"\0") else content
