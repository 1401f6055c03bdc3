"""What went wrong, in words? From mismatches to text, plain and without colour.

Every text is made late: an explanation is a value, and `str()` writes it.
"""

from pypact.explain.diff import body_diff
from pypact.explain.hints import hint_for
from pypact.explain.interactions import name_of, shown_request, shown_state
from pypact.explain.mismatches import mismatch_block
from pypact.explain.missing import explain_verdict, missing_block
from pypact.explain.rules import rule_in_words
from pypact.explain.unexpected import UnexpectedExplanation, explain_unexpected

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
