"""What is made of a rule list once, so that judging many values costs little?

Source: semantics section 5.5, "Combining".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable

from pypact.model.json_text import Json
from pypact.model.mismatches import Mismatch
from pypact.model.rules import Rule, RuleList
from pypact.rules.scalars import Test
from pypact.rules.table import RULES, lengths, unknown_rule

__all__ = ["CompiledList", "CompiledRule", "compile_list", "compile_rules"]


class CompiledRule:
    """One rule with its tests; `json` and `text` are made when first needed."""

    __slots__ = (
        "_json",
        "_text",
        "accepts_map",
        "is_known",
        "kind",
        "least",
        "most",
        "name",
        "rule",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name
        self.is_known = rule.name in RULES
        self.kind = RULES.get(rule.name) or unknown_rule(rule.name)
        self.accepts_map = self.kind.accepts_map
        self.least, self.most = lengths(rule) if rule.name == "type" else (None, None)
        self._json: Test | None = None
        self._text: Test | None = None

    @property
    def json(self) -> Test:
        """The test of a JSON value."""
        if self._json is None:
            self._json = self.kind.json(self.rule.attributes)
        return self._json

    @property
    def text(self) -> Test:
        """The test of a text value."""
        if self._text is None:
            self._text = self.kind.text(self.rule.attributes)
        return self._text

    def length_problem(self, length: int, noun: str = "size") -> str | None:
        """The template of what is wrong with a length, if anything is."""
        if self.least is not None and length < self.least:
            return _TOO_SHORT.format(noun=noun, length=length)
        if self.most is not None and length > self.most:
            return _TOO_LONG.format(noun=noun, length=length)
        return None


class CompiledList:
    """A rule list; `rank` orders the lists of one body, the greater one is chosen."""

    __slots__ = ("any", "names", "only_type", "rank", "rules")

    def __init__(
        self, rules: Iterable[CompiledRule], combine: str = "AND", rank: int = 0
    ) -> None:
        self.rules = tuple(rules)
        self.any = combine == "OR"
        self.rank = rank
        self.names = frozenset(rule.name for rule in self.rules)
        self.only_type = self.names == {"type"}

    def combined(self, results: Iterable[list[Mismatch]]) -> list[Mismatch]:
        """Combine the mismatches of each rule; with OR one without any wins.

        Equal mismatches of several rules are given once.
        """
        if len(self.rules) == 1:
            return next(iter(results))
        found: dict[tuple[str, str], Mismatch] = {}
        for mismatches in results:
            if self.any and not mismatches:
                return []
            for mismatch in mismatches:
                found.setdefault((mismatch.path, mismatch.message), mismatch)
        return list(found.values())

    def failures(
        self, apply: Callable[[CompiledRule], str | None]
    ) -> list[tuple[Rule, str]]:
        """Apply each rule to one value, and combine what is wrong."""
        found = []
        for rule in self.rules:
            problem = apply(rule)
            if problem is None:
                if self.any:
                    return []
            else:
                found.append((rule.rule, problem))
        return found

    def text_failures(self, expected: str, actual: str) -> list[tuple[Rule, str]]:
        """Judge one text value."""
        return self.failures(lambda rule: rule.text(expected, actual))

    def json_failures(self, expected: Json, actual: Json) -> list[tuple[Rule, str]]:
        """Judge one JSON value as a whole."""
        return self.failures(lambda rule: rule.json(expected, actual))


def compile_list(rules: RuleList, rank: int = 0) -> CompiledList:
    """Compile a rule list."""
    return CompiledList(map(CompiledRule, rules.rules), rules.combine, rank)


@functools.cache
def compile_rules(*names: str) -> CompiledList:
    """Compile a list of rules that need no attributes."""
    return CompiledList(CompiledRule(Rule(name)) for name in names)


_TOO_SHORT = "Expected {{actual}} ({noun} {length}) to have minimum {noun} of {{min}}"
_TOO_LONG = "Expected {{actual}} ({noun} {length}) to have maximum {noun} of {{max}}"
