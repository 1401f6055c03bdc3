"""What is made of a rule list once, so that judging many values costs little?

Source: semantics section 5.5, "Combining".
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

from pypact.model.json_text import Json
from pypact.model.rules import Rule, RuleList
from pypact.rules.scalars import Test
from pypact.rules.table import RULES, lengths, unknown_rule

__all__ = ["CompiledList", "CompiledRule", "compile_list", "compile_rules"]

Found = TypeVar("Found")


class CompiledRule:
    """A matching rule with its checks, which are built when first used.

    `least` and `most` are the minimum and maximum length that a `type` rule allows.
    """

    __slots__ = (
        "_json",
        "_text",
        "inner",
        "is_known",
        "kind",
        "least",
        "most",
        "name",
        "rule",
        "variants",
    )

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self.name = rule.name
        self.is_known = rule.name in RULES
        self.kind = RULES.get(rule.name) or unknown_rule(rule.name)
        self.least, self.most = lengths(rule)
        self._json: Test | None = None
        self._text: Test | None = None
        # Caches of `pypact.rules.inner`: the rules nested in this one.
        self.inner: CompiledList | None = None
        self.variants: object = None

    @property
    def json(self) -> Test:
        """The check for a JSON value."""
        if self._json is None:
            self._json = self.kind.json(self.rule.attributes)
        return self._json

    @property
    def text(self) -> Test:
        """The check for a string outside of JSON, such as a header value."""
        if self._text is None:
            self._text = self.kind.text(self.rule.attributes)
        return self._text

    def length_problem(self, length: int) -> str | None:
        """Return a message template if a length is out of bounds, else None.

        The template has fields in braces, see `pypact.model.mismatches`.
        """
        if self.least is not None and length < self.least:
            return (
                f"Expected {{actual}} (size {length}) to have minimum size of {{min}}"
            )
        if self.most is not None and length > self.most:
            return (
                f"Expected {{actual}} (size {length}) to have maximum size of {{max}}"
            )
        return None


class CompiledList:
    """A compiled rule list.

    `any` is true for the combination OR. `rank` orders the lists of one body: where
    several apply, the one with the greatest rank is used. `only_type` is true if all
    rules are `type` rules.
    """

    __slots__ = ("any", "has_lengths", "names", "only_type", "rank", "rules")

    def __init__(
        self, rules: Iterable[CompiledRule], combine: str = "AND", rank: int = 0
    ) -> None:
        self.rules = tuple(rules)
        self.any = combine == "OR"
        self.rank = rank
        self.names = frozenset(rule.name for rule in self.rules)
        self.only_type = self.names == {"type"}
        # Whether a rule limits the length of the value that it applies to.
        self.has_lengths = any(
            rule.least is not None or rule.most is not None for rule in self.rules
        )

    def passes(self, expected: Json, actual: Json) -> bool:
        """Return whether a JSON value as a whole satisfies the rules."""
        if self.any:
            return any(rule.json(expected, actual) is None for rule in self.rules)
        return all(rule.json(expected, actual) is None for rule in self.rules)

    def combined(
        self,
        results: Iterable[Sequence[Found]],
        identity: Callable[[Found], Hashable],
    ) -> Sequence[Found]:
        """Merge the findings of each rule, given in the order of the rules.

        With OR, the result is empty if one rule has no findings. Findings with equal
        `identity` are returned once.
        """
        if len(self.rules) == 1:
            return next(iter(results))
        found: dict[Hashable, Found] = {}
        for result in results:
            if self.any and not result:
                return ()
            for one in result:
                found.setdefault(identity(one), one)
        return list(found.values())

    def failures(
        self, apply: Callable[[CompiledRule], str | None]
    ) -> list[tuple[Rule, str]]:
        """Apply each rule to one value and return (failed rule, message template).

        `apply` returns a message template, or None if the value passes. With OR, the
        result is empty if one rule passes.
        """
        found: list[tuple[Rule, str]] = []
        for rule in self.rules:
            problem = apply(rule)
            if problem is None:
                if self.any:
                    return []
            elif (rule.rule, problem) not in found:
                found.append((rule.rule, problem))
        return found

    def text_failures(self, expected: str, actual: str) -> list[tuple[Rule, str]]:
        """Return (failed rule, message template) for a string."""
        return self.failures(lambda rule: rule.text(expected, actual))

    def json_failures(self, expected: Json, actual: Json) -> list[tuple[Rule, str]]:
        """Return (failed rule, message template) for a JSON value as a whole."""
        return self.failures(lambda rule: rule.json(expected, actual))


def compile_list(rules: RuleList, rank: int = 0) -> CompiledList:
    """Compile a rule list; `rank` is its rank among the lists of one body."""
    return CompiledList(map(CompiledRule, rules.rules), rules.combine, rank)


@functools.cache
def compile_rules(*names: str) -> CompiledList:
    """Compile a list of rules given by their names, without attributes."""
    return CompiledList(CompiledRule(Rule(name)) for name in names)
