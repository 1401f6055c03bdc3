"""All processes of a session verify the same contracts, which are read once."""

import tempfile
from pathlib import Path

import pytest
from sessions import run_session

SUPPORT = Path(__file__).parents[1] / "support"

CONFTEST = f"""
    import os, sys

    sys.path.insert(0, {str(SUPPORT)!r})
    from broker import FakeBroker, called_as

    class Logged(FakeBroker):
        name = None

        def __call__(self, environ, start_response):
            with open(os.path.join({{root!r}}, f"{{{{self.name}}}}.txt"), "a") as file:
                called = environ["REQUEST_METHOD"], environ["PATH_INFO"]
                file.write(" ".join(called) + "\\n")
            return super().__call__(environ, start_response)

    def make_broker(name, version="1.0.0", failing=()):
        broker = Logged(authorization="Bearer t0ken-123", failing=[*failing])
        broker.name = name
        for number in (1, 2, 3):
            broker.add({{{{
                "consumer": {{{{"name": f"Web {{{{number}}}}"}}}},
                "provider": {{{{"name": "Users"}}}},
                "interactions": [
                    {{{{
                        "description": f"user of {{{{version}}}}",
                        "request": {{{{"method": "GET", "path": "/"}}}},
                        "response": {{{{"status": 200}}}},
                    }}}}
                ],
                "metadata": {{{{"pactSpecification": {{{{"version": "2.0.0"}}}}}}}},
            }}}})
        return broker

    calling = [
        called_as(broker, f"http://{{{{broker.name}}}}.test")
        for broker in (
            make_broker("broker"),
            # In each process it has other pacts, as a broker that is in use.
            make_broker("busy", version=str(os.getpid())),
            make_broker("failing", failing=[503] * 4),
            make_broker("file"),
            make_broker("inside"),
        )
    ]
    for one in calling:
        one.__enter__()

    def pytest_unconfigure(config):
        for one in reversed(calling):
            one.__exit__(None, None, None)
"""

HEAD = """
    import os, pypact

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    PATH = "pacts/provider/Users/consumer/Web%201/version/1.0.0"

    def make_source(name):
        return pypact.Broker(f"http://{name}.test", token="t0ken-123", retries=1)

    def make_verifier(source):
        return pypact.Verifier("Users", app=app, pacts=source)

    verifier = make_verifier(make_source("broker"))

    @verifier.each()
    def test_contract(interaction):
        interaction.verify()
"""

MORE = """
    import unittest

    again = make_verifier(make_source("broker"))
    busy = make_verifier(make_source("busy"))
    failing = make_verifier(make_source("failing"))
    url = f"http://file.test/{PATH}"
    file = make_verifier(pypact.UrlSource(url, token="t0ken-123"))

    @again.each()
    def test_again(interaction):
        interaction.verify()

    class TestContract(again.cases(unittest.TestCase)): ...

    @busy.each()
    def test_busy(interaction):
        interaction.verify()

    @failing.each()
    def test_failing(interaction):
        interaction.verify()

    @file.each()
    def test_file(interaction):
        interaction.verify()

    def test_inside():
        for _ in range(2):
            make_verifier(make_source("inside")).verify()

    def test_folder(request):
        folder = request.config.workerinput["pypact_spool"]
        assert os.stat(folder).st_mode & 0o77 == 0
        paths = [os.path.join(folder, name) for name in os.listdir(folder)]
        contents = [open(path, "rb").read() for path in paths]
        assert b"Web 1" in b"".join(contents)
        assert not any(b"t0ken-123" in one for one in contents)
        assert os.path.dirname(folder) == os.environ["FOLDER"]
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Return a function that runs tests, and returns the result and the requests."""
    pytester.makeconftest(CONFTEST.format(root=str(pytester.path)))
    temporary = pytester.mkdir("temporary")
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("FOLDER", str(temporary))

    def run(*options, tests=""):
        pytester.makepyfile(test_users=HEAD + tests)
        result = run_session(pytester, *options)
        calls = {
            path.stem: sorted(path.read_text().splitlines())
            for path in pytester.path.glob("*.txt")
        }
        return result, calls

    return run


def test_workers_share_what_is_read_while_tests_are_collected(run, pytester):
    result, alone = run()
    result.assert_outcomes(passed=3)
    (pytester.path / "broker.txt").unlink()

    result, calls = run("-n", "2", tests=MORE)
    shown = result.stdout.str()

    # Three pacts each for two functions and a class, and for the busy broker.
    result.assert_outcomes(passed=3 * 3 + 3 + 1 + 2, failed=1)
    assert 5 == len(alone["broker"])
    assert alone["broker"] == calls["broker"]
    assert ["GET /", "GET /"] == calls["failing"]  # the second is the retry
    assert 1 == shown.count("E   Users was not verified: the broker")
    assert 1 == len(calls["file"])
    assert 2 * 5 == len(calls["inside"])  # read while tests run, so not shared
    assert 3 * 2 == shown.count("The pact is being verified")  # broker and busy
    assert [] == [*(pytester.path / "temporary").glob("pypact-*")]
