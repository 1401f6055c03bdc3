"""Which matching rules does a file say, in the form of v2 or in that of v3 and v4?

v2 is flat: one rule for one path. v3 and v4 have categories and lists. The form is
known by the keys, whatever the version of the file.

Source: semantics section 1.6, "Matching rules and generators in the file".
"""

from __future__ import annotations

import re
from typing import NamedTuple

from pypact.errors import InvalidPact
from pypact.formats.checks import described
from pypact.formats.losses import Losses
from pypact.model.json_text import Json
from pypact.model.paths import parse_path, render
from pypact.model.rules import MatchingRules, Rule, RuleList
from pypact.rules.table import parse_rule, parse_rule_list, write_rule

__all__ = ["category_of", "read_rules", "write_categories", "write_flat", "write_none"]


def read_rules(data: Json, place: str) -> MatchingRules:
    """Read `matchingRules`, in either form.

    Raises: InvalidPact.
    """
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InvalidPact(place, read=described(data), wanted="an object")
    rules: dict[str, dict[str, RuleList]] = {}
    for name, value in data.items():
        here = f"{place}[{name!r}]"
        if name.startswith("$"):
            found = _FlatKey.read(name)
            rules.setdefault(found.category, {})[found.key] = _rule_list(value, here)
        else:
            category = category_of(name)
            rules.setdefault(category, {}).update(_category(category, value, here))
    return {category: lists for category, lists in rules.items() if lists}


def write_categories(rules: MatchingRules, _losses: Losses) -> dict[str, Json]:
    """Write the form of v3 and v4."""
    return {
        category: _rule_list_json(lists[""])
        if lists.keys() == {""}
        else {key: _rule_list_json(value) for key, value in lists.items()}
        for category, lists in rules.items()
        if lists
    }


def write_flat(rules: MatchingRules, losses: Losses) -> dict[str, Json]:
    """Write the form of v2; more than one rule for a place are a loss."""
    pairs = [
        (_FlatKey(category, key).text, value)
        for category, lists in rules.items()
        for key, value in lists.items()
        if value.rules
    ]
    if losses.same and any(len(value.rules) > 1 for _, value in pairs):
        return write_categories(rules, losses)
    return {path: _first(path, value, losses) for path, value in pairs}


def write_none(rules: MatchingRules, losses: Losses) -> dict[str, Json]:
    """Write rules into v1, which has none."""
    if losses.same:
        return write_flat(rules, losses)
    for category, lists in rules.items():
        for key in lists:
            losses.lose(f"the matching rules at {_FlatKey(category, key).text}")
    return {}


def category_of(name: str) -> str:
    """The category that `name` means."""
    return _SYNONYMS.get(name, name)


class _FlatKey(NamedTuple):
    category: str
    key: str

    @classmethod
    def read(cls, text: str) -> _FlatKey:
        found = _FLAT.fullmatch(text)
        if found is None:
            return cls("body", text)
        category = category_of(found["category"])
        following = found["rest"]
        if category == "body":
            return cls(category, f"${following}")
        return cls(category, _name(following))

    @property
    def text(self) -> str:
        if self.category == "body":
            return f"$.body{self.key.removeprefix('$')}"
        category = "headers" if self.category == "header" else self.category
        return f"$.{category}{render([self.key])[1:] if self.key else ''}"


def _name(text: str) -> str:
    # Peers: the reference loses rules on names with a dot and refuses ['a[]'].
    text = _INDEX.sub("", text)
    try:
        tokens = parse_path(f"${text}").tokens
    except ValueError:
        tokens = ()
    if len(tokens) == 1 and isinstance(tokens[0], str):
        return tokens[0]
    return text.removeprefix(".")


def _category(category: str, data: Json, place: str) -> dict[str, RuleList]:
    if _is_rule_list(data):
        return _with_rules({"": _rule_list(data, place)})
    if not isinstance(data, dict):
        raise InvalidPact(place, read=described(data), wanted="an object")
    return _with_rules(
        {
            _body_key(key) if category == "body" else key: _rule_list(
                value, f"{place}[{key!r}]"
            )
            for key, value in data.items()
        }
    )


def _with_rules(lists: dict[str, RuleList]) -> dict[str, RuleList]:
    return {key: value for key, value in lists.items() if value.rules}


def _body_key(key: str) -> str:
    if key.startswith("$"):
        return key
    return f"${key}" if key.startswith("[") or not key else f"$.{key}"


def _is_rule_list(data: Json) -> bool:
    return isinstance(data, list) or (
        isinstance(data, dict)
        and any(
            isinstance(data.get(name), kind)
            for name, kind in (("matchers", list), ("combine", str), ("match", str))
        )
    )


def _rule_list(data: Json, place: str) -> RuleList:
    try:
        if isinstance(data, list):
            return RuleList(tuple(parse_rule(item) for item in data))
        if isinstance(data, dict) and "matchers" in data:
            return parse_rule_list(data)
        if isinstance(data, dict) and data.keys() <= {"combine"}:
            return RuleList(())
        return RuleList((parse_rule(data),))
    except ValueError as error:
        raise InvalidPact(place, read=str(error), wanted="a matching rule") from None


def _rule_list_json(rules: RuleList) -> dict[str, Json]:
    return {
        "combine": rules.combine,
        "matchers": [write_rule(rule) for rule in rules.rules],
    }


def _first(path: str, rules: RuleList, losses: Losses) -> dict[str, Json]:
    for rule in rules.rules[1:]:
        losses.lose(f"the second matching rule '{rule.name}' at {path}")
    first = rules.rules[0]
    if not _is_of_v2(first):
        losses.warn(
            f"the matching rule '{first.name}' at {path} is newer than Pact "
            f"Specification {losses.version}; older tools may not know it"
        )
    return write_rule(first)


def _is_of_v2(rule: Rule) -> bool:
    return rule.name in ("type", "regex")


_SYNONYMS = {
    "headers": "header",
    "content": "body",
    "contents": "body",
    "metaData": "metadata",
}
_FLAT = re.compile(r"\$\.(?P<category>\w+)(?P<rest>(?:[.\[].*)?)", re.DOTALL)
_INDEX = re.compile(r"\[(?:\*|\d+)\]\Z")
