"""Formatting tracebacks: frames, causes and exception groups."""

import sys

import pytest

from pypact.verifier.exceptions import format_traceback


def lines_of(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001 -- any error is formatted
        return format_traceback(error)
    raise AssertionError(function)


def fail(text="x"):
    raise ValueError(text)


def fail_because():
    try:
        fail()
    except ValueError as error:
        raise KeyError("y") from error


def fail_while_handling():
    try:
        fail()
    except ValueError:
        raise KeyError("y")  # noqa: B904 -- the implicit context is tested


def fail_hiding():
    try:
        fail()
    except ValueError:
        raise KeyError("y") from None


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (fail_because, ["caused by ValueError: x"]),
        (fail_while_handling, ["while handling ValueError: x"]),
        (fail_hiding, []),
    ],
)
def test_causes_are_shown_as_python_relates_them(function, expected):
    assert expected == [line for line in lines_of(function) if "ValueError: x" in line]


def test_repeated_calls_of_the_same_line_are_shown_once():
    def deeper(count):
        if count == 0:
            fail()
        deeper(count - 1)

    def start():
        deeper(50)

    shown = [line for line in lines_of(start) if " in deeper  ->" in line]

    assert ["deeper(count - 1)  (50 times)", "fail()"] == [
        line.partition("->  ")[2] for line in shown
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 brought groups")
def test_up_to_three_exceptions_of_a_group_are_shown():
    def caught(text):
        try:
            fail(text)
        except ValueError as error:
            return error

    def failing():
        raise ExceptionGroup("many", [caught(text) for text in "01234"])  # noqa: F821 -- since Python 3.11

    shown = lines_of(failing)

    assert ["with ValueError: 0", "with ValueError: 1", "with ValueError: 2"] == [
        line for line in shown if line.startswith("with")
    ]
    assert 3 == sum("in fail  ->  raise ValueError(text)" in line for line in shown)
    assert "(2 other exceptions not shown)" == shown[-1]


def raise_in_library():
    raise ValueError("2 errors:\n  name: required\n\n" + "more\n" * 12)


def test_a_message_is_shown_whole_if_no_frame_is_the_teams_own(monkeypatch):
    where = "pypact.verifier.exceptions.is_library_code"
    monkeypatch.setattr(where, lambda *_: True)

    shown = lines_of(raise_in_library)

    lines = ["  name: required", *["more"] * 9, "(3 other lines not shown)"]
    assert list(shown[:11]) == lines
    assert "in raise_in_library" in shown[-1]


def test_a_message_is_one_line_if_a_frame_is_the_teams_own():
    assert [line for line in lines_of(raise_in_library) if line == "more"] == []
