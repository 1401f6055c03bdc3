"""Convert contracts to and from the JSON of pact files.

This includes the metadata of a file and the detection of its specification version.

Source: docs/internals/specification.md, "1. The pact file".
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from operator import attrgetter
from typing import TypeAlias

from pypact._lazy import compile_later
from pypact._version import find_version
from pypact.errors import InvalidPact, tolerate
from pypact.formats import base
from pypact.formats.base import Conversion, JsonObject, PactSource, VersionFormat
from pypact.formats.v1_to_v3 import V1, V1_1, V2, V3
from pypact.formats.v4 import INTERACTION_TYPES, V4
from pypact.model.interactions import (
    AsyncMessage,
    Contract,
    HttpInteraction,
    Interaction,
    SpecificationVersion,
    UnknownInteraction,
    parse_version,
)
from pypact.model.json import Json
from pypact.model.metadata import OWN_ENTRY, read_own_entry
from pypact.rules.compile_limit import allow_contract


def read_metadata(
    data: JsonObject, prefix: str
) -> tuple[SpecificationVersion, dict[str, Json]]:
    """Read the specification version and the other metadata of a pact file."""
    place = f"{prefix}metadata"
    metadata = dict(base.get_annotations(data, "metadata", prefix))
    written: list[str] = []
    kept: dict[str, Json] = {}
    for name in ("pactSpecification", "pact-specification"):
        entry = metadata.pop(name, None)
        if isinstance(entry, dict):
            kept = {**entry, **kept}
            entry = kept.pop("version", None)
        if entry is not None:
            written.append(base.read_string(entry))
    if (oldest := metadata.pop("pactSpecificationVersion", None)) is not None:
        written.append(base.read_string(oldest))
    if kept:
        metadata["pactSpecification"] = kept
    has_v4_content = not written and _has_v4_content(data)
    version = _detect_version(written, place, has_v4_content=has_v4_content)
    return version, metadata


def write_metadata(
    metadata: Mapping[str, Json], version: SpecificationVersion
) -> dict[str, Json]:
    """Return the JSON of metadata with the specification version."""
    kept = metadata.get("pactSpecification", {})
    return {**metadata, "pactSpecification": {**kept, "version": str(version)}}


@functools.cache
def build_own_entry() -> dict[str, Json]:
    """Return pypact's entry in the metadata of contracts that it creates."""
    return {"version": find_version()}


def _has_v4_content(data: JsonObject) -> bool:
    """Return whether an interaction has a member that only version 4 has."""
    interactions = data.get("interactions")
    return isinstance(interactions, list) and any(
        isinstance(one, dict)
        and (one.get("type") in INTERACTION_TYPES or _has_body_entity(one))
        for one in interactions
    )


def _has_body_entity(interaction: JsonObject) -> bool:
    parts = (interaction.get("request"), interaction.get("response"))
    bodies = [part.get("body") for part in parts if isinstance(part, dict)]
    return any(isinstance(body, dict) and "content" in body for body in bodies)


def _detect_version(
    written: list[str], place: str, *, has_v4_content: bool
) -> SpecificationVersion:
    # Peers: the JVM reads a pact without a version as v2, the reference as v3.
    if not written:
        if has_v4_content:
            tolerate(place, "no version in the metadata: read as v3")
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


_VERSION_1 = compile_later(r"\s*[vV]?1(\.0+)*\s*")


VersionLike: TypeAlias = SpecificationVersion | str
"""A specification version, or a string such as "2.0.0"."""


def contract_from_json(data: Json, file: str = "") -> Contract:
    """Read a contract from the parsed JSON of a pact file; errors name `file`."""
    prefix = f"{file}: " if file else ""
    if not isinstance(data, dict):
        place = file or "the pact"
        raise InvalidPact(place, read=base.describe_value(data), wanted="an object")
    if data.keys().isdisjoint(_TOP_MEMBERS - {"metadata"}):
        read = "an object without consumer, provider and interactions"
        raise InvalidPact(file or "the pact", read=read, wanted="a pact")
    others = base.pick_unknown(data, _LIST_MEMBERS)
    if base.is_nested_too_deeply(others):
        read = f"members nested deeper than {base.MOST_LEVELS} levels"
        raise InvalidPact(file or "the pact", read=read, wanted="fewer levels")
    version, metadata = read_metadata(data, prefix)
    allow_contract()
    source = PactSource(file, VERSION_FORMATS[version])
    unknown = base.read_unknown(data, _TOP_MEMBERS, file or "the pact")
    return Contract(
        consumer=_read_participant(data, "consumer", prefix, unknown),
        provider=_read_participant(data, "provider", prefix, unknown),
        interactions=tuple(source.version_format.read(data, source)),
        metadata=metadata,
        version=version,
        unknown=unknown,
    )


def contract_to_json(
    contract: Contract, version: VersionLike, *, lossy: bool = False
) -> dict[str, Json]:
    """Return the JSON of a contract for a pact file of `version`.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    written = write_contract(contract, find_format(version), lossy=lossy)
    return {name: _simplify_decimals(value) for name, value in written.items()}


def write_contract(
    contract: Contract, version_format: VersionFormat, *, lossy: bool = False
) -> JsonObject:
    """Return the JSON of a contract; its decimal numbers stay `decimal.Decimal`."""
    written = write_top_level(contract, version_format, lossy=lossy)
    for member, interaction in assign_to_lists(contract, version_format, lossy=lossy):
        if data := write_interaction(interaction, version_format, lossy=lossy):
            written[member].append(data)
    return written


def interaction_to_json(
    interaction: Interaction, version: VersionLike, *, lossy: bool = False
) -> dict[str, Json]:
    """Return the JSON of an interaction in `version`; empty if all of it is left out.

    A decimal number is a float if that is written the same, else a `decimal.Decimal`.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    written = write_interaction(interaction, find_format(version), lossy=lossy)
    return {name: _simplify_decimals(value) for name, value in written.items()}


def write_interaction(
    interaction: Interaction, version_format: VersionFormat, *, lossy: bool
) -> JsonObject:
    """Return the JSON of an interaction; its decimal numbers stay `decimal.Decimal`."""
    conversion = _make_conversion(interaction, version_format, lossy=lossy)
    return version_format.write(interaction, conversion) or {}


def write_top_level(
    contract: Contract, version_format: VersionFormat, *, lossy: bool
) -> JsonObject:
    """Return the top level of a pact file with empty lists of interactions."""
    is_same = contract.version is version_format.version
    unknown = dict(contract.unknown) if is_same else {}
    names = {"consumer": contract.consumer, "provider": contract.provider}
    written: JsonObject = {
        role: {**unknown.pop(role, {}), "name": name} for role, name in names.items()
    }
    metadata = dict(contract.metadata)
    interactions = contract.interactions
    if None in map(attrgetter("version"), interactions):
        metadata[OWN_ENTRY] = {**read_own_entry(metadata), **build_own_entry()}
    if "plugins" in metadata and not (is_same or version_format.can_mix):
        Conversion(version_format, lossy=lossy).drop("the plugins in the metadata")
        del metadata["plugins"]
    written["metadata"] = write_metadata(metadata, version_format.version)
    # One of each type suffices; unknown ones name their lists themselves.
    types = {type(interaction): interaction for interaction in interactions}
    examples = interactions if UnknownInteraction in types else types.values()
    lists = {_list_name(interaction, version_format) for interaction in examples}
    return {**unknown, **written, **{name: [] for name in lists or {"interactions"}}}


def assign_to_lists(
    contract: Contract, version_format: VersionFormat, *, lossy: bool
) -> Iterator[tuple[str, Interaction]]:
    """Iterate over (name of the list, interaction) pairs in the order of the file."""
    interactions = contract.interactions
    if version_format.can_mix:
        ordered = sorted(interactions, key=attrgetter("description"))
        yield from (("interactions", interaction) for interaction in ordered)
        return
    is_mixed = has_http_and_messages(interactions)
    for interaction in interactions:
        conversion = _make_conversion(interaction, version_format, lossy=lossy)
        is_http = isinstance(interaction, HttpInteraction)
        if is_mixed and not is_http and not conversion.is_same_version:
            conversion.drop(MESSAGE_BESIDE_HTTP)
        else:
            yield _list_name(interaction, version_format), interaction


def has_http_and_messages(interactions: Iterable[Interaction]) -> bool:
    """Return whether there are both HTTP interactions and messages."""
    return len({isinstance(one, HttpInteraction) for one in interactions}) > 1


MESSAGE_BESIDE_HTTP = "a message beside HTTP interactions"
"""A part that a contract before v4 cannot express."""


def find_format(version: VersionLike) -> VersionFormat:
    """Return the format of a version, which may be a string such as "2.0.0"."""
    known = parse_version(version) if isinstance(version, str) else version
    return VERSION_FORMATS[known]


def _make_conversion(
    interaction: Interaction, version_format: VersionFormat, *, lossy: bool
) -> Conversion:
    place = f"interaction '{interaction.description}'"
    if interaction.place is not None:
        place = f"{place} ({interaction.place})"
    return Conversion(
        version_format,
        place=place,
        lossy=lossy,
        is_same_version=interaction.version is version_format.version,
        keeps_unknown=interaction.version in (None, version_format.version),
    )


def _list_name(interaction: Interaction, version_format: VersionFormat) -> str:
    if isinstance(interaction, UnknownInteraction):
        return interaction.member
    is_message = isinstance(interaction, AsyncMessage) and not version_format.can_mix
    return "messages" if is_message else "interactions"


def _simplify_decimals(value: Json) -> Json:
    # Strings, which most values are, are not worth a call.
    if isinstance(value, dict):
        return {
            name: item if isinstance(item, str) else _simplify_decimals(item)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [
            item if isinstance(item, str) else _simplify_decimals(item)
            for item in value
        ]
    if isinstance(value, Decimal) and repr(float(value)) == str(value):
        return float(value)
    return value


def _read_participant(
    data: JsonObject, role: str, prefix: str, unknown: JsonObject
) -> str:
    place = f"{prefix}{role}"
    found = data.get(role)
    if isinstance(found, str) and found:
        tolerate(place, "expected an object with a name; read the string as the name")
        return found
    if found is not None and not isinstance(found, dict):
        if not base.is_empty(found, place, "an object with a name"):
            read = base.describe_value(found)
            raise InvalidPact(place, read=read, wanted="an object with a name")
        found = None
    name = None if found is None else found.get("name")
    if found and (others := base.pick_unknown(found, {"name"})):
        unknown[role] = others
    if name is None or name == "":
        tolerate(place, f"expected an object with a name; the name is {role!r}")
        return role
    return base.read_string(name)


VERSION_FORMATS = {
    version_format.version: version_format for version_format in (V1, V1_1, V2, V3, V4)
}
_LIST_MEMBERS = {"interactions", "messages"}
_TOP_MEMBERS = {"consumer", "provider", "metadata", *_LIST_MEMBERS}
