"""Large contracts have a journal, which readers and writers merge."""

import json
import os
import re
import stat
from pathlib import Path

import pytest

from pypact._dataclasses import replace
from pypact.errors import InvalidPact, NotExpressible, StoreError
from pypact.formats import journal, read_pact, store, write_pact
from pypact.formats.pact import contract_to_json
from pypact.formats.store import (
    add_to_file,
    complete_file,
    find_incomplete_files,
    merge_into_file,
    replace_contract,
)
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Message,
    SpecificationVersion,
)

V2, V3, V4 = (SpecificationVersion[name] for name in ("V2", "V3", "V4"))


def call(description, path=None):
    request = Request("GET", path or f"/{description}")
    return HttpInteraction(
        description=description, request=request, response=Response(200)
    )


def message(description):
    return AsyncMessage(description=description, message=Message())


def contract(*parts, version=V4, consumer="Web"):
    interactions = [call(one) if isinstance(one, str) else one for one in parts]
    return Contract(consumer, "Users", tuple(interactions), version=version)


def described(path):
    return [one.description for one in read_pact(path).interactions]


def in_file(path):
    data = json.loads(path.read_text())
    lists = (data.get("interactions", []), data.get("messages", []))
    return [one["description"] for each in lists for one in each]


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """A journal begins at two interactions."""
    monkeypatch.setattr(store, "JOURNAL_FROM", 2)
    monkeypatch.setattr(store, "_SMALLEST_INTERACTION", 10)


@pytest.fixture
def path(tmp_path):
    """A contract of two interactions."""
    path = tmp_path / "Web-Users.json"
    merge_into_file(path, contract("a", "b"))
    return path


@pytest.fixture
def lines(path):
    """The journal of the contract."""
    return path.with_name(".Web-Users.json.journal")


def forget():
    """Do what a new process does."""
    store._CACHE.clear()
    store._SUMMARIES.clear()
    store._APPENDED.clear()


@pytest.mark.parametrize("known", [True, False])
def test_a_large_contract_gets_a_journal_that_readers_merge(path, lines, known):
    before = path.read_bytes()
    if not known:
        forget()

    assert add_to_file(path, contract("c"))
    assert add_to_file(path, contract("d"))

    assert before == path.read_bytes()
    assert 2 == lines.read_bytes().count(b"\n")
    assert ["a", "b", "c", "d"] == described(path)


def test_a_process_does_not_parse_what_it_has_written(path, monkeypatch):
    def fail(_content, place):
        raise AssertionError(place)

    monkeypatch.setattr(store, "_parse_own_file", fail)
    monkeypatch.setattr(store, "parse_contract", fail)
    assert add_to_file(path, contract("c"))
    assert add_to_file(path, contract("d"))
    assert {str(path)} <= store._APPENDED.keys()
    assert complete_file(path)

    assert ["a", "b", "c", "d"] == in_file(path)
    assert str(path) not in store._APPENDED


@pytest.mark.parametrize("smallest", [10, 1000])
def test_a_small_contract_is_complete_after_each_block(tmp_path, monkeypatch, smallest):
    monkeypatch.setattr(store, "_SMALLEST_INTERACTION", smallest)
    path = tmp_path / "Web-Users.json"

    assert not add_to_file(path, contract("a"))
    forget()
    assert not add_to_file(path, contract("b"))
    assert ["a", "b"] == in_file(path)
    assert [path] == list(tmp_path.iterdir())


def test_a_small_contract_of_many_bytes_has_no_journal(tmp_path):
    path = tmp_path / "Web-Users.json"
    add_to_file(path, contract(call("a", "/" + "a" * 1000)))
    forget()

    assert not add_to_file(path, contract("b"))
    assert ["a", "b"] == in_file(path)


@pytest.mark.parametrize(
    "write",
    [
        complete_file,
        lambda path: merge_into_file(path, contract("b")),
        lambda path: merge_into_file(path, contract("b"), keeps_old=True),
    ],
)
def test_every_writing_folds_the_journal(path, write):
    add_to_file(path, contract("c"))
    write(path)

    assert ["a", "b", "c"] == in_file(path)
    assert [path] == list(path.parent.iterdir())


def test_the_bytes_are_the_same_as_without_a_journal(path, tmp_path):
    other = tmp_path / "other.json"
    merge_into_file(other, contract("a", "b", "c"))
    add_to_file(path, contract("c"))
    complete_file(path)

    assert other.read_bytes() == path.read_bytes()


def test_a_broken_file_that_cannot_be_completed_is_named(path):
    add_to_file(path, contract("c"))
    path.write_text("[]")
    forget()

    with pytest.raises(StoreError, match=re.escape(str(path))):
        complete_file(path)


def test_without_a_journal_there_is_nothing_to_complete(path):
    before = path.stat()

    assert not complete_file(path)
    assert before == path.stat()


def test_a_later_line_replaces_an_interaction(path):
    add_to_file(path, contract(call("a", "/1")))
    add_to_file(path, contract(call("a", "/2")))
    complete_file(path)

    assert ["/2", "/b"] == [one.request.path for one in read_pact(path).interactions]


def test_replacing_a_contract_removes_its_journal(path, lines):
    add_to_file(path, contract("c"))
    write_pact(contract("z"), path)

    assert ["z"] == described(path)
    assert not lines.exists()


def test_a_contract_with_errors_is_replaced_with_its_journal(path, lines):
    add_to_file(path, contract("c"))
    path.write_text('{"consumer": 7, "provider": 7, "interactions": "none"}')
    replace_contract(path, contract("z"))

    assert ["z"] == described(path)
    assert not lines.exists()


@pytest.mark.parametrize("write", [add_to_file, merge_into_file])
def test_a_journal_without_a_contract_is_removed(path, lines, write):
    add_to_file(path, contract("c"))
    path.unlink()
    write(path, contract("z"))

    assert ["z"] == described(path)
    assert not lines.exists()


def test_completing_a_removed_contract_removes_its_journal(path, lines):
    add_to_file(path, contract("c"))
    path.unlink()

    assert complete_file(path)
    assert [] == list(path.parent.iterdir())


def test_a_kill_between_the_steps_of_a_fold_changes_nothing(path, lines):
    add_to_file(path, contract("c"))
    kept = lines.read_bytes()
    complete_file(path)
    after = path.read_bytes()
    lines.write_bytes(kept)

    assert complete_file(path)
    assert after == path.read_bytes()


@pytest.mark.parametrize("rest", [b'{"consumer": ', b"x" * 5000])
def test_a_line_that_was_cut_off_is_ignored_and_removed(path, lines, rest):
    add_to_file(path, contract("c"))
    finished = lines.read_bytes()
    lines.write_bytes(finished + rest)

    assert ["a", "b", "c"] == described(path)
    add_to_file(path, contract("d"))
    assert lines.read_bytes().startswith(finished + b"{")
    assert ["a", "b", "c", "d"] == described(path)


def test_a_journal_of_which_nothing_is_finished_is_empty(path, lines):
    lines.write_bytes(b"{")

    assert ["a", "b"] == described(path)
    add_to_file(path, contract("d"))
    assert ["a", "b", "d"] == described(path)


def test_a_full_disk_leaves_the_finished_lines(path, lines, monkeypatch):
    add_to_file(path, contract("c"))
    before, write = lines.read_bytes(), os.write
    written = []

    def full(descriptor, data):
        if written:
            raise OSError(28, "No space left on device")
        written.append(1)
        return write(descriptor, data[:10])

    monkeypatch.setattr(journal.os, "write", full)
    with pytest.raises(StoreError, match="cannot be written: No space left"):
        add_to_file(path, contract("d"))

    assert before == lines.read_bytes()


def test_a_broken_line_is_an_error_that_names_it(path, lines):
    add_to_file(path, contract("c"))
    lines.write_bytes(lines.read_bytes() + b"{\n")

    with pytest.raises(InvalidPact, match=r"\.journal: line 2: .*JSON"):
        read_pact(path)
    with pytest.raises(InvalidPact, match="line 2"):
        complete_file(path)
    assert ["a", "b"] == in_file(path)
    assert lines.exists()


def test_the_journal_of_another_pair_is_an_error(path, lines):
    add_to_file(path, contract("c"))
    lines.write_bytes(lines.read_bytes().replace(b'"Web"', b'"Shop"'))

    with pytest.raises(StoreError, match="is the journal of another pair"):
        read_pact(path)


def test_a_journal_has_the_permissions_of_its_contract(path, lines):
    path.chmod(0o640)
    add_to_file(path, contract("c"))

    assert 0o640 == stat.S_IMODE(lines.stat().st_mode)


def test_a_journal_that_another_user_has_begun_is_folded(path, lines, monkeypatch):
    add_to_file(path, contract("c"))
    forget()

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(journal, "append_line", refuse)

    assert not add_to_file(path, contract("d"))
    assert ["a", "b", "c", "d"] == in_file(path)
    assert not lines.exists()


def test_a_journal_that_is_not_a_file_is_refused(path, lines):
    os.mkfifo(lines)

    with pytest.raises(StoreError, match="journal is not a regular file: remove it"):
        read_pact(path)
    with pytest.raises(StoreError, match="journal is not a regular file: remove it"):
        add_to_file(path, contract("c"))


def test_a_symbolic_link_in_place_of_a_journal_is_refused(path, lines, tmp_path):
    (tmp_path / "precious").write_text("kept\n")
    lines.symlink_to(tmp_path / "precious")

    with pytest.raises(StoreError, match=f"^{re.escape(str(lines))} cannot be read: "):
        read_pact(path)
    with pytest.raises(StoreError, match=f"^{re.escape(str(path))} cannot be written"):
        add_to_file(path, contract("c"))
    assert "kept\n" == (tmp_path / "precious").read_text()


def test_the_journal_is_beside_the_target_of_a_symbolic_link(path, lines, tmp_path):
    link = tmp_path / "elsewhere" / "link.json"
    link.parent.mkdir()
    link.symlink_to(path)
    add_to_file(link, contract("c"))

    assert lines.exists()
    assert ["a", "b", "c"] == described(link)


def test_the_contract_of_another_pair_is_an_error_at_once(path):
    forget()

    with pytest.raises(StoreError, match="holds the contract of another pair"):
        add_to_file(path, contract("c", consumer="Shop"))


def test_a_large_file_that_is_not_a_pact_is_an_error_at_once(path):
    path.write_text("[" + "1, " * 100 + "1]")
    with pytest.raises(StoreError, match="not a valid pact file and was left unchan"):
        add_to_file(path, contract("c"))

    data = contract_to_json(contract(message("a"), message("b"), version=V3), "3.0.0")
    path.write_text(json.dumps({**data, "interactions": "x"}))
    with pytest.raises(StoreError) as caught:
        add_to_file(path, contract("c"))
    assert str(path) not in str(caught.value).partition("left unchanged")[2]
    assert str(caught.value).startswith(f"{path} is not a valid pact file")


def test_the_metadata_of_the_lines_are_kept(path):
    assert add_to_file(path, replace(contract("c"), metadata={"x": 1, "y": 1}))
    assert add_to_file(path, replace(contract("d"), metadata={"y": 2}))

    found = read_pact(path).metadata
    assert (1, 2) == (found["x"], found["y"])


def test_an_older_contract_is_converted_before_it_has_a_journal(tmp_path):
    path = tmp_path / "Web-Users.json"
    merge_into_file(path, contract("a", "b", version=V2))

    with pytest.warns(UserWarning, match="was converted from"):
        assert not add_to_file(path, contract("c"))
    assert add_to_file(path, contract("d"))
    assert add_to_file(path, contract("e", version=V2))
    complete_file(path)

    assert ["a", "b", "c", "d", "e"] == in_file(path)
    assert V4 is read_pact(path).version


def test_messages_beside_http_interactions_fail_at_once_before_v4(tmp_path):
    path = tmp_path / "Web-Users.json"
    merge_into_file(path, contract(message("a"), message("b"), version=V3))

    with pytest.raises(NotExpressible):
        add_to_file(path, contract("c", version=V3))
    forget()
    assert add_to_file(path, contract(message("c"), version=V3))
    assert add_to_file(path, contract(message("d"), version=V3))
    complete_file(path)
    assert ["a", "b", "c", "d"] == in_file(path)


def test_messages_and_http_interactions_share_the_journal_of_a_v4_contract(path):
    add_to_file(path, contract(message("c")))
    complete_file(path)

    assert ["a", "b", "c"] == in_file(path)


def test_only_the_files_used_last_are_remembered(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_SUMMARIES", {})
    monkeypatch.setattr(store, "_CACHE_SIZE", 2)
    for name in "abc":
        merge_into_file(tmp_path / f"{name}.json", contract("a", "b"))
        add_to_file(tmp_path / f"{name}.json", contract("c"))

    names = [Path(name).name for name in store._SUMMARIES]
    assert ["b.json", "c.json"] == names


def test_an_error_of_the_system_is_shown(path, monkeypatch):
    def fail(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(store, "_get_stamp", fail)
    with pytest.raises(StoreError, match="cannot be read: Input/output error"):
        add_to_file(path, contract("c"))


def test_a_path_below_a_file_has_no_journal(path):
    with pytest.raises(StoreError, match="cannot be read: Not a directory"):
        read_pact(path / "x.json")


def test_incomplete_contracts_are_found_below_a_directory(path):
    assert [] == find_incomplete_files(path.parent)

    add_to_file(path, contract("c"))

    assert [path] == find_incomplete_files(path.parent)


def test_a_fold_by_another_process_while_waiting_suffices(path, lines, monkeypatch):
    """The lock is no longer needed: the other has folded the journal."""
    add_to_file(path, contract("c"))
    kept = lines.read_bytes()
    asked = []

    def try_to_lock(_):
        asked.append(1)
        lines.unlink()

    monkeypatch.setattr("pypact.formats.lock._try_to_lock", try_to_lock)
    assert complete_file(path)

    assert [1] == asked
    assert kept
