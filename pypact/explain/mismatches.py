"""How are mismatches listed: one line each, with path, rule, expected and actual?

Source: verification.md, section 7, mock-ups (a) and (b).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pypact.explain.rules import rule_in_words
from pypact.explain.values import cut, shown, typed
from pypact.masking import is_secret, mask_header
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch

__all__ = ["columns", "mismatch_block", "place_of"]


def mismatch_block(mismatches: Iterable[Mismatch], *, indent: str = "  ") -> str:
    """Return mismatches as lines with columns: place, rule, expected, actual."""
    return "\n".join(
        columns([_mismatch_cells(_mask_mismatch(one)) for one in mismatches], indent)
    )


def place_of(mismatch: Mismatch) -> str:
    """Return the place of a mismatch: `query id`, `header Accept`, `$.name`."""
    if mismatch.kind == Kind.BODY:
        return "body" if mismatch.path == "/" else mismatch.path
    words = _PLACE_WORDS.get(mismatch.kind, mismatch.kind)
    return f"{words} {mismatch.path}".rstrip()


def columns(rows: Sequence[Sequence[str]], indent: str) -> list[str]:
    """Return rows of cells as lines with aligned columns.

    The last cell of a row, and cells of more than 48 characters, do not widen their
    column.
    """
    widths: dict[int, int] = {}
    for row in rows:
        for index, cell in enumerate(row[:-1]):
            if len(cell) <= _WIDEST_CELL:
                widths[index] = max(widths.get(index, 0), len(cell))
    return [
        indent
        + "   ".join(
            cell.ljust(widths.get(index, 0)) for index, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]


def _mismatch_cells(mismatch: Mismatch) -> list[str]:
    place, rule = cut(place_of(mismatch)), rule_in_words(mismatch.rule)
    if not _compares_values(mismatch):
        return [place, rule, cut(mismatch.message)]
    show = typed if mismatch.kind in _TYPED_KINDS else shown
    actual = f"got {show(mismatch.actual)}"
    return [place, rule, _expected_cell(mismatch, show(mismatch.expected)), actual]


def _expected_cell(mismatch: Mismatch, value: str) -> str:
    if mismatch.expected is None and mismatch.kind not in _TYPED_KINDS:
        return "not expected"
    if mismatch.rule is None or mismatch.rule.name == "equality":
        return f"expected {value}"
    return "" if mismatch.expected == "" else f"e.g. {value}"


def _compares_values(mismatch: Mismatch) -> bool:
    """Return whether the two values describe the mismatch as well as its message."""
    if "{actual" not in mismatch.problem or "{actual:list" in mismatch.problem:
        return False
    return "{actual:typed}" in mismatch.problem or not (
        _is_container(mismatch.expected) or _is_container(mismatch.actual)
    )


def _is_container(value: Json) -> bool:
    return isinstance(value, (dict, list, tuple))


def _mask_mismatch(mismatch: Mismatch) -> Mismatch:
    if mismatch.kind != Kind.HEADER or not is_secret(mismatch.path):
        return mismatch
    return replace(
        mismatch,
        expected=_mask_value(mismatch.path, mismatch.expected),
        actual=_mask_value(mismatch.path, mismatch.actual),
    )


def _mask_value(name: str, value: Json) -> Json:
    if isinstance(value, str):
        return mask_header(name, value)
    if isinstance(value, (list, tuple)):
        return [_mask_value(name, item) for item in value]
    return value


_WIDEST_CELL = 48

_TYPED_KINDS = (Kind.BODY, Kind.METADATA)

_PLACE_WORDS = {Kind.BODY_TYPE: "content type"}
