r"""Which matcher does a node of integration JSON mean?

`{"pact:matcher:type": "regex", "regex": "\\d+", "value": "12"}`: the form in which
other tools' DSLs hand over their bodies; it is accepted in place of a matcher.

Source: semantics section 10, "Integration JSON".
"""

from __future__ import annotations

from pypact.errors import InvalidExpectation
from pypact.match.definitions import is_definition, read_definition
from pypact.match.nodes import MATCHER_TYPE, Children, Matcher, check_example
from pypact.model.generators import Generator
from pypact.model.json_text import Json
from pypact.model.rules import Rule, RuleList
from pypact.rules.table import parse_rule, write_rule

__all__ = ["is_node", "read_node"]


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
