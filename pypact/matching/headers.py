"""Compare headers.

Source: docs/internals/specification.md, "3.4 Headers".
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from itertools import zip_longest

from pypact.matching.body import MOST_MISMATCHES, mark_incomplete
from pypact.matching.parameters import ParameterRules, compare_values, find_first_rule
from pypact.model.http import Headers
from pypact.model.mismatches import Mismatch, MismatchKind, escape_template
from pypact.model.rules import MatchingRules
from pypact.rules.compiled import CompiledList, compile_rules_by_name
from pypact.rules.table import LIST_WALKS


class HeadersCheck:
    """Compiled headers; `parts` counts those without rules, and all.

    `accepts_all` is true if no header is expected.
    """

    __slots__ = ("_headers", "_rules", "accepts_all", "parts")

    def __init__(self, headers: Headers, rules: MatchingRules) -> None:
        self._headers = list(headers.items())
        self._rules: Mapping[str, CompiledList] = {}
        if "header" in rules:
            self._rules = compile_rules_by_name(rules, "header", ignore_case=True)
        count = exact = len(self._headers)
        if self._rules:
            exact = sum(name.lower() not in self._rules for name, _ in self._headers)
        self.parts = exact, count
        self.accepts_all = not count

    def get_rules(self, name: str) -> CompiledList | None:
        """Return the rules of a header, if any; `name` must be in lower case."""
        return self._rules.get(name)

    def check(self, actual: Headers) -> list[Mismatch]:
        """Return the mismatches of actual headers; further headers are ignored."""
        found: list[Mismatch] = []
        for name, expected in self._headers:
            if len(found) >= MOST_MISMATCHES:
                break
            values = actual.get(name)
            if values is None:
                problem = f"Expected a header '{escape_template(name)}' but was missing"
                rule = find_first_rule(self._rules.get(name.lower()))
                joined = ", ".join(expected)
                found.append(_header_mismatch(name, rule, joined, None, problem))
            elif not expected:
                if values:
                    problem = f"Expected an empty header '{escape_template(name)}' "
                    problem += "but actual value was {actual}"
                    joined = ", ".join(values)
                    found.append(_header_mismatch(name, None, "", joined, problem))
            else:
                rules = self._rules.get(name.lower())
                if rules is not None or values != expected:
                    one, other = (tuple(map(str.strip, v)) for v in (expected, values))
                    if rules is None:
                        one, other = _drop_empty(one), _drop_empty(other)
                    found += _compare_header(name, one, other, rules)
        return mark_incomplete(found)


def _drop_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    """Return the values without empty ones, but at least one value.

    Peers: the reference ignores an empty line of a repeated header, too, but not where
    a rule applies.
    """
    if "" in values:
        return tuple(filter(None, values)) or ("",)
    return values


def is_same_with_parameters(expected: str, actual: str) -> bool:
    """Return whether two values like `text/html;q=1` match.

    Each expected parameter must be in the actual value; further ones are ignored.
    """
    expected_main, *expected_rest = (part.strip() for part in expected.split(";"))
    actual_main, *actual_rest = (part.strip() for part in actual.split(";"))
    actual_parameters = _parse_parameters(actual_rest)
    return expected_main == actual_main and all(
        actual_parameters.get(name) == value
        for name, value in _parse_parameters(expected_rest).items()
    )


def _parse_parameters(parts: list[str]) -> Mapping[str, str]:
    # Peers: the Rust core compares parameter names with case; RFC 9110 ignores it.
    pairs = (part.partition("=") for part in parts if "=" in part)
    return {name.strip().lower(): value.strip().lower() for name, _, value in pairs}


def _compare_header(
    name: str,
    expected: tuple[str, ...],
    actual: tuple[str, ...],
    rules: CompiledList | None,
) -> list[Mismatch]:
    if rules is None:
        return _compare_without_rules(name, expected, actual)
    where = f"Mismatch with header '{escape_template(name)}': "
    if len(expected) == len(actual) == 1 and rules.walks.isdisjoint(LIST_WALKS):
        return [
            _header_mismatch(name, rule, expected[0], actual[0], where + problem)
            for rule, problem in rules.find_text_failures(expected[0], actual[0])
        ]
    return [
        _header_mismatch(
            name, rule, one, other, f"{where}{problem}{_format_index(place)}"
        )
        for rule, one, other, problem, place in compare_values(
            ParameterRules.repeat(rules), expected, actual
        )
    ]


def _format_index(place: int | None) -> str:
    return "" if place is None else f" for value at index {place}"


def _compare_without_rules(
    name: str, expected: tuple[str, ...], actual: tuple[str, ...]
) -> list[Mismatch]:
    has_parameters = name.lower() in ("content-type", "accept")
    same = is_same_with_parameters if has_parameters else _is_same_value
    is_single = len(expected) == len(actual) == 1
    shown = escape_template(name)
    found: list[Mismatch] = []
    for index, (one, other) in enumerate(zip_longest(expected, actual)):
        if one is None:
            problem = (
                f"Did not expect the value {{actual}} at index {index} "
                f"(expected {len(expected)} value(s))"
            )
        elif other is None:
            problem = (
                f"Expected value {{expected}} at index {index} "
                f"but was missing (actual has {len(actual)} value(s))"
            )
        elif same(one, other):
            continue
        else:
            problem = (
                f"Expected header '{shown}' to have value {{expected}} but was "
                f"{{actual}}{_format_index(None if is_single else index)}"
            )
        problem = f"Mismatch with header '{shown}': {problem}"
        found.append(_header_mismatch(name, None, one, other, problem))
        if len(found) >= MOST_MISMATCHES:
            break
    return found


def _is_same_value(expected: str, actual: str) -> bool:
    return expected == actual or _split(expected) == _split(actual)


def _split(value: str) -> list[str]:
    return [part.strip() for part in value.split(",")]


_header_mismatch = partial(Mismatch, MismatchKind.HEADER)
