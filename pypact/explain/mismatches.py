"""Format mismatches, matching rules and values.

Each mismatch is one line with its place, its rule in words, and the expected and the
actual value. A value is cut at 200 characters.

Source: docs/internals/verification.md, "Reports".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from pypact._dataclasses import replace
from pypact.masking import is_secret_name, mask_header
from pypact.model.json import Json, dump_json, render_once
from pypact.model.mismatches import Mismatch, MismatchKind, name_json_type
from pypact.model.rules import Rule
from pypact.rules.table import find_kind

if TYPE_CHECKING:
    from typing_extensions import Self

LONGEST_VALUE = 200


class HiddenValue(str):  # noqa: SLOT000 -- it has an attribute
    """What is shown of an actual value that is secret.

    `value` is the secret value, of which only the JSON type is shown.
    """

    type_name: str

    def __new__(cls, shown: str, value: Json = "") -> Self:
        self = super().__new__(cls, shown)
        self.type_name = name_json_type(value).lower()
        return self


def format_json_value(value: Json) -> str:
    """Return a value as JSON, cut to 200 characters; of bytes, their number."""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    try:
        return render_once(value, "truncated", lambda one: truncate(dump_json(one)))
    except (TypeError, ValueError):
        return truncate(repr(value))
    except RecursionError:  # nested too deeply to be shown
        return "…"


def format_typed_value(value: Json) -> str:
    """Return a value as JSON with the name of its JSON type."""
    if isinstance(value, (bytes, bytearray)):
        return format_json_value(value)
    try:
        return f"{format_json_value(value)} ({name_json_type(value).lower()})"
    except TypeError:
        return format_json_value(value)


def truncate(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return a string on one line, cut to `longest` characters."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest} characters more)"


def format_count(number: int, noun: str, plural: str | None = None) -> str:
    """Return a number with a noun; the default plural ends with "s"."""
    return f"{number} {noun if number == 1 else plural or noun + 's'}"


def describe_rule(rule: Rule | None) -> str:
    """Describe a rule in words; None is the comparison without rules."""
    if rule is None:
        return "equality"
    return truncate(find_kind(rule.name).describe(rule.attributes), _LONGEST_RULE)


_LONGEST_RULE = 80


def format_mismatches(
    mismatches: Iterable[Mismatch],
    *,
    indent: str = "  ",
    shows_declared: bool = False,
) -> str:
    """Return mismatches as lines with columns: place, rule, expected, actual.

    Secret headers are hidden; with `shows_declared` only actual ones, which the caller
    has replaced by `HiddenValue`s.
    """
    shown = mismatches if shows_declared else map(_mask_mismatch, mismatches)
    return "\n".join(align_columns([_build_cells(one) for one in shown], indent))


def describe_place(mismatch: Mismatch) -> str:
    """Return the place of a mismatch: `query id`, `header Accept`, `$.name`."""
    if mismatch.kind == MismatchKind.BODY:
        return "body" if mismatch.path == "/" else mismatch.path
    words = _PLACE_WORDS.get(mismatch.kind, mismatch.kind)
    return f"{words} {mismatch.path}".rstrip()


def align_columns(rows: Sequence[Sequence[str]], indent: str) -> list[str]:
    """Return rows of cells as lines with columns, which long cells do not widen."""
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


def _build_cells(mismatch: Mismatch) -> list[str]:
    place, rule = truncate(describe_place(mismatch)), describe_rule(mismatch.rule)
    is_typed = mismatch.kind in _TYPED_KINDS
    show = format_typed_value if is_typed else format_json_value
    expected = _format_expected(mismatch, show)
    if is_missing(mismatch):
        return [place, rule, expected, "missing"]
    if is_unexpected(mismatch):
        return [place, expected, _format_actual(mismatch, show)]
    if not _compares_values(mismatch):
        return [place, rule, truncate(mismatch.message)]
    actual = _format_actual(mismatch, show)
    if is_typed and mismatch.rule is not None and mismatch.rule.name == "type":
        # The rule of a list, such as its least length, does not describe its items.
        return [place, f"same type as {show(mismatch.expected)}", actual]
    return [place, rule, expected, actual]


def add_article(noun: str) -> str:
    """Return a noun with its indefinite article."""
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


def is_missing(mismatch: Mismatch) -> bool:
    """Return whether an expected header or query parameter is missing."""
    return mismatch.kind in _NAMED_KINDS and mismatch.actual is None


def is_unexpected(mismatch: Mismatch) -> bool:
    """Return whether a query parameter is not expected at all."""
    return mismatch.kind == MismatchKind.QUERY and mismatch.expected is None


def _format_actual(mismatch: Mismatch, show: Callable[[Json], str]) -> str:
    actual = mismatch.actual
    if not isinstance(actual, HiddenValue):
        return f"got {show(_unpack(mismatch, actual))}"
    if mismatch.expected is None:
        return f"got {actual}"
    kind = f" ({actual.type_name})" if mismatch.kind in _TYPED_KINDS else ""
    return f"got {actual}, and different{kind}"


def _format_expected(mismatch: Mismatch, show: Callable[[Json], str]) -> str:
    if mismatch.expected is None and mismatch.kind not in _TYPED_KINDS:
        return "not expected"
    value = show(_unpack(mismatch, mismatch.expected))
    if mismatch.rule is None or find_kind(mismatch.rule.name).is_exact:
        return f"expected {value}"
    return "" if mismatch.expected == "" else f"e.g. {value}"


def _unpack(mismatch: Mismatch, value: Json) -> Json:
    """Return the value of a header or query parameter if it is the only one."""
    is_list = mismatch.kind in _NAMED_KINDS and isinstance(value, (list, tuple))
    return value[0] if is_list and len(value) == 1 else value


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
    if mismatch.kind != MismatchKind.HEADER or not is_secret_name(mismatch.path):
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
_TYPED_KINDS = (MismatchKind.BODY, MismatchKind.METADATA)
_NAMED_KINDS = (MismatchKind.HEADER, MismatchKind.QUERY)
_PLACE_WORDS = {MismatchKind.BODY_TYPE: "content type"}
