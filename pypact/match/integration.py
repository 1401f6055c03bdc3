r"""Read matchers written as integration JSON or as matching definitions.

Other tools' DSLs produce integration JSON; it is accepted in place of a matcher:
`{"pact:matcher:type": "regex", "regex": "\\d+", "value": "12"}`. The type may be a
matching definition: `matching(regex, '\\d+', '12')`, `eachValue(matching(type, 1)),
atLeast(2)`.

Source: docs/internals/specification.md, "10. Integration JSON".
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from pypact.errors import InvalidExpectation
from pypact.match.nodes import MATCHER_TYPE, Children, Matcher, check_example
from pypact.model.json import Json, parse_json
from pypact.model.rules import Generator, Rule, RuleList
from pypact.rules.table import parse_rule, write_rule


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
            value = parse_json(token)
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


def is_node(value: Json) -> bool:
    """Return whether a JSON object is a matcher node of integration JSON."""
    return MATCHER_TYPE in value


def read_node(node: dict[str, Json]) -> Matcher:
    """Read one matcher node; nodes inside it are left unread.

    Raises: InvalidExpectation, if the node is not valid.
    """
    rules, value = _read_rules(node)
    names = {rule.name for rule in rules}
    generator = _read_node_generator(node)
    if "arrayContains" in names:
        return Matcher(
            node["variants"], rules, generator=generator, children=Children.VARIANTS
        )
    if (value is not None or "value" in node) and not isinstance(value, dict):
        check_example(RuleList(rules), value)
    shared = isinstance(value, list) or names & {"values", "eachValue"}
    children = Children.SHARED if shared else Children.OWN
    return Matcher(value, rules, generator=generator, children=children)


def _read_rules(node: dict[str, Json]) -> tuple[tuple[Rule, ...], Json]:
    """Return the rules of a node, and its value."""
    type_ = node[MATCHER_TYPE]
    value = node.get("value")
    if isinstance(type_, list):
        return tuple(_read_rule(item) for item in type_), value
    if isinstance(type_, str) and is_definition(type_):
        rules, example = read_definition(type_)
        return rules, example if value is None else value
    return (_read_rule(node),), value


def _read_rule(node: Json) -> Rule:
    name = node.get(MATCHER_TYPE) if isinstance(node, dict) else None
    if not isinstance(name, str):
        raise InvalidExpectation(f"integration JSON: {node!r} is not a matcher")
    try:
        known = parse_rule({"match": name, **_read_attributes(node)})
    except ValueError as error:
        raise InvalidExpectation(f"integration JSON: {error}") from None
    allowed = _RULE_ATTRIBUTES.get(known.name)
    attributes = {
        key: value
        for key, value in known.attributes.items()
        if (key in allowed if allowed is not None else key != "value")
    }
    if "rules" in attributes:
        attributes["rules"] = [
            write_rule(_read_rule(item)) for item in attributes["rules"]
        ]
    return Rule(known.name, attributes)


def _read_attributes(node: dict[str, Json]) -> dict[str, Json]:
    others = {key: value for key, value in node.items() if not key.startswith("pact:")}
    for name in ("variants", "rules"):
        if name in others and not isinstance(others[name], list):
            raise InvalidExpectation(
                f"integration JSON: '{name}' must be a list, got {others[name]!r}"
            )
    return others


def _read_node_generator(node: dict[str, Json]) -> Generator | None:
    name = node.get("pact:generator:type")
    if name is None:
        return None
    others = _read_attributes(node)
    allowed = _GENERATOR_ATTRIBUTES.get(name, tuple(others.keys() - {"value"}))
    return Generator(name, {key: others[key] for key in allowed if key in others})


# The keys of a node that become attributes of its rule. A rule that is not listed takes
# all keys except "value".
_RULE_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "equality": (),
    "regex": ("regex",),
    "type": ("min", "max"),
    "include": ("value",),
    "integer": (),
    "decimal": (),
    "number": (),
    "datetime": ("format",),
    "date": ("format",),
    "time": ("format",),
    "null": (),
    "boolean": (),
    "contentType": ("value",),
    "values": (),
    "arrayContains": (),
    "statusCode": ("status",),
    "notEmpty": (),
    "semver": (),
    "eachKey": ("rules",),
    "eachValue": ("rules",),
}

_GENERATOR_ATTRIBUTES: dict[str, tuple[str, ...]] = {
    "RandomInt": ("min", "max"),
    "RandomDecimal": ("digits",),
    "RandomHexadecimal": ("digits",),
    "RandomString": ("size",),
    "Regex": ("regex",),
    "Uuid": ("format",),
    "Date": ("format", "expression"),
    "Time": ("format", "expression"),
    "DateTime": ("format", "expression"),
    "RandomBoolean": (),
    "ProviderState": ("expression", "dataType"),
    "MockServerURL": ("example", "regex"),
}
