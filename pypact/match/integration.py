r"""Read matchers written as integration JSON or as matching definitions.

Other tools' DSLs produce integration JSON: `{"pact:matcher:type": "integer", "value":
12}`. Its type may be a matching definition: `matching(regex, '\\d+', '12')`,
`eachValue(matching(type, 1)), atLeast(2)`.

Source: docs/internals/specification.md, "10. Integration JSON".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from pypact._lazy import compile_later
from pypact.errors import InvalidExpectation
from pypact.generate import translate_regex
from pypact.match.nodes import MATCHER_TYPE, Children, Matcher, check_example
from pypact.model.json import Json, parse_json
from pypact.model.rules import Generator, Rule, RuleList
from pypact.rules.table import (
    RULES,
    SHARED_VALUE_WALKS,
    Walk,
    find_kind,
    parse_rule,
    write_rule,
    write_rule_list,
)


class Definition(NamedTuple):
    """The rules of a matching definition, and its example; None if it has none."""

    rules: tuple[Rule, ...]
    example: Json


def read_definition(text: str) -> Definition:
    """Read a matching definition; several ones, separated by commas, are combined."""
    reader = _DefinitionParser(text)
    found = reader.read_all()
    reader.expect("")
    return found


class _DefinitionParser:
    """A parser of one matching definition, from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._position = 0
        self._word = ""
        self._advance()

    def read_all(self) -> Definition:
        first = self._read_one()
        rules, example = list(first.rules), first.example
        while self._word == ",":
            self._advance()
            more = self._read_one()
            rules += more.rules
            example = more.example if example is None else example
        return Definition(tuple(rules), example)

    def expect(self, token: str) -> None:
        if self._word != token:
            raise self._make_error(f"expected {token or 'the end'!r}")
        if token:
            self._advance()

    def _read_one(self) -> Definition:
        read = _FUNCTIONS.get(self._word)
        if read is None:
            raise self._make_error(f"expected one of {', '.join(_FUNCTIONS)}")
        self._advance()
        self.expect("(")
        found = read(self)
        self.expect(")")
        return found

    def read_matching(self) -> Definition:
        kinds = {kind.definition_name: kind for kind in RULES.values()}
        kinds.pop("", None)
        kind = kinds.get(self._word)
        if kind is None:
            raise self._make_error(f"expected one of {', '.join(kinds)}")
        self._advance()
        attributes = {}
        for attribute in kind.definition_arguments:
            self.expect(",")
            attributes[attribute] = self.read_value()
        self.expect(",")
        rule = Rule(kind.name, _translate_regex(attributes))
        return Definition((rule,), self.read_value())

    def read_length(self, name: str) -> Definition:
        if not self._word.isdigit():
            raise self._make_error("expected a number")
        return Definition((Rule("type", {name: int(self.read_value())}),), None)

    def read_each(self, name: str) -> Definition:
        rules = [write_rule(rule) for rule in self.read_all().rules]
        return Definition((Rule(name, {"rules": rules}),), None)

    def read_variants(self) -> Definition:
        found = [self._read_one()]
        while self._word == ",":
            self._advance()
            found.append(self._read_one())
        variants = [
            {"index": index, "rules": {"$": write_rule_list(RuleList(one.rules))}}
            for index, one in enumerate(found)
        ]
        rule = Rule("arrayContains", {"variants": variants})
        return Definition((rule,), [one.example for one in found])

    def read_value(self) -> Json:
        token = self._word
        if token.startswith("'"):
            value = _ESCAPE.sub(r"\1", token[1:-1])
        elif _LITERAL.fullmatch(token):
            value = parse_json(token)
        else:
            raise self._make_error("expected a value")
        self._advance()
        return value

    def _advance(self) -> None:
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            self._word = self._text[self._position :].strip()
            if self._word:
                raise self._make_error("expected a name, a value or punctuation")
        else:
            self._word = found[1]
            self._position = found.end()

    def _make_error(self, problem: str) -> InvalidExpectation:
        return InvalidExpectation(
            f"matching definition {self._text!r}: {problem}, got {self._word!r}"
        )


_TOKEN = compile_later(
    r"\s*('(?:\\.|[^'\\])*'|[A-Za-z][\w-]*|-?[0-9][0-9.eE+-]*|[(),])"
)
_LITERAL = compile_later(r"null|true|false|-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_ESCAPE = compile_later(r"\\(['\\])")
_FUNCTIONS: dict[str, Callable[[_DefinitionParser], Definition]] = {
    "matching": _DefinitionParser.read_matching,
    "notEmpty": lambda parser: Definition((Rule("notEmpty"),), parser.read_value()),
    "atLeast": lambda parser: parser.read_length("min"),
    "atMost": lambda parser: parser.read_length("max"),
    "arrayContains": _DefinitionParser.read_variants,
    "eachKey": lambda parser: parser.read_each("eachKey"),
    "eachValue": lambda parser: parser.read_each("eachValue"),
}


def is_node(value: Json) -> bool:
    """Return whether a JSON object is a matcher node of integration JSON."""
    return MATCHER_TYPE in value


def read_node(node: dict[str, Json]) -> Matcher:
    """Read one matcher node; nodes inside it are left unread."""
    rules, value = _read_rules(node)
    generator = _read_node_generator(node)
    walks = {find_kind(rule.name).walk for rule in rules}
    if Walk.VARIANTS in walks and "variants" in node:
        return Matcher(
            node["variants"], rules, generator=generator, children=Children.VARIANTS
        )
    if (value is not None or "value" in node) and not isinstance(value, dict):
        check_example(RuleList(rules), value)
    shared = isinstance(value, list) or walks & SHARED_VALUE_WALKS
    children = Children.SHARED if shared else Children.OWN
    return Matcher(value, rules, generator=generator, children=children)


def _read_rules(node: dict[str, Json]) -> tuple[tuple[Rule, ...], Json]:
    """Return the rules of a node, and its value."""
    type_ = node[MATCHER_TYPE]
    value = node.get("value")
    if isinstance(type_, list):
        return tuple(_read_rule(item) for item in type_), value
    if isinstance(type_, str) and "(" in type_:  # a matching definition, not a name
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
    attributes = _select_attributes(known.attributes, find_kind(known.name).accepts)
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
    # Import the generators only for a node that has one.
    from pypact.generators.table import GENERATORS  # noqa: PLC0415 -- see above

    kind = GENERATORS.get(name)
    accepts = kind.accepts if kind is not None else None
    return Generator(name, _select_attributes(_read_attributes(node), accepts))


def _select_attributes(
    attributes: Mapping[str, Json], accepts: tuple[str, ...] | None
) -> dict[str, Json]:
    """Return the attributes of a rule or generator; None accepts all but `value`."""
    if accepts is None:
        accepts = tuple(key for key in attributes if key != "value")
    found = {key: attributes[key] for key in accepts if key in attributes}
    return _translate_regex(found)


def _translate_regex(attributes: dict[str, Json]) -> dict[str, Json]:
    pattern = attributes.get("regex")
    if not isinstance(pattern, str):
        return attributes
    return {**attributes, "regex": translate_regex(pattern)}
