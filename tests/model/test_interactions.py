"""Versions of the specification, and messages."""

import pytest

from pypact.model.body import Body
from pypact.model.interactions import Message, SpecificationVersion

V = SpecificationVersion


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1.0.0", V.V1),
        ("1.1.0", V.V1_1),
        ("1.2", V.V1),
        ("2", V.V2),
        ("V3", V.V3),
        ("3.0", V.V3),
        ("4.0", V.V4),
        (" 4 ", V.V4),
        ("5.0", None),
        ("0.9", None),
        ("three", None),
        ("9" * 5000, None),
        ("1." + "9" * 5000, None),
        ("", None),
    ],
)
def test_a_version_is_parsed_in_all_its_forms(text, version):
    assert version == V.parse(text)


def test_versions_are_ordered():
    assert sorted(V, reverse=True) == [V.V4, V.V3, V.V2, V.V1_1, V.V1]
    assert V.V1 <= V.V1_1 < V.V2
    assert str(V.V4) == "4.0"
    with pytest.raises(TypeError):
        _ = V.V1 < 2


@pytest.mark.parametrize("key", ["contentType", "content-type", "Content-Type"])
def test_a_message_declares_its_type_in_its_metadata(key):
    message = Message(Body.of(b"{}"), {"a": 1, key: "text/plain"})

    assert "text/plain" == str(message.content_type)
    assert "application/json" == str(Message(Body.of(b"{}"), {key: 1}).content_type)
    assert "application/json" == str(Message(Body.of(b"{}")).content_type)


def test_of_two_content_types_that_in_sorted_order_counts():
    metadata = {"contentType": "text/plain", "Content-Type": "application/json"}

    assert "application/json" == Message(metadata=metadata).declared_type
