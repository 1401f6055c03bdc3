"""The report on the console."""

import io
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from report_cases import INTERACTIONS, SECRET, interaction

from pypact.verifier.reports.console import ConsoleReport, ProgressReport

USER = Path(__file__).with_name("a_failure.txt")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def printed(run, interactions, stream=None, **options):
    stream = stream or io.StringIO()
    run(ConsoleReport(stream, **options), interactions=interactions)
    text = re.sub(r"\d+(\.\d+)? (m?s)\b", r"0 \2", stream.getvalue())
    text = re.sub(r"\S*[/.](?=conftest\.)", "", text)
    return re.sub(r"conftest\.py:\d+", "conftest.py:1", text)


def test_a_failure_is_reported_with_all_details(run):
    text = printed(run, [INTERACTIONS[1]], rerun=lambda result: "try this again")

    assert USER.read_text(encoding="utf-8") == text


def test_the_exception_of_the_provider_follows_the_mismatches(run):
    text = printed(run, [interaction("something that crashes", "/crash")])

    assert (
        "FAILED   something that crashes: 1 mismatch; "
        "the provider raised KeyError: 'email'" in text
    )
    assert "the provider raised KeyError: 'email'\n" in text
    assert "conftest.py:1 in crash  ->  raise KeyError" in text
    assert "ERROR users: Exception on /crash [GET]" in text


def test_a_quiet_report_shows_only_failures(run):
    interactions = [interaction("all well", "/fine"), interaction("gone", "/nowhere")]

    text = printed(run, interactions, quiet=True)

    assert "all well" not in text
    assert "gone" in text
    assert "web -> users  1 ok, 1 failed" in text


def test_colors_are_used_on_terminals_or_on_request(run, monkeypatch):
    fine = [interaction("all well", "/fine")]

    assert "\x1b[32mok      \x1b[0m all well" in printed(run, fine, color=True)
    assert "\x1b" not in printed(run, fine)
    assert "\x1b" in printed(run, fine, Terminal())
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in printed(run, fine, Terminal())


def test_long_values_and_bodies_are_cut(run):
    long = interaction(
        "long",
        "/fine",
        response={
            "headers": {"X-Long": ["x" * 5_000]},
            "body": {"content": {f"k{n}": n for n in range(3_000)}},
        },
    )

    assert 5_000 > len(printed(run, [long]))


def test_a_token_is_hidden_even_in_a_line_that_was_cut(run):
    token = "t0ken" * 100
    one = interaction(
        "long token",
        "/nowhere",
        request={
            "headers": {"Authorization": [f"Bearer {token}"], "X-Copy": [token]},
            "body": {"content": {"a": token}, "contentType": "application/json"},
            "method": "POST",
        },
    )

    text = printed(run, [one])

    assert "t0ken" not in text
    assert "[hidden]" in text


@pytest.mark.parametrize("is_terminal", [True, False])
def test_progress_is_shown_in_long_runs(run, monkeypatch, is_terminal):
    clock = iter(range(0, 1_000, 4))
    ticking = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("pypact.verifier.reports.console.time", ticking)
    stream = Terminal() if is_terminal else io.StringIO()

    run(
        ProgressReport(stream),
        interactions=[interaction(f"n{n}", "/fine") for n in range(5)],
    )

    lines = stream.getvalue()
    assert "3 of 5 interactions verified" in lines
    assert is_terminal == ("\r" in lines)
    assert not is_terminal or lines.endswith("\r")


def test_short_runs_show_no_progress(run):
    stream = io.StringIO()

    run(ProgressReport(stream))

    assert "" == stream.getvalue()
    assert SECRET not in stream.getvalue()
