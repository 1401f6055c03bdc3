"""Merge the contract of a test run into that of a pact file.

Source: docs/internals/design.md, "Merging".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import TypeAlias

from pypact._dataclasses import replace
from pypact.errors import MergeConflict
from pypact.model.interactions import (
    Contract,
    Interaction,
    SpecificationVersion,
    UnknownInteraction,
)
from pypact.model.json import Json
from pypact.model.metadata import OWN_ENTRY, merge_own_entries

InteractionIdentity: TypeAlias = tuple[str, str, tuple[str, ...]]
"""The type, description and state names of an interaction."""


def identify(interaction: Interaction) -> InteractionIdentity:
    """Return the identity of an interaction without a key."""
    kind = type(interaction).__name__
    if isinstance(interaction, UnknownInteraction):
        kind = f"{interaction.member} {interaction.data.get('type')}"
    return kind, interaction.description, tuple(map(_get_name, interaction.states))


_get_name = attrgetter("name")


def deduplicate(
    interactions: Iterable[Interaction], *, overwrite: bool = False
) -> tuple[Interaction, ...]:
    """Return distinct interactions; with `overwrite`, the last of those in conflict."""
    distinct = _DistinctInteractions()
    for interaction in interactions:
        before = distinct.find_changed(interaction)
        if before is not None and not overwrite:
            raise _make_conflict(before, interaction)
        distinct.put(interaction)
    return tuple(distinct.all)


def merge_contracts(old: Contract, new: Contract) -> Contract:
    """Merge the contract of a run into an older one, whose interactions it replaces.

    Peers: other tools report a different method, path, query or status as a conflict;
    here only different contents within one run are a conflict (`deduplicate`).
    """
    if (old.consumer, old.provider) != (new.consumer, new.provider):
        raise MergeConflict(
            "Unable to merge pacts, as they have different consumers or providers: "
            f"{old.consumer} and {old.provider}, {new.consumer} and {new.provider}"
        )
    distinct = _DistinctInteractions(old.interactions)
    for interaction in new.interactions:
        distinct.put(interaction)
    version = max(old.version, new.version)
    return replace(
        new,
        interactions=_sort_interactions(distinct.all, version),
        metadata=_merge_metadata(old.metadata, new.metadata),
        version=version,
        unknown={**(old.unknown if old.version is version else {}), **new.unknown},
    )


def refuse_changes(old: Iterable[Interaction], new: Iterable[Interaction]) -> None:
    """Raise MergeConflict if a `new` interaction differs from the same one in `old`."""
    distinct = _DistinctInteractions(old)
    for interaction in new:
        before = distinct.find_changed(interaction)
        if before is not None:
            raise _make_conflict(
                before, interaction, "differs from the interaction in the file"
            )


class _DistinctInteractions:
    """Interactions in order, which can be found by key or identity."""

    def __init__(self, interactions: Iterable[Interaction] = ()) -> None:
        self.all: list[Interaction] = []
        self._by_key: dict[str, int] = {}
        self._by_identity: dict[InteractionIdentity, list[int]] = {}
        for interaction in interactions:
            self._append(interaction)

    def find_changed(self, interaction: Interaction) -> Interaction | None:
        """Return the interaction with the same key or identity, if it is different."""
        found = self._find(interaction)
        if found is None or self.all[found] == interaction:
            return None
        return self.all[found]

    def put(self, interaction: Interaction) -> None:
        found = self._find(interaction)
        if found is None:
            self._append(interaction)
        else:
            self.all[found] = interaction
            self._index(interaction, found)

    def _append(self, interaction: Interaction) -> None:
        self._index(interaction, len(self.all))
        self.all.append(interaction)

    def _index(self, interaction: Interaction, position: int) -> None:
        if interaction.key is not None:
            self._by_key[interaction.key] = position
        self._by_identity.setdefault(identify(interaction), []).append(position)

    def _find(self, interaction: Interaction) -> int | None:
        key = interaction.key
        if key is not None and key in self._by_key:
            return self._by_key[key]
        for position in self._by_identity.get(identify(interaction), ()):
            if key is None or self.all[position].key is None:
                return position
        return None


def _make_conflict(
    before: Interaction,
    after: Interaction,
    problem: str = "has two different contents in one run",
) -> MergeConflict:
    states = ", ".join(f"'{state.name}'" for state in after.states)
    given = f" given {states}" if states else ""
    places = " and ".join(each.place or "an unknown place" for each in (before, after))
    return MergeConflict(
        f"'{after.description}'{given} {problem}, "
        f"defined at {places}; give one of them a different description or state"
    )


def _sort_interactions(
    interactions: list[Interaction], version: SpecificationVersion
) -> tuple[Interaction, ...]:
    if version is SpecificationVersion.V4:
        return tuple(sorted(interactions, key=attrgetter("description")))
    return tuple(sorted(interactions, key=lambda found: identify(found)[1:]))


def _merge_metadata(
    old: Mapping[str, Json], new: Mapping[str, Json]
) -> dict[str, Json]:
    merged = {**old, **new}
    if OWN_ENTRY in old and OWN_ENTRY in new:
        merged[OWN_ENTRY] = merge_own_entries(old, new)
    if "plugins" in old and "plugins" in new:
        named = {
            (str(entry.get("name")), str(entry.get("version"))): entry
            for entry in (*old["plugins"], *new["plugins"])
        }
        merged["plugins"] = list(named.values())
    return merged
