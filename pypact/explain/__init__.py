"""Describe mismatches, missing requests and unexpected requests as plain text.

An explanation is a value; its text is written on `str()`.
"""

from pypact.explain.diff import diff_bodies
from pypact.explain.hints import find_hint
from pypact.explain.mismatches import describe_rule, format_mismatches
from pypact.explain.requests import (
    UnexpectedExplanation,
    describe_interaction,
    explain_verdict,
    format_missing,
    format_request,
    format_state,
)

__all__ = [
    "UnexpectedExplanation",
    "describe_interaction",
    "describe_rule",
    "diff_bodies",
    "explain_verdict",
    "find_hint",
    "format_mismatches",
    "format_missing",
    "format_request",
    "format_state",
]
