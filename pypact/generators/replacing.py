"""What becomes of a JSON value when what a path leads to is changed?

Source: semantics section 7.4, "Where".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TypeAlias

from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.paths import Path, Star, Token

__all__ = ["Make", "Places", "replaced"]

Make: TypeAlias = Callable[[Generator, Json], Json]
"""Return the value that a generator puts in place of the example."""

Places: TypeAlias = list[tuple[Path, Generator]]
"""Generators with their paths, in file order."""


def replaced(
    value: Json, tokens: tuple[Token, ...], change: Callable[[Json], Json]
) -> Json:
    """Return the value with `change` applied at each place that the tokens match."""
    if not tokens:
        return change(value)
    first, *rest = tokens
    keys = list(_matching_keys(value, first))
    if not keys:
        return value
    changed = value.copy()
    for key in keys:
        changed[key] = replaced(value[key], tuple(rest), change)
    return changed


def _matching_keys(value: Json, token: Token) -> Iterator[str | int]:
    """Yield the keys or indexes that a token matches; digits also match an index."""
    if isinstance(value, dict):
        for key in value:
            digits = token is Star.INDEX and key.isdecimal()
            if token is Star.ANY or digits or key == str(token):
                yield key
    elif isinstance(value, list):
        for index in range(len(value)):
            if isinstance(token, Star) or str(token) == str(index):
                yield index
