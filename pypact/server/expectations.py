r"""Read the interactions that clients register with a mock server.

They have the form of a pact file of any version, optionally with integration JSON or
with matchers of the Ruby tools, such as `{"json_class": "Pact::Term", "data":
{"generate": "12", "matcher": {"json_class": "Regexp", "o": 0, "s": "\\d+"}}}`.

Source: docs/internals/conventions.md, "Ruby mock service protocol";
docs/internals/specification.md, "10. Integration JSON".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from pypact._dataclasses import dataclass, replace
from pypact.errors import InvalidExpectation, InvalidPact
from pypact.formats import read_pact, ruby
from pypact.formats.base import describe_value
from pypact.match.split import split, split_text
from pypact.matching.plans import explain_unsupported
from pypact.model.http import Query, Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Message,
    SpecificationVersion,
)
from pypact.model.json import Json
from pypact.model.rules import Rule, RuleList, write_generator
from pypact.rules.table import write_rule_list

_Part = TypeVar("_Part", Request, Response, Message)
_Interaction = TypeVar("_Interaction", HttpInteraction, AsyncMessage)


def has_member(data: Json, name: str) -> bool:
    if isinstance(data, dict):
        return name in data or any(has_member(item, name) for item in data.values())
    return isinstance(data, list) and any(has_member(item, name) for item in data)


def change_patterns(
    interaction: _Interaction, change: Callable[[str], str]
) -> _Interaction:
    """Return the interaction with changed regular expressions."""
    if isinstance(interaction, AsyncMessage):
        message = _change_patterns_of_part(interaction.message, change)
        return replace(interaction, message=message)
    request = _change_patterns_of_part(interaction.request, change)
    response = _change_patterns_of_part(interaction.response, change)
    return replace(interaction, request=request, response=response)


def add_item_rules(interaction: _Interaction) -> _Interaction:
    """Add a type rule for the items of each array that has a minimum length.

    The rule of the array implies it, but the Ruby tools write it to the contract.
    """
    if isinstance(interaction, AsyncMessage):
        return replace(interaction, message=_add_item_rules(interaction.message))
    request = _add_item_rules(interaction.request)
    response = _add_item_rules(interaction.response)
    return replace(interaction, request=request, response=response)


def _change_patterns_of_part(part: _Part, change: Callable[[str], str]) -> _Part:
    def change_rule(rule: Rule) -> Rule:
        if rule.name != "regex":
            return rule
        pattern = change(rule.attributes["regex"])
        return replace(rule, attributes={**rule.attributes, "regex": pattern})

    rules = {
        category: {
            path: replace(found, rules=tuple(map(change_rule, found.rules)))
            for path, found in by_path.items()
        }
        for category, by_path in part.rules.items()
    }
    return replace(part, rules=rules)


def _add_item_rules(part: _Part) -> _Part:
    body = part.rules.get("body", {})
    added = {
        f"{path}[*].*": RuleList((Rule("type"),))
        for path, found in body.items()
        if any(rule.attributes.get("min") is not None for rule in found.rules)
    }
    if not added:
        return part
    return replace(part, rules={**part.rules, "body": {**added, **body}})


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """A registered interaction: as it matches, and as it is `recorded` in the contract.

    The two differ only for the regular expressions of the Ruby tools. `version` is that
    of the form that the client used.
    """

    interaction: HttpInteraction
    recorded: HttpInteraction
    version: SpecificationVersion


def make_expectation(interaction: HttpInteraction) -> Expectation:
    """Return the expectation of an interaction that was read or built elsewhere."""
    version = interaction.version or SpecificationVersion.V2
    recorded = replace(interaction, version=None)
    return Expectation(recorded, recorded, version)


def read_expectation(data: Json, place: str) -> Expectation:
    """Read an interaction that a client sent as JSON; errors name `place`."""
    if not isinstance(data, dict):
        raise InvalidPact(place, read=describe_value(data), wanted="an object")
    _require(data, "description", place)
    for part in ("request", "response"):
        if not isinstance(_require(data, part, place), dict):
            raise InvalidPact(
                f"{place}.{part}", read=describe_value(data[part]), wanted="an object"
            )
    if ruby.has_matcher(data):
        return _read_ruby_expectation(data, place)
    version = _detect_version(data)
    if has_member(data, "pact:matcher:type"):
        data, version = _split_matchers(data, place), SpecificationVersion.V3
    found = _read_interaction(data, version, place)
    return Expectation(found, found, version)


def _read_ruby_expectation(data: dict[str, Json], place: str) -> Expectation:
    found = add_item_rules(_read_interaction(data, SpecificationVersion.V3, place))
    recorded = change_patterns(found, ruby.unmake_search)
    has_states = isinstance(data.get("providerStates"), list)
    version = SpecificationVersion.V3 if has_states else SpecificationVersion.V2
    served = change_patterns(recorded, ruby.make_search)
    return Expectation(served, recorded, version)


def _read_interaction(
    data: dict[str, Json], version: SpecificationVersion, place: str
) -> HttpInteraction:
    members = {_ALIASES.get(name, name): value for name, value in data.items()}
    contract = read_pact(
        {
            "consumer": {"name": "consumer"},
            "provider": {"name": "provider"},
            "interactions": [{n: v for n, v in members.items() if n not in _IGNORED}],
            "metadata": {"pactSpecification": {"version": str(version)}},
        }
    )
    (interaction,) = contract.interactions
    problem = explain_unsupported(interaction)
    if problem is not None:
        read = f"an invalid one ({problem})"
        raise InvalidPact(place, read=read, wanted="an HTTP interaction")
    if not isinstance(interaction, HttpInteraction):
        read = f"an interaction of another kind: {data.get('type')!r}"
        raise InvalidPact(place, read=read, wanted="an HTTP interaction")
    return replace(interaction, version=None, place=None)


def _detect_version(data: dict[str, Json]) -> SpecificationVersion:
    if "type" in data:
        return SpecificationVersion.V4
    request = data["request"]
    if "providerStates" in data or isinstance(request.get("query"), dict):
        return SpecificationVersion.V3
    rules = [data[part].get("matchingRules") for part in ("request", "response")]
    names = [name for one in rules if isinstance(one, dict) for name in one]
    has_categories = any(not name.startswith("$") for name in names)
    return SpecificationVersion.V3 if has_categories else SpecificationVersion.V2


def _split_matchers(data: dict[str, Json], place: str) -> dict[str, Json]:
    """Replace integration JSON by its examples, with the rules in v3's form."""
    try:
        parts = {name: _split_part(data[name]) for name in ("request", "response")}
    except InvalidExpectation as error:
        raise InvalidPact(
            place, read=str(error), wanted="matchers that can be read"
        ) from error
    return {**data, **parts}


def _split_part(part: dict[str, Json]) -> dict[str, Json]:
    plain = dict(part)
    rules: dict[str, Json] = {}
    generators: dict[str, Json] = {}
    if "path" in part:
        text = split_text(part["path"])
        plain["path"] = text.texts[0]
        if text.rules is not None:
            rules["path"] = write_rule_list(text.rules)
    for member, category in (("query", "query"), ("headers", "header")):
        if part.get(member) is not None:
            found = {n: split_text(v) for n, v in _read_pairs(part[member])}
            plain[member] = {name: list(one.texts) for name, one in found.items()}
            rules[category] = {
                name: write_rule_list(one.rules)
                for name, one in found.items()
                if one.rules is not None
            }
    if "body" in part:
        body = split(part["body"])
        plain["body"] = body.example
        rules["body"] = {path: write_rule_list(one) for path, one in body.rules.items()}
        generators["body"] = {
            path: write_generator(one) for path, one in body.generators.items()
        }
    written = {**plain, "matchingRules": {n: r for n, r in rules.items() if r}}
    if found_generators := {n: g for n, g in generators.items() if g}:
        written["generators"] = found_generators
    return written


def _read_pairs(data: Json) -> list[tuple[str, Json]]:
    if isinstance(data, str):
        query = Query.from_text(data)
        return [(name, [v or "" for v in values]) for name, values in query.items()]
    if not isinstance(data, dict):
        raise InvalidExpectation(
            f"expected an object of names and values, got {describe_value(data)}"
        )
    return list(data.items())


def _require(data: dict[str, Json], name: str, place: str) -> Json:
    if data.get(name) is None:
        raise InvalidPact(f"{place}.{name}", read="nothing", wanted="a value")
    return data[name]


_ALIASES = {"provider_state": "providerState", "provider_states": "providerStates"}
_IGNORED = {"metadata"}  # a member that the Ruby client adds
