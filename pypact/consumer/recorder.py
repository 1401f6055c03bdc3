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
from pathlib import Path
from typing import TYPE_CHECKING

from pypact.errors import MergeConflict
from pypact.explain import name_of
from pypact.formats import interaction_to_json
from pypact.formats.merge import identity
from pypact.formats.store import contract_path, update
from pypact.model.contract import Contract
from pypact.model.interactions import HttpInteraction
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
    interactions: tuple[HttpInteraction, ...]

    @property
    def path(self) -> Path:
        """The file of the contract."""
        return contract_path(self.pact_dir, self.consumer, self.provider)


class Recorder:
    """Collects the recordings of one process."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._is_deferred = False
        self._staged: list[Recording] = []
        self._committed: list[Recording] = []
        self._seen: dict[Path, dict[object, HttpInteraction]] = {}

    def defer(self) -> None:
        """Keep what is staged from now on until `commit`, and write in `write`."""
        self._is_deferred = True

    def stage(self, pact: Pact, interactions: Sequence[HttpInteraction]) -> None:
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
            if not self._is_deferred:
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
                update(path, _joined(recordings))
            return list(by_file)

    def _refuse_conflict(self, recording: Recording) -> None:
        if os.environ.get("PACT_OVERWRITE", "").lower() in ("1", "true", "yes"):
            return
        seen = dict(self._seen.get(recording.path, {}))
        for staged in self._staged:
            if staged.path == recording.path:
                seen.update((identity(one), one) for one in staged.interactions)
        for interaction in recording.interactions:
            before = seen.setdefault(identity(interaction), interaction)
            if before != interaction:
                raise MergeConflict(
                    f"{recording.consumer} -> {recording.provider}: two different "
                    f"interactions of this run are {name_of(interaction)}\n"
                    f"  one is defined at     {before.place}\n"
                    f"  the other one at      {interaction.place}\n"
                    "Give one of them another description or other states."
                )

    def _remember(self, recording: Recording) -> None:
        self._committed.append(recording)
        seen = self._seen.setdefault(recording.path, {})
        seen.update((identity(one), one) for one in recording.interactions)


def _joined(recordings: Iterable[Recording]) -> Contract:
    """One contract of all recordings; of equal identities the last one stays."""
    first, *_ = recordings = list(recordings)
    interactions = {
        identity(one): one for recording in recordings for one in recording.interactions
    }
    version = max(recording.version for recording in recordings)
    return Contract(
        first.consumer, first.provider, tuple(interactions.values()), version=version
    )


RECORDER = Recorder()
