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
TOO_LONG = (
    "the patterns of the contract are too many or too large (compiling them takes more "
    "than 600,000 units of work)"
)


@pytest.fixture
def allowance(monkeypatch):
    """Return an allowance of no work at all, and stop the clock."""
    monkeypatch.setattr(compile_limit, "monotonic", lambda: 1_000.0)
    allowance = compile_limit._Allowance()
    allowance.add(-compile_limit._WORK_AT_START)
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


def test_each_contract_may_compile_its_patterns(allowance):
    read_pact(PACT)

    assert check(Rule("regex", {"regex": "one more [a-z]+"}), "one more a") is None
    assert check(Rule("date", {"format": "yyyy 'one more'"}), "2020 one more") is None
    used = compile_limit._WORK_PER_CONTRACT - allowance.add(0)
    # The units of a pattern, and what the set `[a-z]` is when written out.
    assert used == 80 + 10 * 15 + 15 + 80 + 10 * 15


def test_refused_patterns_take_nothing_from_a_further_contract(allowance):
    for number in range(5_000):
        problem = check(Rule("regex", {"regex": f"refused {number} [a-z]+"}), "a")
        assert TOO_LONG in problem
    read_pact(PACT)

    rule = Rule("regex", {"regex": "a further [a-z]+"})
    assert check(rule, "a further one") is None


def test_large_sets_count_for_their_characters(allowance):
    read_pact(PACT)

    assert check(Rule("regex", {"regex": r"large \p{Lo}"}), "large \u05d0") is None
    assert compile_limit._WORK_PER_CONTRACT - allowance.add(0) > 5_000


def test_the_work_is_limited_for_any_number_of_contracts(allowance):
    for _ in range(20):
        read_pact(PACT)

    assert allowance.add(0) == compile_limit._MOST_WORK


def test_the_work_that_is_left_grows_again(allowance, monkeypatch):
    allowance.add(-1)

    monkeypatch.setattr(compile_limit, "monotonic", lambda: 1_001.0)
    assert allowance.add(0) == pytest.approx(99_999)
    monkeypatch.setattr(compile_limit, "monotonic", lambda: 2_000.0)
    assert allowance.add(0) == compile_limit._WORK_AT_START


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
