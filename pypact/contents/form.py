"""Do these two form-urlencoded bodies match?

They are compared like queries, with the rules of the body: the list of values of a name
by the rule chosen at `$.name`, one value by that at `$.name[i]`.

Source: semantics section 4.6, "Form-urlencoded".
"""

from __future__ import annotations

from pypact.contents import ExpectedBody
from pypact.contents.parameters import compare_values, plain_values
from pypact.model.content_types import ContentType
from pypact.model.json_text import Json
from pypact.model.mismatches import Kind, Mismatch, quoted
from pypact.model.paths import ROOT
from pypact.model.query import split_pairs
from pypact.model.rules import Rule
from pypact.rules.compiled import CompiledList, compile_rules
from pypact.rules.tree import UNREADABLE_PATH, RuleTree

__all__ = ["FormPlan"]


class FormPlan:
    """An expected form with its rules."""

    __slots__ = ("_expected", "_tree")

    def __init__(self, expected: ExpectedBody) -> None:
        self._expected = _parsed(expected.content)
        self._tree = RuleTree(expected.rules)

    def check(self, actual: bytes, _: ContentType) -> list[Mismatch]:
        """Compare an actual form."""
        form = _parsed(actual)
        found = [
            _mismatch(path, None, path, None, quoted(f"{UNREADABLE_PATH}{reason}"))
            for path, reason in self._tree.problems
        ]
        for name, values in self._expected.items():
            if name in form:
                found += self._compare(name, values, form[name])
            else:
                problem = (
                    f"Expected form post parameter '{quoted(name)}' but was missing"
                )
                found.append(_mismatch(_path(name), None, values, None, problem))
        for name, values in form.items():
            if name not in self._expected:
                problem = f"Unexpected form post parameter '{quoted(name)}' received"
                found.append(_mismatch(_path(name), None, None, values, problem))
        return found

    def _compare(
        self, name: str, expected: list[str], actual: list[str]
    ) -> list[Mismatch]:
        path = _path(name)

        def make(
            rule: Rule | None, one: Json, other: Json, problem: str, _: int | None
        ) -> Mismatch:
            return _mismatch(path, rule, one, other, problem)

        def rules_at(index: int) -> CompiledList | None:
            return self._tree.choose(name, index)

        whole = self._tree.choose(name)
        if whole is not None:
            return compare_values(whole, expected, actual, make, value_rules=rules_at)
        if not any(rules_at(index) for index in range(len(actual))):
            return plain_values(f"form post parameter '{name}'", expected, actual, make)
        counted = plain_values(
            f"form post parameter '{name}'", expected, expected[: len(actual)], make
        )
        return counted + [
            make(rule, one, other, problem, index)
            for index, (one, other) in enumerate(zip(expected, actual, strict=False))
            for rule, problem in (rules_at(index) or _EQUALITY).text_failures(
                one, other
            )
        ]


def _parsed(content: bytes) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in split_pairs(content.decode("utf-8", "replace")):
        found.setdefault(name, []).append(value or "")
    return found


def _path(name: str) -> str:
    return str(ROOT / name)


def _mismatch(
    path: str, rule: Rule | None, expected: Json, actual: Json, problem: str
) -> Mismatch:
    return Mismatch(Kind.BODY, path, rule, expected, actual, problem)


_EQUALITY = compile_rules("equality")
