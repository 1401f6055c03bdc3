"""Contracts are published from a pytest session: once, and only if it was complete."""

import pytest
from broker import called_as
from deploying_broker import DeployingBroker
from foreign import served
from projects import BOTH, ONE, TWO

URL = "http://broker.test"
PUBLISH = ("--pypact-publish-contracts", "--pypact-consumer-version", "1.0")
FAILING = "\ndef test_failing():\n    assert 0\n"


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("PACT_BROKER_BASE_URL", URL)
    monkeypatch.setenv("PACT_BROKER_HTTP_RETRIES", "0")
    monkeypatch.setenv("GITHUB_HEAD_REF", "feat")
    broker = DeployingBroker()
    with called_as(broker, URL):
        yield broker


def test_a_complete_run_publishes_what_it_wrote(project, server):
    result = project.run(
        *PUBLISH, "--pypact-consumer-tag=a", "--pypact-consumer-tag=b", test_it=BOTH
    )

    [published] = server.pacts
    assert ["GET /", "POST /contracts/publish"] == list(map(str, server.calls))
    assert ("Web", "1.0", "feat") == (
        *(published.consumer, published.version),
        published.branch,
    )
    assert ("a", "b") == published.tags
    names = [one["description"] for one in published.content["interactions"]]
    assert ["one", "two"] == names
    result.stdout.fnmatch_lines(["Publishing the pact between Web and Users"])
    assert 0 == result.ret


def test_settings_can_be_in_the_ini_file(project, server, monkeypatch):
    monkeypatch.setenv("GITHUB_SHA", "abc")
    project.configure("pypact_publish_contracts = true")
    project.run(test_it=ONE)

    assert ["abc"] == [one.version for one in server.pacts]


SHARD = """
def pytest_collection_modifyitems(config, items):
    config.hook.pytest_deselected(items=items[1:])
    del items[1:]
"""


@pytest.mark.parametrize(
    ("options", "modules", "reason"),
    [
        (["-k", "one"], {"test_it": BOTH}, "1 tests were deselected"),
        ([], {"test_it": BOTH, "conftest": SHARD}, "1 tests were deselected"),
        (["test_it.py"], {"test_it": ONE, "test_too": TWO}, "an option or argument"),
        (["--lf"], {"test_it": ONE}, "an option or argument"),
        ([], {"test_it": BOTH + FAILING}, "the run did not succeed"),
        (["-x"], {"test_it": FAILING + BOTH}, "the run did not succeed"),
        (["--pypact-check"], {"test_it": "\ndef test_it(): pass"}, "has written none"),
        ([], {"test_it": "\ndef test_it(): pass"}, "has written none"),
    ],
)
def test_other_runs_publish_nothing_and_say_why(
    project, server, options, modules, reason
):
    result = project.run(*PUBLISH, *options, **modules)

    assert [] == server.calls
    line = f"The contracts were not published: *{reason}*"
    result.stdout.fnmatch_lines([line])


def test_a_run_that_does_not_publish_sends_nothing(project, server):
    project.run(test_it=ONE)

    assert [] == server.calls


def test_a_refusal_fails_the_run(project, server):
    server.failing = [500]

    result = project.run(*PUBLISH, test_it=ONE)

    assert 1 == result.ret
    result.stdout.fnmatch_lines(["The contracts could not be published: *500 to GET*"])


@pytest.mark.parametrize("missing", ["URL", "version"])
def test_what_is_missing_is_reported_before_the_tests(
    project, server, monkeypatch, missing
):
    if missing == "URL":
        monkeypatch.delenv("PACT_BROKER_BASE_URL")
        result = project.run(*PUBLISH, test_it=ONE)
    else:
        monkeypatch.setenv("GIT_DIR", "nowhere")
        result = project.run(PUBLISH[0], test_it=ONE)

    assert pytest.ExitCode.USAGE_ERROR == result.ret
    text = result.stderr.str() + result.stdout.str()
    assert f"the Pact Broker has no {missing}" in text or (
        "needs the version of the consumer" in text
    )


@pytest.mark.slow
@pytest.mark.enable_socket
@pytest.mark.parametrize("selection", [[], ["-k", "one"]])
def test_the_controller_of_xdist_publishes_once(project, monkeypatch, selection):
    broker = DeployingBroker()
    with served(broker) as port:
        monkeypatch.setenv("PACT_BROKER_BASE_URL", f"http://127.0.0.1:{port}")
        project.run(*(*PUBLISH, *selection, "-n2"), test_it=ONE, test_other=TWO)

    expected = [] if selection else ["GET /", "POST /contracts/publish"]
    assert expected == list(map(str, broker.calls))
    for one in broker.pacts:
        names = [found["description"] for found in one.content["interactions"]]
        assert ["one", "two"] == names
