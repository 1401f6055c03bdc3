"""Beyond a number of interactions, blocks append to a journal until the exit."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import store_scripts
from store_scripts import FILE, make_pact, read_descriptions, run_block, start

import pypact
from pypact.consumer.writer import PactWriter
from pypact.errors import StoreError
from pypact.formats import store

FORK = """
import multiprocessing, sys
import requests
from store_scripts import make_pact, run_block
from pypact.formats import store

store.JOURNAL_FROM = 1

def child(folder, name):
    pact = make_pact(folder)
    for number in range(3):
        run_block(pact, requests.Session(), f"{name}-{number}")

child(sys.argv[1], "parent")
context = multiprocessing.get_context("fork")
process = context.Process(target=child, args=(sys.argv[1], "child"))
process.start()
process.join()
"""


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "pacts"


@pytest.fixture
def session():
    with requests.Session() as session:
        yield session


def test_write_completes_the_contract_for_other_tools(folder, session, monkeypatch):
    monkeypatch.setattr(store, "JOURNAL_FROM", 2)
    monkeypatch.setattr(store, "_SMALLEST_INTERACTION", 10)
    pact = make_pact(folder)
    for name in "abcd":
        run_block(pact, session, name)

    assert ["a", "b"] == read_descriptions(folder)
    assert 4 == len(pypact.read_pact(folder / FILE).interactions)
    assert folder / FILE == pact.write()
    assert ["a", "b", "c", "d"] == read_descriptions(folder)
    assert [folder / FILE] == list(folder.iterdir())


def test_writing_nothing_creates_no_contract(folder):
    path = make_pact(folder).write()

    assert not path.exists()


def test_a_normal_exit_leaves_complete_contracts_alone(folder):
    _, errors = start(folder, "a", 5, journal_from=2).communicate()

    assert "" == errors
    assert [f"a-{number}" for number in range(5)] == read_descriptions(folder)
    assert [folder / FILE] == list(folder.iterdir())


def test_finished_blocks_survive_a_kill_and_a_command_completes_them(folder):
    with start(folder, "a", 1000, journal_from=2) as process:
        finished = [process.stdout.readline().strip() for _ in range(5)]
        process.kill()
        finished += process.stdout.read().split()
        process.stderr.close()

    assert 2 == len(read_descriptions(folder))
    assert set(finished) <= {
        one.description for one in pypact.read_pact(folder / FILE).interactions
    }
    subprocess.run([sys.executable, "-m", "pypact", "complete", folder], check=True)
    assert set(finished) <= set(read_descriptions(folder))
    assert [folder / FILE] == list(folder.iterdir())


def test_a_forked_child_of_multiprocessing_folds_its_own_journal(folder):
    support = Path(store_scripts.__file__).parent
    environment = {**os.environ, "PYTHONPATH": str(support)}
    subprocess.run([sys.executable, "-c", FORK, folder], check=True, env=environment)

    names = [f"{who}-{number}" for who in ("child", "parent") for number in range(3)]
    assert names == read_descriptions(folder)
    assert [folder / FILE] == list(folder.iterdir())


def test_a_contract_that_cannot_be_completed_at_exit_is_named(folder):
    # Many blocks, so that the process does not end before it is stopped.
    with start(folder, "a", 300, journal_from=2) as process:
        for _ in range(5):
            process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        (folder / FILE).write_text("{}")
        process.send_signal(signal.SIGCONT)
        _, errors = process.communicate()

    assert "PactWarning" in errors or "StoreError" in errors
    assert f"{folder / FILE} is not" in errors


def test_one_bad_contract_does_not_take_the_others(folder, monkeypatch):
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: True)
    writer = PactWriter()
    for provider in ("A", "Bad", "Worse", "Z"):
        pact = pypact.Consumer("Web").has_pact_with(provider, pact_dir=folder)
        builder = pact.upon_receiving("a").with_request().will_respond_with(200)
        pact._definitions.take_all()
        writer.stage(pact._info, [builder.to_interaction()])
    folder.mkdir()
    (folder / "Web-Bad.json").write_text("[]")
    (folder / "Web-Worse.json").mkdir()
    writer.commit()

    written, failures = writer.write()

    assert ["Web-A.json", "Web-Z.json"] == [path.name for path in written]
    assert [StoreError, StoreError] == [type(one) for one in failures]
    for name, failure in zip(("Bad", "Worse"), failures, strict=True):
        assert f"Web-{name}.json" in str(failure)


def test_an_unforeseen_error_of_one_contract_is_named(folder, monkeypatch):
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: True)

    def fail(*_, **__):
        raise RecursionError("too deep")

    monkeypatch.setattr("pypact.consumer.writer.merge_into_file", fail)
    writer = PactWriter()
    pact = make_pact(folder)
    builder = pact.upon_receiving("a").with_request().will_respond_with(200)
    pact._definitions.take_all()
    writer.stage(pact._info, [builder.to_interaction()])
    writer.commit()

    with pytest.raises(StoreError, match=r"Users\.json .* RecursionError: too deep"):
        writer.complete(folder / FILE)
