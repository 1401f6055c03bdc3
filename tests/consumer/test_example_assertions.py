"""Tests of what counts as an assertion on the example."""

import types
import unittest
from dataclasses import dataclass
from unittest import mock

import pytest

from pypact.consumer.assertions import is_assertion_on_example
from pypact.strategies.messages import Change

EXPECTED = {"id": 23, "name": "Al Bo", "ok": True}
CHANGES = [
    Change("body", "$.id", 23, -7, dict),
    Change("body", "$.name", "Al Bo", "Zoë", dict),
    Change("body", "$.ok", True, False, dict),
]
CASE = unittest.TestCase()


@dataclass(frozen=True)
class User:
    """What the client returns."""

    id: int
    name: str
    ok: bool


def get_user():
    return User(-7, "Zoë", False)


def compare_number():
    user = get_user()
    assert user.id == 23


def compare_with_message():
    user = get_user()
    # fmt: off
    assert (
        user.name
        == "Al Bo"
    ), f"not {user.name}"
    # fmt: on


def compare_in_two_parts():
    user = get_user()
    assert user.id == user.id
    assert user.ok or user.name == "Al Bo"


def call_the_test_case():
    CASE.assertEqual("Al Bo", get_user().name)  # noqa: PT009 -- as users of unittest do


def match_an_expression():
    CASE.assertRegex(get_user().name, "^Al")  # noqa: PT009 -- as users of unittest do


def assert_true():
    CASE.assertTrue(get_user().ok)  # noqa: PT009 -- as users of unittest do


def read_a_value():
    user = get_user()
    assert user.ok


def find_a_part():
    assert "Al" in get_user().name


def begin_with_a_part():
    assert get_user().name.startswith("Al")


def compare_objects():
    assert get_user() == User(23, "Al Bo", ok=True)


def compare_with_a_variable():
    expected = User(23, "Al Bo", ok=True)
    assert get_user() == expected


def compare_with_a_default(name="Al Bo"):
    assert get_user().name == name


def compare_with_an_attribute():
    holder = types.SimpleNamespace(name="Al Bo")
    assert get_user().name == holder.name


def compare_dicts():
    assert vars(get_user()) == EXPECTED


def compare_with_approx():
    assert get_user().id == pytest.approx(23)


def compare_derived_strings():
    user = get_user()
    greeting = f"Hello, {user.name}!"
    assert greeting == "Hello, Al Bo!"


def verify_a_mock():
    called = mock.Mock()
    called(get_user().id)
    called.assert_called_once_with(23)


def fail_under_a_condition():
    if get_user().id != 23:
        pytest.fail("another number")


def raise_under_a_condition():
    user = get_user()
    if user.id != 23:
        raise AssertionError(user)


def call_a_helper():
    check_name(get_user())


def check_name(user):
    assert user.name == "Al Bo"


ON_EXAMPLE = [
    compare_number,
    compare_with_message,
    compare_in_two_parts,
    call_the_test_case,
    match_an_expression,
    assert_true,
    read_a_value,
    find_a_part,
    begin_with_a_part,
    compare_objects,
    compare_with_a_variable,
    compare_with_a_default,
    compare_with_an_attribute,
    compare_dicts,
    compare_with_approx,
    compare_derived_strings,
    verify_a_mock,
    fail_under_a_condition,
    raise_under_a_condition,
    call_a_helper,
]


def compare_two_values():
    user = get_user()
    assert user.name == user.id


def compare_with_the_calls(calls=("Zoë",)):
    assert get_user().name == calls[0] != "Zoë"


def compare_with_a_received_value(received="Zoë"):
    assert f"Dear {get_user().name}" == f"Hello, {received}"


def compare_with_a_joined_string(received="Zoë"):
    assert f"Dear {get_user().name}" == "Hello, " + received


def call_the_client():
    parse_user(get_user())


def parse_user(user):
    assert user.id >= 0, "the client refuses it"


def raise_in_the_client():
    raise ValueError("not an assertion")


def call_a_predicate():
    assert isinstance(get_user().ok, str)


FINDINGS = [
    compare_two_values,
    compare_with_the_calls,
    compare_with_a_received_value,
    compare_with_a_joined_string,
    call_the_client,
    raise_in_the_client,
    call_a_predicate,
]


def judge(function):
    with pytest.raises(BaseException) as raised:
        function()
    return is_assertion_on_example(raised.value, function.__code__, CHANGES)


@pytest.mark.parametrize("function", ON_EXAMPLE, ids=lambda one: one.__name__)
def test_an_assertion_on_the_example_is_recognized(function):
    assert judge(function)


@pytest.mark.parametrize("function", FINDINGS, ids=lambda one: one.__name__)
def test_other_errors_are_findings(function):
    assert not judge(function)


def test_without_the_code_of_a_test_nothing_is_recognized():
    with pytest.raises(AssertionError) as raised:
        compare_number()
    assert not is_assertion_on_example(raised.value, None, CHANGES)
