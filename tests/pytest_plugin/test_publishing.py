"""Publishing from a pytest session: once, and only if all interactions ran."""

import json
from pathlib import Path

import pytest
from sessions import run_session

SUPPORT = Path(__file__).parents[1] / "support"

CONFTEST = f"""
    import json, os, sys

    sys.path.insert(0, {str(SUPPORT)!r})
    from broker import FakeBroker, called_as

    broker = FakeBroker()
    for consumer in ("Web", "App"):
        broker.add({{
            "consumer": {{"name": consumer}},
            "provider": {{"name": "Users"}},
            "interactions": [
                {{
                    "description": f"user {{number}}",
                    "request": {{"method": "GET", "path": f"/users/{{number}}"}},
                    "response": {{"status": 200}},
                }}
                for number in (1, 2)
            ],
            "metadata": {{"pactSpecification": {{"version": "2.0.0"}}}},
        }})
    calling = called_as(broker, "http://broker.test")
    calling.__enter__()

    def pytest_unconfigure(config):
        calling.__exit__(None, None, None)
        paths = [call.path for call in broker.calls if call.method == "PUT"]
        with open("received.txt", "a") as file:
            for results in broker.results:
                file.write(json.dumps([os.getpid(), results]) + "\\n")
            for path in paths:
                file.write(json.dumps([os.getpid(), path]) + "\\n")
"""

TEST = """
    import os, pypact

    def app(environ, start_response):
        status = os.environ.get("ANSWER", "200 OK")
        if environ["PATH_INFO"] == "/users/1":
            status = "200 OK"
        start_response(status, [])
        return [b""]

    broker = pypact.Broker(
        "http://broker.test",
        token="t0ken-123",
        pending=bool(os.environ.get("PENDING")),
        provider_branch="main",
        publish=bool(os.environ.get("PUBLISH")),
        provider_version="2.0.0",
        retries=0,
    )
    verifier = pypact.Verifier("Users", app=app, pacts=broker)

    @verifier.each()
    def test_contract(interaction):
        interaction.verify()
"""


@pytest.fixture
def run(pytester, monkeypatch):
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(test_users=TEST)

    def run(*options, **variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        return run_session(pytester, *options)

    return run


@pytest.fixture
def published(pytester):
    """Return a function that returns what the broker received: (process id, data)."""

    def read():
        lines = (pytester.path / "received.txt").read_text().splitlines()
        return [json.loads(line) for line in lines]

    return read


def test_results_are_published_with_the_option(run, published):
    result = run("--pypact-publish")

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(
        [
            "*pypact: Pact Broker*",
            "published success of version 2.0.0: Pact between Web (1.0.0) and Users",
            "published success of version 2.0.0: Pact between App (1.0.0) and Users",
            "The pact is being verified: latest from main branch",
        ]
    )
    web, app, branch = (what for _, what in published())
    assert [2, 2] == [len(results["testResults"]) for results in (web, app)]
    assert "/pacticipants/Users/branches/main/versions/2.0.0" == branch


def test_the_controller_of_xdist_publishes_once(run, published):
    result = run("-n", "2", "--pypact-publish")

    result.assert_outcomes(passed=4)
    assert [2, 2] == [len(what["testResults"]) for _, what in published()[:2]]
    assert 3 == len(published())
    assert 1 == len({process for process, _ in published()})


def test_a_failure_is_published_as_a_failure(run, published):
    result = run("--pypact-publish", ANSWER="500 Oh")

    result.assert_outcomes(passed=2, failed=2)
    assert [False, False] == [what["success"] for _, what in published()[:2]]


def test_a_pending_failure_is_published_and_does_not_fail_the_session(run, published):
    result = run("--pypact-publish", ANSWER="500 Oh", PENDING="1")

    result.assert_outcomes(xpassed=2, xfailed=2)
    assert 0 == result.ret
    assert [False, False] == [what["success"] for _, what in published()[:2]]
    result.stdout.fnmatch_lines(["pending: failure published"])


def test_nothing_is_published_by_default(run, published):
    run().assert_outcomes(passed=4)

    assert [] == published()


def test_the_setting_of_the_broker_enables_publishing(run, published):
    run(PUBLISH="1").assert_outcomes(passed=4)

    assert 3 == len(published())


@pytest.mark.parametrize(
    "options",
    [
        ["-k", "web"],
        ["--pypact-consumer", "Web"],
        ["test_users.py::test_contract[web-user_1]"],
        ["--collect-only"],
        pytest.param(["-k", "web", "-n", "2"], marks=pytest.mark.slow),
    ],
)
def test_nothing_is_published_if_only_a_part_runs(run, published, options):
    result = run("--pypact-publish", *options)

    assert 0 == result.ret
    assert [] == published()
    if "--collect-only" not in options:
        result.stdout.fnmatch_lines(["results were not published: *"])


def test_nothing_is_published_if_the_session_stops_early(run, published):
    run("--pypact-publish", "-x", ANSWER="500 Oh").assert_outcomes(passed=1, failed=1)

    assert [] == published()


BACKENDS = (
    TEST.replace(
        "@verifier.each()",
        '@pytest.mark.parametrize("backend", ["memory", "postgres"])'
        "\n    @verifier.each()",
    )
    .replace("(interaction)", "(interaction, backend)")
    .replace("import os", "import os, pytest")
)

AFTERWARDS = (
    TEST.replace("import os", "import os, pytest")
    + """
        {then}
"""
)


@pytest.mark.parametrize(
    "options",
    [
        ("-k", "memory"),
        ("-n", "1", "-k", "postgres"),
        ("-k", "not (user_1 and memory)"),
    ],
)
def test_nothing_is_published_if_only_some_parameters_run(
    run, published, pytester, options
):
    pytester.makepyfile(test_users=BACKENDS)
    result = run("--pypact-publish", *options)

    assert 0 == result.ret
    assert [] == published()
    result.stdout.fnmatch_lines(["results were not published: *did not run*"])


def test_nothing_is_published_if_only_one_of_two_functions_runs(
    run, published, pytester
):
    pytester.makepyfile(
        test_users=TEST
        + """
    @verifier.each()
    def test_other(interaction):
        interaction.verify()
"""
    )
    result = run("--pypact-publish", "test_users.py::test_other")

    result.assert_outcomes(passed=4)
    assert [] == published()


def test_an_interaction_fails_if_any_of_its_tests_fails(run, published, pytester):
    pytester.makepyfile(
        test_users=BACKENDS.replace(
            "interaction.verify()", 'interaction.verify(); assert backend == "memory"'
        )
    )
    run("--pypact-publish").assert_outcomes(passed=4, failed=4)

    results = [what for _, what in published()[:2]]
    assert [False, False] == [what["success"] for what in results]
    message = results[0]["testResults"][0]["exceptions"][0]["message"]
    assert message.startswith("the test failed in its call: AssertionError")


def test_a_test_skipped_after_verifying_counts_as_not_run(run, published, pytester):
    pytester.makepyfile(test_users=AFTERWARDS.format(then='pytest.skip("no")'))
    run("--pypact-publish").assert_outcomes(skipped=4)

    assert [] == published()


def test_nothing_is_published_after_pytest_exit(run, published, pytester):
    pytester.makepyfile(test_users=AFTERWARDS.format(then='pytest.exit("enough")'))
    run("--pypact-publish")

    assert [] == published()


def test_an_error_in_a_fixture_teardown_fails_the_interaction(run, published, pytester):
    pytester.makepyfile(
        test_users=AFTERWARDS.format(then="")
        + """
    @pytest.fixture(autouse=True)
    def undone():
        yield
        raise ValueError("not undone")
"""
    )
    run("--pypact-publish").assert_outcomes(passed=4, errors=4)

    assert [False, False] == [what["success"] for _, what in published()[:2]]


def test_the_last_run_of_a_rerun_test_counts(run, published, pytester):
    pytester.makepyfile(
        again="""
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_protocol(item):
            from _pytest.runner import runtestprotocol

            runtestprotocol(item, log=False)
            for report in runtestprotocol(item, log=False):
                item.ihook.pytest_runtest_logreport(report=report)
            return True
        """
    )
    pytester.makepyfile(
        test_users=TEST.replace(
            "interaction.verify()",
            "interaction.verify(); TRIED.append(interaction.name); "
            "assert TRIED.count(interaction.name) > 1",
        )
        + "\n    TRIED = []\n"
    )
    result = run("-p", "again", "--pypact-publish")

    result.assert_outcomes(passed=4)
    assert [True, True] == [what["success"] for _, what in published()[:2]]


def test_no_credentials_are_shown(run, pytester):
    result = run("--pypact-publish", "-l", "--junitxml=r.xml", ANSWER="500 Oh")

    shown = result.stdout.str() + (pytester.path / "r.xml").read_text()
    assert "t0ken-123" not in shown


@pytest.mark.parametrize(
    ("options", "expected"), [([], [True, True]), (["-k", "user_1"], [])]
)
def test_results_of_unittest_methods_are_published(
    run, published, pytester, options, expected
):
    unit = TEST.partition("    @verifier.each()")[0].replace(
        "import os", "import unittest, os"
    )
    pytester.makepyfile(
        test_users=f"""{unit}
    Contracts = verifier.cases(unittest.TestCase)
    """
    )

    result = run("--pypact-publish", *options)

    assert 0 == result.ret
    assert expected == [what["success"] for _, what in published()[:2]]
