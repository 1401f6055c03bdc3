"""Write a line diff of two bodies that leaves out differences that the rules accept.

Actual values without a mismatch are copied to the expected side before the bodies are
compared line by line. So only real differences are marked: `-` expected, `+` actual.

Source: docs/internals/verification.md, "Principles".
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from pypact.explain.mismatches import truncate
from pypact.model.body import Body, ContentType, find_content_kind
from pypact.model.json import Json, dump_pretty_json, parse_json
from pypact.model.mismatches import Mismatch, MismatchKind
from pypact.model.rules import parse_path


def diff_bodies(
    expected: Body,
    actual: Body,
    mismatches: Iterable[Mismatch],
    *,
    content_type: ContentType,
    strict: bool,
) -> list[str]:
    """Return the lines of a diff of two bodies that leaves out accepted differences.

    The list is empty if there is no body mismatch, or if a body is empty, unreadable or
    too large. `content_type` is the expected one. With `strict`, unexpected keys are a
    difference, as they are in a request.
    """
    found = [one for one in mismatches if one.kind == MismatchKind.BODY]
    sizes = len(expected.content), len(actual.content)
    if not found or not all(sizes) or max(sizes) > _LARGEST_BODY:
        return []
    kind = find_content_kind(content_type)
    try:
        texts = kind.align(expected.content, actual.content, found, strict)
    except (ValueError, RecursionError):
        return []  # not readable; the mismatches report it
    if texts[0] == texts[1]:
        return []
    before, after = (text.splitlines() for text in texts)
    return _limit_lines(_diff_lines(before, after, kind.separator))


def align_json(
    expected: bytes,
    actual: bytes,
    mismatches: Iterable[Mismatch],
    strict: bool,  # noqa: FBT001 -- the signature of `ContentKind.align`
) -> tuple[str, str]:
    """Return two JSON bodies, indented, with the accepted differences left out."""
    before, after = parse_json(expected), parse_json(actual)
    merged = _merge(before, after, _build_place_tree(mismatches), strict=strict)
    return dump_pretty_json(merged, sort_keys=True), dump_pretty_json(
        after, sort_keys=True
    )


class _BodyPlace:
    """A place in the body; `differs` is true if a mismatch has exactly this path."""

    __slots__ = ("below", "differs")

    def __init__(self) -> None:
        self.differs = False
        self.below: dict[str, _BodyPlace] = {}


def _build_place_tree(mismatches: Iterable[Mismatch]) -> _BodyPlace:
    root = _BodyPlace()
    for mismatch in mismatches:
        place = root
        for token in parse_path(mismatch.path).tokens:
            place = place.below.setdefault(str(token), _BodyPlace())
        place.differs = True
    return root


def _merge(
    expected: Json, actual: Json, place: _BodyPlace | None, *, strict: bool
) -> Json:
    """Return the expected value where `place` differs, the actual value elsewhere."""
    if place is None:
        return actual
    if isinstance(expected, dict) and isinstance(actual, dict):
        merged: Json = dict(_merge_members(expected, actual, place, strict=strict))
    elif isinstance(expected, list) and isinstance(actual, list):
        merged = list(_merge_items(expected, actual, place, strict=strict))
    else:
        return expected
    # A rule of the whole value failed (e.g. arrayContains): show all of it.
    return expected if place.differs and merged == actual else merged


def _merge_members(
    expected: dict[str, Json],
    actual: dict[str, Json],
    place: _BodyPlace,
    *,
    strict: bool,
) -> Iterator[tuple[str, Json]]:
    for key, value in actual.items():
        if key in expected:
            below = place.below.get(key)
            yield key, _merge(expected[key], value, below, strict=strict)
        elif key in place.below:
            # An actual key that does not match a rule of the map.
            continue
        elif not (strict and place.differs):
            yield key, value
    if place.differs:
        yield from ((key, expected[key]) for key in expected if key not in actual)


def _merge_items(
    expected: list[Json], actual: list[Json], place: _BodyPlace, *, strict: bool
) -> Iterator[Json]:
    for index, value in enumerate(actual):
        if index < len(expected):
            below = place.below.get(str(index))
            yield _merge(expected[index], value, below, strict=strict)
        elif expected and (below := place.below.get(str(index))) is not None:
            yield _merge(expected[0], value, below, strict=strict)
        elif not place.differs:
            yield value
    if place.differs:
        yield from expected[len(actual) :]


def _diff_lines(
    expected: list[str], actual: list[str], separator: str
) -> Iterator[str]:
    """Yield the marked lines of both sides; leave out lines far from any difference."""
    matcher = difflib.SequenceMatcher(
        None,
        [line.rstrip(separator) for line in expected],
        [line.rstrip(separator) for line in actual],
    )
    shows_all = max(len(expected), len(actual)) <= _MOST_DIFF_LINES // 2
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


def _limit_lines(lines: Iterable[str]) -> list[str]:
    found = [truncate(line) for line in lines]
    more = len(found) - _MOST_DIFF_LINES
    if more <= 0:
        return found
    return [*found[:_MOST_DIFF_LINES], f"  … {more} more lines"]


_MOST_DIFF_LINES = 40

# In bytes: difflib needs up to 300 ms for half a megabyte.
_LARGEST_BODY = 64 * 1024
