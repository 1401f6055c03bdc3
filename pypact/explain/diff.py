"""How do two whole bodies differ, leaving out what the rules accept?

What no mismatch speaks of is taken from the actual side before the two are compared
line by line, so that only real differences are marked: `-` expected, `+` actual.

Source: verification.md, section 7 (principles 3, 4 and 8).
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator

from pypact.explain.values import cut
from pypact.model.body import Body
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json, parse, pretty
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.paths import parse_path

__all__ = ["body_diff"]


def body_diff(
    expected: Body,
    actual: Body,
    mismatches: Iterable[Mismatch],
    *,
    content_type: ContentType,
    strict: bool,
) -> list[str]:
    """Write the lines of the diff; none where a diff would say nothing.

    `content_type` is the expected one; `strict` tells whether keys that are not
    expected are a difference, as they are in a request.
    """
    found = [one for one in mismatches if one.kind == Kind.BODY]
    sizes = len(expected.content), len(actual.content)
    if not found or not all(sizes) or max(sizes) > _LARGEST:
        return []
    texts = _texts(expected, actual, found, content_type, strict=strict)
    if texts is None or texts[0] == texts[1]:
        return []
    keys = _without_commas if content_type.is_json else list
    return _limited(_lines(texts[0].splitlines(), texts[1].splitlines(), keys))


def _texts(
    expected: Body,
    actual: Body,
    mismatches: list[Mismatch],
    content_type: ContentType,
    *,
    strict: bool,
) -> tuple[str, str] | None:
    try:
        if not content_type.is_json:
            return expected.content.decode(), actual.content.decode()
        wanted, got = parse(expected.content), parse(actual.content)
        seen = _accepting(wanted, got, _tree(mismatches), strict=strict)
        return pretty(seen, sort_keys=True), pretty(got, sort_keys=True)
    except (ValueError, RecursionError):
        return None  # not readable, and the mismatches say so


class _Spot:
    """One place of the body; `differs` where a mismatch is exactly here."""

    __slots__ = ("below", "differs")

    def __init__(self) -> None:
        self.differs = False
        self.below: dict[str, _Spot] = {}


def _tree(mismatches: Iterable[Mismatch]) -> _Spot:
    root = _Spot()
    for mismatch in mismatches:
        spot = root
        for token in parse_path(mismatch.path).tokens:
            spot = spot.below.setdefault(str(token), _Spot())
        spot.differs = True
    return root


def _accepting(
    expected: Json, actual: Json, spot: _Spot | None, *, strict: bool
) -> Json:
    """Take the expected value where `spot` says it differs, else the actual one."""
    if spot is None:
        return actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        merged: Json = dict(_members(expected, actual, spot, strict=strict))
    elif isinstance(expected, list) and isinstance(actual, list):
        merged = list(_items(expected, actual, spot, strict=strict))
    else:
        return expected
    # A rule on the whole failed, as of arrayContains: then the whole is shown.
    return expected if spot.differs and merged == actual else merged


def _members(
    expected: dict[str, Json], actual: dict[str, Json], spot: _Spot, *, strict: bool
) -> Iterator[tuple[str, Json]]:
    for key, value in actual.items():
        if key in expected:
            below = spot.below.get(key)
            yield key, _accepting(expected[key], value, below, strict=strict)
        elif key in spot.below:
            # A key of the actual side that a rule of the map refused.
            continue
        elif not (strict and spot.differs):
            yield key, value
    if spot.differs:
        yield from ((key, expected[key]) for key in expected if key not in actual)


def _items(
    expected: list[Json], actual: list[Json], spot: _Spot, *, strict: bool
) -> Iterator[Json]:
    for index, value in enumerate(actual):
        if index < len(expected):
            below = spot.below.get(str(index))
            yield _accepting(expected[index], value, below, strict=strict)
        elif expected and (below := spot.below.get(str(index))) is not None:
            yield _accepting(expected[0], value, below, strict=strict)
        elif not spot.differs:
            yield value
    if spot.differs:
        yield from expected[len(actual) :]


def _lines(
    expected: list[str],
    actual: list[str],
    keys: Callable[[list[str]], list[str]],
) -> Iterator[str]:
    """Mark the lines of both sides, leaving out what is far from any difference."""
    matcher = difflib.SequenceMatcher(None, keys(expected), keys(actual))
    shows_all = max(len(expected), len(actual)) <= _MOST_LINES // 2
    groups = [matcher.get_opcodes()] if shows_all else matcher.get_grouped_opcodes()
    for group in groups:
        if group[0][1]:
            yield "  …"
        for tag, low, high, start, stop in group:
            if tag == "equal":
                yield from (f"  {line}" for line in actual[start:stop])
            else:
                yield from (f"- {line}" for line in expected[low:high])
                yield from (f"+ {line}" for line in actual[start:stop])


def _without_commas(lines: list[str]) -> list[str]:
    # Whether a comma follows says only that something else follows.
    return [line.rstrip(",") for line in lines]


def _limited(lines: Iterable[str]) -> list[str]:
    found = [cut(line) for line in lines]
    more = len(found) - _MOST_LINES
    if more <= 0:
        return found
    return [*found[:_MOST_LINES], f"  … {more} more lines"]


_MOST_LINES = 40

# difflib needs up to 300 ms for half a megabyte.
_LARGEST = 64 * 1024
