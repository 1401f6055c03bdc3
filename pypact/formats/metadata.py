"""Read and write the metadata of pact files, and detect their version.

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
    """Read the specification version and the other metadata of a pact file.

    Raises: InvalidPact.
    """
    metadata = dict(optional_object(data, "metadata", prefix))
    place = f"{prefix}metadata"
    written: list[str] = []
    kept: dict[str, Json] = {}
    for name in ("pactSpecification", "pact-specification"):
        entry = metadata.pop(name, None)
        if isinstance(entry, dict):
            kept = {**entry, **kept}
            entry = kept.pop("version", None)
        if entry is not None:
            written.append(text_of(entry))
    if (oldest := metadata.pop("pactSpecificationVersion", None)) is not None:
        written.append(text_of(oldest))
    if kept:
        metadata["pactSpecification"] = kept
    return _detect_version(written, place), metadata


def write_metadata(
    metadata: Mapping[str, Json], version: SpecificationVersion
) -> dict[str, Json]:
    """Return the JSON of metadata with the specification version."""
    kept = metadata.get("pactSpecification", {})
    return {**metadata, "pactSpecification": {**kept, "version": str(version)}}


@functools.cache
def own_entry() -> dict[str, Json]:
    """Return the metadata entry with pypact's version, for contracts it creates."""
    return {"pypact": {"version": installed.version(_DISTRIBUTION)}}


def _detect_version(written: list[str], place: str) -> SpecificationVersion:
    # Peers: the JVM reads a pact without a version as v2, the reference as v3.
    if not written:
        return SpecificationVersion.V3
    found = [SpecificationVersion.parse(text) for text in written]
    if any(other is not found[0] for other in found[1:]):
        tolerate(place, f"the versions {', '.join(written)} differ; using the first")
    if found[0] is None:
        tolerate(place, f"unknown version {written[0]!r}; read as 3.0.0")
        return SpecificationVersion.V3
    if found[0] is SpecificationVersion.V1 and not _VERSION_1.fullmatch(written[0]):
        tolerate(place, f"unknown version {written[0]!r}; read as 1.0.0")
    return found[0]


_DISTRIBUTION = "pypact-contracts"
_VERSION_1 = re.compile(r"\s*[vV]?1(\.0+)*\s*")
