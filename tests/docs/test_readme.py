"""The README: short, its tests pass, and its failures are those that are printed."""

import re
import sys

import pytest
from doc_pages import (
    ROOT,
    Fence,
    check_output,
    list_broken_links,
    read_fences,
)

README = ROOT / "README.md"
APP = """
from flask import Flask

app = Flask("users")
users = {}


@app.get("/users/<int:user_id>")
def show(user_id):
    return {"id": user_id, "name": users[user_id]}
"""


def find_blocks() -> tuple[dict[str, str], list[str]]:
    """Return the files of the README, and the failures that it shows."""
    fences: list[Fence] = read_fences(README)
    files = {fence.title: fence.body for fence in fences if fence.title}
    return files, [fence.body for fence in fences if fence.language == "text"]


@pytest.fixture
def run(pytester, quiet_pages):
    """Return a function that runs a test file, and returns the result."""

    def run_file(name, text):
        (pytester.path / name).write_text(text, encoding="utf-8")
        options = ("-q", "-p", "pypact.pytest_plugin", "-p", "no:cacheprovider", name)
        # The plugin was imported before: pytest warns of it in editable installations.
        quiet = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
        return pytester.runpytest_inprocess(*quiet, *options)

    return run_file


def read_failure(result, folder):
    """Return the lines of the failure that pytest marks with `E`."""
    lines = [line[8:] for line in result.outlines if line.startswith("E ")]
    return "\n".join(lines).replace(f"{folder}/", "")


@pytest.mark.skipif(
    sys.platform == "win32", reason="the README shows paths as they are elsewhere"
)
@pytest.mark.enable_socket
def test_its_tests_pass_and_its_failures_are_those_that_are_printed(run, pytester):
    files, [of_consumer, of_provider] = find_blocks()
    folder = pytester.path
    consumer, provider = files["test_web.py"], files["test_users.py"]
    (folder / "users_app.py").write_text(APP, encoding="utf-8")

    run("test_web.py", consumer).assert_outcomes(passed=1)
    run("test_users.py", provider).assert_outcomes(passed=1)
    changed = consumer.replace("example/users/23", "example/user/23")
    broken_consumer = run("test_web.py", changed)
    app = APP.replace('"name"', '"full_name"')
    (folder / "users_app.py").write_text(app, encoding="utf-8")
    broken_provider = run("test_users.py", provider)

    check_output(of_consumer, read_failure(broken_consumer, folder), "consumer")
    check_output(of_provider, read_failure(broken_provider, folder), "provider")


def test_it_is_short_and_its_links_resolve():
    text = README.read_text(encoding="utf-8")

    assert text.count("\n") <= 100
    assert [] == list_broken_links(README)
    assert re.search(r"^python3 -m venv .*\.venv/bin/pytest -n 2$", text, re.MULTILINE)
