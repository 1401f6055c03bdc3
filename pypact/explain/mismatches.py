"""Format mismatches, matching rules and values.

Each mismatch is one line with its place, its rule in words, and the expected and the
actual value. A value is cut at 200 characters.

Source: docs/internals/verification.md, "Mock-up (a)", "Mock-up (b)"; the rules are
those of docs/internals/specification.md, "6.1 Index".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from pypact.masking import is_secret_name, mask_header
from pypact.model.json import Json, dump_json
from pypact.model.mismatches import Mismatch, MismatchKind, json_type_name
from pypact.model.rules import Rule
from pypact.rules import parse_rule

LONGEST_VALUE = 200


def format_json_value(value: Json) -> str:
    """Return a value as JSON, cut to 200 characters; bytes as their number."""
    if isinstance(value, (bytes, bytearray)):
        return f"{len(value)} bytes"
    try:
        return truncate(dump_json(value))
    except (TypeError, ValueError):
        return truncate(repr(value))


def format_typed_value(value: Json) -> str:
    """Return a value as JSON with the name of its JSON type."""
    if isinstance(value, (bytes, bytearray)):
        return format_json_value(value)
    try:
        return f"{format_json_value(value)} ({json_type_name(value).lower()})"
    except TypeError:
        return format_json_value(value)


def truncate(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return a string on one line, cut to `longest` characters."""
    text = text.replace("\r", "\\r").replace("\n", "\\n")
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest} characters more)"


def describe_rule(rule: Rule | None) -> str:
    """Return a rule as words; None is the comparison without rules."""
    if rule is None:
        return "equality"
    words = _RULE_WORDS.get(rule.name, _rule_as_data)
    return truncate(words(rule) if callable(words) else words, _LONGEST_RULE)


def _rule_as_data(rule: Rule) -> str:
    return f"{rule.name} {dump_json(rule.attributes)}" if rule.attributes else rule.name


def _with_attribute(words: str, name: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        value = rule.attributes.get(name, "")
        text = value if isinstance(value, str) else dump_json(value)
        return f"{words} {text}".strip()

    return fill


def _type_words(rule: Rule) -> str:
    least, most = rule.attributes.get("min"), rule.attributes.get("max")
    if least is None and most is None:
        return "same type"
    if most is None:
        return f"at least {least} of the same type"
    if least is None:
        return f"at most {most} of the same type"
    return f"{least} to {most} of the same type"


def _include_words(rule: Rule) -> str:
    return f"includes {dump_json(rule.attributes.get('value', ''))}"


def _array_contains_words(rule: Rule) -> str:
    variants = rule.attributes.get("variants") or []
    noun = "variant" if len(variants) == 1 else "variants"
    return f"array containing {len(variants)} {noun}"


def _status_words(rule: Rule) -> str:
    status = rule.attributes.get("status", "success")
    if isinstance(status, list):
        return f"status {', '.join(map(str, status))}"
    return f"status of class {status}"


def _each_words(noun: str) -> Callable[[Rule], str]:
    def fill(rule: Rule) -> str:
        inner = [_inner_rule_words(data) for data in rule.attributes.get("rules") or []]
        return f"each {noun}: {' and '.join(inner) or 'equality'}"

    return fill


def _inner_rule_words(data: Json) -> str:
    if not isinstance(data, Mapping):
        return str(data)
    try:
        return describe_rule(parse_rule(dict(data)))
    except ValueError:
        return dump_json(data)


_LONGEST_RULE = 80

# In the order of docs/internals/specification.md, "6.1 Index".
_RULE_WORDS: dict[str, str | Callable[[Rule], str]] = {
    "equality": "equality",
    "regex": _with_attribute("regex", "regex"),
    "type": _type_words,
    "include": _include_words,
    "integer": "integer",
    "decimal": "decimal number",
    "number": "number",
    "datetime": _with_attribute("datetime", "format"),
    "date": _with_attribute("date", "format"),
    "time": _with_attribute("time", "format"),
    "null": "null",
    "boolean": "boolean",
    "contentType": _with_attribute("content of type", "value"),
    "values": "values equal, under any key",
    "arrayContains": _array_contains_words,
    "statusCode": _status_words,
    "notEmpty": "not empty",
    "semver": "semantic version",
    "eachKey": _each_words("key"),
    "eachValue": _each_words("value"),
}


def format_mismatches(mismatches: Iterable[Mismatch], *, indent: str = "  ") -> str:
    """Return mismatches as lines with columns: place, rule, expected, actual."""
    return "\n".join(
        align_columns(
            [_mismatch_cells(_mask_mismatch(one)) for one in mismatches], indent
        )
    )


def describe_place(mismatch: Mismatch) -> str:
    """Return the place of a mismatch: `query id`, `header Accept`, `$.name`."""
    if mismatch.kind == MismatchKind.BODY:
        return "body" if mismatch.path == "/" else mismatch.path
    words = _PLACE_WORDS.get(mismatch.kind, mismatch.kind)
    return f"{words} {mismatch.path}".rstrip()


def align_columns(rows: Sequence[Sequence[str]], indent: str) -> list[str]:
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
    place, rule = truncate(describe_place(mismatch)), describe_rule(mismatch.rule)
    if not _compares_values(mismatch):
        return [place, rule, truncate(mismatch.message)]
    show = format_typed_value if mismatch.kind in _TYPED_KINDS else format_json_value
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

_PLACE_WORDS = {MismatchKind.BODY_TYPE: "content type"}
