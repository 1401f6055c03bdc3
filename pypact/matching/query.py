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
    """An expected query, compiled with its rules.

    `parts` is (number of parameters without rules, number of parameters).
    """

    __slots__ = ("_query", "_rules", "_values", "parts")

    def __init__(self, query: Query, rules: MatchingRules) -> None:
        self._query = query
        self._rules = {
            name: ValueRules.of(rule_list)
            for name, rule_list in rules_by_name(rules, "query").items()
        }
        self._values = _fill_missing_values(query)
        exact = sum(name not in self._rules for name in query)
        self.parts = exact, len(query)

    def check(self, actual: Query) -> list[Mismatch]:
        """Return the mismatches of an actual query, including unexpected names."""
        if not self._values and not actual and not self._query.ordered:
            return []
        found = compare_parameters(
            "query",
            self._values,
            _fill_missing_values(actual),
            self._rules.get,
            _query_mismatch,
        )
        if found or not self._query.ordered:
            return found
        return self._check_order(actual)

    def _check_order(self, actual: Query) -> list[Mismatch]:
        # Peers: the reference implementations read a v1 query as one of v1.1; the
        # official cases of v1 compare the order and also count empty pieces (`a=1&`).
        if _split_in_order(self._query) == _split_in_order(actual):
            return []
        problem = "Expected query {expected}, in this order, but was {actual}"
        expected, other = self._query.encoded(), actual.encoded()
        return [Mismatch(Kind.QUERY, "", None, expected, other, problem)]


def _fill_missing_values(query: Query) -> dict[str, tuple[str, ...]]:
    # A missing value equals an empty one: `?a` is the same as `?a=`.
    return {
        name: tuple(value or "" for value in values) for name, values in query.items()
    }


def _split_in_order(query: Query) -> list[tuple[str, str]]:
    written = query.encoded()
    found = []
    for piece in written.split("&") if written else ():
        name, _, value = piece.partition("=")
        found.append((decode_component(name), decode_component(value)))
    return found


def _query_mismatch(
    name: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.QUERY, name, rule, expected, actual, problem)
