"""Test matching within a time limit.

Source: docs/internals/regex.md, "Time limit".
"""

import os
import time

import pytest

import pypact
from pypact.generators.strings import generate_matching_string
from pypact.match import regex
from pypact.rules import bounded_match, scalars
from pypact.rules.bounded_match import (
    MatchTimeoutError,
    compile_full_match,
    search_bounded,
)
from pypact.rules.regex import compile_regex

ENDLESS = "a" * 40 + "!"


@pytest.fixture(autouse=True)
def forget_timeouts(monkeypatch):
    """Forget the matches of other tests that took too long."""
    monkeypatch.setattr(bounded_match._CHILD, "_timeouts", [])


@pytest.fixture
def short_limit(monkeypatch):
    """Set a limit of 0.1 s."""
    bounded_match._CHILD.stop()
    monkeypatch.setattr(bounded_match, "TIME_LIMIT", 0.1)
    yield
    bounded_match._CHILD.stop()


def test_an_ordinary_expression_is_matched_by_re_itself():
    matches = compile_full_match(r"\d+-\w+")

    assert matches == compile_regex(r"\d+-\w+").fullmatch


@pytest.mark.parametrize("text", ["aaa", "a" * 100])
def test_a_suspicious_expression_matches(text):
    assert compile_full_match("(a+)+")(text)


@pytest.mark.parametrize("text", ["b", "b" * 100])
def test_a_suspicious_expression_does_not_match(text):
    assert not compile_full_match("(a+)+")(text)


@pytest.mark.usefixtures("short_limit")
def test_a_match_without_an_end_is_stopped():
    start = time.monotonic()
    with pytest.raises(MatchTimeoutError, match=r"more than 0\.1 s"):
        compile_full_match("(a+)+")(ENDLESS)

    assert time.monotonic() - start < 20


def test_after_several_stops_nothing_is_matched_for_a_while(monkeypatch):
    stops = [time.monotonic()] * 5
    monkeypatch.setattr(bounded_match._CHILD, "_timeouts", stops)
    with pytest.raises(MatchTimeoutError, match="several others took too long"):
        compile_full_match("(a+)+")(ENDLESS)

    long_ago = [moment - 11 for moment in stops]
    monkeypatch.setattr(bounded_match._CHILD, "_timeouts", long_ago)
    assert compile_full_match("(a+)+")(ENDLESS[:-1])


@pytest.mark.usefixtures("short_limit")
def test_matching_continues_after_a_stop():
    with pytest.raises(MatchTimeoutError):
        compile_full_match("(a+)+")(ENDLESS)

    assert compile_full_match("(a+)+")(ENDLESS[:-1])


@pytest.mark.usefixtures("short_limit")
def test_the_check_of_a_rule_states_the_limit():
    message = scalars.regex({"regex": "(a+)+"})("a", ENDLESS)

    assert message == (
        "Expected {actual} to match {regex}, but matching took more than 0.1 s"
    )


@pytest.mark.usefixtures("short_limit")
def test_an_example_that_cannot_be_checked_is_refused():
    with pytest.raises(pypact.InvalidExpectation, match="more than"):
        regex("(a+)+", ENDLESS)


@pytest.mark.usefixtures("short_limit")
def test_a_string_that_cannot_be_checked_is_not_generated():
    class Source:
        def randint(self, _low, high):
            return high

        def choice(self, values):
            return values[-1]

    with pytest.raises(ValueError, match="more than"):
        generate_matching_string("(a+a+){10}(?<!a)", Source())


@pytest.mark.usefixtures("short_limit")
def test_a_url_that_cannot_be_generated_is_an_error():
    attributes = {"regex": "(a+)+$", "example": ENDLESS}
    generate = pypact.generators.table.generate_mock_server_url
    with pytest.raises(ValueError, match="more than"):
        generate(attributes, "", {"mockServer": {"url": "http://localhost"}})


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        ("b(c)?", "abcd", (1, 3, "c")),
        ("b(c)?", "abd", (1, 2, "")),
        ("x", "abd", None),
        ("(b+)+", "a" * 20 + "bb", (20, 22, "bb")),
        ("(b+)+|a(x)+", "c" * 20, None),
    ],
)
def test_a_search_gives_the_span_and_the_first_group(pattern, text, expected):
    assert expected == search_bounded(compile_regex(pattern), text)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this platform")
def test_a_forked_child_has_a_process_of_its_own():
    assert compile_full_match("(a+)+")("a" * 20)
    parent = bounded_match._CHILD._process
    child = bounded_match._Child()
    child._process = parent
    child.forget()
    try:
        assert child.request("fullmatch", "(a+)+", "aa") == (0, 2, "aa")
        assert child._process is not parent
    finally:
        child.stop()
    assert compile_full_match("(a+)+")("a" * 20)


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        (1.0, "matching took more than 1 s"),
        (0.05, "matching took more than 0.05 s"),
        (0.04, "it was not matched, since several others took too long"),
    ],
)
def test_a_timeout_states_the_limit_unless_nothing_was_tried(limit, text):
    assert text == str(MatchTimeoutError(limit))
