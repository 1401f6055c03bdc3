"""Where a traceback is placed, and what it says of other exceptions."""

import linecache
import os
import sys

import pytest

from pypact.verifier.tracebacks import is_foreign, traceback_lines


def lines_of(function):
    try:
        function()
    except Exception as error:  # noqa: BLE001 -- whatever it is
        return traceback_lines(error)
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
        raise KeyError("y")  # noqa: B904 -- what is tested


def fail_hiding():
    try:
        fail()
    except ValueError:
        raise KeyError("y") from None


@pytest.mark.parametrize(
    ("function", "said"),
    [
        (fail_because, ["caused by ValueError: x"]),
        (fail_while_handling, ["while handling ValueError: x"]),
        (fail_hiding, []),
    ],
)
def test_only_what_is_said_to_be_the_cause_is_told_as_the_cause(function, said):
    assert said == [line for line in lines_of(function) if "ValueError: x" in line]


def test_calls_of_the_same_line_are_told_once():
    def deeper(count):
        if count == 0:
            fail()
        deeper(count - 1)

    def start():
        deeper(50)

    told = [line for line in lines_of(start) if " in deeper  ->" in line]

    assert ["deeper(count - 1)  (50 times)", "fail()"] == [
        line.partition("->  ")[2] for line in told
    ]


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.11 brought groups")
def test_the_exceptions_of_a_group_are_told_up_to_three():
    def caught(text):
        try:
            fail(text)
        except ValueError as error:
            return error

    def failing():
        raise ExceptionGroup("many", [caught(text) for text in "01234"])  # noqa: F821 -- since Python 3.11

    told = lines_of(failing)

    assert ["with ValueError: 0", "with ValueError: 1", "with ValueError: 2"] == [
        line for line in told if line.startswith("with")
    ]
    assert 3 == sum("in fail  ->  raise ValueError(text)" in line for line in told)
    assert "(2 other exceptions not shown)" == told[-1]


@pytest.mark.parametrize(
    ("filename", "module", "foreign"),
    [
        (__file__, None, False),
        (__file__, pytest.__file__, False),
        (os.__file__, None, True),
        (pytest.__file__, None, True),
        ("<string>", None, True),
        ("<attrs generated init x>", __file__, True),
        ("psycopg/cursor.pyx", None, True),
        ("<cell 1>", None, False),
        ("<cell 1>", __file__, False),
        ("<cell 1>", pytest.__file__, True),  # as Sanic makes its handlers
    ],
)
def test_code_is_the_teams_own(filename, module, foreign, monkeypatch):
    monkeypatch.setitem(linecache.cache, "<cell 1>", (1, None, ["a"], "<cell 1>"))
    code = compile("1", filename, "eval")

    assert foreign is is_foreign(code, {"__file__": module})
