"""What differs, where, and under which rule?

A mismatch is data; its text is made when somebody reads it. The words are those of the
other Pact tools (semantics section 15, "Mismatches").
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pypact.model.json_text import Json, compact
from pypact.model.rules import Rule

__all__ = ["Kind", "Mismatch", "kind_name", "quoted", "show"]


class Kind:
    """The kinds of mismatches, by the names of the compatibility suite."""

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
    """One difference.

    `path` is a path expression for a body, the name of a header, of a query parameter
    or of a metadata key, and empty for method, path and status. `rule` is the rule that
    was not satisfied, None where the comparison without rules failed. `problem` is a
    template of the text: `{expected}` and `{actual}` stand for the values,
    `{expected:typed}` for a value with the name of its type, `{expected:text}` for a
    text without quotes, and any other name for an attribute of the rule.
    """

    kind: str
    path: str
    rule: Rule | None
    expected: Json
    actual: Json
    problem: str

    @property
    def message(self) -> str:
        """The text, made now."""
        attributes = self.rule.attributes if self.rule is not None else {}
        values = {
            **{name: _Shown(value) for name, value in attributes.items()},
            "expected": _Shown(self.expected),
            "actual": _Shown(self.actual),
        }
        return self.problem.format_map(values)

    @property
    def type_name(self) -> str:
        """The name of this kind in the JSON reports of other Pact tools."""
        return _TYPE_NAMES[self.kind]

    def __str__(self) -> str:
        place = f"{self.path} -> " if self.kind == Kind.BODY else ""
        return f"{place}{self.message}"


def show(value: Json) -> str:
    """Show a value: text in single quotes, bytes by their number, others as JSON."""
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_item, value))}]"
    return compact(value)


def _item(value: Json) -> str:
    return show(value) if isinstance(value, (list, tuple)) else compact(value)


def quoted(text: str) -> str:
    """Make a text a part of a template, its braces standing for themselves."""
    return text.replace("{", "{{").replace("}", "}}")


def kind_name(value: Json) -> str:
    """Name the JSON type: Object Array Null Boolean Integer Decimal String."""
    for python_type, name in _KIND_NAMES:
        if isinstance(value, python_type):
            return name
    raise TypeError(f"not a JSON value: {value!r}")


class _Shown:
    """A value that shows itself when a template is filled."""

    def __init__(self, value: Json) -> None:
        self._value = value

    def __format__(self, form: str) -> str:
        if form == "typed":
            return f"{show(self._value)} ({kind_name(self._value)})"
        if form == "text":
            return str(self._value)
        if form == "list":
            return ", ".join(map(str, self._value))
        return show(self._value)


# bool before int: in Python a bool is an int.
_KIND_NAMES: list[tuple[type | tuple[type, ...], str]] = [
    (dict, "Object"),
    ((list, tuple), "Array"),
    (type(None), "Null"),
    (bool, "Boolean"),
    (int, "Integer"),
    ((Decimal, float), "Decimal"),
    (str, "String"),
]

_TYPE_NAMES = {
    Kind.METHOD: "MethodMismatch",
    Kind.PATH: "PathMismatch",
    Kind.STATUS: "StatusMismatch",
    Kind.QUERY: "QueryMismatch",
    Kind.HEADER: "HeaderMismatch",
    Kind.BODY_TYPE: "BodyTypeMismatch",
    Kind.BODY: "BodyMismatch",
    Kind.METADATA: "MetadataMismatch",
}
