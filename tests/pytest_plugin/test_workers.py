"""All processes of a session verify the same contracts, which are read once."""

from pathlib import Path

import pytest

SUPPORT = Path(__file__).parents[1] / "support"

CONFTEST = f"""
    import os, sys

    sys.path.insert(0, {str(SUPPORT)!r})
    from broker import FakeBroker, called_as

    class Logged(FakeBroker):
        # With DIFFERENT set, each process gets other pacts, as from a busy broker.
        def __call__(self, environ, start_response):
            with open(os.path.join({{root!r}}, "calls.txt"), "a") as file:
                called = environ["REQUEST_METHOD"], environ["PATH_INFO"]
                file.write(" ".join(called) + "\\n")
            return super().__call__(environ, start_response)

    broker = Logged(authorization="Bearer t0ken-123")
    broker.failing = [int(one) for one in os.environ.get("FAILING", "").split()]
    version = str(os.getpid()) if "DIFFERENT" in os.environ else "1.0.0"
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
    calling = called_as(broker, "http://broker.test")
    calling.__enter__()

    def pytest_unconfigure(config):
        calling.__exit__(None, None, None)
"""

HEAD = """
    import os, pypact

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    URL = "http://broker.test/pacts/provider/Users/consumer/Web%201/version/1.0.0"
    BROKER = pypact.Broker("http://broker.test", token="t0ken-123", retries=1)
"""

TEST = """
    verifier = pypact.Verifier("Users", app=app, pacts=BROKER)

    @verifier.each()
    def test_contract(interaction):
        interaction.verify()
"""


@pytest.fixture
def run(pytester, monkeypatch):
    pytester.makeconftest(CONFTEST.format(root=str(pytester.path)))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    (pytester.path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(pytester.path / "temporary"))

    def run(*options, tests=TEST, **variables):
        (pytester.path / "calls.txt").write_text("")
        pytester.makepyfile(test_users=HEAD + tests)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        plugins = ["-p", "xdist"] if "-n" in options else []
        return pytester.runpytest_subprocess(
            "-p", "pypact.pytest_plugin", *plugins, *options
        )

    return run


@pytest.fixture
def calls(pytester):
    return lambda: sorted((pytester.path / "calls.txt").read_text().splitlines())


def test_workers_send_as_many_requests_to_a_broker_as_one_process(run, calls):
    run().assert_outcomes(passed=3)
    alone = calls()

    run("-n", "2").assert_outcomes(passed=3)

    assert 5 == len(alone)
    assert alone == calls()


def test_workers_verify_the_same_contracts_if_the_broker_changes(run):
    run("-n", "2", DIFFERENT="1").assert_outcomes(passed=3)


def test_verifiers_with_the_same_broker_share_its_responses(run, calls):
    tests = TEST + TEST.replace("test_contract", "test_again")

    run(tests=tests).assert_outcomes(passed=6)
    assert 5 == len(calls())
    run("-n", "2", tests=tests).assert_outcomes(passed=6)
    assert 5 == len(calls())


def test_unittest_classes_share_the_responses_too(run, calls):
    tests = TEST.partition("    @verifier")[0] + (
        "    import unittest\n"
        "    class TestContract(verifier.cases(unittest.TestCase)): ...\n"
    )

    run("-n", "2", tests=tests).assert_outcomes(passed=3)

    assert 5 == len(calls())


def test_a_failure_of_the_broker_is_shown_once(run, calls):
    result = run("-n", "2", FAILING="503 503 503 503")

    result.assert_outcomes(failed=1)
    assert ["GET /", "GET /"] == calls()  # the second is the retry
    assert 1 == result.stdout.str().count("E   Users was not verified: the broker")


def test_the_notices_of_a_broker_are_shown_once(run):
    shown = run("-n", "2").stdout.str()

    assert 3 == shown.count("The pact is being verified")


def test_a_contract_behind_a_url_is_read_once(run, calls):
    tests = TEST.replace("BROKER", 'pypact.UrlSource(URL, token="t0ken-123")')

    run("-n", "2", tests=tests).assert_outcomes(passed=1)

    assert 1 == len(calls())


def test_reads_inside_a_test_are_not_shared(run, calls):
    tests = """
    def test_it():
        pypact.Verifier("Users", app=app, pacts=BROKER).verify()
        pypact.Verifier("Users", app=app, pacts=BROKER).verify()
"""

    run("-n", "2", tests=tests).assert_outcomes(passed=1)

    assert 10 == len(calls())


def test_the_shared_folder_has_no_credentials_and_is_removed(run, pytester):
    tests = (
        TEST
        + """
    def test_folder(request):
        folder = request.config.workerinput["pypact_spool"]
        assert os.stat(folder).st_mode & 0o77 == 0
        paths = [os.path.join(folder, name) for name in os.listdir(folder)]
        contents = [open(path, "rb").read() for path in paths]
        assert b"Web 1" in b"".join(contents)
        assert not any(b"t0ken-123" in one for one in contents)
        assert os.path.dirname(folder) == os.environ["TMPDIR"]
"""
    )

    run("-n", "2", tests=tests).assert_outcomes(passed=4)

    assert [] == [*(pytester.path / "temporary").glob("pypact-*")]
