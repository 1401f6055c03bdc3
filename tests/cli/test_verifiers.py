"""Verifiers and state functions that `pypact verify` and `pypact states` import."""

import json
import os
import sys
from pathlib import Path

import pytest
from broker import FakeBroker, called_as
from click.testing import CliRunner

from pypact.cli import main

MODULE = """
import pypact

USERS = {}
SEEN = []

def app(environ, start_response):
    SEEN.append((environ.get("HTTP_X_FILTER"), environ.get("HTTP_X_OPTION")))
    user = USERS.get(environ["PATH_INFO"])
    start_response("200 OK" if user else "404 Not Found",
                   [("Content-Type", "application/json")])
    return [user or b"{}"]

def other(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"name": "Bob"}']

verifier = pypact.Verifier("users", app=app, pacts="own", host="api.test")

@verifier.state("user {id:int} exists")
def _(id, expected):
    USERS[f"/users/{id}"] = expected.content
    yield
    USERS.clear()

@verifier.message("an event")
def _():
    return {"id": 1}

@verifier.request_filter
def _(request):
    request.set_header("X-Filter", "f")

@verifier.before_each
def _():
    SEEN.append("before")

mapping = {"user {id:int} exists": lambda id, expected:
           USERS.update({f"/users/{id}": expected.content})}

def function(state, expected):
    USERS["/users/3"] = expected.content

def make():
    return verifier

number = 3
"""

INTERACTIONS = [
    {
        "type": "Synchronous/HTTP",
        "description": "a user",
        "providerStates": [{"name": "user 3 exists"}],
        "request": {"method": "GET", "path": "/users/3"},
        "response": {
            "status": 200,
            "body": {"content": {"name": "Ann"}, "contentType": "application/json"},
        },
    },
    {
        "type": "Asynchronous/Messages",
        "description": "an event",
        "contents": {"content": {"id": 1}, "contentType": "application/json"},
    },
]


@pytest.fixture
def module(tmp_path, monkeypatch):
    for name in os.environ:
        if name.startswith("PACT_"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "checks.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "broken.py").write_text("1 / 0", encoding="utf-8")
    for folder, interactions in (("own", INTERACTIONS), ("pacts", INTERACTIONS[:1])):
        write(tmp_path / folder, interactions)
    yield lambda: sys.modules["checks"]
    sys.modules.pop("checks", None)


def write(folder, interactions, consumer="web"):
    data = {
        "consumer": {"name": consumer},
        "provider": {"name": "users"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    folder.mkdir(exist_ok=True)
    (folder / f"{consumer}.json").write_text(json.dumps(data), encoding="utf-8")


def pypact(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.mark.parametrize("name", ["verifier", "make()"])
def test_a_verifier_brings_its_pacts_states_messages_filters_and_hooks(module, name):
    result = pypact("verify", f"checks:{name}", "--header", "X-Option: o")

    assert 0 == result.exit_code, result.output
    assert "web -> users  2 ok" in result.stdout
    assert ["before", ("f", "o"), "before"] == module().SEEN


def test_pacts_and_criteria_of_the_command_line_replace_those_of_the_verifier(module):
    assert "1 ok" in pypact("verify", "checks:verifier", "pacts").stdout
    chosen = pypact("verify", "checks:verifier", "--description", "event")
    assert "1 ok" in chosen.stdout
    assert "1 interaction was left out" in chosen.stdout


def test_the_provider_of_the_command_line_replaces_that_of_the_verifier(module):
    replaced = pypact("verify", "checks:verifier", "--app", "checks:other", "pacts")
    assert 1 == replaced.exit_code
    assert 'got "Bob"' in replaced.stdout

    remote = pypact("verify", "checks:verifier", "--base-url", "http://127.0.0.1:9")
    assert 1 == remote.exit_code, "the option `host` was kept, but does not apply"
    assert "ok       an event" in remote.stdout


def test_the_command_to_verify_one_interaction_names_the_verifier(module):
    result = pypact("verify", "checks:verifier", "--app", "checks:other")

    assert "verify checks:verifier --app checks:other --consumer web" in result.stdout


@pytest.mark.parametrize("name", ["verifier", "mapping", "function"])
def test_states_come_from_a_verifier_a_mapping_or_a_function(module, name):
    result = pypact("verify", "--app", "checks:app", "--states", f"checks:{name}")

    assert 0 == result.exit_code, result.output
    header = "f" if name == "verifier" else None
    assert (header, None) in module().SEEN


def test_states_take_precedence_over_those_of_the_verifier(module):
    result = pypact(
        "verify", "checks:verifier", "--states", "checks:mapping", "--state", "user"
    )

    assert 0 == result.exit_code, result.output
    assert ["/users/3"] == list(module().USERS)  # has no teardown


def test_a_failure_without_a_state_function_shows_how_to_add_one(module):
    result = pypact("verify", "--app", "checks:app")

    assert 1 == result.exit_code
    text = " ".join(result.stdout.split())
    assert 'nothing sets up the provider state "user 3 exists"; add a function' in text
    assert '@verifier.state("user {id:int} exists") def _(id): ...' in text


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["nowhere:verifier"], "nowhere:verifier: there is no module 'nowhere'"),
        (["checks:nothing"], "checks:nothing: the module checks has no 'nothing'"),
        (["checks:app"], "checks:app: expected a pypact.Verifier, got <function app"),
        (["broken:verifier"], "ZeroDivisionError"),
        (["checks:verifier", "checks:make()"], "expected one verifier"),
        (["--states", "checks:number", "--app", "checks:app"], "got 3"),
        (["--states", "checks", "--app", "checks:app"], "'checks' is not a string"),
        (["checks:verifier", "--states", "checks:make()"], "names a verifier"),
        (["checks:verifier", "--insecure"], "can only be used with --base-url"),
        (["checks:verifier", "--app", "a:b", "--django"], "give exactly one of"),
    ],
)
def test_what_cannot_be_imported_is_an_error_with_exit_code_2(module, arguments, text):
    result = pypact("verify", *arguments)

    assert 2 == result.exit_code
    assert text in result.stderr


def test_a_file_of_that_name_is_not_an_import_string(module, tmp_path):
    (tmp_path / "own" / "web.json").rename(tmp_path / "checks:verifier")
    result = pypact("verify", "checks:verifier", "--app", "checks:other")

    assert "web -> users   checks:verifier" in result.stdout


def test_states_lists_all_states_with_skeletons(module, tmp_path):
    more = [
        {**INTERACTIONS[0], "description": f"user {number}", "providerStates": states}
        for number, states in enumerate(
            [
                [{"name": "user 4 exists", "params": {"name": "Ann"}}],
                [{"name": "user 3 exists"}, {"name": "is «admin»"}],
            ]
        )
    ]
    write(tmp_path / "pacts", more, consumer="mobile")

    lines = pypact("states").stdout.splitlines()

    assert [
        "users: 3 states",
        '  "is «admin»"      1 interaction    of mobile',
        '  "user 3 exists"   2 interactions   of mobile, web',
        '  "user 4 exists"   1 interaction    of mobile',
        "",
        "2 functions to add:",
        "",
        '@verifier.state("is «admin»")',
        "def _(): ...",
        "",
        '@verifier.state("user {id:int} exists")',
        "def _(id): ...",
    ] == lines


def test_states_shows_which_have_a_function(module):
    result = pypact("states", "checks:verifier", "--check", "-o", "json")

    [state] = json.loads(result.stdout)
    assert 0 == result.exit_code
    assert ("user 3 exists", {"web": 1}, []) == (
        state["state"],
        state["consumers"],
        state["missing"],
    )
    assert "checks.py:" in state["function"]


def test_states_come_from_the_pacts_of_the_verifier_unless_others_are_given(
    module, tmp_path
):
    write(tmp_path / "own", INTERACTIONS, consumer="mobile")

    assert "of mobile, web" in pypact("states", "checks:verifier").stdout
    assert "of web " in pypact("states", "checks:verifier", "pacts").stdout


def test_states_come_from_a_broker(module):
    broker = FakeBroker()
    broker.add(json.loads(Path("pacts/web.json").read_text(encoding="utf-8")))
    options = ("--broker-url", "http://broker.test", "--provider", "users")
    with called_as(broker, "http://broker.test"):
        result = pypact("states", *options)

    assert "users: 1 state" in result.stdout, result.output


def test_states_can_fail_for_those_without_a_function(module):
    module_states = ("--states", "checks:mapping")

    assert 1 == pypact("states", "--check").exit_code
    assert 0 == pypact("states", "--check", *module_states).exit_code
    assert 0 == pypact("states", "--check", "--consumer", "x").exit_code


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["nowhere"], 1, "nowhere: no such file or directory"),
        (["--states", "broken:states"], 1, "ZeroDivisionError"),
        (["checks:verifier", "--states", "checks:make()"], 2, "give either"),
        (["--broker-url", "http://localhost:9"], 2, "a broker needs --provider"),
        (
            ["--broker-url", "http://localhost:9", "--publish"],
            2,
            "No such option",
        ),
    ],
)
def test_states_explains_bad_input(module, arguments, code, text):
    result = pypact("states", *arguments)

    assert code == result.exit_code
    assert text in result.stderr
