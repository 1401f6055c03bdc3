"""Tests of suggestions for misspelt names."""

import pytest

from pypact.similar_names import find_similar_name


@pytest.mark.parametrize(
    ("name", "least", "expected"),
    [
        ("mni", 0.6, "min"),
        ("mni", 0.75, None),
        ("status", 0.6, None),
        ("m" * 1_000_000, 0.6, None),
    ],
)
def test_only_a_similar_name_is_found(name, least, expected):
    found = find_similar_name(name, ["max", "min", "match"], least_similarity=least)

    assert expected == found
