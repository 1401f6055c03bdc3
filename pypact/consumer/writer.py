"""Collect the recorded interactions of a run, and write the contracts.

Without the pytest plugin, the interactions of a block are written when it ends. With
it, those of passed tests are written once, at the end of the session.

Source: docs/internals/design.md, "Decision 8: Staging and writing".
"""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pypact._process import is_writing_deferred
from pypact.consumer.definitions import PactInfo
from pypact.errors import NotExpressible
from pypact.formats import interaction_to_json
from pypact.formats.merge import InteractionIdentity, deduplicate, identify
from pypact.formats.pact import MESSAGE_BESIDE_HTTP, has_http_and_messages
from pypact.formats.store import get_pact_file_name, merge_into_file
from pypact.model.interactions import Contract, Interaction, SpecificationVersion


@dataclass(frozen=True, slots=True)
class Recording:
    """The interactions that one block recorded for one pact."""

    pact: PactInfo
    interactions: tuple[Interaction, ...]

    @property
    def path(self) -> Path:
        name = get_pact_file_name(self.pact.consumer, self.pact.provider)
        return self.pact.directory / name


class PactWriter:
    """A collector of the recordings of one process, which writes the contracts."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._staged: list[Recording] = []
        self._committed: list[Recording] = []
        self._seen: dict[Path, dict[str | InteractionIdentity, Interaction]] = {}

    def stage(self, pact: PactInfo, interactions: Sequence[Interaction]) -> None:
        """Add the interactions of a block that ended without an error.

        They are written at once, unless writing is deferred until the end of the run.
        """
        if not interactions:
            return
        recording = Recording(pact, tuple(interactions))
        with self._lock:
            self._check_conflicts(recording)
            self._staged.append(recording)
            if not is_writing_deferred():
                self.commit()
                self.write()
                return
        # An interaction that the version cannot express fails here, in its test,
        # instead of at the end of the session.
        for interaction in interactions:
            interaction_to_json(interaction, pact.version)

    def commit(self) -> None:
        """Keep the staged recordings, as their test has passed."""
        with self._lock:
            staged, self._staged = self._staged, []
            for recording in staged:
                self._remember(recording)

    def discard(self) -> None:
        """Drop the staged recordings, as their test has failed."""
        with self._lock:
            self._staged.clear()

    def export_committed(self) -> bytes:
        """Remove the committed recordings, and return them for another process."""
        with self._lock:
            committed, self._committed = self._committed, []
        return pickle.dumps(committed)

    def import_committed(self, exported: bytes) -> None:
        """Add the recordings that another process of this run has exported."""
        recordings: list[Recording] = pickle.loads(exported)  # noqa: S301 -- from a worker of this run
        with self._lock:
            for recording in recordings:
                self._check_conflicts(recording)
                self._remember(recording)

    def write(self) -> list[Path]:
        """Write the contracts of the committed recordings, and return their files."""
        with self._lock:
            committed, self._committed = self._committed, []
            by_file: dict[Path, list[Recording]] = {}
            for recording in committed:
                by_file.setdefault(recording.path, []).append(recording)
            for path, recordings in by_file.items():
                contract = _merge_recordings(recordings)
                merge_into_file(path, contract, overwrite=_is_overwriting())
            return list(by_file)

    def reset(self) -> None:
        """End the run: later recordings may contradict earlier ones."""
        with self._lock:
            self._staged.clear()
            self._committed.clear()
            self._seen.clear()

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
        self._committed.append(recording)
        seen = self._seen.setdefault(recording.path, {})
        seen.update((_get_key(one), one) for one in recording.interactions)


def _merge_recordings(recordings: Sequence[Recording]) -> Contract:
    pact = recordings[0].pact
    return Contract(
        pact.consumer,
        pact.provider,
        tuple(one for recording in recordings for one in recording.interactions),
        version=max(recording.pact.version for recording in recordings),
    )


def _get_key(interaction: Interaction) -> str | InteractionIdentity:
    return interaction.key or identify(interaction)


def _is_overwriting() -> bool:
    """Return whether later interactions replace earlier ones (PACT_OVERWRITE)."""
    return os.environ.get("PACT_OVERWRITE", "").lower() in ("1", "true", "yes")


PACT_WRITER = PactWriter()
