"""Sources of contracts in files, and their errors."""

import json

import pytest

from pypact.errors import InvalidExpectation, InvalidPact, StoreError
from pypact.formats import read_pact
from pypact.sources import resolve_source


def pact(consumer, provider="Users"):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture
def folder(tmp_path):
    for consumer, provider in [("Web", "Users"), ("App", "Users"), ("Web", "Orders")]:
        path = tmp_path / f"{consumer}-{provider}.json"
        path.write_text(json.dumps(pact(consumer, provider)))
    (tmp_path / "notes.txt").write_text("no pact")
    return tmp_path


def consumers(pacts, provider="Users"):
    return [found.contract.consumer for found in resolve_source(pacts).load(provider)]


def test_a_file_is_one_contract(folder):
    [found] = resolve_source(folder / "Web-Users.json").load("Users")

    assert ("Web", False) == (found.contract.consumer, found.pending)
    assert str(folder / "Web-Users.json") == found.place


def test_a_directory_has_the_contracts_of_the_provider_sorted_by_file_name(folder):
    assert ["App", "Web"] == consumers(folder)
    assert ["Web"] == consumers(f"{folder}/", "Orders")


def test_a_pattern_has_the_matching_files(folder):
    assert ["App", "Web"] == consumers(f"{folder}/*-Users.json")


def test_a_pattern_can_descend_into_directories(folder):
    inner = folder / "deep" / "er"
    inner.mkdir(parents=True)
    (inner / "Bot-Users.json").write_text(json.dumps(pact("Bot")))

    assert ["Bot"] == consumers(f"{folder}/**/Bot*.json")


def test_a_contract_is_its_own_source():
    assert ["Web"] == consumers(read_pact(pact("Web")))


def test_several_sources_are_read_in_order(folder):
    pacts = [folder / "Web-Users.json", read_pact(pact("Bot")), f"{folder}/App*"]

    assert ["Web", "Bot", "App"] == consumers(pacts)


def test_a_custom_source_is_used():
    class Own:
        def load(self, provider):
            return [provider]

    assert ["Users"] == list(resolve_source(Own()).load("Users"))


def test_a_relative_path_is_resolved_on_creation(folder, monkeypatch):
    monkeypatch.chdir(folder)
    source = resolve_source("Web-Users.json")
    monkeypatch.chdir(folder.parent)
    [found] = source.load("Users")

    assert "Web-Users.json" == found.place


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"absent.json: no such file"):
        consumers(tmp_path / "absent.json")


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(StoreError, match=r"absent/: no such directory"):
        consumers(f"{tmp_path}/absent/")


def test_an_empty_directory_is_an_error(tmp_path):
    with pytest.raises(InvalidPact, match=r"expected files \*\.json, got nothing"):
        consumers(tmp_path)


def test_a_pattern_without_matches_is_an_error(tmp_path):
    with pytest.raises(InvalidPact, match=r"nothing: no such file"):
        consumers(f"{tmp_path}/*.json")


def test_an_unknown_provider_is_an_error_that_lists_the_providers(folder):
    with pytest.raises(InvalidPact, match=r"only contracts with 'Orders', 'Users'"):
        consumers(folder, "Ussers")


def test_a_file_of_another_provider_is_an_error(folder):
    with pytest.raises(InvalidPact, match=r"a contract with the provider 'Users'"):
        consumers(folder / "Web-Orders.json")


def test_a_contract_of_another_provider_is_an_error():
    with pytest.raises(InvalidPact, match=r"contract Web -> Orders: expected"):
        consumers(read_pact(pact("Web", "Orders")))


def test_an_unreadable_file_in_a_directory_is_named(folder):
    (folder / "broken.json").write_text("{")

    with pytest.raises(InvalidPact, match=r"broken\.json"):
        consumers(folder)


def test_an_empty_list_is_refused():
    with pytest.raises(InvalidExpectation, match="empty list"):
        resolve_source([])


@pytest.mark.parametrize("pacts", [None, 7, b"pacts", {"consumer": {}}])
def test_an_invalid_source_is_refused(pacts):
    with pytest.raises(
        InvalidExpectation, match="must be a path, pattern, URL, contract"
    ):
        resolve_source(pacts)
