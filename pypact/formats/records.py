"""Remember in a contract which test has written which interaction.

The records are strings in pypact's own metadata, `metadata.pypact.tests`. Each consists
of hashes, joined by dots: of the interaction, the name of the suite, the test's module
and the test. After a complete run of a suite, interactions all of whose tests are gone,
or have passed without writing them, are stale.

Source: docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from pypact._dataclasses import dataclass, replace
from pypact._lazy import import_later
from pypact.errors import tolerate
from pypact.formats.merge import identify
from pypact.model.interactions import Contract, Interaction
from pypact.model.json import Json, dump_json
from pypact.model.metadata import OWN_ENTRY, TESTS, read_own_entry

if TYPE_CHECKING:
    import hashlib
else:
    hashlib = import_later("hashlib")


class NamedTest(NamedTuple):
    """The name of a test: its suite, and its id without parameters."""

    suite: str
    id: str

    def hash(self) -> str:
        """Return the hashes of the suite, the module and the test, joined by dots."""
        return f"{hash_suite(self.suite)}.{hash_test(self.id)}"


def hash_suite(name: str) -> str:
    """Return the hash of the name of a suite."""
    return _hash(name, 6)


def hash_module(module: str) -> str:
    """Return the hash of the path of a module."""
    return _hash(module, 6)


def hash_test(test_id: str) -> str:
    """Return the hashes of a test's module and of its id, joined by a dot."""
    return f"{hash_module(test_id.partition('::')[0])}.{_hash(test_id, 8)}"


def hash_interaction(interaction: Interaction) -> str:
    """Return the hash of the key or the identity of an interaction."""
    key = interaction.key
    identity = [key] if key is not None else list(identify(interaction))
    return _hash(dump_json(identity), 10)


def _hash(text: str, length: int) -> str:
    content = text.encode(errors="surrogatepass")
    return hashlib.sha256(content).hexdigest()[:length]


class Record(NamedTuple):
    """A record of one interaction and one test, as hashes."""

    interaction: str
    suite: str
    module: str
    test: str

    @property
    def test_hash(self) -> str:
        """The hashes as `hash_test` returns them."""
        return f"{self.module}.{self.test}"

    def __str__(self) -> str:
        return ".".join(self)


def make_record(interaction: Interaction, test: NamedTest) -> str:
    """Return the record of an interaction that a test has written."""
    return f"{hash_interaction(interaction)}.{test.hash()}"


def read_records(contract: Contract) -> list[Record]:
    """Return the records of a contract; what is not a valid record is left out."""
    found = []
    written = read_own_entry(contract.metadata).get(TESTS, [])
    for text in written if isinstance(written, list) else [written]:
        parts = text.split(".") if isinstance(text, str) else []
        if len(parts) == len(Record._fields):
            found.append(Record(*parts))
        else:
            place = f"metadata.{OWN_ENTRY}.{TESTS}"
            tolerate(place, f"{text!r} is not a record of a test; ignored")
    return found


def with_records(contract: Contract, records: Iterable[str]) -> Contract:
    """Return the contract with these records instead of its own."""
    own = {**read_own_entry(contract.metadata), TESTS: sorted(set(records))}
    if not own[TESTS]:
        del own[TESTS]
    metadata: dict[str, Json] = {**contract.metadata, OWN_ENTRY: own}
    if not own:
        del metadata[OWN_ENTRY]
    return replace(contract, metadata=metadata)


@dataclass(frozen=True, slots=True)
class CompleteRun:
    """A complete run of a suite, all tests of which have passed or were skipped.

    The fields have hashes: of the suite; of all tests, with their ids; of those that
    have passed; of the modules whose tests are unknown, because they were skipped.
    """

    suite: str
    tests: Mapping[str, str]
    passed: frozenset[str]
    unknown_modules: frozenset[str] = frozenset()

    def name_tests(self, records: Iterable[Record]) -> list[str]:
        """Return the ids of the tests of records, as far as the tests still exist."""
        hashes = {one.test_hash for one in records if one.suite == self.suite}
        return sorted(self.tests[one] for one in hashes if one in self.tests)

    def is_stale(self, record: Record) -> bool:
        """Return whether the test of a record is gone, or passed without it.

        The caller has excluded the records that this run has made.
        """
        return (
            record.suite == self.suite
            and record.module not in self.unknown_modules
            and (record.test_hash not in self.tests or record.test_hash in self.passed)
        )


def remove_stale(
    contract: Contract,
    run: CompleteRun,
    made: frozenset[str],
    discarded: frozenset[str] = frozenset(),
) -> tuple[Contract, tuple[Interaction, ...]]:
    """Return the contract without stale interactions and records, and the former.

    `made` are the records that the run has made. Interactions without records stay,
    and so do those whose hash is in `discarded`.
    """
    records = read_records(contract)
    stale = {
        one
        for one in records
        if str(one) not in made
        and one.interaction not in discarded
        and run.is_stale(one)
    }
    if not stale:
        return contract, ()
    with_living = {one.interaction for one in records if one not in stale}
    gone = {one.interaction for one in stale} - with_living
    removed = tuple(
        one for one in contract.interactions if hash_interaction(one) in gone
    )
    rest = [str(one) for one in records if one not in stale]
    return remove_interactions(with_records(contract, rest), gone), removed


def find_unrecorded(contract: Contract, suite: str | None = None) -> set[str]:
    """Return the hashes of interactions without a record, or without one of a suite."""
    required = None if suite is None else hash_suite(suite)
    recorded = {
        one.interaction
        for one in read_records(contract)
        if required in (None, one.suite)
    }
    return {hash_interaction(one) for one in contract.interactions} - recorded


def remove_interactions(contract: Contract, hashes: set[str]) -> Contract:
    """Return the contract without the interactions with these hashes."""
    kept = tuple(
        one for one in contract.interactions if hash_interaction(one) not in hashes
    )
    return drop_unused_records(replace(contract, interactions=kept))


def drop_unused_records(contract: Contract) -> Contract:
    """Return the contract without records of interactions that it does not have."""
    records = read_records(contract)
    present = {hash_interaction(one) for one in contract.interactions}
    used = [str(one) for one in records if one.interaction in present]
    return contract if len(used) == len(records) else with_records(contract, used)
