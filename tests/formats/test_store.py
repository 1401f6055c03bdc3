"""A contract is merged into its file, under a lock and atomically."""

import doctest
import json
import os
import threading
from multiprocessing import get_context
from pathlib import Path

import pytest

from pypact._dataclasses import replace
from pypact.errors import (
    InvalidPact,
    LossWarning,
    MergeConflict,
    NotExpressible,
    PactWarning,
    StoreError,
)
from pypact.formats import read_pact, store, write_pact
from pypact.formats.pact import find_format
from pypact.formats.store import (
    InteractionTextCache,
    add_to_file,
    complete_file,
    get_contract_path,
    get_pact_file_name,
    merge_into_file,
    parse_contract,
    preview_merge,
    read_pact_file,
    render_contract,
    replace_contract,
)
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Message,
    SpecificationVersion,
    SyncMessage,
)


def call(description, path=None):
    return HttpInteraction(
        description=description,
        request=Request("GET", path or f"/{description}"),
        response=Response(200),
    )


def contract(*descriptions, version=SpecificationVersion.V4):
    interactions = tuple(call(one) for one in descriptions)
    return Contract("Web", "Users", interactions, version=version)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "pacts" / "Web-Users.json"


def write_to(path, value):
    write_pact(value, path)


def described(path):
    return [one.description for one in read_pact(path).interactions]


def test_directories_are_created_and_the_file_is_json(path):
    assert merge_into_file(path, contract("b", "a"))

    assert ["a", "b"] == described(path)
    assert (
        "4.0"
        == json.loads(path.read_text())["metadata"]["pactSpecification"]["version"]
    )


def test_a_second_identical_run_leaves_the_file_unchanged(path):
    merge_into_file(path, contract("a"))
    before = path.stat()

    assert not merge_into_file(path, contract("a"))
    assert before == path.stat()


def test_a_new_process_writes_the_same_bytes(path, monkeypatch):
    merge_into_file(path, contract("a", "b"))
    before = path.read_bytes()
    monkeypatch.setattr(store, "_CACHE", {})

    assert not merge_into_file(path, contract("b"))
    assert before == path.read_bytes()


def test_only_the_files_used_last_stay_in_the_cache(path, monkeypatch):
    monkeypatch.setattr(store, "_CACHE", {})
    monkeypatch.setattr(store, "_CACHE_SIZE", 2)
    paths = [path.with_name(f"{name}.json") for name in "abc"]
    for each in paths:
        merge_into_file(each, contract("a"))

    assert [os.path.realpath(each) for each in paths[1:]] == list(store._CACHE)


def test_changes_by_another_program_are_kept(path):
    merge_into_file(path, contract("a"))
    data = json.loads(path.read_text())
    other = {**data["interactions"][0], "description": "theirs"}
    path.write_text(json.dumps({**data, "interactions": [other], "extra": [1]}))

    merge_into_file(path, contract("a"))

    assert ["a", "theirs"] == described(path)
    assert [1] == json.loads(path.read_text())["extra"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "an empty file"),
        ('{"consumer": ', "truncated JSON"),
        ("[]", "a list|array"),
    ],
)
def test_a_file_that_is_not_a_pact_is_left_unchanged(path, content, problem):
    path.parent.mkdir(parents=True)
    path.write_text(content)

    with pytest.raises(StoreError, match=f"left unchanged: .*({problem})") as raised:
        merge_into_file(path, contract("a"))
    assert 1 == str(raised.value).count(str(path))
    assert content == path.read_text()


def test_the_contract_of_another_pair_is_left_unchanged(path):
    merge_into_file(path, contract("a"))
    before = path.read_bytes()

    with pytest.raises(StoreError, match="holds the contract of another pair"):
        merge_into_file(path, Contract("Shop", "Users", contract("b").interactions))
    assert before == path.read_bytes()


def test_a_crash_while_writing_leaves_the_old_file_and_nothing_else(path, monkeypatch):
    merge_into_file(path, contract("a"))
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match="cannot be written: No space left"):
        merge_into_file(path, contract("b"))

    assert before == path.read_bytes()
    assert [path] == list(path.parent.iterdir())


def test_an_older_file_is_upgraded_with_a_warning(path):
    merge_into_file(path, contract("a", version=SpecificationVersion.V2))

    with pytest.warns(PactWarning, match=r"2\.0\.0 to 4\.0") as caught:
        merge_into_file(path, contract("b"))
    assert str(caught[0].message).startswith(f"{path} was converted")
    assert ["a", "b"] == described(path)


def test_a_newer_file_keeps_its_version(path):
    merge_into_file(path, contract("a"))
    merge_into_file(path, contract("b", version=SpecificationVersion.V2))

    assert SpecificationVersion.V4 is read_pact(path).version


def test_concurrent_threads_lose_no_interactions(path):
    names = [f"n{number:02}" for number in range(20)]
    threads = [
        threading.Thread(target=merge_into_file, args=(path, contract(name)))
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert names == described(path)


def write_in_a_process(path, name):
    merge_into_file(path, contract(name))


def test_concurrent_processes_lose_no_interactions(path):
    context = get_context("fork")
    names = [f"n{number}" for number in range(6)]
    processes = [
        context.Process(target=write_in_a_process, args=(path, name)) for name in names
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()

    assert names == described(path)


def test_a_symbolic_link_is_kept(tmp_path, path):
    merge_into_file(path, contract("a"))
    link = tmp_path / "link.json"
    link.symlink_to(path)

    merge_into_file(link, contract("b"))

    assert link.is_symlink()
    assert ["a", "b"] == described(path)


@pytest.mark.parametrize(
    ("consumer", "name"),
    [
        ("Web Front", "Web Front-Users.json"),
        ("../../etc/passwd", None),
        ("a/b\\c", None),
        ("..", None),
        ("x" * 400, None),
    ],
)
def test_a_file_name_cannot_refer_outside_of_the_folder(tmp_path, consumer, name):
    path = get_contract_path(tmp_path, consumer, "Users")

    assert tmp_path == path.parent
    assert tmp_path == path.resolve().parent
    assert name in (None, path.name)
    assert len(os.fsencode(path.name)) <= 255
    path.write_text("it can be made")


@pytest.mark.parametrize(
    ("consumer", "name"),
    [
        ("CON.x", "_CON.x-Users.json"),
        ("nul .x", "_nul .x-Users.json"),
        ("COM¹.x", "_COM¹.x-Users.json"),
        ("conin$.x", "_conin$.x-Users.json"),
        (".hidden", "_hidden-Users.json"),
        ("\u202e\x9b\u2028👩\u200d👧", "___👩\u200d👧-Users.json"),
    ],
)
def test_reserved_file_names_are_changed(consumer, name):
    assert name == get_pact_file_name(consumer, "Users")


@pytest.mark.parametrize(
    ("member", "kept"),
    [
        ("interactions", call("a")),
        ("messages", AsyncMessage(description="a", message=Message())),
    ],
)
def test_an_interaction_that_is_left_out_leaves_no_gap(member, kept):
    lost = SyncMessage(description="b", request=Message(), responses=())
    both = Contract("Web", "Users", (lost, kept))
    texts = InteractionTextCache(find_format("3.0.0"))
    with pytest.warns(LossWarning):
        written = json.loads(render_contract(both, texts, lossy=True))

    assert ["a"] == [one["description"] for one in written[member]]


def test_replacing_a_contract_removes_the_old_one(path):
    merge_into_file(path, contract("a"))
    replace_contract(path, contract("b"))

    assert ["b"] == described(path)


def test_the_contract_of_another_pair_is_replaced_unless_it_is_kept(path):
    merge_into_file(path, contract("a"))
    other = replace(contract("b"), consumer="App")
    with pytest.raises(StoreError, match="holds the contract of another pair"):
        replace_contract(path, other, keeps_other_pairs=True)
    assert ["a"] == described(path)

    replace_contract(path, other)
    replace_contract(path, replace(other, interactions=()), keeps_other_pairs=True)
    assert "App" == read_pact(path).consumer


@pytest.mark.parametrize(
    "content",
    [
        "",
        "notes",
        "[]",
        "null",
        '{"name": "web", "lockfileVersion": 3}',
        '{"consumer": {"name": "Web"}}',
        '{"consumer": {"name": "Web"}, "provider": ',
    ],
)
@pytest.mark.parametrize("write", [replace_contract, merge_into_file, write_to])
def test_a_file_that_is_not_a_pact_is_never_replaced(path, content, write):
    path.parent.mkdir(parents=True)
    path.write_text(content)

    with pytest.raises(StoreError, match="was left unchanged"):
        write(path, contract("a"))

    assert content == path.read_text()
    assert [path] == list(path.parent.iterdir())


def test_a_pact_with_errors_inside_can_be_replaced(path):
    path.parent.mkdir(parents=True)
    path.write_text('{"consumer": {}, "provider": 7, "interactions": "none"}')

    replace_contract(path, contract("b"))

    assert ["b"] == described(path)


def test_keeps_old_reports_a_changed_interaction_as_a_conflict(path):
    merge_into_file(path, contract("a"))
    merge_into_file(path, contract("a", "b"), keeps_old=True)
    changed = Contract("Web", "Users", (call("a", "/other"),))

    with pytest.raises(MergeConflict, match="'a' differs from the interaction in"):
        merge_into_file(path, changed, keeps_old=True)
    assert ["a", "b"] == described(path)


def test_a_file_whose_folder_is_a_file_cannot_be_read(tmp_path):
    (tmp_path / "f").write_text("")

    with pytest.raises(StoreError, match=r"cannot be (read|written)"):
        merge_into_file(tmp_path / "f" / "x.json", contract("a"))


def test_a_path_with_nul_cannot_be_read():
    with pytest.raises(StoreError, match=r"^a\0b cannot be read: embedded null"):
        read_pact_file(Path("a\0b"))


def test_examples_in_docstrings_work():
    assert (0, 2) == doctest.testmod(store)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "expected a pact in JSON, got an empty file"),
        ("[]", "expected an object, got a list"),
        (
            "{}",
            "expected an object with consumer and provider, got an object without them",
        ),
        (
            '{"consumer": 5, "provider": {}}',
            "consumer: expected an object with a name, got the number 5",
        ),
    ],
)
@pytest.mark.parametrize("act", [merge_into_file, add_to_file, preview_merge])
def test_the_text_for_a_file_that_is_not_a_pact_is_complete(
    path, content, problem, act
):
    path.parent.mkdir(parents=True)
    path.write_text(content)
    if act is preview_merge and content == "{}":
        problem = (
            "expected a pact, got an object without consumer, provider and interactions"
        )

    with pytest.raises(StoreError) as raised:
        act(path, contract("a"))

    start = f"{path} is not a valid pact file and was left unchanged: "
    assert f"{start}{problem}" == str(raised.value)
    assert content == path.read_text()


@pytest.mark.parametrize("act", [merge_into_file, add_to_file, preview_merge])
def test_the_text_for_the_contract_of_another_pair_is_complete(path, act):
    merge_into_file(path, contract("a"))

    with pytest.raises(StoreError) as raised:
        act(path, Contract("Shop", "Users", contract("b").interactions))

    assert (
        f"{path} holds the contract of another pair. Unable to merge pacts, as they "
        "have different consumers or providers: Web and Users, Shop and Users"
    ) == str(raised.value)


def test_a_preview_is_the_contract_before_and_after(path):
    assert preview_merge(path, contract("b")) == (None, contract("b"))
    merge_into_file(path, contract("b"))
    before, after = preview_merge(path, contract("a"))

    assert ["b"] == [one.description for one in before.interactions]
    assert ["a", "b"] == [one.description for one in after.interactions]
    assert ["b"] == described(path)
    _, edited = preview_merge(path, contract("a"), edit=lambda _: contract("c"))
    assert contract("c") == edited


def test_the_warning_for_a_converted_file_is_complete(path):
    merge_into_file(path, contract("a", version=SpecificationVersion.V2))

    with pytest.warns(PactWarning) as caught:
        merge_into_file(path, contract("b"))

    [text] = [str(one.message) for one in caught]
    assert f"{path} was converted from Pact Specification 2.0.0 to 4.0" == text
    assert __file__ == caught[0].filename


def test_the_version_of_a_replaced_contract_can_be_chosen(path):
    replace_contract(path, contract("a"), version_format=find_format("2.0.0"))
    assert SpecificationVersion.V2 is read_pact(path).version

    replace_contract(path, contract("a", version=SpecificationVersion.V3))
    assert SpecificationVersion.V3 is read_pact(path).version


COMMENTED = replace(call("a"), comments={"text": ["b"]})
BOTH_KINDS = (call("a"), AsyncMessage(description="b", message=Message()))
PLUGIN = {"name": "csv", "version": "1", "configuration": {"a": 1}}


@pytest.mark.parametrize(
    "members",
    [
        {"interactions": (COMMENTED,)},
        {"interactions": BOTH_KINDS},
        {"interactions": (call("a"),), "metadata": {"plugins": [PLUGIN]}},
    ],
    ids=["interaction", "list", "metadata"],
)
def test_what_a_version_cannot_express_is_left_out_only_on_request(path, members):
    one, older = replace(contract(), **members), find_format("2.0.0")
    with pytest.raises(NotExpressible):
        replace_contract(path, one, version_format=older)
    assert not path.exists()

    with pytest.warns(LossWarning):
        replace_contract(path, one, version_format=older, lossy=True)
    assert ["a"] == described(path)


def test_all_members_are_sorted_by_name(path):
    members = {"z": 1, "b": {"y": 1, "a": [{"d": 1, "c": 2}]}}
    one = replace(call("a"), unknown=members)
    both = replace(contract(), interactions=(one,), unknown=members, metadata=members)
    merge_into_file(path, both)

    text = path.read_text()
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n"
    assert text.count('"c": 2') == 3


def test_each_interaction_is_converted_to_text_once(path, monkeypatch):
    written = []
    write = store.pact.write_interaction

    def note(interaction, *arguments, **options):
        written.append(interaction.description)
        return write(interaction, *arguments, **options)

    monkeypatch.setattr(store.pact, "write_interaction", note)
    for names in ("a", "b", "cd"):
        merge_into_file(path, contract(*names))
    kept = store._CACHE[str(path)].texts._texts
    assert ["a", "b", "c", "d"] == written
    assert len(kept) == 4

    merge_into_file(path, contract(), edit=lambda _: contract("e"))
    kept = store._CACHE[str(path)].texts._texts
    assert ["e"] == [one.description for one, _ in kept.values()]


def test_what_a_killed_process_left_is_removed_by_the_next(path):
    merge_into_file(path, contract("a"))
    left = path.with_name(f".{path.name}.tmp")
    left.write_text("half")

    assert not merge_into_file(path, contract("a"))
    assert not left.exists()


@pytest.mark.parametrize(
    "write",
    [
        lambda one, older: render_contract(one, InteractionTextCache(older)),
        store.pact.write_contract,
        lambda one, older: store.pact.contract_to_json(one, older.version),
    ],
)
def test_nothing_is_left_out_unless_requested(write):
    for members in (
        {"interactions": (COMMENTED,)},
        {"metadata": {"plugins": [PLUGIN]}},
    ):
        with pytest.raises(NotExpressible):
            write(replace(contract(), **members), find_format("2.0.0"))


@pytest.mark.parametrize("large", [0, 10**9])
def test_the_place_of_an_error_is_that_of_the_file(monkeypatch, large):
    monkeypatch.setattr(store, "_LARGE", large)
    for content in (b"[]", b"[", b""):
        with pytest.raises(InvalidPact, match=r"^a\.json: expected "):
            parse_contract(content, "a.json")


@pytest.mark.parametrize(("length", "is_shortened"), [(194, False), (195, True)])
def test_a_name_of_two_hundred_bytes_is_not_shortened(length, is_shortened):
    name = get_pact_file_name("a" * length, "Users")

    assert len(name) == len(".json") + 200
    assert ("~" in name) is is_shortened
    if is_shortened:
        assert "a" * 183 + "~" == name[:184]


def test_only_a_large_contract_has_a_journal(path):
    names = [f"{number:02}" for number in range(49)]
    merge_into_file(path, contract(*names))
    assert not add_to_file(path, contract("49"))
    assert add_to_file(path, contract("50"))
    store._CACHE.clear()
    store._SUMMARIES.clear()
    assert add_to_file(path, contract("51"))

    assert [*names, "49", "50", "51"] == described(path)
    assert complete_file(path)
    assert not complete_file(path)


def test_the_interactions_of_one_block_are_added_once(path):
    assert not add_to_file(path, contract("a", "b", "a"))
    assert ["a", "b"] == described(path)

    pair = (call("c", "/1"), call("c", "/2"))
    both = Contract("Web", "Users", pair, version=SpecificationVersion.V4)
    with pytest.raises(MergeConflict):
        add_to_file(path, both)
    add_to_file(path, both, overwrite=True)
    assert "/2" == read_pact(path).interactions[-1].request.path


def test_a_merged_contract_can_be_edited_before_it_is_written(path):
    merge_into_file(path, contract("a"))

    assert merge_into_file(path, contract("b"), edit=lambda _: contract("c"))
    assert ["c"] == described(path)
