"""In a session of tests, hooks stay between blocks, and are removed at its end.

Source: docs/internals/interception.md, "Patching and restoring".
"""

from http.client import HTTPConnection

from urllib3.connectionpool import HTTPConnectionPool

REPEATED = """
from urllib3.connectionpool import HTTPConnectionPool

def get_hook():
    return vars(HTTPConnectionPool)["_make_request"]

def test_one():
    ask("one")
    assert type(get_hook()).__name__ == "FunctionWrapper"

def test_two():
    before = get_hook()
    ask("two")
    assert get_hook() is before

def test_three():
    HTTPConnectionPool._make_request = get_hook().__wrapped__  # as a tool that restores
    ask("three")
    assert type(get_hook()).__name__ == "FunctionWrapper"
"""


def test_hooks_stay_between_blocks_and_are_removed_at_the_end(project):
    project.run(test_it=REPEATED).assert_outcomes(passed=3)

    for owner, name in (
        (HTTPConnectionPool, "_make_request"),
        (HTTPConnection, "connect"),
    ):
        assert type(vars(owner)[name]).__name__ == "function"
