"""What went wrong, in words? From mismatches to text, plain and without colour.

Every text is made late: an explanation is a value, and `str()` writes it.
"""

from pypact.explain.mismatches import mismatch_block
from pypact.explain.rules import rule_in_words

__all__ = ["mismatch_block", "rule_in_words"]
