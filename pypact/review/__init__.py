"""Compare contracts, and decide which changes need the provider.

Source: docs/internals/review.md, "Classification".
"""

from pypact.review.changes import Change, ContractChanges, Verdict
from pypact.review.contracts import (
    compare_all,
    compare_contracts,
    compare_interactions,
)

__all__ = [
    "Change",
    "ContractChanges",
    "Verdict",
    "compare_all",
    "compare_contracts",
    "compare_interactions",
]
