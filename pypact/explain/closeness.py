"""Find the interactions that are closest to a request.

All interactions are scored roughly, by their strings alone, and only the best are
compared in full, so that one mismatch among thousands of interactions does not take
seconds.

Source: docs/internals/verification.md, "Closeness".
"""

from __future__ import annotations

import difflib
import heapq
from collections import Counter
from collections.abc import Callable, Iterable
from typing import AnyStr

from pypact._dataclasses import dataclass
from pypact.matching.plans import compile_request
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.mismatches import Mismatch, MismatchKind


@dataclass(frozen=True, slots=True)
class ComparedInteraction:
    """An interaction compared with a request that does not match it.

    `path` is the similarity of the two paths, from 0 to 1; `closeness` is the weighted
    similarity of all parts.
    """

    interaction: HttpInteraction
    mismatches: tuple[Mismatch, ...]
    path: float
    closeness: float

    @property
    def has_similar_path(self) -> bool:
        """Whether the paths are equal or similar."""
        return self.path >= _LEAST_SIMILAR

    @property
    def differing_parts(self) -> str:
        """The parts of the request that differ: `path, query`."""
        return ", ".join(dict.fromkeys(one.kind for one in self.mismatches))


def find_nearest(
    request: Request, interactions: Iterable[HttpInteraction]
) -> list[ComparedInteraction]:
    """Return the interactions closest to a request, closest first."""
    best = heapq.nlargest(_MOST_COMPARED, interactions, key=_make_rough_score(request))
    near = [_compare_interaction(request, interaction) for interaction in best]
    return sorted(near, key=lambda one: -one.closeness)


def _compare_interaction(
    request: Request, interaction: HttpInteraction
) -> ComparedInteraction:
    mismatches = compile_request(interaction).check(request)
    count = Counter(mismatch.kind for mismatch in mismatches)
    has_path = not count[MismatchKind.PATH]
    path = 1.0 if has_path else _compare_paths(interaction.request.path, request.path)
    closeness = (
        # Even the most similar wrong path counts at most half as much as the right one.
        _PATH * (path if has_path else path / 2)
        + _METHOD * (not count[MismatchKind.METHOD])
        + _BODY / (1 + count[MismatchKind.BODY] + 2 * count[MismatchKind.BODY_TYPE])
        + _QUERY / (1 + count[MismatchKind.QUERY])
        + _HEADERS / (1 + count[MismatchKind.HEADER])
    )
    return ComparedInteraction(interaction, tuple(mismatches), path, closeness)


def _compare_paths(expected: str, actual: str) -> float:
    return difflib.SequenceMatcher(
        None, expected[:_LONGEST_PATH], actual[:_LONGEST_PATH]
    ).ratio()


def _make_rough_score(request: Request) -> Callable[[HttpInteraction], float]:
    paths: dict[str, float] = {}
    pairs = set(request.query.items())
    content = request.body.content[:_BODY_EXCERPT]

    def score(interaction: HttpInteraction) -> float:
        expected = interaction.request
        path = paths.get(expected.path)
        if path is None:
            path = paths[expected.path] = _estimate_similarity(
                expected.path, request.path
            )
        # A path with a rule may match although its example differs.
        has_rule = bool(expected.rules.get("path"))
        return (
            _PATH * (max(path, _MOST_SIMILAR) if has_rule else path)
            + _METHOD * (expected.method == request.method)
            + _BODY
            * _estimate_similarity(expected.body.content[:_BODY_EXCERPT], content)
            + _QUERY / (1 + len(pairs.symmetric_difference(expected.query.items())))
        )

    return score


def _estimate_similarity(expected: AnyStr, actual: AnyStr) -> float:
    """Return the similarity, from 0 to 1, by the common start and end."""
    if expected == actual:
        return 1.0
    start = _count_common_start(expected, actual)
    end = _count_common_start(expected[start:][::-1], actual[start:][::-1])
    return (start + end) / max(len(expected), len(actual)) * _MOST_SIMILAR


def _count_common_start(one: AnyStr, other: AnyStr) -> int:
    pairs = enumerate(zip(one, other, strict=False))
    differing = (index for index, (left, right) in pairs if left != right)
    return next(differing, min(len(one), len(other)))


# The weight of each part.
_PATH, _METHOD, _BODY, _QUERY, _HEADERS = 8.0, 4.0, 2.0, 1.0, 1.0
_MOST_COMPARED = 64  # interactions that are compared in full
_LONGEST_PATH = 512  # characters that are compared
_BODY_EXCERPT = 128  # bytes that are compared
_LEAST_SIMILAR = 0.6  # the lowest similarity of paths that are shown as similar
_MOST_SIMILAR = 0.75  # the highest similarity of values that are not equal
