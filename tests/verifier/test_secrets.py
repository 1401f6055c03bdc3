"""No output contains a secret: all output of pypact is searched for them."""

import io
import json
import os
import sys
import unittest
from pathlib import Path

import leaking
import pytest
from broker import FakeBroker, called_as
from click.testing import CliRunner

import pypact
from pypact.cli import main
from pypact.verifier.reports.console import ConsoleReport
from pypact.verifier.reports.files import FileReport

SUPPORT = Path(leaking.__file__).parent

TEST = """
import leaking

verifier = leaking.verifier("pacts")

@verifier.each()
def test_contract(interaction):
    interaction.verify()
"""


@pytest.fixture
def pacts(tmp_path, monkeypatch):
    """Write the contract into a folder below the current directory."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "pacts"
    folder.mkdir()
    (folder / "pact.json").write_text(json.dumps(leaking.contract()))
    return folder


def files_in(folder):
    files = sorted(folder.glob("report.*"))
    return [file.read_text(encoding="utf-8") for file in files]


def in_a_script(pacts, capsys):
    with pytest.raises(pypact.VerificationFailed) as caught:
        leaking.verifier(pacts).verify(
            reports=[
                ConsoleReport(),
                ConsoleReport(color=True, rerun=lambda result: "again"),
                FileReport("json", "report.json"),
                FileReport("junit", "report.xml"),
                FileReport("markdown", "report.md"),
            ]
        )
    result = caught.value.result
    # The provider's own output is not masked.
    printed = capsys.readouterr().out.splitlines()
    yield "\n".join(line for line in printed if not line.startswith("called with"))
    yield str(caught.value)
    yield json.dumps(result.to_json())
    yield repr(result)
    yield "\n".join(map(repr, result.interactions))
    yield from files_in(pacts.parent)


def in_a_shell(pacts, capsys):
    del capsys
    signature = leaking.SECRETS["a header of a filter"]
    outcome = CliRunner().invoke(
        main,
        [
            "verify",
            str(pacts),
            *("--app", "leaking:app", "--header", f"X-Signature: {signature}"),
            *("--json", "report.json", "--junit", "report.xml"),
            *("--markdown", "report.md"),
        ],
    )
    assert 1 == outcome.exit_code
    lines = outcome.output.splitlines()
    yield "\n".join(line for line in lines if not line.startswith("called with"))
    yield from files_in(pacts.parent)


def in_unittest(pacts, capsys):
    del capsys
    cases = leaking.verifier(pacts).cases(unittest.TestCase)
    stream = io.StringIO()
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(cases)
    outcome = unittest.TextTestRunner(stream, verbosity=2).run(suite)
    assert not outcome.wasSuccessful()
    yield stream.getvalue()


def at_a_broker(pacts, capsys):
    broker = FakeBroker()
    broker.add(leaking.contract())
    with called_as(broker, "http://broker.test"):
        source = pypact.Broker("http://broker.test", publish=True, provider_version="1")
        with pytest.raises(pypact.VerificationFailed):
            leaking.verifier(source).verify()
    assert [] != broker.results
    yield json.dumps(broker.results)
    capsys.readouterr()
    del pacts


WAYS = [in_a_script, in_a_shell, in_unittest, at_a_broker]


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_no_output_contains_a_secret(way, pacts, capsys, caplog):
    outputs = list(way(pacts, capsys))

    shown = [leaking.shown_in(output) for output in outputs]
    assert [[] for _ in outputs] == shown
    assert any("[hidden]" in output for output in outputs)
    own = [one for one in caplog.records if one.name.startswith("pypact")]
    assert [] == leaking.shown_in("\n".join(one.getMessage() for one in own))


@pytest.mark.parametrize(
    "options",
    [
        pytest.param([], id="alone"),
        pytest.param(["-n", "2"], id="xdist", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize(
    "style", ["long", pytest.param("native", marks=pytest.mark.slow)]
)
def test_no_output_of_pytest_contains_a_secret(
    pacts, pytester, monkeypatch, options, style
):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(SUPPORT), *sys.path]))
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    monkeypatch.chdir(pacts.parent)
    test = pacts.parent / "test_leaking.py"
    test.write_text(TEST)
    plugins = ["-p", "pypact.pytest_plugin", *(["-p", "xdist"] if options else [])]
    reports = ["--junitxml=report.xml", "-o", "junit_logging=all"]
    own = ["--pypact-json=report.json", "--pypact-markdown=report.md"]

    result = pytester.runpytest_subprocess(
        *plugins, *reports, *own, *options, "-vv", "-rA", f"--tb={style}", str(test)
    )

    result.assert_outcomes(failed=4, xfailed=1)
    outputs = [result.stdout.str(), result.stderr.str(), *files_in(pacts.parent)]
    assert 5 == len(outputs)
    assert [[] for _ in outputs] == [leaking.shown_in(output) for output in outputs]
    assert all("[hidden]" in outputs[index] for index in (0, 2, 3, 4))
