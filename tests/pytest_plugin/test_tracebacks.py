"""Tracebacks of pypact's errors have only the user's own frames."""

import re
import sys

import pytest
from sessions import run_session

TESTS = """
    import asyncio, unittest
    import httpx, pytest, requests
    import pypact

    URL = "https://users.example.com"
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url=URL)
    block = pact.fixture()

    def get_user():
        return requests.get(URL + "/x")

    def test_plain():
        with pact.intercept():
            get_user()

    @pact.intercept()
    def test_decorated():
        get_user()

    def test_chained():
        with pact.intercept():
            try:
                get_user()
            except AssertionError as error:
                raise ValueError("own") from error

    @pact.intercept()
    class TestUnittest(unittest.TestCase):
        def test_method(self):
            get_user()

    @pytest.mark.skipif("sys.version_info < (3, 11)")
    def test_group():
        async def main():
            async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
                group.create_task(client.get(URL + "/x"))
        with pact.intercept():
            asyncio.run(main())

    def test_invalid():
        pact.upon_receiving("a user").with_request("GET", "users")

    def test_swallowed(block):
        with pytest.raises(AssertionError):
            get_user()

    def test_other():
        requests.get("nonsense")
"""
OWN_LINES = {
    "test_plain": [">           get_user()", 'return requests.get(URL + "/x")'],
    "test_decorated": [">       get_user()", 'return requests.get(URL + "/x")'],
    "test_chained": ["ValueError: own", "requests.get(URL"],
    "TestUnittest.test_method": [">       get_user()", "requests.get(URL"],
    "test_invalid": ['>       pact.upon_receiving("a user")'],
}
if sys.version_info >= (3, 11):
    OWN_LINES["test_group"] = ["in test_group", "in main"]
LIBRARY = re.compile(r"(pypact|requests|urllib3|httpx|wrapt|asyncio)[/\\]\w+\.py")


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs the tests, and returns the output by test."""
    monkeypatch.setenv("COLUMNS", "200")

    def run_tests(*options):
        pytester.makepyfile(test_it=TESTS)
        result = run_session(pytester, *options)
        parts = re.split(r"\n[_=]{3,} (.*?) [_=]{3,}(?=\n)", result.stdout.str())
        return dict(zip(parts[1::2], parts[2::2], strict=True))

    return run_tests


def test_only_the_users_own_frames_are_shown(run):
    output = run()

    for name, lines in OWN_LINES.items():
        text = output[name]
        assert None is LIBRARY.search(text), name
        assert [] == [line for line in lines if line not in text]
        assert 45 > len(text.splitlines())
    fixture = output["ERROR at teardown of test_swallowed"]
    # The environment may be in a folder that is named pypact, too.
    own = re.findall(r"pypact[/\\]((?:\w+[/\\])*\w+\.py)", fixture)
    assert ["consumer/pact.py"] == [name.replace("\\", "/") for name in own]
    assert "requests/models.py" in output["test_other"].replace("\\", "/")
    summary = output["short test summary info"]
    assert 4 == summary.count(" - pypact.errors.UnexpectedRequest: pypact: ")


def test_all_frames_are_shown_on_demand(run):
    output = run("--full-trace", "-k", "test_plain")

    assert "requests/adapters.py" in output["test_plain"].replace("\\", "/")
