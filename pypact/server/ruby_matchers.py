r"""Which matcher does an object of the Ruby tools' JSON mean?

`{"json_class": "Pact::Term", "data": {"generate": "12", "matcher": {"json_class":
"Regexp", "o": 0, "s": "\\d+"}}}`: the form in which old clients write matchers into
their interactions. It becomes a matcher of `pypact.match`.

Source: conventions, 4.6; semantics section 10, "Integration JSON".
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

from pypact.errors import InvalidPact
from pypact.match.nodes import Children, Matcher
from pypact.model.http import Request, Response
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json, compact
from pypact.model.rules import Rule, RuleList

__all__ = ["has_ruby_matchers", "searching", "translated", "with_item_rules"]

_Part = TypeVar("_Part", Request, Response)


def has_ruby_matchers(data: Json) -> bool:
    """Return whether any object in the data has a `json_class`."""
    if isinstance(data, dict):
        return "json_class" in data or any(map(has_ruby_matchers, data.values()))
    return isinstance(data, list) and any(map(has_ruby_matchers, data))


def translated(data: Json, place: str) -> Json:
    """Replace every object with a `json_class` by the matcher that it describes.

    Raises: InvalidPact, for an unknown class or malformed members.
    """
    if isinstance(data, list):
        return [translated(item, place) for item in data]
    if not isinstance(data, dict):
        return data
    if "json_class" not in data:
        return {name: translated(item, place) for name, item in data.items()}
    try:
        return _MATCHER_READERS[data["json_class"]](data, place)
    except (KeyError, TypeError, ValueError):
        known = ", ".join(sorted(_MATCHER_READERS))
        raise InvalidPact(place, read=compact(data), wanted=f"one of {known}") from None


def searching(interaction: HttpInteraction) -> HttpInteraction:
    """Return the interaction with regular expressions that match anywhere in a string.

    Peers: the Ruby mock service searches for a match; JVM and pypact match the whole
    string.
    """
    return replace(
        interaction,
        request=_unanchor_part(interaction.request),
        response=_unanchor_part(interaction.response),
    )


def with_item_rules(interaction: HttpInteraction) -> HttpInteraction:
    """Add a type rule for the items of each array that has a minimum length.

    The rule of the array implies it, but the Ruby tools write it to the contract.
    """
    return replace(
        interaction,
        request=_add_item_rules(interaction.request),
        response=_add_item_rules(interaction.response),
    )


def _read_something_like(data: dict[str, Json], place: str) -> Json:
    return Matcher(translated(data["contents"], place), (Rule("type"),))


def _read_array_like(data: dict[str, Json], place: str) -> Json:
    least = int(data.get("min", 1))
    items = [translated(data["contents"], place)] * least
    rule = Rule("type", {"min": least})
    return Matcher(items, (rule,), children=Children.SHARED)


def _read_term(data: dict[str, Json], place: str) -> Json:
    term = data["data"]
    pattern = _read_pattern(term["matcher"])
    example = translated(term["generate"], place)
    # Not `match.regex`, which requires that the pattern matches the whole example;
    # a Ruby pattern may match a part of it, see `searching`.
    return Matcher(example, (Rule("regex", {"regex": pattern}),))


def _read_pattern(regexp: Json) -> str:
    if isinstance(regexp, str):
        return regexp
    source, options = str(regexp["s"]), int(regexp.get("o", 0))
    flags = "".join(flag for bit, flag in _FLAGS if options & bit)
    return f"(?{flags}:{source})" if flags else source


def _unanchor_part(part: _Part) -> _Part:
    rules = {
        category: {path: _unanchor_rules(found) for path, found in by_path.items()}
        for category, by_path in part.rules.items()
    }
    return replace(part, rules=rules)


def _unanchor_rules(found: RuleList) -> RuleList:
    return replace(found, rules=tuple(map(_unanchor_rule, found.rules)))


def _unanchor_rule(rule: Rule) -> Rule:
    if rule.name != "regex":
        return rule
    pattern = rf"[\s\S]*?(?:{rule.attributes['regex']})[\s\S]*"
    return replace(rule, attributes={**rule.attributes, "regex": pattern})


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


_FLAGS = ((1, "i"), (2, "x"), (4, "s"))  # Ruby's `m` is Python's `s`
_MATCHER_READERS = {
    "Pact::ArrayLike": _read_array_like,
    "Pact::SomethingLike": _read_something_like,
    "Pact::Term": _read_term,
}
