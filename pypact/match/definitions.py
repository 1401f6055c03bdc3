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
    """The rules of a matching definition, and its example; None if it has none."""

    rules: tuple[Rule, ...]
    example: Json


def is_definition(text: str) -> bool:
    """Return whether a matcher's type is a matching definition, not a rule name."""
    return "(" in text


def read_definition(text: str) -> Definition:
    """Read a matching definition.

    The rules of several definitions, separated by commas, are combined.

    Raises: InvalidExpectation with the unexpected token, if it is not valid.
    """
    reader = _DefinitionParser(text)
    found = reader.definitions()
    reader.expect("")
    return found


class _DefinitionParser:
    """A parser of one matching definition, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._word = ""
        self._advance()

    def definitions(self) -> Definition:
        first = self._definition()
        rules, example = list(first.rules), first.example
        while self._word == ",":
            self._advance()
            more = self._definition()
            rules += more.rules
            example = more.example if example is None else example
        return Definition(tuple(rules), example)

    def expect(self, token: str) -> None:
        if self._word != token:
            raise self._error(f"expected {token or 'the end'!r}")
        if token:
            self._advance()

    def _definition(self) -> Definition:
        read = _FUNCTIONS.get(self._word)
        if read is None:
            raise self._error(f"expected one of {', '.join(_FUNCTIONS)}")
        self._advance()
        self.expect("(")
        found = read(self)
        self.expect(")")
        return found

    def matching(self) -> Definition:
        kind = self._word
        if kind not in _KINDS:
            raise self._error(f"expected one of {', '.join(_KINDS)}")
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
            raise self._error("expected a value")
        self._advance()
        return value

    def _count(self) -> int:
        if not self._word.isdigit():
            raise self._error("expected a number")
        return int(self.value())

    def _each(self, name: str) -> Definition:
        rules = [write_rule(rule) for rule in self.definitions().rules]
        return Definition((Rule(name, {"rules": rules}),), None)

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            self._word = self._text[self._position :].strip()
            if self._word:
                raise self._error("expected a name, a value or punctuation")
        else:
            self._word = found[1]
            self._position = found.end()

    def _error(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(
            f"matching definition {self._text!r}: {problem}, got {self._word!r}"
        )


_TOKEN = re.compile(r"\s*('(?:\\.|[^'\\])*'|[A-Za-z]+|-?[0-9][0-9.eE+-]*|[(),])")
_LITERAL = re.compile(r"null|true|false|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = re.compile(r"\\(['\\])")

_FUNCTIONS: dict[str, Callable[[_DefinitionParser], Definition]] = {
    "matching": _DefinitionParser.matching,
    "notEmpty": _DefinitionParser.not_empty,
    "atLeast": _DefinitionParser.at_least,
    "atMost": _DefinitionParser.at_most,
    "eachKey": _DefinitionParser.each_key,
    "eachValue": _DefinitionParser.each_value,
}

# The first argument of matching(): the rule's name, and the rule attribute that comes
# before the example, if there is one.
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
