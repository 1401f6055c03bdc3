"""Describe mismatches, missing requests and unexpected requests as plain text.

An explanation is a value; its text is written on `str()`.
"""

from pypact.explain.diff import body_diff
from pypact.explain.hints import hint_for
from pypact.explain.mismatches import mismatch_block, rule_in_words
from pypact.explain.requests import (
    UnexpectedExplanation,
    explain_unexpected,
    explain_verdict,
    missing_block,
    name_of,
    shown_request,
    shown_state,
)

__all__ = [
    "UnexpectedExplanation",
    "body_diff",
    "explain_unexpected",
    "explain_verdict",
    "hint_for",
    "mismatch_block",
    "missing_block",
    "name_of",
    "rule_in_words",
    "shown_request",
    "shown_state",
]
