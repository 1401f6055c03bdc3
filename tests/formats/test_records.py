"""Contracts remember which test wrote which interaction."""

import pytest
from interactions import build_pact

from pypact.errors import PactWarning
from pypact.formats import read_pact
from pypact.formats.merge import merge_contracts
from pypact.formats.records import (
    CompleteRun,
    NamedTest,
    drop_unused_records,
    find_unrecorded,
    hash_interaction,
    hash_module,
    hash_suite,
    hash_test,
    make_record,
    read_records,
    remove_stale,
    with_records,
)
from pypact.formats.store import merge_into_file, preview_merge, replace_contract
from pypact.model.interactions import Contract

TEST = NamedTest("suite", "tests/test_a.py::test_x")


def contract(*names, version="4.0", tests=(TEST,), **more):
    """Return a contract with interactions, each with a record of each test."""
    data = build_pact(version)
    [one] = data["interactions"]
    data["interactions"] = [one | {"description": name} | more for name in names]
    found = read_pact(data)
    records = [make_record(one, test) for one in found.interactions for test in tests]
    return with_records(found, records)


def run(*, passed=(), tests=(), suite="suite", unknown=()):
    return CompleteRun(
        hash_suite(suite),
        {hash_test(name): name for name in (*tests, *passed)},
        frozenset(map(hash_test, passed)),
        frozenset(map(hash_module, unknown)),
    )


def names(interactions):
    return [one.description for one in interactions]


@pytest.mark.parametrize(
    ("complete", "removed"),
    [
        (run(), ["a"]),
        (run(tests=[TEST.id]), []),
        (run(passed=[TEST.id]), ["a"]),
        (run(suite="other"), []),
        (run(unknown=["tests/test_a.py"]), []),
        (run(unknown=["tests/test_b.py"]), ["a"]),
    ],
)
def test_an_interaction_is_stale_if_its_test_is_gone_or_passed(complete, removed):
    kept, found = remove_stale(contract("a"), complete, frozenset())

    assert removed == names(found)
    assert len(read_records(kept)) == len(kept.interactions)


def test_the_tests_of_records_are_named_if_they_still_exist():
    other = NamedTest("other", "b.py::y")
    records = read_records(contract("a", tests=[TEST, other]))

    assert [TEST.id] == run(tests=[TEST.id, other.id]).name_tests(records)
    assert [] == run().name_tests(records)


def test_an_interaction_that_was_written_again_stays():
    found = contract("a")
    made = frozenset(map(str, read_records(found)))

    assert (found, ()) == remove_stale(found, run(), made)


def test_an_interaction_that_was_written_and_discarded_stays():
    found = contract("a")
    hashes = frozenset(map(hash_interaction, found.interactions))

    assert (found, ()) == remove_stale(found, run(), frozenset(), hashes)


def test_an_interaction_with_another_record_stays_and_loses_the_stale_one():
    other = NamedTest("other", "b.py::y")
    kept, found = remove_stale(contract("a", tests=[TEST, other]), run(), frozenset())

    assert () == found
    assert [hash_suite("other")] == [one.suite for one in read_records(kept)]


def test_merging_keeps_the_records_of_both():
    merged = merge_contracts(contract("a"), contract("b"))

    assert 2 == len(read_records(merged))
    assert merged == merge_contracts(merged, contract("b"))


@pytest.mark.parametrize("written", ["x", [1, None]])
def test_merging_replaces_what_is_not_a_list_of_records(written):
    data = build_pact("4.0")
    data["metadata"]["pypact"] = {"tests": written}
    merged = merge_contracts(read_pact(data), contract("b"))

    assert 1 == len(read_records(merged))


def test_what_is_not_a_record_is_reported_and_ignored():
    data = build_pact("4.0")
    data["metadata"]["pypact"] = {"tests": ["a.b"]}
    with pytest.warns(match=r"metadata\.pypact\.tests: 'a\.b' is not a record"):
        assert [] == read_records(read_pact(data))


def test_merging_without_records_keeps_those_of_the_file():
    new = with_records(contract("b"), [])
    new = Contract(
        "Web", "Users", new.interactions, metadata={"pypact": {"version": "1"}}
    )
    merged = merge_contracts(contract("a"), new)

    assert 1 == len(read_records(merged))
    assert "1" == merged.metadata["pypact"]["version"]


def test_records_without_their_interaction_are_dropped():
    found = contract("a", "b")
    rest = Contract("Web", "Users", found.interactions[:1], metadata=found.metadata)

    assert 1 == len(read_records(drop_unused_records(rest)))
    assert found is drop_unused_records(found)


def test_without_records_the_metadata_has_no_entry():
    assert "pypact" not in with_records(contract("a"), []).metadata


def test_a_key_identifies_an_interaction_whatever_its_description_is():
    [one] = contract("a", key="k").interactions
    [other] = contract("b", key="k").interactions

    assert hash_interaction(one) == hash_interaction(other)
    assert set() == find_unrecorded(contract("a", key="k"))


def test_a_preview_is_what_is_written(tmp_path):
    path = tmp_path / "p.json"
    assert None is preview_merge(path, contract("a"))[0]
    replace_contract(path, contract("a"))
    before, after = preview_merge(path, contract("b"))
    dropped = preview_merge(path, contract("b"), edit=lambda _: contract("c"))[1]

    assert [["a"], ["a", "b"], ["c"]] == [
        names(one.interactions) for one in (before, after, dropped)
    ]
    merge_into_file(path, contract("b"))
    assert after == read_pact(path)


def test_the_hashes_stay_the_same_between_versions_of_pypact():
    """Contracts that older versions have written hold these hashes."""
    [one] = contract("a").interactions
    [keyed] = contract("a", key="k").interactions

    assert "f8ebd4.4fcecd.0894ddef" == TEST.hash()
    assert ["f8ebd4", "4fcecd"] == [hash_suite("suite"), hash_module("tests/test_a.py")]
    assert "4fcecd.0894ddef" == hash_test(TEST.id)
    assert hash_test("tests/test_a.py::A::test_b").startswith("4fcecd.")
    assert ["a019894c13", "33e16bc480"] == [
        hash_interaction(one),
        hash_interaction(keyed),
    ]
    assert "a019894c13.f8ebd4.4fcecd.0894ddef" == make_record(one, TEST)
    assert hash_suite("\ud800")


def test_interactions_without_a_record_of_a_suite_are_found():
    found = contract("a", "b")
    one, other = map(hash_interaction, found.interactions)
    kept = [str(record) for record in read_records(found) if record.interaction == one]
    found = with_records(found, kept)

    assert {other} == find_unrecorded(found) == find_unrecorded(found, "suite")
    assert {one, other} == find_unrecorded(found, "another")


def test_an_invalid_record_is_named():
    found = with_records(contract("a"), ["a.b"])

    with pytest.warns(PactWarning) as caught:
        assert [] == read_records(found)

    assert "metadata.pypact.tests: 'a.b' is not a record of a test; ignored" == str(
        caught[0].message
    )
