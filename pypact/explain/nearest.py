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
    """An interaction compared with a request that does not match it.

    `path` is the similarity of the two paths, from 0 to 1; `closeness` is the weighted
    similarity of all parts.
    """

    interaction: HttpInteraction
    mismatches: tuple[Mismatch, ...]
    path: float
    closeness: float

    @property
    def is_alike(self) -> bool:
        """Whether the paths are equal or similar."""
        return self.path >= _LEAST_SIMILAR

    @property
    def differs_in(self) -> str:
        """The parts of the request that differ: `path, query`."""
        return ", ".join(dict.fromkeys(one.kind for one in self.mismatches))


def nearest(request: Request, interactions: Iterable[HttpInteraction]) -> list[Near]:
    """Return the interactions closest to a request, closest first.

    Equally close interactions keep their order.
    """
    best = heapq.nlargest(_MOST_COMPARED, interactions, key=_rough_score(request))
    near = [_compare_interaction(request, interaction) for interaction in best]
    return sorted(near, key=lambda one: -one.closeness)


def _compare_interaction(request: Request, interaction: HttpInteraction) -> Near:
    mismatches = compile_request(interaction).check(request)
    count = Counter(mismatch.kind for mismatch in mismatches)
    has_path = not count[Kind.PATH]
    path = 1.0 if has_path else _path_similarity(interaction.request.path, request.path)
    closeness = (
        # Even the most similar wrong path counts at most half as much as the right one.
        _PATH * (path if has_path else path / 2)
        + _METHOD * (not count[Kind.METHOD])
        + _BODY / (1 + count[Kind.BODY] + 2 * count[Kind.BODY_TYPE])
        + _QUERY / (1 + count[Kind.QUERY])
        + _HEADERS / (1 + count[Kind.HEADER])
    )
    return Near(interaction, tuple(mismatches), path, closeness)


def _path_similarity(expected: str, actual: str) -> float:
    return difflib.SequenceMatcher(
        None, expected[:_LONGEST_PATH], actual[:_LONGEST_PATH]
    ).ratio()


def _rough_score(request: Request) -> Callable[[HttpInteraction], float]:
    paths: dict[str, float] = {}
    pairs = set(request.query.items())
    content = request.body.content[:_BODY_EXCERPT]

    def score(interaction: HttpInteraction) -> float:
        expected = interaction.request
        path = paths.get(expected.path)
        if path is None:
            path = paths[expected.path] = _rough_similarity(expected.path, request.path)
        # A path with a rule may match although its example differs.
        has_rule = bool(expected.rules.get("path"))
        return (
            _PATH * (max(path, _MOST_SIMILAR) if has_rule else path)
            + _METHOD * (expected.method == request.method)
            + _BODY * _rough_similarity(expected.body.content[:_BODY_EXCERPT], content)
            + _QUERY / (1 + len(pairs.symmetric_difference(expected.query.items())))
        )

    return score


def _rough_similarity(expected: AnyStr, actual: AnyStr) -> float:
    """Return the similarity, from 0 to 1, by the common start and end."""
    if expected == actual:
        return 1.0
    start = _common_start(expected, actual)
    end = _common_start(expected[start:][::-1], actual[start:][::-1])
    return (start + end) / max(len(expected), len(actual)) * _MOST_SIMILAR


def _common_start(one: AnyStr, other: AnyStr) -> int:
    for index, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return index
    return min(len(one), len(other))


# The weight of each part.
_PATH, _METHOD, _BODY, _QUERY, _HEADERS = 8.0, 4.0, 2.0, 1.0, 1.0

# How many interactions are compared in full.
_MOST_COMPARED = 64

# How much of a path (in characters) and of a body (in bytes) is compared.
_LONGEST_PATH = 512
_BODY_EXCERPT = 128

# The lowest similarity of paths that are shown as similar.
_LEAST_SIMILAR = 0.6

# The highest similarity of values that are not equal.
_MOST_SIMILAR = 0.75
