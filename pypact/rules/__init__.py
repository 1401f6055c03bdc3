"""Read, write and apply matching rules."""

from pypact.rules.compiled import CompiledList, CompiledRule, compile_rule_list
from pypact.rules.table import (
    RULES,
    RuleKind,
    parse_rule,
    parse_rule_list,
    register,
    write_rule,
)

__all__ = [
    "RULES",
    "CompiledList",
    "CompiledRule",
    "RuleKind",
    "compile_rule_list",
    "parse_rule",
    "parse_rule_list",
    "register",
    "write_rule",
]
