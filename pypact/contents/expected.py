"""What does a comparator compile, and what does it make of it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from pypact.model.content_types import ContentType
from pypact.model.mismatches import Mismatch
from pypact.model.rules import RuleList

__all__ = ["BodyPlan", "Compile", "ExpectedBody"]


class BodyPlan(Protocol):
    """An expected body, compiled with its rules."""

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual body; `content_type` is its own type."""
        ...


@dataclass(frozen=True, slots=True)
class ExpectedBody:
    """An expected body with its content type and rules, ready to be compiled.

    `rules` maps rule paths to rule lists. `strict` is true for requests: further keys
    or child elements are mismatches (semantics 3.6). `hint` is v4's `contentTypeHint`:
    BINARY, TEXT or DEFAULT.
    """

    content: bytes
    content_type: ContentType
    rules: Mapping[str, RuleList]
    strict: bool
    hint: str | None = None


Compile: TypeAlias = Callable[[ExpectedBody], BodyPlan]
"""Compile an expected body; never raises: an invalid body is a mismatch."""
