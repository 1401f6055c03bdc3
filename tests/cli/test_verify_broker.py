"""`pypact verify` with a Pact Broker: requests, publication and output."""

import json
import os
import sys

import pytest
from broker import FakeBroker, called_as
from click.testing import CliRunner

from pypact.cli import main

URL = "http://broker.test"
APP = """
def app(environ, start_response):
    found = environ["PATH_INFO"] == "/users/1"
    start_response("200 OK" if found else "404 Not Found", [])
    return [b""]
"""


def pact(consumer="Web", number=1):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "Users"},
        "interactions": [
            {
                "description": "a user",
                "request": {"method": "GET", "path": f"/users/{number}"},
                "response": {"status": 200},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    for name in os.environ:
        if name.startswith("PACT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "broker_users_app.py").write_text(APP, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("broker_users_app", None)


@pytest.fixture
def server():
    broker = FakeBroker()
    with called_as(broker, URL):
        yield broker


def verify(*arguments):
    common = ("--app", "broker_users_app:app", "--provider", "Users")
    return CliRunner().invoke(main, ("verify", *common, *arguments))


def test_the_options_reach_the_broker(server):
    server.add(pact())

    run = verify(
        *("--broker-url", URL, "--broker-token", "t0ken-123"),
        *("--selector", '{"mainBranch": true}'),
        *("--consumer-version-selector", '{"branch": "feat"}'),
        *("--enable-pending", "--include-wip-pacts-since", "2020-01-01"),
        *("--provider-branch", "main", "--provider-tag", "prod"),
    )

    assert 0 == run.exit_code, run.output
    assert {
        "consumerVersionSelectors": [{"mainBranch": True}, {"branch": "feat"}],
        "includePendingStatus": True,
        "includeWipPactsSince": "2020-01-01",
        "providerVersionBranch": "main",
        "providerVersionTags": ["prod"],
    } == server.calls[1].body
    assert "Bearer t0ken-123" == server.calls[0].headers["authorization"]
    assert "The pact is being verified" in run.output


def test_results_are_published(server):
    server.add(pact())

    run = verify(
        *("--broker-url", URL, "--publish", "--provider-version", "2.0.0"),
        *("--build-url", "http://ci.test/1"),
    )

    assert 0 == run.exit_code, run.output
    [results] = server.results
    assert ("2.0.0", "http://ci.test/1", True) == (
        results["providerApplicationVersion"],
        results["buildUrl"],
        results["success"],
    )
    assert "published success of version 2.0.0" in run.output


def test_a_failure_exits_with_1_and_is_published(server):
    server.add(pact(number=2))

    run = verify("--broker-url", URL, "--publish", "--provider-version", "2.0.0")

    assert 1 == run.exit_code, run.output
    assert [False] == [results["success"] for results in server.results]


def test_a_selection_is_not_published(server):
    server.add(pact())
    server.add(pact("App"))

    run = verify(
        *("--broker-url", URL, "--publish", "--provider-version", "2.0.0"),
        *("--consumer", "Web"),
    )

    assert 0 == run.exit_code, run.output
    assert [] == server.results
    assert "results were not published" in run.output


def test_a_webhook_selects_the_pact(server, monkeypatch):
    server.add(pact())
    server.add(pact("App"))
    path = "/pacts/provider/Users/consumer/App/version/1.0.0"
    monkeypatch.setenv("PACT_URL", f"{URL}{path}")

    by_variable = verify()
    by_option = verify("--webhook-pact-url", f"{URL}{path}")

    assert [0, 0] == [by_variable.exit_code, by_option.exit_code], by_variable.output
    assert [path, path] == [call.path for call in server.calls]


def test_the_variable_selects_the_broker_without_pacts(server, monkeypatch, folder):
    monkeypatch.setenv("PACT_BROKER_BASE_URL", URL)
    server.add(pact())
    (folder / "app.json").write_text(json.dumps(pact("App")))

    assert 0 == verify("app.json").exit_code
    assert [] == server.calls
    assert "Pact between Web (1.0.0) and Users" in verify().output


def test_a_broker_and_files_are_both_verified(server, folder):
    server.add(pact())
    (folder / "app.json").write_text(json.dumps(pact("App")))

    shown = verify("app.json", "--broker-url", URL).output

    assert "Web -> Users" in shown
    assert "App -> Users" in shown


def test_an_error_of_the_broker_exits_with_2(server):
    run = verify("--broker-url", URL, "--selector", '{"nope": 1}')

    assert 2 == run.exit_code
    assert "must specify a value for environment" in run.output


def test_a_failed_publication_exits_with_2(server):
    server.add(pact())
    server.without = ("pb:branch-version",)

    run = verify(
        *("--broker-url", URL, "--publish"),
        *("--provider-version", "2.0.0", "--provider-branch", "main"),
    )

    assert 2 == run.exit_code


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--selector", "{"], "is not valid JSON"),
        (["--selector", "[]"], "is not a JSON object"),
        (["--publish"], "provider_version"),
        (["--broker-token", "a", "--broker-username", "b"], "one of the two"),
    ],
)
def test_invalid_options_exit_with_2(server, options, text):
    run = verify("--broker-url", URL, *options)

    assert 2 == run.exit_code
    assert text in run.output


def test_no_credentials_are_shown(server):
    server.add(pact(number=2))
    login = ("--broker-username", "ann", "--broker-password", "s3cret-1")

    run = verify("--broker-url", URL, *login)
    other = verify("--broker-url", "http://ann:s3cret-1@broker.test")

    assert [1, 1] == [run.exit_code, other.exit_code]
    assert "s3cret-1" not in run.output + other.output


def test_a_failure_shows_the_command_to_run_it_again(server):
    server.add(pact(number=2))

    run = verify(
        *("--broker-url", "http://ann:s3cret-1@broker.test", "--publish"),
        *("--provider-version", "1", "--selector", '{"branch": "main"}'),
    )

    [line] = [line for line in run.output.splitlines() if " verify " in line]
    assert "--broker-url http://broker.test" in line
    assert """--selector '{"branch": "main"}'""" in line
    assert "--publish" not in line
