"""What was recorded in this run, and when is it written?

Design, decision 8: a block that ends well stages its interactions. Without the pytest
plugin they are committed and written at once. With it they are committed when their
test has passed, and each contract is written once, when the session ends.
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from pypact.deferral import is_deferred
from pypact.errors import NotExpressible
from pypact.formats import interaction_to_json
from pypact.formats.merge import Identity, identity, of_one_run
from pypact.formats.store import file_name, update
from pypact.model.contract import Contract
from pypact.model.interactions import HttpInteraction, Interaction
from pypact.model.versions import SpecificationVersion

if TYPE_CHECKING:
    from pypact.consumer.pact import Pact

__all__ = ["RECORDER", "Recorder", "Recording"]


@dataclass(frozen=True, slots=True)
class Recording:
    """What one block recorded of one pact."""

    pact_dir: Path
    consumer: str
    provider: str
    version: SpecificationVersion
    interactions: tuple[Interaction, ...]

    @property
    def path(self) -> Path:
        """The file of the contract."""
        return self.pact_dir / file_name(self.consumer, self.provider)


class Recorder:
    """Collects the recordings of one process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._staged: list[Recording] = []
        self._committed: list[Recording] = []
        self._seen: dict[Path, dict[str | Identity, Interaction]] = {}

    def stage(self, pact: Pact, interactions: Sequence[Interaction]) -> None:
        """Take the interactions of a block that ended well.

        Raises: MergeConflict, when this run has another interaction of the same
        description and states; NotExpressible; StoreError, when it is written at once.
        """
        if not interactions:
            return
        recording = Recording(
            pact.pact_dir,
            pact.consumer,
            pact.provider,
            pact.specification,
            tuple(interactions),
        )
        with self._lock:
            self._refuse_conflict(recording)
            self._staged.append(recording)
            if not is_deferred():
                self.commit()
                self.write()
                return
        # What the version cannot hold shall fail here, not at the session's end.
        for interaction in interactions:
            interaction_to_json(interaction, recording.version)

    def commit(self) -> None:
        """Keep what is staged: its test has passed."""
        with self._lock:
            staged, self._staged = self._staged, []
            for recording in staged:
                self._remember(recording)

    def discard(self) -> None:
        """Forget what is staged: its test has failed."""
        with self._lock:
            self._staged.clear()

    def export(self) -> bytes:
        """Give all that is committed to another process, and forget it here."""
        with self._lock:
            committed, self._committed = self._committed, []
        return pickle.dumps(committed)

    def take(self, exported: bytes) -> None:
        """Take what another process of this run has committed.

        Raises: MergeConflict, when it contradicts what is here.
        """
        recordings: list[Recording] = pickle.loads(exported)  # noqa: S301 -- from a worker of this very run
        with self._lock:
            for recording in recordings:
                self._refuse_conflict(recording)
                self._remember(recording)

    def write(self) -> list[Path]:
        """Write each contract that something is committed for; gives their files.

        Raises: StoreError.
        """
        with self._lock:
            committed, self._committed = self._committed, []
            by_file: dict[Path, list[Recording]] = {}
            for recording in committed:
                by_file.setdefault(recording.path, []).append(recording)
            for path, recordings in by_file.items():
                update(path, _joined(recordings), overwrite=_overwrites())
            return list(by_file)

    def forget(self) -> None:
        """End the run: what comes now may differ from what was recorded before."""
        with self._lock:
            self._staged.clear()
            self._committed.clear()
            self._seen.clear()

    def _refuse_conflict(self, recording: Recording) -> None:
        seen = self._seen.get(recording.path, {})
        here = {
            _key(one): one
            for staged in self._staged
            if staged.path == recording.path
            for one in staged.interactions
        }
        for interaction in recording.interactions:
            key = _key(interaction)
            before = here.get(key) or seen.get(key) or interaction
            here[key] = interaction
            of_one_run((before, interaction), overwrite=_overwrites())
        # What was seen before is of one kind: its first stands for all.
        _refuse_mixture(recording, (*islice(seen.values(), 1), *here.values()))

    def _remember(self, recording: Recording) -> None:
        self._committed.append(recording)
        seen = self._seen.setdefault(recording.path, {})
        seen.update((_key(one), one) for one in recording.interactions)


def _refuse_mixture(recording: Recording, others: Iterable[Interaction]) -> None:
    """Refuse here what would fail when the contract is written."""
    if recording.version is SpecificationVersion.V4:
        return
    kinds = {isinstance(one, HttpInteraction) for one in others}
    if len(kinds) > 1:
        raise NotExpressible(
            "a message beside HTTP interactions",
            version=str(recording.version),
            place=recording.interactions[0].place or "",
        )


def _joined(recordings: Iterable[Recording]) -> Contract:
    first, *_ = recordings = list(recordings)
    return Contract(
        first.consumer,
        first.provider,
        tuple(one for recording in recordings for one in recording.interactions),
        version=max(recording.version for recording in recordings),
    )


def _key(interaction: Interaction) -> str | Identity:
    return interaction.key or identity(interaction)


def _overwrites() -> bool:
    """Tell whether the user wants the last of two contents; for each interaction."""
    return os.environ.get("PACT_OVERWRITE", "").lower() in ("1", "true", "yes")


RECORDER = Recorder()
