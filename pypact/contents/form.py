"""Do these two form-urlencoded bodies match?

They are compared like queries, with the rules of the body: the list of values of a name
by the rule chosen at `$.name`, one value by that at `$.name[i]`.

Source: semantics section 4.6, "Form-urlencoded".
"""

from __future__ import annotations

from pypact.contents.expected import ExpectedBody
from pypact.contents.parameters import Chosen, ValueRules, compare_parameters
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.paths import ROOT
from pypact.model.query import split_pairs
from pypact.model.rules import Rule
from pypact.rules.tree import Place, RuleTree

__all__ = ["FormPlan"]


class FormPlan:
    """An expected form, compiled with its rules."""

    __slots__ = ("_expected", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._expected = _parse_form(expected.content)
        self._tree = RuleTree(expected.rules)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Return the mismatches of an actual form."""
        return compare_parameters(
            "form post",
            self._expected,
            _parse_form(actual),
            self._rules_of,
            _form_mismatch,
        )

    def _rules_of(self, name: str) -> ValueRules | None:
        if not self._tree:
            return None
        place = self._tree.root.name(name)
        return ValueRules(
            place.best,
            lambda index: _choose_value_rules(place.index(index)),
            place.cascaded,
        )


def _choose_value_rules(place: Place) -> Chosen:
    return Chosen(place.best, _COLLECTION_RULES if place.cascaded else _MAP_RULES)


def _parse_form(content: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in split_pairs(content.decode("utf-8", "replace")):
        found.setdefault(name, []).append(value or "")
    return found


def _form_mismatch(
    name: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, str(ROOT / name), rule, expected, actual, problem)


_COLLECTION_RULES = frozenset({"arrayContains", "eachKey", "eachValue"})
# Peers: the Rust core ignores these for a single value even at its own path.
_MAP_RULES = frozenset({"eachKey", "eachValue"})
