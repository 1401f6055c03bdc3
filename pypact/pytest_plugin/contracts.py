"""Write or check the contracts of a pytest session, and remove stale interactions.

Source: docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable, Iterable
from pathlib import Path

from pypact._dataclasses import dataclass, field, replace
from pypact.consumer.info import PactInfo
from pypact.consumer.writer import PACT_WRITER
from pypact.errors import PactError
from pypact.formats.records import (
    CompleteRun,
    drop_unused_records,
    hash_interaction,
    read_records,
    remove_stale,
)
from pypact.model.interactions import Contract, Interaction
from pypact.pytest_plugin.outcomes import OutcomesPlugin
from pypact.review import Change, compare_contracts
from pypact.review.rendering import (
    describe_interaction,
    format_changes,
    format_removed,
    summarize_changes,
)


@dataclass(slots=True)
class SessionOutcome:
    """What was written and removed, and what failed.

    `check` has the lines for the changes that a check has found; None without a check.
    `incomplete` has the variants that are missing, for which others were not written.
    """

    written: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    check: list[str] | None = None
    incomplete: list[str] = field(default_factory=list)


def conclude_session(
    imported: Iterable[bytes],
    pacts: Iterable[PactInfo],
    outcomes: OutcomesPlugin,
    *,
    get_run: Callable[[], CompleteRun | None],
    is_check: bool,
) -> SessionOutcome:
    """Write the contracts, or with `is_check` compare what would be written.

    `imported` are the data of workers. `get_run` returns the complete run, or None.
    """
    known = dict.fromkeys(pacts)
    failures: list[PactError] = []
    try:
        for data in imported:
            recordings, notes, others = pickle.loads(data)  # noqa: S301 -- from a worker of this run
            failures += PACT_WRITER.import_committed(recordings)
            outcomes.import_data(notes)
            known.update(dict.fromkeys(others))
        removal = _StaleRemoval(get_run())
        incomplete = PACT_WRITER.describe_missing_variants()
        if is_check:
            outcome = _check(known, removal, failures)
            return replace(outcome, incomplete=incomplete)
        written, more = PACT_WRITER.write(others=known, edit=removal.edit)
        return SessionOutcome(
            [str(path) for path in written],
            [str(error) for error in (*failures, *more)],
            removal.format(written),
            incomplete=incomplete,
        )
    finally:
        PACT_WRITER.reset()


def _check(
    pacts: Iterable[PactInfo], removal: _StaleRemoval, failures: list[PactError]
) -> SessionOutcome:
    previews, more = PACT_WRITER.preview(pacts, removal.edit)
    lines = []
    for path, (before, after) in sorted(previews.items()):
        changes = compare_contracts(before, after)
        if before is None and not after.interactions:
            continue
        if changes:
            lines.append(f"{_shorten(path)}: {summarize_changes(changes)}")
            lines += _add_tests(changes, _TestNames(path, before, removal.run))
    texts = [str(error) for error in (*failures, *more)]
    return SessionOutcome(failures=texts, check=lines)


def _add_tests(changes: list[Change], names: _TestNames) -> list[str]:
    """Return the lines of changes, each interaction with its tests."""
    lines = []
    groups: dict[int, list[Change]] = {}
    for change in changes:
        groups.setdefault(id(change.interaction), []).append(change)
    for group in groups.values():
        lines += format_changes(group)
        one = group[0].interaction
        if one is not None:
            lines.append(f"    {names.describe(hash_interaction(one))}")
    return lines


class _TestNames:
    """The tests that write the interactions of one contract, or no longer do."""

    def __init__(
        self, path: Path, before: Contract | None, run: CompleteRun | None
    ) -> None:
        self._written: dict[str, set[str]] = {}
        for record, test in PACT_WRITER.get_tests(path).items():
            self._written.setdefault(record.partition(".")[0], set()).add(test)
        self._records = [] if before is None else read_records(before)
        self._run = run

    def describe(self, interaction: str) -> str:
        """Return the tests of an interaction, which its hash identifies, in words."""
        if found := self._written.get(interaction):
            return f"written by {', '.join(sorted(found))}"
        records = [one for one in self._records if one.interaction == interaction]
        former = [] if self._run is None else self._run.name_tests(records)
        if former:
            return f"no longer written by {', '.join(former)}"
        return "its tests no longer exist"


class _StaleRemoval:
    """The removal of stale interactions from the contracts that are written."""

    def __init__(self, run: CompleteRun | None) -> None:
        self.run = run
        self._removed: dict[Path, tuple[Contract, tuple[Interaction, ...]]] = {}

    def edit(self, path: Path, contract: Contract) -> Contract:
        contract = drop_unused_records(contract)
        if self.run is None:
            return contract
        made = frozenset(PACT_WRITER.get_tests(path))
        discarded = PACT_WRITER.get_discarded()
        kept, removed = remove_stale(contract, self.run, made, discarded)
        self._removed[path] = contract, removed
        return kept

    def format(self, written: list[Path]) -> list[str]:
        """Return the lines that show what was removed, whole enough to restore it."""
        lines = []
        for path in written:
            contract, removed = self._removed.get(path, (None, ()))
            if contract is None or not removed:
                continue
            for one in removed:
                lines.append(f"{_shorten(path)}: {describe_interaction(one)}")
                lines += format_removed(one, contract)
        return lines


def _shorten(path: Path) -> str:
    """Return a path relative to the working folder, if it is below that."""
    try:
        return os.fspath(path.relative_to(Path.cwd()))
    except ValueError:
        return os.fspath(path)
