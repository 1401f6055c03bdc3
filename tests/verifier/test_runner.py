"""Errors in users' functions fail their interaction, and do not stop the run."""

import pytest


class Leaving(BaseException):
    """An exception that a test runner raises to skip or fail."""


def exiting(*_, **__):
    raise SystemExit(0)


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (lambda one: one.state("a")(exiting), "setup of state 'a'"),
        (lambda one: one.before_each(exiting), "before_each exiting raised SystemExit"),
        (lambda one: one.after_each(exiting), "after_each exiting raised SystemExit"),
        (lambda one: one.request_filter(exiting), "filter exiting raised SystemExit"),
    ],
)
def test_an_exit_fails_the_interaction(examine, register, expected):
    def prepare(verifier):
        register(verifier)
        verifier.state("{any}")(lambda: None)

    assert expected in examine(prepare).failures[0].message


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
        states_of(verifier, torn, Leaving())

        @verifier.after_each
        def after():
            torn.append("after")

    with pytest.raises(Leaving):
        examine(prepare)

    assert ["a", "after"] == torn
