"""Mismatches and their messages."""

from decimal import Decimal

import pytest

from pypact.model.mismatches import Mismatch, MismatchKind, name_json_type
from pypact.model.rules import Rule


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ({}, "Object"),
        ([], "Array"),
        (None, "Null"),
        (True, "Boolean"),
        (1, "Integer"),
        (Decimal("1.0"), "Decimal"),
        ("", "String"),
    ],
)
def test_a_json_value_has_a_type_name(value, name):
    assert name == name_json_type(value)


def test_a_value_that_is_not_json_has_no_type_name():
    with pytest.raises(TypeError, match="not a JSON value"):
        name_json_type(object())


def test_the_message_of_a_mismatch_is_built_from_its_template():
    mismatch = Mismatch(
        MismatchKind.BODY,
        "$.a",
        Rule("regex", {"regex": r"\d+"}),
        "12",
        None,
        "Expected {actual:typed} to match {regex}, as {expected} does",
    )

    assert "Expected null (Null) to match '\\d+', as '12' does" == mismatch.message
    assert f"$.a -> {mismatch.message}" == str(mismatch)
    assert "BodyMismatch" == mismatch.type_name


def test_only_a_body_mismatch_includes_its_path_in_the_message():
    mismatch = Mismatch(
        MismatchKind.STATUS, "", None, 200, 404, "expected {expected} but was {actual}"
    )

    assert "expected 200 but was 404" == str(mismatch)
