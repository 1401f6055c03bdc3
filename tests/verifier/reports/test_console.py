"""The report on the console."""

import io
import re
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest
from report_cases import INTERACTIONS, SECRET, interaction

from pypact.verifier.reports.console import ConsoleReport, ProgressReport
from pypact.verifier.reports.files import FileReport
from pypact.verifier.reports.text import InteractionFailureText

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


def test_a_name_can_neither_command_the_terminal_nor_end_a_line(run, tmp_path):
    name = "\x1b[2Jweb\u202e\nshop -> users  9 ok"
    found = [interaction(f"fine{name}", "/fine"), interaction(name, "/nowhere")]
    stream = io.StringIO()
    result = run(
        ConsoleReport(stream),
        FileReport("markdown", "summary.md"),
        interactions=found,
        consumer=name,
    )

    page = (tmp_path / "summary.md").read_text(encoding="utf-8")
    failure = InteractionFailureText(result.failed[0])
    for text in (stream.getvalue(), page, str(failure), repr(result.failed[0])):
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "\nshop" not in text


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
    bar = f"[{'#' * 24:<40}] 3/5"
    assert is_terminal == (bar in lines)
    assert is_terminal != ("2/5 interactions verified\n4/5 " in lines)
    assert is_terminal == ("\r" in lines)
    assert not is_terminal or lines.endswith("\r")


def test_the_bar_is_erased_before_other_output(run, monkeypatch):
    clock = iter(range(1_000))
    ticking = SimpleNamespace(monotonic=lambda: next(clock))
    monkeypatch.setattr("pypact.verifier.reports.console.time", ticking)
    stream = Terminal()

    run(ProgressReport(stream, report=ConsoleReport(stream, color=False)))

    blank = " " * len(f"[{'#' * 40}] 1/4")
    assert f"] 1/4\r{blank}\r  FAILED   a request for a user" in stream.getvalue()


def test_short_runs_show_no_progress(run):
    stream = io.StringIO()

    run(ProgressReport(stream))

    assert "" == stream.getvalue()
    assert SECRET not in stream.getvalue()


COMMENTS = {
    "testname": "tests/test_web.py::test_user",
    "text": ["a comment", "of two\nlines"],
    "references": {"Jira": {"ticket": "WEB-1", "level": 3}, "odd": "x"},
    "other": "not shown",
}
COMMENT_LINES = """\
Test Name: tests/test_web.py::test_user
Comments:
  a comment
  of two
  lines
References:
  Jira:
    ticket: WEB-1
    level: 3
  odd: x
"""


def test_comments_are_shown_below_an_interaction_that_passed(run):
    text = printed(run, [interaction("all well", "/fine", comments=COMMENTS)])

    shown = textwrap.indent(COMMENT_LINES, " " * 11)
    assert f"\n  ok       all well\n{shown}\nweb -> users  1 ok" in text


def test_comments_are_in_the_text_of_a_failure(run):
    text = printed(run, [interaction("gone", "/nowhere", comments=COMMENTS)])

    shown = textwrap.indent(COMMENT_LINES, " " * 11)
    assert f"web-users.json, interaction 1\n\n{shown}\n           request  " in text
    assert "not shown" not in text


@pytest.mark.parametrize(
    ("comments", "lines"),
    [
        ({"text": "a string"}, ["Comments:", "  a string"]),
        ({"text": [1, None, {"a": [2]}, ""]}, ["Comments:", "  1", '  {"a":[2]}']),
        ({"text": [None], "testname": "", "references": {}}, []),
        ({"testname": 5, "references": ["odd"]}, ["Test Name: 5"]),
        ({"references": {"g": {}, "h": {"k": [1]}}}, ["References:", "  g:", "  h:"]),
        ({"other": "x"}, []),
        ({"text": "a \x1b[31m"}, ["Comments:", "  a \\x1b[31m"]),
    ],
)
def test_comments_of_any_shape_are_shown(run, comments, lines):
    text = printed(run, [interaction("all well", "/fine", comments=comments)])

    (_, _, shown) = text.partition("ok       all well\n")
    shown, _, _ = shown.partition("\nweb -> users")
    assert lines == [line[11:] for line in shown.splitlines()][: len(lines) or None]


def test_secrets_in_comments_are_hidden(run):
    one = interaction("all well", "/fine", comments={"text": f"use {SECRET}"})
    one["request"]["headers"] = {"Authorization": [f"Bearer {SECRET}"]}

    assert SECRET not in printed(run, [one])
