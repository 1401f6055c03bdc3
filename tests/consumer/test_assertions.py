"""Tests of what the assertion compares that made a test fail."""

import unittest

import pytest

from pypact.consumer.assertions import is_assertion_of_truth


def assert_member(user):
    assert user["id"] and user["nick"]  # noqa: PT018 -- as users write it


def assert_read_member(user):
    assert user.get("nick")


def assert_with_unittest(user):
    unittest.TestCase().assertTrue(user["nick"])  # noqa: PT009 -- it is what is tested


def assert_result(user):
    assert str(user["nick"]), user


def assert_comparison(user):
    assert user["nick"] != ""


def call_assertion(user):
    assert_member(user)


def raise_in_client(user):
    raise AssertionError(f"{user} is not valid")


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (assert_member, True),
        (assert_read_member, True),
        (assert_with_unittest, True),
        (call_assertion, True),
        (assert_result, False),
        (assert_comparison, False),
        (raise_in_client, False),
    ],
)
def test_an_assertion_of_truth_compares_nothing(function, expected):
    with pytest.raises(AssertionError) as raised:
        function({"nick": "", "id": 1})

    assert is_assertion_of_truth(raised.value, function.__code__) is expected


def test_another_error_and_unknown_code_are_no_assertions():
    assert not is_assertion_of_truth(ValueError(), assert_member.__code__)
    assert not is_assertion_of_truth(AssertionError(), None)
