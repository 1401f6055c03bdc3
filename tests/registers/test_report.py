"""A registered report format works in the verifier, the command and pytest."""

import json
import os
import subprocess
import sys

import pytest
from click.testing import CliRunner
from sessions import run_session

import pypact
from pypact.cli import main
from pypact.errors import InvalidExpectation
from pypact.verifier.reports import REPORT_FORMATS, ReportFormat, register
from pypact.verifier.reports.files import FileReport

FORMAT = """
import csv
import io

from pypact.verifier.reports import ReportFormat, register


def render_csv(data):
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\\n")
    rows.writerow(["interaction", "result"])
    for one in data["interactions"]:
        rows.writerow([one["description"], one["result"]])
    return out.getvalue()


register(ReportFormat("csv-table", "Write a table of the results.", render_csv))
"""

APP = """
def app(environ, start_response):
    found = environ["PATH_INFO"] == "/users/1"
    start_response("200 OK" if found else "404 Not Found", [])
    return [b""]
"""

TEST = """
import pypact
from users_app import app

verifier = pypact.Verifier("Users", app=app, pacts="pacts")

@verifier.each()
def test_contract(interaction):
    interaction.verify()
"""

EXPECTED = "interaction,result\na user,ok\nnobody,failed\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Make a folder with a contract, of which the app breaks one interaction."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "users_app.py").write_text(APP, encoding="utf-8")
    interactions = [
        {
            "description": description,
            "request": {"method": "GET", "path": f"/users/{number}"},
            "response": {"status": 200},
        }
        for number, description in ((1, "a user"), (2, "nobody"))
    ]
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (tmp_path / "pacts").mkdir()
    pact = tmp_path / "pacts" / "Web-Users.json"
    pact.write_text(json.dumps(data), encoding="utf-8")
    yield tmp_path
    sys.modules.pop("users_app", None)


@pytest.fixture
def formats():
    """Restore the registered formats after the test."""
    before = dict(REPORT_FORMATS)
    yield
    REPORT_FORMATS.clear()
    REPORT_FORMATS.update(before)


@pytest.fixture
def csv_table(formats):
    """Register a format for one test."""
    exec(compile(FORMAT, "csv_format.py", "exec"), {})


@pytest.fixture
def verifier(folder):
    from users_app import app

    return pypact.Verifier("Users", app=app, pacts="pacts")


@pytest.fixture
def run_pytest(pytester, folder, formats):
    """Return a function that runs the provider tests."""
    (folder / "test_users.py").write_text(TEST, encoding="utf-8")

    return lambda *options: run_session(pytester, *options)


def test_the_verifier_writes_a_registered_format(csv_table, verifier, folder):
    with pytest.raises(pypact.VerificationFailed):
        verifier.verify(reports=[FileReport("csv-table", "out/r.csv")])

    assert EXPECTED == (folder / "out/r.csv").read_text(encoding="utf-8")


def test_the_command_has_an_option_for_a_registered_format(csv_table, folder):
    arguments = ["verify", "pacts", "--app", "users_app:app", "--csv-table", "r.csv"]
    result = CliRunner().invoke(main, arguments)

    assert (1, "") == (result.exit_code, result.stderr)
    assert EXPECTED == (folder / "r.csv").read_text(encoding="utf-8")
    shown = CliRunner().invoke(main, ["verify", "--help"]).stdout
    assert "Write a table of the results." in shown


def test_the_command_has_no_option_for_a_format_that_is_not_registered(folder):
    result = CliRunner().invoke(main, ["verify", "pacts", "--csv-table", "r.csv"])

    assert 2 == result.exit_code
    assert "No such option '--csv-table'" in result.stderr


@pytest.mark.parametrize("options", [(), ("-n", "1")])
def test_pytest_writes_a_format_that_a_conftest_registers(run_pytest, folder, options):
    (folder / "conftest.py").write_text(FORMAT, encoding="utf-8")
    result = run_pytest("--pypact-csv-table", "out/r.csv", *options)

    result.assert_outcomes(failed=1, passed=1)
    lines = (folder / "out/r.csv").read_text(encoding="utf-8").splitlines()
    assert sorted(EXPECTED.splitlines()) == sorted(lines)


def test_pytest_writes_a_format_that_a_plugin_registers(run_pytest, folder):
    (folder / "csv_format.py").write_text(FORMAT, encoding="utf-8")
    ini = "[pytest]\npypact_csv_table = r.csv\n"
    (folder / "pytest.ini").write_text(ini, encoding="utf-8")
    result = run_pytest("-p", "csv_format")

    result.assert_outcomes(failed=1, passed=1)
    assert EXPECTED == (folder / "r.csv").read_text(encoding="utf-8")
    shown = run_pytest("-p", "csv_format", "--help").stdout.str()
    assert "write a table of the results" in shown


def test_pytest_writes_junit_of_the_contracts(run_pytest, folder):
    run_pytest("--pypact-junit", "contracts.xml")

    report = (folder / "contracts.xml").read_text(encoding="utf-8")
    assert '<testsuite name="Web -&gt; Users" tests="2" failures="1"' in report


def test_an_import_string_is_resolved_when_a_report_is_written(monkeypatch):
    row = ReportFormat("upper", "Write the provider.", "shouting:render")
    monkeypatch.setitem(REPORT_FORMATS, "upper", row)

    with pytest.raises(ModuleNotFoundError, match="shouting"):
        REPORT_FORMATS["upper"].load()


@pytest.mark.parametrize("name", ["", "CSV", "a b", "-x", "a_b"])
def test_a_name_that_cannot_be_an_option_is_refused(name):
    with pytest.raises(InvalidExpectation, match="is not a valid name of a report"):
        register(ReportFormat(name, "Write nothing.", str))

    assert name not in REPORT_FORMATS


def test_no_format_is_imported_for_the_options():
    code = (
        "import sys; from pypact.cli import main; "
        "main(['verify', '--help'], standalone_mode=False); "
        "heavy = [f'pypact.verifier.reports.{n}' for n in ('junit', 'markdown')]; "
        "assert not {*heavy, 'xml.etree.ElementTree'} & set(sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert (0, "") == (result.returncode, result.stderr)
    assert "--junit FILE" in result.stdout


def test_an_idle_session_does_not_import_the_verifier(folder):
    code = """
import sys

def test_idle():
    loaded = {name for name in sys.modules if name.startswith("pypact.verifier")}
    assert {"pypact.verifier", "pypact.verifier.reports"} == loaded
"""
    (folder / "test_users.py").write_text(code, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "pypact.pytest_plugin"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    shown = subprocess.check_output(command, cwd=folder, env=environment, text=True)

    assert "1 passed" in shown


def test_a_replaced_format_comes_back_when_its_registration_is_undone():
    before = [*REPORT_FORMATS.items()]
    undo_new = register(ReportFormat("upper", "Write capitals.", str))
    undo_replaced = register(ReportFormat("json", "Write something else.", str))
    undo_replaced()
    undo_new()

    assert before == [*REPORT_FORMATS.items()]


def test_pytest_refuses_a_format_with_the_name_of_another_option(run_pytest, folder):
    text = FORMAT.replace("csv-table", "consumer")
    (folder / "conftest.py").write_text(text, encoding="utf-8")
    result = run_pytest()

    assert result.ret == 4
    shown = result.stdout.str() + result.stderr.str()
    assert "the name of another option: --pypact-consumer" in shown
    assert "INTERNALERROR" not in shown


def test_the_command_refuses_a_format_with_the_name_of_another_option():
    undo = register(ReportFormat("provider", "Write nothing.", str))
    try:
        result = CliRunner().invoke(main, ["verify", "--help"])
    finally:
        undo()

    assert result.exit_code == 2
    assert "the name of another option: --provider" in result.output
