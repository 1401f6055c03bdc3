"""Which matching rules stand where? As data; what they mean is in `pypact.rules`.

Source: semantics section 1.6, "Matching rules and generators in the file".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from pypact.model.json_text import Json

__all__ = ["NO_RULES", "MatchingRules", "Rule", "RuleList"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One matching rule: `name` as a v4 file writes it in `match`, and its attributes.

    `type` with lengths is `Rule("type", {"min": 1})`. A name that nobody knows is kept.
    """

    name: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleList:
    """Rules for one place, joined by `combine`: "AND" or "OR"."""

    rules: tuple[Rule, ...]
    combine: str = "AND"


MatchingRules: TypeAlias = Mapping[str, Mapping[str, RuleList]]
"""Category → key → rules, in file order.

Categories: method, path, status (key ""), header, query, metadata (key: the name, taken
literally), body (key: text of a path expression starting at `$`).
"""

NO_RULES: MatchingRules = {}
