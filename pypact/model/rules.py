"""Represent the matching rules of a request, response or message.

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
    """A matching rule: its `name`, as in `match` of a v4 file, and its attributes.

    `type` with a minimum length is `Rule("type", {"min": 1})`. Unknown names are kept.
    """

    name: str
    attributes: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RuleList:
    """The rules for one place, combined by `combine`: "AND" or "OR"."""

    rules: tuple[Rule, ...]
    combine: str = "AND"


MatchingRules: TypeAlias = Mapping[str, Mapping[str, RuleList]]
"""Category → key → rules, in the order of the file.

The categories are method, path and status (key ""), header, query and metadata (key:
the literal name), and body (key: a rule path as a string, starting with `$`).
"""

NO_RULES: MatchingRules = {}
