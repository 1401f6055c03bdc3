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
    """An expected body, compiled."""

    def check(self, actual: bytes, content_type: ContentType) -> list[Mismatch]:
        """Compare an actual body, of its actual content type, with the expected one."""
        ...


@dataclass(frozen=True, slots=True)
class ExpectedBody:
    """What a comparator compiles: an expected body, its type, and the body's rules.

    `rules` is path expression → rules; `strict` holds for requests (semantics 3.6);
    `hint` is v4's `contentTypeHint`: BINARY, TEXT or DEFAULT.
    """

    content: bytes
    content_type: ContentType
    rules: Mapping[str, RuleList]
    strict: bool
    hint: str | None = None


Compile: TypeAlias = Callable[[ExpectedBody], BodyPlan]
"""Compile an expected body; raises nothing: what is wrong becomes a mismatch."""
