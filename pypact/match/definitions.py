r"""Which rules does a matching definition ask for?

`matching(regex, '\\d+', '12')`, `eachValue(matching(type, 1)), atLeast(2)`: the text
form that integration JSON allows as the type of a matcher.

Source: semantics section 10, "Matching expressions as type".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pypact.errors import InvalidExpectation
from pypact.model.json_text import Json, parse
from pypact.model.rules import Rule
from pypact.rules.table import write_rule

__all__ = ["Definition", "is_definition", "read_definition"]


class Definition(NamedTuple):
    """The rules, and the example if one was given."""

    rules: tuple[Rule, ...]
    example: Json


def is_definition(text: str) -> bool:
    """Tell whether a matcher's type is a definition, not a name."""
    return "(" in text


def read_definition(text: str) -> Definition:
    """Read a definition; several of them, separated by commas, are all meant.

    Raises: InvalidExpectation with the place where it ends to be one.
    """
    reader = _Reader(text)
    found = reader.definitions()
    reader.expect("")
    return found


class _Reader:
    """Reads a definition from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._word = ""
        self._advance()

    def definitions(self) -> Definition:
        first = self._one()
        rules, example = list(first.rules), first.example
        while self._word == ",":
            self._advance()
            more = self._one()
            rules += more.rules
            example = more.example if example is None else example
        return Definition(tuple(rules), example)

    def expect(self, token: str) -> None:
        if self._word != token:
            raise self._error(f"wanted {token or 'the end'!r}")
        if token:
            self._advance()

    def _one(self) -> Definition:
        read = _FUNCTIONS.get(self._word)
        if read is None:
            raise self._error(f"wanted one of {', '.join(_FUNCTIONS)}")
        self._advance()
        self.expect("(")
        found = read(self)
        self.expect(")")
        return found

    def matching(self) -> Definition:
        kind = self._word
        if kind not in _KINDS:
            raise self._error(f"wanted one of {', '.join(_KINDS)}")
        self._advance()
        name, attribute = _KINDS[kind]
        attributes = {}
        if attribute is not None:
            self.expect(",")
            attributes[attribute] = self.value()
        self.expect(",")
        return Definition((Rule(name, attributes),), self.value())

    def not_empty(self) -> Definition:
        return Definition((Rule("notEmpty"),), self.value())

    def at_least(self) -> Definition:
        return Definition((Rule("type", {"min": self._count()}),), None)

    def at_most(self) -> Definition:
        return Definition((Rule("type", {"max": self._count()}),), None)

    def each_key(self) -> Definition:
        return self._each("eachKey")

    def each_value(self) -> Definition:
        return self._each("eachValue")

    def value(self) -> Json:
        token = self._word
        if token.startswith("'"):
            value = _ESCAPE.sub(r"\1", token[1:-1])
        elif _LITERAL.fullmatch(token):
            value = parse(token)
        else:
            raise self._error("wanted a value")
        self._advance()
        return value

    def _count(self) -> int:
        if not self._word.isdigit():
            raise self._error("wanted a number")
        return int(self.value())

    def _each(self, name: str) -> Definition:
        rules = [write_rule(rule) for rule in self.definitions().rules]
        return Definition((Rule(name, {"rules": rules}),), None)

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            self._word = self._text[self._position :].strip()
            if self._word:
                raise self._error("cannot read on")
        else:
            self._word = found[1]
            self._position = found.end()

    def _error(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(
            f"matching definition {self._text!r}: {problem}, not {self._word!r}"
        )


_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|[A-Za-z]+|-?[0-9][0-9.eE+-]*|[(),])")
_LITERAL = re.compile(r"null|true|false|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(['\\])")

_FUNCTIONS: dict[str, Callable[[_Reader], Definition]] = {
    "matching": _Reader.matching,
    "notEmpty": _Reader.not_empty,
    "atLeast": _Reader.at_least,
    "atMost": _Reader.at_most,
    "eachKey": _Reader.each_key,
    "eachValue": _Reader.each_value,
}

# Kind: the rule's name, and which attribute stands before the example.
_KINDS: dict[str, tuple[str, str | None]] = {
    "equalTo": ("equality", None),
    "type": ("type", None),
    "number": ("number", None),
    "integer": ("integer", None),
    "decimal": ("decimal", None),
    "boolean": ("boolean", None),
    "semver": ("semver", None),
    "regex": ("regex", "regex"),
    "datetime": ("datetime", "format"),
    "date": ("date", "format"),
    "time": ("time", "format"),
    "include": ("include", "value"),
    "contentType": ("contentType", "value"),
}
