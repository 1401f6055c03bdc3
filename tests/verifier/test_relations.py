"""Tests of the values of a request that can change the response."""

import pytest

from pypact.model.interactions import ProviderState
from pypact.verifier.relations import StateValues, selects_response

STATES = [
    ProviderState("the user Al Bo exists", {"user": {"id": 23}, "isActive": True}),
    ProviderState("3 orders, and order X-7", {}),
]


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        ("$.id", 23, True),
        ("$.id", "23", True),
        ("$.href", "/users/23", True),
        ("$.ids", [1, {"own": 23}], True),
        ("$.isActive", False, True),
        ("$.name", "Al", True),
        ("$.order", "X-7", True),
        ("$.count", 3, True),
        ("$.id", 24, False),
        ("$.id", 230, False),
        ("$.kind", "user", False),
        ("$.ok", True, False),
        ("$.note", None, False),
    ],
)
def test_values_of_provider_states_are_found(place, value, expected):
    assert StateValues(STATES).is_related_to(place, value) is expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Accept-Language", True),
        ("If-None-Match", True),
        ("authorization", True),
        ("Range", True),
        ("X-Trace", False),
        ("Content-Language", False),
    ],
)
def test_some_headers_select_the_response(header, expected):
    assert selects_response(header) is expected
