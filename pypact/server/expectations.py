"""Which interaction does a client register?

It may come in the form of a pact file of any version, with matchers of the Ruby tools
(`json_class`) or with integration JSON inside. Source: conventions, 4.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from pypact import match
from pypact.errors import InvalidExpectation, InvalidPact
from pypact.formats import read_pact
from pypact.formats.checks import described
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json
from pypact.model.query import Query
from pypact.model.rules import RuleList
from pypact.model.versions import SpecificationVersion
from pypact.rules.table import write_rule
from pypact.server.ruby_matchers import (
    has_ruby_matchers,
    searching,
    translated,
    with_item_rules,
)

__all__ = ["Expectation", "read_expectation", "registered"]


@dataclass(frozen=True, slots=True, eq=False)
class Expectation:
    """A registered interaction.

    `interaction` matches requests, `recorded` is written to the contract; they differ
    only for the regular expressions of the Ruby tools. `version` is the specification
    version of the form that the client used.
    """

    interaction: HttpInteraction
    recorded: HttpInteraction
    version: SpecificationVersion


def registered(interaction: HttpInteraction) -> Expectation:
    """Return the expectation of an interaction that was read or built elsewhere."""
    version = interaction.version or SpecificationVersion.V2
    recorded = replace(interaction, version=None)
    return Expectation(recorded, recorded, version)


def read_expectation(data: Json, place: str) -> Expectation:
    """Read an interaction that a client sent as JSON; errors name `place`.

    Raises: InvalidPact.
    """
    if not isinstance(data, dict):
        raise InvalidPact(place, read=described(data), wanted="an object")
    _require(data, "description", place)
    for part in ("request", "response"):
        if not isinstance(_require(data, part, place), dict):
            raise InvalidPact(
                f"{place}.{part}", read=described(data[part]), wanted="an object"
            )
    if has_ruby_matchers(data):
        return _read_ruby_expectation(data, place)
    if _has_integration_json(data):
        found = _read_interaction(
            _split_matchers(data, place), SpecificationVersion.V3, place
        )
        return Expectation(found, found, SpecificationVersion.V3)
    version = _detect_version(data)
    found = _read_interaction(data, version, place)
    return Expectation(found, found, version)


def _read_ruby_expectation(data: dict[str, Json], place: str) -> Expectation:
    plain = _split_matchers(translated(data, place), place)
    found = with_item_rules(_read_interaction(plain, SpecificationVersion.V3, place))
    has_states = isinstance(data.get("providerStates"), list)
    version = SpecificationVersion.V3 if has_states else SpecificationVersion.V2
    return Expectation(searching(found), found, version)


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
    if not isinstance(interaction, HttpInteraction):
        raise InvalidPact(
            place,
            read=f"an interaction of another kind: {data.get('type')!r}",
            wanted="an HTTP interaction",
        )
    return replace(interaction, version=None, place=None)


def _detect_version(data: dict[str, Json]) -> SpecificationVersion:
    if "type" in data:
        return SpecificationVersion.V4
    request = data["request"]
    if "providerStates" in data or isinstance(request.get("query"), dict):
        return SpecificationVersion.V3
    rules = [data[part].get("matchingRules") for part in ("request", "response")]
    if any(isinstance(one, dict) and _has_categories(one) for one in rules):
        return SpecificationVersion.V3
    return SpecificationVersion.V2


def _has_categories(rules: dict[str, Json]) -> bool:
    return any(not name.startswith("$") for name in rules)


def _has_integration_json(data: Json) -> bool:
    if isinstance(data, dict):
        return "pact:matcher:type" in data or any(
            map(_has_integration_json, data.values())
        )
    return isinstance(data, list) and any(map(_has_integration_json, data))


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
        text = match.split_text(part["path"])
        plain["path"] = text.texts[0]
        if text.rules is not None:
            rules["path"] = _rule_list_to_json(text.rules)
    for member, category in (("query", "query"), ("headers", "header")):
        if part.get(member) is not None:
            found = {n: match.split_text(v) for n, v in _read_pairs(part[member])}
            plain[member] = {name: list(one.texts) for name, one in found.items()}
            rules[category] = {
                name: _rule_list_to_json(one.rules)
                for name, one in found.items()
                if one.rules is not None
            }
    if "body" in part:
        body = match.split(part["body"])
        plain["body"] = body.example
        rules["body"] = {
            path: _rule_list_to_json(one) for path, one in body.rules.items()
        }
        generators["body"] = {
            path: {"type": one.type, **one.attributes}
            for path, one in body.generators.items()
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
            f"expected an object of names and values, got {described(data)}"
        )
    return list(data.items())


def _rule_list_to_json(rules: RuleList) -> dict[str, Json]:
    return {
        "combine": rules.combine,
        "matchers": [write_rule(rule) for rule in rules.rules],
    }


def _require(data: dict[str, Json], name: str, place: str) -> Json:
    if data.get(name) is None:
        raise InvalidPact(f"{place}.{name}", read="nothing", wanted="a value")
    return data[name]


_ALIASES = {"provider_state": "providerState", "provider_states": "providerStates"}
_IGNORED = {"metadata"}  # a member that the Ruby client adds
