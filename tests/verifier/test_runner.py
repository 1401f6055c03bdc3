"""Errors in users' functions fail their interaction, and do not stop the run."""

import asyncio

import pytest

from tests.support.exceptions import Custom, Mute


def raising(kind):
    def raise_it(*_, **__):
        raise kind

    return raise_it


@pytest.mark.parametrize(
    "kind", [SystemExit, GeneratorExit, asyncio.CancelledError, Custom, Mute]
)
@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (lambda one, act: one.state("a")(act), "setup of state 'a'"),
        (lambda one, act: one.before_each(act), "before_each raise_it"),
        (lambda one, act: one.after_each(act), "after_each raise_it"),
        (lambda one, act: one.request_filter(act), "filter raise_it"),
    ],
)
def test_any_exception_fails_the_interaction(examine, register, expected, kind):
    def prepare(verifier):
        register(verifier, raising(kind))
        verifier.state("{any}")(lambda: None)

    message = examine(prepare).failures[0].message
    assert expected in message
    assert f"raised {kind.__name__}" in message


def states_of(verifier, torn, raised):
    """Register two states, the second of which raises in its teardown."""

    @verifier.state("a")
    def first():
        yield
        torn.append("a")

    @verifier.state("b")
    def second():
        yield
        raise raised


def test_an_exit_in_a_teardown_does_not_stop_the_others(examine):
    torn = []

    result = examine(lambda one: states_of(one, torn, SystemExit(0)))

    assert ["a"] == torn
    assert "the teardown of state 'b'" in result.failures[0].message


def test_a_runners_exception_in_a_teardown_is_raised_after_all_others(examine):
    torn = []

    def prepare(verifier):
        states_of(verifier, torn, pytest.skip.Exception("not here"))

        @verifier.after_each
        def after():
            torn.append("after")

    with pytest.raises(pytest.skip.Exception):
        examine(prepare)

    assert ["a", "after"] == torn
