"""Collect the recorded interactions of a run, and write the contracts.

Without the pytest plugin, the interactions of a block are written when it ends: to the
contract, or if that is large to its journal, which `Pact.write` and the normal exit of
the process fold into the contract. With the plugin, the interactions of passed tests
are written once, at the end of the session.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import threading
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from pypact._dataclasses import dataclass, replace
from pypact._lazy import import_later
from pypact._process import (
    is_writing_deferred,
    is_writing_forbidden,
    use_real_files,
)
from pypact.consumer.info import PactInfo
from pypact.consumer.varied import Selection
from pypact.errors import NotExpressible, PactError, PactWarning, StoreError
from pypact.formats import interaction_to_json
from pypact.formats.merge import InteractionIdentity, deduplicate, identify
from pypact.formats.pact import MESSAGE_BESIDE_HTTP, has_http_and_messages
from pypact.formats.records import (
    NamedTest,
    drop_unused_records,
    hash_interaction,
    make_record,
    with_records,
)
from pypact.formats.store import (
    ContractEdit,
    add_to_file,
    complete_file,
    get_contract_path,
    merge_into_file,
    preview_merge,
)
from pypact.model.interactions import Contract, Interaction, SpecificationVersion

if TYPE_CHECKING:
    import pickle
else:
    pickle = import_later("pickle")


@dataclass(frozen=True, slots=True)
class Recording:
    """The interactions that one block recorded for one pact, in the test `test`.

    It is written only if recordings of the other variants of its `selections` are, too.
    """

    pact: PactInfo
    interactions: tuple[Interaction, ...]
    test: NamedTest | None = None
    selections: tuple[Selection, ...] = ()

    @property
    def path(self) -> Path:
        pact = self.pact
        return _get_path(pact.directory, pact.consumer, pact.provider)


# By the values, so that the cache keeps no pact in memory.
_get_path = functools.lru_cache(maxsize=64)(get_contract_path)


class PactWriter:
    """A collector of the recordings of one process, which writes the contracts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._staged: list[Recording] = []
        self._committed: list[Recording] = []
        self._seen: dict[Path, dict[str | InteractionIdentity, Interaction]] = {}
        self._refused: set[Path] = set()  # the contracts with a conflict
        self._tests: dict[Path, dict[str, str]] = {}  # record → id of the test
        self._discarded: set[str] = set()  # hashes of interactions
        # The contracts with a journal to which this process has added, and its number:
        # a forked child leaves those of its parent alone.
        self._incomplete: set[Path] = set()
        self._process: int | None = None
        self._process_of_variants: int | None = None
        self._missing: dict[tuple[Path, str], list[str]] = {}  # as in the function

    def stage(
        self,
        pact: PactInfo,
        interactions: Sequence[Interaction],
        selections: Sequence[Selection] = (),
    ) -> None:
        """Add the interactions of a block that ended without an error.

        They are written at once, unless writing is deferred until the end of the run;
        variants when the last one of their interaction is staged. Selections without
        interactions are variants that are reported as missing.
        """
        if not interactions and not selections:
            return
        recording = Recording(pact, tuple(interactions), None, tuple(selections))
        with use_real_files(), self._lock:
            self._check_conflicts(recording)
            if not is_writing_deferred():
                self._remember(recording)
                if selections:
                    self._add_variants(recording)
                else:
                    self._add(recording)
                return
            self._staged.append(recording)
        # An interaction that the version cannot express fails here, in its test,
        # instead of at the end of the session.
        for interaction in interactions:
            interaction_to_json(interaction, pact.version)

    def commit(self, test: NamedTest | None = None) -> None:
        """Keep the staged recordings, as their test has passed."""
        with self._lock:
            staged, self._staged = self._staged, []
            for recording in staged:
                self._keep(replace(recording, test=test))

    def _keep(self, recording: Recording) -> None:
        self._committed.append(recording)
        self._remember(recording)
        test = recording.test
        if test is not None:
            records = self._tests.setdefault(recording.path, {})
            for one in recording.interactions:
                records[make_record(one, test)] = test.id

    def discard(self) -> None:
        """Drop the staged recordings, as their test has failed or was skipped."""
        if not self._staged:
            return
        with self._lock:
            for recording in self._staged:
                self._discarded.update(map(hash_interaction, recording.interactions))
            self._staged.clear()

    def export_committed(self) -> bytes:
        """Remove the committed recordings, and return them for another process."""
        with self._lock:
            committed, self._committed = self._committed, []
        return pickle.dumps((committed, self._tests, self._discarded))

    def import_committed(self, exported: bytes) -> list[PactError]:
        """Add the recordings that another process of this run has exported.

        Returns the conflicts with recordings of other processes. A contract with one
        is not written: what it had to contain is unknown.
        """
        recordings: list[Recording]
        recordings, tests, discarded = pickle.loads(exported)
        failures: list[PactError] = []
        with self._lock:
            self._discarded |= discarded
            for path, records in tests.items():
                self._tests.setdefault(path, {}).update(records)
            for recording in recordings:
                try:
                    self._check_conflicts(recording)
                except PactError as error:  # noqa: PERF203 -- the others are still added
                    self._refused.add(recording.path)
                    failures.append(error)
                else:
                    self._keep(recording)
        return failures

    def get_tests(self, path: Path) -> dict[str, str]:
        """Return the records of a contract that tests have made, with their ids."""
        return self._tests.get(path, {})

    def get_discarded(self) -> frozenset[str]:
        """Return the hashes of interactions that tests staged and did not commit.

        The block of a module's fixture can end in a test that was skipped.
        """
        return frozenset(self._discarded)

    def write(
        self,
        only: Path | None = None,
        *,
        others: Iterable[PactInfo] = (),
        edit: Callable[[Path, Contract], Contract] | None = None,
    ) -> tuple[list[Path], list[PactError]]:
        """Write the contracts of the committed recordings, or `only` the one at a path.

        `edit` returns the contract to write for a merged one, also for the contracts of
        `others` that exist.

        Returns the written files, and the error of each contract that failed.
        """

        def merge(path: Path, contract: Contract, edit: ContractEdit | None) -> bool:
            return merge_into_file(
                path, contract, overwrite=_is_overwriting(), edit=edit
            )

        return self._write_each(merge, only, others, edit)

    def preview(
        self,
        others: Iterable[PactInfo],
        edit: Callable[[Path, Contract], Contract],
    ) -> tuple[dict[Path, tuple[Contract | None, Contract]], list[PactError]]:
        """Return each contract before and after `write`, which writes nothing here."""
        found: dict[Path, tuple[Contract | None, Contract]] = {}

        def preview(path: Path, contract: Contract, edit: ContractEdit | None) -> bool:
            found[path] = preview_merge(
                path, contract, overwrite=_is_overwriting(), edit=edit
            )
            return True

        _, failures = self._write_each(preview, None, others, edit)
        return found, failures

    def _write_each(
        self,
        write: Callable[[Path, Contract, ContractEdit | None], bool],
        only: Path | None,
        others: Iterable[PactInfo],
        edit: Callable[[Path, Contract], Contract] | None,
    ) -> tuple[list[Path], list[PactError]]:
        written, failures = [], []
        with use_real_files(), self._lock:
            by_file: dict[Path, list[Recording]] = {}
            kept: list[Recording] = []
            missing = find_missing_variants(self._committed)
            for recording in self._committed:
                path = recording.path
                if only in (None, path) and not _is_incomplete(recording, missing):
                    by_file.setdefault(path, []).append(recording)
                else:
                    kept.append(recording)
            self._committed = kept
            for pact in others:
                path = _get_path(pact.directory, pact.consumer, pact.provider)
                if path not in by_file and os.path.lexists(path):
                    by_file[path] = [Recording(pact, ())]
            for path, recordings in by_file.items():
                if path in self._refused:
                    continue
                contract = self._build_contract(path, recordings)
                try:
                    is_changed = write(path, contract, edit and partial(edit, path))
                except PactError as error:
                    failures.append(error)
                except Exception as error:  # noqa: BLE001 -- the other contracts are still written
                    failures.append(_wrap_error(path, error))
                else:
                    if is_changed or contract.interactions:
                        written.append(path)
        return written, failures

    def _build_contract(self, path: Path, recordings: Sequence[Recording]) -> Contract:
        """Merge recordings, with the records of the tests that have made them."""
        contract = _merge_recordings(recordings)
        if not contract.interactions:
            # The version and the metadata are those of the file.
            return replace(contract, version=SpecificationVersion.V1)
        records = self.get_tests(path)
        if not records:
            return contract
        # Tests whose variants are not complete have records as well.
        return drop_unused_records(with_records(contract, records))

    def complete(self, path: Path) -> None:
        """Write the committed recordings of one contract, and fold its journal."""
        if is_writing_forbidden():
            return
        with use_real_files(), self._lock:
            _, failures = self.write(path)
            for error in failures:
                raise error
            complete_file(path)
            self._incomplete.discard(path)

    def complete_at_exit(self) -> None:
        """Fold the journals that this process has added to; warn of each failure."""
        if self._process != os.getpid():
            return
        problems = []
        for path in sorted(self._incomplete):
            try:
                complete_file(path)
            except Exception as error:  # noqa: BLE001, PERF203 -- the other contracts are still written
                problems.append(
                    f"{path} is not complete: {error}. The rest is in its journal; "
                    f"`pypact complete {path}` adds it"
                )
        self._incomplete.clear()
        for text in problems:
            warnings.warn(PactWarning(text), stacklevel=2)

    def describe_missing_variants(self) -> list[str]:
        """Return a line for each interaction of which a variant has not passed."""
        with self._lock:
            missing = find_missing_variants(self._committed, self._missing)
        return [
            f"{interaction}: {', '.join(names)}"
            for (_, interaction), names in missing.items()
            if names
        ]

    def warn_of_missing_variants(self) -> None:
        """Issue a warning for variants that this process did not write at its exit."""
        if self._process_of_variants == os.getpid() and not is_writing_deferred():
            for line in self.describe_missing_variants():
                text = (
                    f"{line} did not run or pass, so the other variants of the "
                    "interaction were not written to the contract either"
                )
                warnings.warn(PactWarning(text), stacklevel=2)

    def reset(self) -> None:
        """End the run: later recordings may contradict earlier ones."""
        with self._lock:
            self._staged.clear()
            self._committed.clear()
            self._seen.clear()
            self._refused.clear()
            self._tests.clear()
            self._discarded.clear()
            self._missing.clear()

    def _add_variants(self, recording: Recording) -> None:
        """Write all recordings whose variants are complete by this one."""
        if self._process_of_variants != os.getpid():
            self._process_of_variants = os.getpid()
            self._committed = []
            self._missing = {}
            _register_at_exit(self.warn_of_missing_variants)
        self._committed.append(recording)
        # Variants that were written before count as well.
        self._missing = find_missing_variants([recording], self._missing)
        waiting, self._committed = self._committed, []
        complete: list[Recording] = []
        for one in waiting:
            is_incomplete = _is_incomplete(one, self._missing)
            (self._committed if is_incomplete else complete).append(one)
        if complete:
            self._add(*complete)

    def _add(self, *recordings: Recording) -> None:
        """Write recordings of one pact, to its contract or the journal of that."""
        path, contract = recordings[0].path, _merge_recordings(recordings)
        if add_to_file(path, contract, overwrite=_is_overwriting()):
            if self._process != os.getpid():
                self._process = os.getpid()
                self._incomplete = set()
                _register_at_exit(self.complete_at_exit)
            self._incomplete.add(path)

    def _check_conflicts(self, recording: Recording) -> None:
        seen = self._seen.get(recording.path, {})
        current = {
            _get_key(one): one
            for staged in self._staged
            if staged.path == recording.path
            for one in staged.interactions
        }
        for interaction in recording.interactions:
            key = _get_key(interaction)
            previous = current.get(key) or seen.get(key) or interaction
            current[key] = interaction
            if previous is not interaction:
                deduplicate((previous, interaction), overwrite=_is_overwriting())
        if recording.pact.version is not SpecificationVersion.V4:
            # Otherwise only writing the contract would fail. Earlier interactions are
            # all of one kind, so it suffices to check the first.
            kept = (*islice(seen.values(), 1), *current.values())
            if has_http_and_messages(kept):
                raise NotExpressible(
                    MESSAGE_BESIDE_HTTP,
                    version=str(recording.pact.version),
                    place=recording.interactions[0].place or "",
                )

    def _remember(self, recording: Recording) -> None:
        seen = self._seen.setdefault(recording.path, {})
        seen.update((_get_key(one), one) for one in recording.interactions)


def find_missing_variants(
    recordings: Iterable[Recording],
    known: Mapping[tuple[Path, str], list[str]] = MappingProxyType({}),
) -> dict[tuple[Path, str], list[str]]:
    """Return the variants of each interaction that no recording contains.

    `known` is the result for earlier recordings.
    """
    missing = dict(known)
    for recording in recordings:
        for one in recording.selections:
            names = missing.setdefault(
                (recording.path, one.interaction), list(one.names)
            )
            if one.name in names:
                names.remove(one.name)
    return missing


def _is_incomplete(
    recording: Recording, missing: dict[tuple[Path, str], list[str]]
) -> bool:
    return any(missing[recording.path, one.interaction] for one in recording.selections)


def _merge_recordings(recordings: Sequence[Recording]) -> Contract:
    pact = recordings[0].pact
    return Contract(
        pact.consumer,
        pact.provider,
        tuple(one for recording in recordings for one in recording.interactions),
        version=max(recording.pact.version for recording in recordings),
    )


def _wrap_error(path: Path, error: Exception) -> StoreError:
    wrapped = StoreError(f"{path} cannot be written: {type(error).__name__}: {error}")
    wrapped.__cause__ = error
    return wrapped


def _register_at_exit(function: Callable[[], None]) -> None:
    """Call a function when this process ends, unless a signal kills it."""
    atexit.register(function)
    multiprocessing = sys.modules.get("multiprocessing.util")
    if multiprocessing is not None:
        # Its forked children do not run `atexit`; elsewhere the second call is idle.
        multiprocessing.Finalize(None, function, exitpriority=0)


def _get_key(interaction: Interaction) -> str | InteractionIdentity:
    return interaction.key or identify(interaction)


def _is_overwriting() -> bool:
    """Return whether later interactions replace earlier ones (PACT_OVERWRITE)."""
    return os.environ.get("PACT_OVERWRITE", "").lower() in ("1", "true", "yes")


PACT_WRITER = PactWriter()
