"""`pypact prune` lists and removes interactions that no test has written."""

import json

import pytest
from click.testing import CliRunner
from interactions import build_pact

from pypact.cli import main
from pypact.formats import read_pact
from pypact.formats.records import NamedTest, make_record, with_records
from pypact.formats.store import replace_contract


def prune(*arguments):
    return CliRunner().invoke(main, ["prune", *map(str, arguments)])


def write(path, names, suites=()):
    """Write a contract; the first interactions have records of these suites."""
    data = build_pact("4.0")
    [one] = data["interactions"]
    data["interactions"] = [one | {"description": name} for name in names]
    contract = read_pact(data)
    pairs = zip(contract.interactions, suites, strict=False)
    tests = [make_record(each, NamedTest(suite, "a::b")) for each, suite in pairs]
    path.parent.mkdir(exist_ok=True)
    replace_contract(path, with_records(contract, tests))
    return path


@pytest.fixture
def pact(tmp_path):
    return write(tmp_path / "pacts" / "Web-Users.json", "abc", ["x", "y"])


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def names(path):
    return [one["description"] for one in read(path)["interactions"]]


@pytest.mark.parametrize(
    ("options", "listed"),
    [((), ["c"]), (("--suite", "x"), ["b", "c"]), (("--suite", "z"), ["a", "b", "c"])],
)
def test_interactions_without_a_record_are_listed(pact, options, listed):
    before = pact.read_bytes()
    result = prune(pact.parent, *options)

    assert 0 == result.exit_code
    lines = result.output.splitlines()
    assert [f'{pact}: "{name}"' for name in listed] == lines[:-1]
    assert "not written by any test" in lines[-1]
    assert before == pact.read_bytes()


def test_removed_interactions_are_printed_whole(pact):
    interaction = read(pact)["interactions"][2]
    result = prune(pact, "--remove")

    assert ["a", "b"] == names(pact)
    lines = result.output.splitlines()
    assert interaction == json.loads("\n".join(lines[1:-1]))
    assert "1 interaction removed" == lines[-1]
    assert 2 == len(read(pact)["metadata"]["pypact"]["tests"])


def test_a_run_without_pytest_is_compared_by_what_it_has_written(pact, tmp_path):
    write(tmp_path / "run" / "x.json", "ac")
    result = prune(pact, "--run", tmp_path / "run", "--remove")

    assert 0 == result.exit_code
    assert ["a", "c"] == names(pact)


@pytest.mark.parametrize("options", [("--run", "."), ("--run", "run", "--suite", "x")])
def test_a_run_without_the_contract_is_an_error(pact, tmp_path, monkeypatch, options):
    monkeypatch.chdir(tmp_path)
    data = build_pact("4.0") | {"provider": {"name": "Orders"}}
    (tmp_path / "run").mkdir()
    for name in ("other.json", "run/other.json"):
        (tmp_path / name).write_text(json.dumps(data), encoding="utf-8")
    result = prune(pact, *options, "--remove")

    assert result.exit_code
    assert "Traceback" not in result.output
    assert ["a", "b", "c"] == names(pact)


def test_an_empty_folder_is_an_error(tmp_path):
    assert 1 == prune(tmp_path).exit_code
