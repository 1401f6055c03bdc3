"""`pypact complete` folds the journals that killed processes have left."""

import json

import pytest
from click.testing import CliRunner

from pypact.cli import main
from pypact.formats import store
from pypact.formats.store import add_to_file
from pypact.model.http import Request, Response
from pypact.model.interactions import Contract, HttpInteraction


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with two contracts, each with a journal of one line."""
    monkeypatch.setattr(store, "JOURNAL_FROM", 1)
    for provider in ("A", "B"):
        for name in ("x", "y"):
            interaction = HttpInteraction(
                description=name, request=Request("GET", "/"), response=Response(200)
            )
            contract = Contract("Web", provider, (interaction,))
            add_to_file(tmp_path / f"Web-{provider}.json", contract)
    return tmp_path


def complete(*paths):
    return CliRunner().invoke(main, ["complete", *map(str, paths)])


def count(path):
    return len(json.loads(path.read_text())["interactions"])


def test_all_contracts_of_a_folder_are_completed(folder):
    result = complete(folder)

    assert 0 == result.exit_code
    assert [2, 2] == [count(path) for path in sorted(folder.glob("*.json"))]
    assert f"completed {folder / 'Web-A.json'}" in result.output


def test_one_contract_is_completed(folder):
    complete(folder / "Web-B.json")

    assert [1, 2] == [count(path) for path in sorted(folder.glob("Web*.json"))]


def test_a_complete_contract_is_left_unchanged(folder):
    complete(folder)
    before = (folder / "Web-A.json").stat()

    output = complete(folder / "Web-A.json").output
    assert "nothing to complete: no contract has a journal\n" == output
    assert before == (folder / "Web-A.json").stat()


def test_a_failure_is_named_and_the_others_are_completed(folder):
    (folder / "Web-A.json").write_text("[]")

    result = complete(folder)

    assert 1 == result.exit_code
    assert f"Error: {folder / 'Web-A.json'} is not a valid pact" in result.output
    assert 2 == count(folder / "Web-B.json")


def test_a_missing_contract_is_an_error(tmp_path):
    assert 2 == complete(tmp_path / "x.json").exit_code
