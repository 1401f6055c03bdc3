"""Blocks belong to the process that has entered them."""

import os
import subprocess
import sys

import pytest
import requests

import pypact

URL = "https://users.example.com"
ENTERED = """
import pypact
pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://a.example.com")
{block}.__enter__()
"""


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Web").has_pact_with(
        "Users", base_url=URL, pact_dir=tmp_path
    )


def define(pact):
    pact.upon_receiving("a").with_request("GET", "/a").will_respond_with(200)


def app(environ, start_response):
    start_response("200 OK", [])
    return [b""]


def leave_in_child(block):
    """Leave the block in a forked child, and return the child's exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            block.__exit__(None, None, None)
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def get():
    return requests.get(f"{URL}/a", timeout=5).status_code


@pytest.mark.parametrize("used", [True, False])
def test_a_child_that_leaves_the_block_neither_judges_nor_writes(pact, tmp_path, used):
    define(pact)
    block = pact.intercept()
    block.__enter__()
    if used:
        assert 200 == get()

    assert 0 == leave_in_child(block)
    assert [] == list(tmp_path.iterdir())

    assert used or 200 == get()
    block.__exit__(None, None, None)
    assert [tmp_path / "Web-Users.json"] == list(tmp_path.iterdir())


def test_a_child_does_not_close_the_app_of_a_block(pact, tmp_path):
    define(pact)
    block = pact.intercept(app=app)
    block.__enter__()

    assert 0 == leave_in_child(block)
    assert 200 == get()
    block.__exit__(None, None, None)
    assert [tmp_path / "Web-Users.json"] == list(tmp_path.iterdir())


def test_a_child_does_not_stop_the_server_of_a_block(pact, tmp_path, socket_enabled):
    define(pact)
    block = pact.serve(port=0)
    with block:
        assert 0 == leave_in_child(block)
        assert 200 == requests.get(f"{block.url}/a", timeout=5).status_code
    assert [tmp_path / "Web-Users.json"] == list(tmp_path.iterdir())


def test_a_child_that_leaves_a_recording_writes_nothing(pact, tmp_path):
    block = pact.record(app)
    block.__enter__()
    assert 200 == get()

    assert 0 == leave_in_child(block)
    assert [] == list(tmp_path.iterdir())
    block.__exit__(None, None, None)
    assert [tmp_path / "Web-Users.json"] == list(tmp_path.iterdir())


SUSPENDED = """import pypact
pact = pypact.Consumer("Web").has_pact_with("Users")
def suspend():
    with pact.intercept():
        yield
generator = suspend()
next(generator)
"""


@pytest.mark.parametrize("block", ["pact.intercept()", "pact.record(object())"])
def test_the_exit_warns_of_a_block_that_was_never_left(tmp_path, block):
    script = tmp_path / "script.py"
    if "record" in block:
        block = "pact.record(base_url='http://localhost:1')"
    script.write_text(ENTERED.format(block=block))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )

    assert "PactWarning: the block of Web -> Users that was entered at" in done.stderr
    assert "script.py:4 was never left" in done.stderr


def test_a_generator_that_the_exit_closes_gives_one_warning(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SUSPENDED)
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True
    )

    assert "script.py:4 was never left" in done.stderr
    assert "Exception ignored" not in done.stderr
    assert 1 == done.stderr.count("PactWarning: ")


@pytest.mark.parametrize("kind", ["intercept", "record"])
def test_a_block_that_is_closed_with_its_generator_gives_a_warning(
    pact, tmp_path, kind
):
    def suspend():
        with pact.record(app) if kind == "record" else pact.intercept():
            yield

    generator = suspend()
    next(generator)

    with pytest.warns(pypact.PactWarning, match=r"test_forks\.py:\d+ was left because"):
        generator.close()
    assert [] == list(tmp_path.iterdir())
