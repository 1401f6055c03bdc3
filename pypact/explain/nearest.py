"""Which interaction did a request most likely mean?

All are scored roughly, by text alone; only the best of them are compared in earnest, so
that a miss among thousands of interactions does not take seconds.

Source: verification.md, section 7 (closeness): method and path weigh most, then body,
query, headers.
"""

from __future__ import annotations

import difflib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import AnyStr

from pypact.matching import compile_request
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.mismatches import Kind, Mismatch

__all__ = ["Near", "nearest"]


@dataclass(frozen=True, slots=True)
class Near:
    """An interaction compared with a request that it does not match.

    `path` is the likeness of the two paths, from 0 to 1; `closeness` is that of all.
    """

    interaction: HttpInteraction
    mismatches: tuple[Mismatch, ...]
    path: float
    closeness: float

    @property
    def is_alike(self) -> bool:
        """Tell whether the paths are the same, or could be meant to be."""
        return self.path >= _ALIKE

    @property
    def differs_in(self) -> str:
        """Name the parts that differ: `path, query`."""
        return ", ".join(dict.fromkeys(one.kind for one in self.mismatches))


def nearest(request: Request, interactions: Iterable[HttpInteraction]) -> list[Near]:
    """Compare `request` with the interactions closest to it, and put the best first.

    Equally close ones keep their order.
    """
    best = heapq.nlargest(_COMPARED, interactions, key=_rough_score(request))
    near = [_compare(request, interaction) for interaction in best]
    return sorted(near, key=lambda one: -one.closeness)


def _compare(request: Request, interaction: HttpInteraction) -> Near:
    mismatches = compile_request(interaction).check(request)
    count = Counter(mismatch.kind for mismatch in mismatches)
    has_path = not count[Kind.PATH]
    path = 1.0 if has_path else _likeness(interaction.request.path, request.path)
    closeness = (
        # The likest wrong path counts half of the right one.
        _PATH * (path if has_path else path / 2)
        + _METHOD * (not count[Kind.METHOD])
        + _BODY / (1 + count[Kind.BODY] + 2 * count[Kind.BODY_TYPE])
        + _QUERY / (1 + count[Kind.QUERY])
        + _HEADERS / (1 + count[Kind.HEADER])
    )
    return Near(interaction, tuple(mismatches), path, closeness)


def _likeness(expected: str, actual: str) -> float:
    return difflib.SequenceMatcher(None, expected[:_LONGEST], actual[:_LONGEST]).ratio()


def _rough_score(request: Request) -> Callable[[HttpInteraction], float]:
    paths: dict[str, float] = {}
    pairs = set(request.query.items())
    content = request.body.content[:_EXCERPT]

    def score(interaction: HttpInteraction) -> float:
        expected = interaction.request
        path = paths.get(expected.path)
        if path is None:
            path = paths[expected.path] = _rough(expected.path, request.path)
        # A path with a rule may be the right one, whatever its example is.
        has_rule = bool(expected.rules.get("path"))
        return (
            _PATH * (max(path, _ROUGHLY) if has_rule else path)
            + _METHOD * (expected.method == request.method)
            + _BODY * _rough(expected.body.content[:_EXCERPT], content)
            + _QUERY / (1 + len(pairs.symmetric_difference(expected.query.items())))
        )

    return score


def _rough(expected: AnyStr, actual: AnyStr) -> float:
    """The share of two texts that both begin and end with."""
    if expected == actual:
        return 1.0
    start = _common_start(expected, actual)
    end = _common_start(expected[start:][::-1], actual[start:][::-1])
    return (start + end) / max(len(expected), len(actual)) * _ROUGHLY


def _common_start(one: AnyStr, other: AnyStr) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


# What each part weighs.
_PATH, _METHOD, _BODY, _QUERY, _HEADERS = 8.0, 4.0, 2.0, 1.0, 1.0

# How many interactions are compared in earnest.
_COMPARED = 64

# How much of a path is looked at for likeness, in characters; of a body, in bytes.
_LONGEST = 512
_EXCERPT = 128

_ALIKE = 0.6

# A path that is like another is still another one.
_ROUGHLY = 0.75
