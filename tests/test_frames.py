"""Distinguishing the user's own code from libraries."""

import json
import linecache
import os

import pytest

import pypact
from pypact.frames import find_caller, is_library_code, is_library_file


@pytest.mark.parametrize(
    ("filename", "is_library"),
    [
        (__file__, False),
        ("/srv/app/views.py", False),
        ("/srv/app/my-site-packages-list.py", False),
        ("/srv/app/.venv/lib/python3.12/site-packages/flask/app.py", True),
        ("/usr/lib/python3/dist-packages/flask/app.py", True),
        (json.__file__, True),
        (pypact.__file__, True),
        ("<frozen runpy>", True),
    ],
)
def test_library_files_are_recognised_by_their_folder(filename, is_library):
    assert is_library is is_library_file(filename)


def test_the_caller_is_the_first_line_outside_of_libraries():
    namespace = {}
    source = "def call(function):\n    return function()\n"
    for folder in ("site-packages", "dist-packages"):
        code = compile(source, f"/usr/lib/python3/{folder}/client.py", "exec")
        exec(code, namespace)

        caller = namespace["call"](find_caller)

        assert caller.startswith(f"{__file__}:")


@pytest.mark.parametrize(
    ("filename", "module", "is_library"),
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
        ("<cell 1>", pytest.__file__, True),  # Sanic generates such handlers
    ],
)
def test_library_code_is_recognised(filename, module, is_library, monkeypatch):
    monkeypatch.setitem(linecache.cache, "<cell 1>", (1, None, ["a"], "<cell 1>"))
    code = compile("1", filename, "eval")

    assert is_library is is_library_code(code, {"__file__": module})
