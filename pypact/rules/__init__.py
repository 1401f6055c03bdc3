"""Read, write and apply matching rules."""

from pypact.rules.table import (
    RULES,
    ElementCheck,
    RuleKind,
    Walk,
    parse_rule,
    register,
    write_rule,
)

__all__ = [
    "RULES",
    "ElementCheck",
    "RuleKind",
    "Walk",
    "parse_rule",
    "register",
    "write_rule",
]
