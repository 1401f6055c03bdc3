"""`pypact verify`: the options of the provider."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from state_url_provider import StateUrlProvider, serving

from pypact.cli import main

APP = """
import flask

app = flask.Flask("users")

@app.get("/users")
def users():
    old = "old" in flask.request.args
    return flask.redirect("/users/1") if old else {"by": "WSGI"}

@app.get("/users/1")
def one():
    return {"at": flask.request.host + flask.request.script_root}

def both(*arguments):
    if len(arguments) == 2:
        return app(*arguments)
    scope, receive, send = arguments
    async def answer():
        headers = [(b"content-type", b"application/json")]
        start = {"type": "http.response.start", "status": 200, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": b'{"by": "ASGI"}'})
    return answer()
"""


PROJECT = """
from django.http import JsonResponse
from django.urls import path

ROOT_URLCONF = "project"
SECRET_KEY = "of nobody"
ALLOWED_HOSTS = ["testserver"]
urlpatterns = [path("users", lambda request: JsonResponse({"by": "Django"}))]
"""


def interaction_for(path, body=None, status=200, states=(), query=None):
    response = {"status": status}
    if body is not None:
        response["body"] = body
        response["matchingRules"] = {}
    return {
        "description": f"GET {path}",
        "providerStates": [{"name": name} for name in states],
        "request": {
            "method": "GET",
            "path": path,
            **({"query": query} if query else {}),
        },
        "response": response,
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "called_app.py").write_text(APP, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("called_app", None)


@pytest.fixture
def verify(folder):
    def verify(*options, interactions, app=True):
        data = {
            "consumer": {"name": "web"},
            "provider": {"name": "users"},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        (folder / "pacts").mkdir(exist_ok=True)
        (folder / "pacts" / "a.json").write_text(json.dumps(data), encoding="utf-8")
        parts = ["--app", "called_app:app"] if app else []
        return CliRunner().invoke(main, ["verify", *parts, *options])

    return verify


def test_host_and_mount_are_applied(verify):
    one = [interaction_for("/users/1", {"at": "api.test/v1"})]

    assert 1 == verify(interactions=one).exit_code
    found = verify("--host", "api.test", "--mount", "/v1", interactions=one)
    assert 0 == found.exit_code, found.output


def test_redirects_are_followed_with_the_option(verify):
    old = [interaction_for("/users", {"at": "localhost"}, query={"old": ["1"]})]

    assert 1 == verify(interactions=old).exit_code
    assert 0 == verify("--follow-redirects", interactions=old).exit_code


def test_the_interface_can_be_chosen(verify):
    plain, other = ([interaction_for("/users", {"by": by})] for by in ("WSGI", "ASGI"))
    both = ("--app", "called_app:both")

    untold = verify(*both, interactions=plain, app=False)
    assert 2 == untold.exit_code
    assert "choose one with wsgi=True or asgi=True" in untold.stderr
    assert 0 == verify(*both, "--wsgi", interactions=plain, app=False).exit_code
    assert 0 == verify(*both, "--asgi", interactions=other, app=False).exit_code


def test_a_django_project_is_verified(verify, folder):
    (folder / "project.py").write_text(PROJECT, encoding="utf-8")
    verify(interactions=[interaction_for("/users", {"by": "Django"})])
    command = [sys.executable, "-m", "pypact", "verify", "--django", "--coverage"]

    run = subprocess.run(
        command,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "project"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (run.returncode, run.stderr)
    assert "users: 1 of 1 routes are under contract" in run.stdout


@pytest.fixture
def provider():
    with serving(StateUrlProvider(b"plain")) as app:
        yield app


@pytest.mark.enable_socket
def test_a_provider_at_a_url_is_verified_with_its_states(verify, provider):
    options = ("--base-url", provider.url, "--state-url", f"{provider.url}/state")
    interactions = [interaction_for("/users", "plain", states=["s"])]

    result = verify(*options, interactions=interactions, app=False)

    assert 0 == result.exit_code, result.output
    assert [{"state": "s", "params": {}, "action": "setup"}] == provider.state_requests
    provider.state_requests.clear()
    more = ("--state-teardown", "--state-as-query", "--state-header", "X-Key: k3y")
    result = verify(*options, *more, interactions=interactions, app=False)
    assert 0 == result.exit_code, result.output
    assert [
        "state=s&action=setup",
        "state=s&action=teardown",
    ] == provider.state_requests
    assert "k3y" == provider.environs[-1]["HTTP_X_KEY"]


@pytest.mark.enable_socket
def test_an_unreachable_url_fails_each_interaction(verify):
    result = verify(
        "--base-url",
        "http://127.0.0.1:1",
        interactions=[interaction_for("/a")],
        app=False,
    )

    assert 1 == result.exit_code
    assert "no server listens there" in result.stdout
    assert "the provider raised" not in result.stdout


def test_the_rerun_command_has_all_options_that_affect_the_result(verify):
    result = verify(
        "--header",
        "X-Key: k3y-of-nobody",
        "--unknown-states=warn",
        "--timeout=2.5",
        "--mount=/v1",
        "--wsgi",
        "--examples=20",
        "--examples-for=page",
        "--json=r.json",
        interactions=[interaction_for("/none")],
    )

    [line] = [line for line in result.stdout.splitlines() if " rerun " in line]
    for part in (
        "--header 'X-Key: [hidden]'",
        "--unknown-states warn",
        "--timeout 2.5",
        "--mount /v1",
        "--wsgi",
        "--examples 20",
        "--examples-for page",
        "--description '^GET /none$'",
    ):
        assert part in line
    assert "json" not in line
    assert "k3y" not in result.output
    assert "http://localhost/v1/none" in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "give exactly one of --app, --django and --base-url"),
        (("--app", "a:b", "--base-url", "http://a"), "give exactly one of --app"),
        (("--base-url", "http://a", "--client-key", "k"), "needs --client-cert"),
        (
            ("--base-url", "http://a", "--state-header", "x"),
            "must have the form 'Name: value'",
        ),
        (("--base-url", "https://a", "--ca-file", "no.pem"), "verify='no.pem' cannot"),
        (("--base-url", "https://a", "--client-cert", "c"), "cert='c' cannot be read"),
        (
            ("--base-url", "http://a", "--mount", "/a"),
            "--mount can only be used with",
        ),
    ],
)
def test_invalid_options_exit_with_2(verify, options, message):
    result = verify(*options, interactions=[interaction_for("/a")], app=False)

    assert 2 == result.exit_code
    assert message in result.stderr


@pytest.mark.parametrize("pacts", [[], ["nowhere"], ["a*.json"]])
def test_missing_pacts_are_named(folder, pacts):
    result = CliRunner().invoke(main, ["verify", *pacts, "--app", "called_app:app"])

    assert 2 == result.exit_code
    name = (pacts or ["pacts"])[0]
    assert f"pypact could not verify: {name}: " in result.stderr
    (folder / "pacts").mkdir()
    result = CliRunner().invoke(main, ["verify", "--app", "called_app:app"])
    assert 2 == result.exit_code
    assert "pypact could not verify: pacts: " in result.stderr
    assert "*.json" in result.stderr


def test_colours_can_be_turned_off(verify, monkeypatch):
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True)
    interactions = [interaction_for("/users", {"by": "WSGI"})]

    assert "\x1b[32m" in verify(interactions=interactions).stdout
    assert "\x1b[" not in verify("--no-color", interactions=interactions).stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in verify(interactions=interactions).stdout


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            ["--base-url", "http://a", "--host", "b"],
            "--host can only be used with",
        ),
        (
            ["--app", "json:loads", "--wait-for", "3"],
            "--wait-for can only be used with",
        ),
    ],
)
def test_an_option_of_another_kind_of_provider_is_refused(
    tmp_path, monkeypatch, given, message
):
    monkeypatch.chdir(tmp_path)  # the command puts it on sys.path
    monkeypatch.setattr(sys, "path", [*sys.path])
    result = CliRunner().invoke(
        main, ["verify", str(tmp_path), "--provider", "U", *given]
    )

    assert 2 == result.exit_code
    assert message in result.stderr
