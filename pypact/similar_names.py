"""Find the known name that a misspelt one resembles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pypact._lazy import import_later

if TYPE_CHECKING:
    import difflib
else:
    difflib = import_later("difflib")


def find_similar_name(
    name: str, known: Iterable[str], *, least_similarity: float = 0.6
) -> str | None:
    """Return the most similar of the known names, or None.

    Names that are equal have a similarity of 1.
    """
    # A long name takes time that grows with the square of its length.
    start = name[:_LONGEST_NAME]
    near = difflib.get_close_matches(start, known, 1, least_similarity)
    return near[0] if near else None


_LONGEST_NAME = 40
