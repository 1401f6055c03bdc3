"""`pypact verify`: input, output and exit codes."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pypact.cli import main

APP = """
import flask

app = flask.Flask("users")

@app.get("/users/<int:number>")
def show(number):
    return {"id": number, "name": "Ann"} if number == 1 else ({"error": "none"}, 404)

def create_app():
    return app
"""


def interaction_for(number, description="a user", states=()):
    return {
        "description": description,
        "providerStates": [{"name": name} for name in states],
        "request": {"method": "GET", "path": f"/users/{number}"},
        "response": {"status": 200, "body": {"id": number, "name": "Ann"}},
    }


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "users_app.py").write_text(APP, encoding="utf-8")
    yield tmp_path
    sys.modules.pop("users_app", None)


@pytest.fixture
def contract(folder):
    def write(*interactions, consumer="web", provider="users"):
        data = {
            "consumer": {"name": consumer},
            "provider": {"name": provider},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        file = folder / "pacts" / f"{consumer}-{provider}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(data), encoding="utf-8")

    return write


def pypact(*arguments):
    return CliRunner().invoke(main, arguments)


def verify(*arguments):
    return pypact("verify", "--app", "users_app:app", *arguments)


def test_a_successful_verification_exits_with_0(contract):
    contract(interaction_for(1))

    result = verify()

    assert (0, "") == (result.exit_code, result.stderr)
    assert "ok       a user" in result.stdout
    assert "web -> users  1 ok in " in result.stdout


def test_a_failed_verification_exits_with_1(contract):
    contract(interaction_for(2, "nobody"), interaction_for(1))

    result = verify()

    assert 1 == result.exit_code
    assert "FAILED   nobody: 2 mismatches" in result.stdout


def test_a_failure_shows_the_command_to_verify_it_alone(contract):
    contract(interaction_for(2, "nobody (at all)", ["x"]), interaction_for(1))

    result = verify("--provider", "users")

    [line] = [line for line in result.stdout.splitlines() if " rerun " in line]
    assert (
        "pypact verify pacts --provider users --app users_app:app --consumer web "
        r"--description '^nobody \(at all\)$' --state '^x$'"
    ) in line.replace("main", "pypact", 1)


@pytest.mark.parametrize("pacts", ["pacts", "pacts/web-users.json", "pacts/*.json"])
def test_pacts_are_files_directories_and_patterns(contract, pacts):
    contract(interaction_for(1))

    assert 0 == verify(pacts).exit_code


def test_several_pacts_are_verified_together(contract):
    contract(interaction_for(1))
    contract(interaction_for(1), consumer="mobile")

    result = verify("pacts/web-users.json", "pacts/mobile-users.json")

    assert "web -> users  1 ok" in result.stdout
    assert "mobile -> users  1 ok" in result.stdout


def test_the_provider_is_required_if_pacts_have_several(contract):
    contract(interaction_for(1))
    contract(interaction_for(1), provider="orders")

    result = verify()

    assert 2 == result.exit_code
    assert "give --provider; the pacts are for 'orders', 'users'" in result.stderr
    assert 0 == verify("--provider", "users").exit_code


def test_interactions_can_be_selected(contract):
    contract(interaction_for(1, "one", ["s"]), interaction_for(1, "two"))
    contract(interaction_for(2, "three"), consumer="mobile")

    assert 0 == verify("--consumer", "web").exit_code
    assert "1 ok" in verify("--description", "^one$").stdout
    assert "1 ok" in verify("--state", "s").stdout
    result = verify("--description", "one|two")
    assert "1 interaction was left out by selection (description" in result.stdout


def test_an_empty_selection_fails_unless_allowed(contract):
    contract()

    assert 1 == verify().exit_code
    assert 0 == verify("--allow-empty").exit_code
    contract(interaction_for(1))
    assert 1 == verify("--description", "no such thing").exit_code


def test_unreadable_pacts_exit_with_2(folder):
    result = verify("--provider", "users")

    assert 2 == result.exit_code
    assert "pypact could not verify: pacts: no such" in result.stderr
    unnamed = pypact("verify", "nowhere", "--app", "users_app:app")
    assert 2 == unnamed.exit_code
    expected = "pypact could not verify: nowhere: no such file or directory\n"
    assert expected == unnamed.stderr


def test_an_app_that_cannot_be_imported_exits_with_2(contract, folder):
    contract(interaction_for(1))
    (folder / "broken_app.py").write_text("\n\n1 / 0\n", encoding="utf-8")

    result = pypact("verify", "--app", "broken_app:app")

    assert 2 == result.exit_code
    assert "pypact could not verify: ZeroDivisionError: " in result.stderr
    assert "broken_app.py:3 in <module>" in result.stderr
    missing = pypact("verify", "--app", "no_such_module:app")
    assert 2 == missing.exit_code
    assert "no_such_module" in missing.stderr


def test_an_app_that_raises_system_exit_exits_with_2(contract, folder):
    contract(interaction_for(1))
    (folder / "ending.py").write_text("raise SystemExit(0)\n", encoding="utf-8")
    (folder / "made.py").write_text(
        "def app(): raise SystemExit(0)\n", encoding="utf-8"
    )

    imported = pypact("verify", "--app", "ending:app")
    made = pypact("verify", "--app", "made:app")

    assert (2, 2) == (imported.exit_code, made.exit_code)
    assert "ending exits when it is imported" in imported.stderr
    assert "exited (SystemExit: 0)" in made.stderr


def test_an_app_or_a_url_is_required(contract):
    contract(interaction_for(1))

    assert 2 == pypact("verify").exit_code
    assert 2 == verify("--base-url", "http://localhost:1").exit_code


def test_a_report_that_cannot_be_written_exits_with_2(contract, folder):
    contract(interaction_for(1))

    result = verify("--json", "users_app.py/x.json", "--junit", "o/r.xml")

    assert 2 == result.exit_code
    assert (folder / "o/r.xml").exists()


def test_reports_are_written_to_files(contract, folder):
    contract(interaction_for(1), interaction_for(2, "nobody"))

    verify("--json", "o/r.json", "--junit", "o/r.xml", "--markdown", "o/r.md")

    assert "failed" == json.loads((folder / "o/r.json").read_text())["result"]
    assert "<testsuites" in (folder / "o/r.xml").read_text()
    assert "## ❌ users" in (folder / "o/r.md").read_text(encoding="utf-8")


def test_headers_are_sent_and_their_values_never_shown(contract, folder):
    contract(interaction_for(1))
    (folder / "guarded_app.py").write_text(
        "import flask, users_app\n"
        "app = users_app.app\n"
        "@app.before_request\n"
        "def guard():\n"
        "    if flask.request.headers.get('X-Key') != 'k3y-of-nobody':\n"
        "        return flask.request.headers.get('X-Key', 'none'), 401\n",
        encoding="utf-8",
    )

    def guarded(*options):
        sys.modules.pop("users_app", None)
        sys.modules.pop("guarded_app", None)
        return pypact("verify", "--app", "guarded_app:app", *options)

    assert 1 == guarded().exit_code
    assert 0 == guarded("--header", "X-Key: k3y-of-nobody").exit_code
    wrong = guarded("--header", "X-Key: another-k3y", "--json", "r.json")
    assert 1 == wrong.exit_code
    assert "another-k3y" not in wrong.output
    assert "another-k3y" not in (folder / "r.json").read_text(encoding="utf-8")
    assert 2 == guarded("--header", "nonsense").exit_code


def test_coverage_is_shown_and_written(contract, folder):
    contract(interaction_for(1), interaction_for(2, "nobody"))

    result = verify("--coverage", "--coverage-json", "c.json")

    assert 1 == result.exit_code
    assert "/users/<int:number>" in result.stdout
    data = json.loads((folder / "c.json").read_text(encoding="utf-8"))
    assert 1 == data["counts"]["used"]
    url = pypact("verify", "--base-url", "http://localhost:1", "--coverage")
    assert 2 == url.exit_code


def test_an_app_factory_is_called(contract):
    contract(interaction_for(1))

    assert 0 == pypact("verify", "--app", "users_app:create_app").exit_code


def test_quiet_shows_only_failures(contract):
    contract(interaction_for(1), interaction_for(2, "nobody"))

    result = verify("-q")

    assert "a user" not in result.stdout
    assert "nobody" in result.stdout


def test_help_lists_the_commands_without_importing_them(folder):
    code = (
        "import sys; from pypact.cli import main; "
        "main(['--help'], standalone_mode=False); "
        "assert 'pypact.verifier' not in sys.modules"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (0, "") == (result.returncode, result.stderr)
    assert "verify" in result.stdout


def test_an_unknown_command_exits_with_2():
    assert 2 == pypact("verfy").exit_code
