"""Which version is a pact of, and what else do its metadata say?

Source: semantics section 1.2, "Version detection".
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from importlib import metadata as installed

from pypact.formats.checks import optional_object, text_of
from pypact.formats.form import Members
from pypact.formats.notices import tolerate
from pypact.model.json_text import Json
from pypact.model.versions import SpecificationVersion

__all__ = ["own_entry", "read_metadata", "write_metadata"]


def read_metadata(
    data: Members, prefix: str
) -> tuple[SpecificationVersion, dict[str, Json]]:
    """Read the version, and all other metadata, of a pact.

    Raises: InvalidPact.
    """
    metadata = dict(optional_object(data, "metadata", prefix))
    place = f"{prefix}metadata"
    spelled: list[str] = []
    kept: dict[str, Json] = {}
    for name in ("pactSpecification", "pact-specification"):
        entry = metadata.pop(name, None)
        if isinstance(entry, dict):
            kept = {**entry, **kept}
            entry = kept.pop("version", None)
        if entry is not None:
            spelled.append(text_of(entry))
    if (oldest := metadata.pop("pactSpecificationVersion", None)) is not None:
        spelled.append(text_of(oldest))
    if kept:
        metadata["pactSpecification"] = kept
    return _version(spelled, place), metadata


def write_metadata(
    metadata: Mapping[str, Json], version: SpecificationVersion
) -> dict[str, Json]:
    """Write metadata with the version."""
    kept = metadata.get("pactSpecification", {})
    return {**metadata, "pactSpecification": {**kept, "version": str(version)}}


@functools.cache
def own_entry() -> dict[str, Json]:
    """What pypact says of itself in a contract that it made."""
    return {"pypact": {"version": installed.version(_DISTRIBUTION)}}


def _version(spelled: list[str], place: str) -> SpecificationVersion:
    # Peers: the JVM takes a pact without a version for v2, the reference for v3.
    if not spelled:
        return SpecificationVersion.V3
    found = [SpecificationVersion.parse(text) for text in spelled]
    if any(other is not found[0] for other in found[1:]):
        tolerate(place, f"the versions {', '.join(spelled)} disagree; the first counts")
    if found[0] is None:
        tolerate(place, f"the version {spelled[0]!r} is not known; read as 3.0.0")
        return SpecificationVersion.V3
    if found[0] is SpecificationVersion.V1 and not _ONE.fullmatch(spelled[0]):
        tolerate(place, f"the version {spelled[0]!r} is not known; read as 1.0.0")
    return found[0]


_DISTRIBUTION = "pypact-contracts"
_ONE = re.compile(r"\s*[vV]?1(\.0+)*\s*")
