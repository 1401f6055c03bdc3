"""Represent the differences between expected and actual values.

A mismatch is data; its message is built when it is read. The wording is that of the
other Pact tools (docs/internals/specification.md, "15. Mismatches").
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from pypact._dataclasses import dataclass
from pypact.model.json import Json, dump_json, render_once
from pypact.model.rules import Rule


class MismatchKind:
    """The kinds of mismatches, named as in the compatibility suite."""

    METHOD = "method"
    PATH = "path"
    STATUS = "status"
    QUERY = "query"
    HEADER = "header"
    BODY_TYPE = "body-content-type"
    BODY = "body"
    METADATA = "metadata"


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A difference between an expected and an actual value.

    `path` is a rule path for a body; the name of a header, query parameter or metadata
    key; empty for method, path and status. `rule` is the rule that failed, None if the
    values were compared without a rule. `problem` is a template of the message:
    `{expected}` and `{actual}` are replaced by the values, `{expected:typed}` by the
    value with the name of its type, `{expected:text}` by a string without quotes,
    `{expected:list}` by a list separated by commas, and any other name by an attribute
    of the rule.
    """

    kind: str
    path: str
    rule: Rule | None
    expected: Json
    actual: Json
    problem: str

    @property
    def message(self) -> str:
        """The message, built from `problem` and the values."""
        attributes = self.rule.attributes if self.rule is not None else {}
        values = {
            **{name: _TemplateValue(value) for name, value in attributes.items()},
            "expected": _TemplateValue(self.expected),
            "actual": _TemplateValue(self.actual),
        }
        return self.problem.format_map(values)

    @property
    def type_name(self) -> str:
        """The name of this kind of mismatch in the JSON reports of other Pact tools."""
        return _TYPE_NAMES[self.kind]

    def __str__(self) -> str:
        place = f"{self.path} -> " if self.kind == MismatchKind.BODY else ""
        return f"{place}{self.message}"


def render_value(value: Json) -> str:
    """Format a value: strings in quotes, bytes as their count, others as JSON."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple)):
        return _render_list(value, 0)
    return _dump_deep(value)


def _render_list(value: Sequence[Json], level: int) -> str:
    if level > _MOST_LEVELS:
        return "[…]"
    items = (
        _render_list(item, level + 1)
        if isinstance(item, (list, tuple))
        else _dump_deep(item)
        for item in value
    )
    return f"[{', '.join(items)}]"


def _dump_deep(value: Json) -> str:
    try:
        return dump_json(value)
    except RecursionError:
        return "{…}"


def escape_template(text: str) -> str:
    """Escape the braces of a string for use in a `problem` template."""
    return text.replace("{", "{{").replace("}", "}}")


def name_json_type(value: Json) -> str:
    """Return the JSON type of a value, such as "Object" or "Integer"."""
    for python_type, name in _JSON_TYPE_NAMES:
        if isinstance(value, python_type):
            return name
    raise TypeError(f"not a JSON value: {value!r}")


class _TemplateValue:
    """A value that is formatted when a template is filled in."""

    def __init__(self, value: Json) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        return render_once(self._value, f"format {form}", lambda _: self._cut(form))

    def _cut(self, form: str) -> str:
        text = self._format(form)
        if len(text) <= _LONGEST_TEXT:
            return text
        return f"{text[:_LONGEST_TEXT]}… ({len(text)} characters)"

    def _format(self, form: str) -> str:
        if form == "typed":
            return f"{render_value(self._value)} ({name_json_type(self._value)})"
        if form == "text":
            return str(self._value)
        if form == "list":
            return ", ".join(map(str, self._value))
        return render_value(self._value)


_MOST_LEVELS = 100  # of nested lists; deeper ones are not shown
_LONGEST_TEXT = 10_000  # of a value in a message

# bool before int: in Python a bool is an int.
_JSON_TYPE_NAMES: list[tuple[type | tuple[type, ...], str]] = [
    (dict, "Object"),
    ((list, tuple), "Array"),
    (type(None), "Null"),
    (bool, "Boolean"),
    (int, "Integer"),
    ((Decimal, float), "Decimal"),
    (str, "String"),
]
_TYPE_NAMES = {
    MismatchKind.METHOD: "MethodMismatch",
    MismatchKind.PATH: "PathMismatch",
    MismatchKind.STATUS: "StatusMismatch",
    MismatchKind.QUERY: "QueryMismatch",
    MismatchKind.HEADER: "HeaderMismatch",
    MismatchKind.BODY_TYPE: "BodyTypeMismatch",
    MismatchKind.BODY: "BodyMismatch",
    MismatchKind.METADATA: "MetadataMismatch",
}
