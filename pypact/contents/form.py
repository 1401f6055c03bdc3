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
    """An expected form with its rules."""

    __slots__ = ("_expected", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._expected = _parsed(expected.content)
        self._tree = RuleTree(expected.rules)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Compare an actual form."""
        return compare_parameters(
            "form post", self._expected, _parsed(actual), self._rules_of, _mismatch
        )

    def _rules_of(self, name: str) -> ValueRules | None:
        if not self._tree:
            return None
        place = self._tree.root.name(name)
        return ValueRules(
            place.best, lambda index: _chosen(place.index(index)), place.cascaded
        )


def _chosen(place: Place) -> Chosen:
    return Chosen(place.best, _OF_CONTAINERS if place.cascaded else _OF_MAPS)


def _parsed(content: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in split_pairs(content.decode("utf-8", "replace")):
        found.setdefault(name, []).append(value or "")
    return found


def _mismatch(
    name: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, str(ROOT / name), rule, expected, actual, problem)


_OF_CONTAINERS = frozenset({"arrayContains", "eachKey", "eachValue"})
# Peers: the Rust core lets one value pass these even directly; so does this.
_OF_MAPS = frozenset({"eachKey", "eachValue"})
