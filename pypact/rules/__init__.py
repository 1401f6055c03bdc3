"""Read, write and apply matching rules."""

from pypact.rules.compiled import CompiledList, CompiledRule, compile_rule_list
from pypact.rules.table import (
    RULES,
    ElementCheck,
    RuleKind,
    Walk,
    find_kind,
    parse_rule,
    parse_rule_list,
    register,
    write_rule,
)

__all__ = [
    "RULES",
    "CompiledList",
    "CompiledRule",
    "ElementCheck",
    "RuleKind",
    "Walk",
    "compile_rule_list",
    "find_kind",
    "parse_rule",
    "parse_rule_list",
    "register",
    "write_rule",
]
