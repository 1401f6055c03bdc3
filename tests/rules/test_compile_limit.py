"""Test the limit for compiling the patterns of contracts.

Source: docs/internals/regex.md, "Time limit".
"""

import pytest

import pypact
from pypact.formats import read_pact
from pypact.model.rules import Rule
from pypact.rules import compile_limit
from pypact.rules.compiled import CompiledRule
from pypact.rules.regex import compile_regex

PACT = {
    "consumer": {"name": "Web"},
    "provider": {"name": "Users"},
    "interactions": [],
    "metadata": {"pactSpecification": {"version": "4.0"}},
}
TOO_LONG = "the patterns of the contract take more than 0.6 s to compile"


@pytest.fixture
def allowance(monkeypatch):
    """Return an allowance of no time at all, and stop the clock."""
    monkeypatch.setattr(compile_limit, "monotonic", lambda: 1_000.0)
    allowance = compile_limit._Allowance()
    allowance.add(-compile_limit._SECONDS_AT_START)
    monkeypatch.setattr(compile_limit, "_ALLOWANCE", allowance)
    return allowance


def check(rule, actual):
    return CompiledRule(rule).json("", actual)


def test_patterns_beyond_the_limit_are_not_compiled(allowance):
    allowance.add(-1)

    problem = check(Rule("regex", {"regex": "beyond [a-z]+"}), "beyond a")
    assert problem == f"{{regex}} was not compiled: {TOO_LONG}"
    problem = check(Rule("date", {"format": "yyyy 'beyond'"}), "2020 beyond")
    assert TOO_LONG in problem


def test_each_contract_has_time_for_its_patterns(allowance):
    read_pact(PACT)

    assert check(Rule("regex", {"regex": "one more [a-z]+"}), "one more a") is None
    assert check(Rule("date", {"format": "yyyy 'one more'"}), "2020 one more") is None
    left = allowance.add(0)
    assert 0 < left < compile_limit._SECONDS_PER_CONTRACT


def test_the_time_is_limited_for_any_number_of_contracts(allowance):
    for _ in range(20):
        read_pact(PACT)

    assert allowance.add(0) == compile_limit._MOST_SECONDS


def test_the_time_that_is_left_grows_again(allowance, monkeypatch):
    allowance.add(-1)

    monkeypatch.setattr(compile_limit, "monotonic", lambda: 1_011.0)
    assert allowance.add(0) == pytest.approx(0.1)
    monkeypatch.setattr(compile_limit, "monotonic", lambda: 2_000.0)
    assert allowance.add(0) == compile_limit._SECONDS_AT_START


def test_patterns_that_users_declare_are_not_limited(allowance):
    allowance.add(-1)

    assert pypact.match.regex("own [a-z]", example="own a")


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\p{L}&&\p{Lu}&&a]" * 540,
        r"[\W&&a]" * 1_400,
        "[[:alpha:]&&a]" * 700,
        r"\p{L}" * 20,
    ],
)
def test_sets_that_take_long_to_compute_are_refused(pattern):
    with pytest.raises(ValueError, match="more than 100,000 characters with its sets"):
        compile_regex(pattern)


@pytest.mark.parametrize("last", [r"\uffff", r"\x{10ffff}"])
def test_sets_of_too_many_characters_are_refused(last):
    with pytest.raises(ValueError, match="its sets have more than 1,000,000 char"):
        compile_regex(rf"[\x00-{last}]" * 16)
    assert compile_regex(rf"[a-{last}]" * 15)
    assert compile_regex(r"[a-\x{1f600}]")
