"""Does this query satisfy the expected one?

Source: semantics section 3.3, "Query".
"""

from __future__ import annotations

from pypact.contents.parameters import ValueRules, compare_parameters
from pypact.matching.categories import rules_by_name
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch
from pypact.model.query import Query, decode_component
from pypact.model.rules import MatchingRules, Rule

__all__ = ["QueryCheck"]


class QueryCheck:
    """An expected query with its rules.

    `parts` is (how many parameters are exact, how many are looked at).
    """

    __slots__ = ("_query", "_rules", "_values", "parts")

    def __init__(self, query: Query, rules: MatchingRules) -> None:
        self._query = query
        self._rules = {
            name: ValueRules.of(rule_list)
            for name, rule_list in rules_by_name(rules, "query").items()
        }
        self._values = _values_of(query)
        exact = sum(name not in self._rules for name in query)
        self.parts = exact, len(query)

    def check(self, actual: Query) -> list[Mismatch]:
        """Compare an actual query: every parameter has to be expected."""
        if not self._values and not actual and not self._query.ordered:
            return []
        found = compare_parameters(
            "query", self._values, _values_of(actual), self._rules.get, _mismatch
        )
        if found or not self._query.ordered:
            return found
        return self._check_order(actual)

    def _check_order(self, actual: Query) -> list[Mismatch]:
        # Peers: the references read a v1 query like that of v1.1; the official cases
        # of v1 want the order, and tell an empty piece from none.
        if _pieces(self._query) == _pieces(actual):
            return []
        problem = "Expected query {expected}, in this order, but was {actual}"
        expected, other = self._query.encoded(), actual.encoded()
        return [Mismatch(Kind.QUERY, "", None, expected, other, problem)]


def _values_of(query: Query) -> dict[str, tuple[str, ...]]:
    # A missing value equals an empty one: `?a` is `?a=`.
    return {
        name: tuple(value or "" for value in values) for name, values in query.items()
    }


def _pieces(query: Query) -> list[tuple[str, str]]:
    text = query.encoded()
    found = []
    for piece in text.split("&") if text else ():
        name, _, value = piece.partition("=")
        found.append((decode_component(name), decode_component(value)))
    return found


def _mismatch(
    name: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.QUERY, name, rule, expected, actual, problem)
