"""Merge pypact's own entry in the metadata of contracts.

Source: docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

from collections.abc import Mapping

from pypact.model.json import Json

OWN_ENTRY = "pypact"
"""The name of pypact's own entry in the metadata of a contract."""

TESTS = "tests"
"""The member of the own entry with the records of tests."""


def read_own_entry(metadata: Mapping[str, Json]) -> dict[str, Json]:
    """Return pypact's own entry; empty if there is none, or if it is not an object."""
    own = metadata.get(OWN_ENTRY)
    return dict(own) if isinstance(own, Mapping) else {}


def merge_own_entries(
    old: Mapping[str, Json], new: Mapping[str, Json]
) -> dict[str, Json]:
    """Return the own entry of two contracts, with the records of both."""
    own, added = read_own_entry(old), read_own_entry(new)
    merged = {**own, **added}
    before, after = own.get(TESTS), added.get(TESTS)
    if isinstance(before, list) and isinstance(after, list):
        # Others than strings, in a file that was edited, are no records.
        texts = (text for text in (*before, *after) if isinstance(text, str))
        merged[TESTS] = sorted({*texts})
    return merged
