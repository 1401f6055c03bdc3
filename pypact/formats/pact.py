"""Convert contracts to and from the JSON of pact files.

Source: semantics sections 1.1, "Top level", and 2, "Reading, writing and converting".
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TypeAlias

from pypact.errors import InvalidPact
from pypact.formats.checks import described, rest, text_of
from pypact.formats.form import Form, Members, Source
from pypact.formats.losses import Losses
from pypact.formats.metadata import own_entry, read_metadata, write_metadata
from pypact.formats.v1_v2 import V1, V1_1, V2
from pypact.formats.v3 import V3
from pypact.formats.v4 import V4
from pypact.model.contract import Contract
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
)
from pypact.model.json_text import Json
from pypact.model.versions import SpecificationVersion

__all__ = [
    "FORMS",
    "Version",
    "contract_from_json",
    "contract_to_json",
    "form_of",
    "head",
    "interaction_to_json",
    "listed",
    "write_interaction",
]

Version: TypeAlias = SpecificationVersion | str
"""A specification version, or a string such as "2.0.0"."""


def contract_from_json(data: Json, file: str = "") -> Contract:
    """Read a contract from the parsed JSON of a pact file; errors name `file`.

    Raises: InvalidPact.
    """
    prefix = f"{file}: " if file else ""
    if not isinstance(data, dict):
        place = file or "the pact"
        raise InvalidPact(place, read=described(data), wanted="an object")
    version, metadata = read_metadata(data, prefix)
    source = Source(file, version)
    form = FORMS[version]
    unknown = rest(data, _TOP_MEMBERS)
    return Contract(
        consumer=_read_participant(data, "consumer", prefix, unknown),
        provider=_read_participant(data, "provider", prefix, unknown),
        interactions=tuple(form.read(data, source, form)),
        metadata=metadata,
        version=version,
        unknown=unknown,
    )


def contract_to_json(
    contract: Contract, version: Version, *, lossy: bool = False
) -> dict[str, Json]:
    """Return the JSON of a contract for a pact file of `version`.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    form = form_of(version)
    written = head(contract, form, lossy=lossy)
    for member, interaction in listed(contract, form, lossy=lossy):
        if data := write_interaction(interaction, form, lossy=lossy):
            written[member].append(data)
    return {name: _simplify_decimals(value) for name, value in written.items()}


def interaction_to_json(
    interaction: Interaction, version: Version, *, lossy: bool = False
) -> dict[str, Json]:
    """Return the JSON of an interaction in `version`; empty if all of it is left out.

    A decimal number is a float if that is written the same, else a `decimal.Decimal`.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    written = write_interaction(interaction, form_of(version), lossy=lossy)
    return {name: _simplify_decimals(value) for name, value in written.items()}


def write_interaction(
    interaction: Interaction, form: Form, *, lossy: bool = False
) -> Members:
    """Return the JSON of an interaction; its decimal numbers stay `decimal.Decimal`."""
    return (
        form.write(interaction, _make_conversion(interaction, form, lossy=lossy), form)
        or {}
    )


def head(contract: Contract, form: Form, *, lossy: bool = False) -> Members:
    """Return the top level of a pact file with empty lists of interactions."""
    is_same = contract.version is form.version
    unknown = dict(contract.unknown) if is_same else {}
    written: Members = {
        role: {**unknown.pop(role, {}), "name": name}
        for role, name in (
            ("consumer", contract.consumer),
            ("provider", contract.provider),
        )
    }
    metadata = dict(contract.metadata)
    if any(interaction.version is None for interaction in contract.interactions):
        metadata.update(own_entry())
    if "plugins" in metadata and not (is_same or form.mixes):
        Losses(form.version, lossy=lossy).lose("the plugins in the metadata")
        del metadata["plugins"]
    written["metadata"] = write_metadata(metadata, form.version)
    lists = {_list_name(interaction, form) for interaction in contract.interactions}
    return {**unknown, **written, **{name: [] for name in lists or {"interactions"}}}


def listed(
    contract: Contract, form: Form, *, lossy: bool = False
) -> Iterator[tuple[str, Interaction]]:
    """Iterate over (name of the list, interaction) pairs in the order of the file.

    Raises: NotExpressible; with `lossy` a `LossWarning` is issued instead.
    """
    interactions = contract.interactions
    if form.mixes:
        ordered = sorted(interactions, key=lambda found: found.description)
        yield from (("interactions", interaction) for interaction in ordered)
        return
    is_mixed = len({isinstance(i, HttpInteraction) for i in interactions}) > 1
    for interaction in interactions:
        conversion = _make_conversion(interaction, form, lossy=lossy)
        is_http = isinstance(interaction, HttpInteraction)
        if is_mixed and not is_http and not conversion.same:
            conversion.lose("a message beside HTTP interactions")
        else:
            yield _list_name(interaction, form), interaction


def form_of(version: Version) -> Form:
    """Return the `Form` of a version, which may be a string such as "2.0.0".

    Raises: ValueError for an unknown version.
    """
    found = SpecificationVersion.parse(version) if isinstance(version, str) else version
    if found is None:
        known = ", ".join(str(known) for known in FORMS)
        raise ValueError(
            f"unknown Pact Specification version {version!r}; known: {known}"
        )
    return FORMS[found]


def _make_conversion(interaction: Interaction, form: Form, *, lossy: bool) -> Losses:
    place = f"interaction '{interaction.description}'"
    if interaction.place is not None:
        place = f"{place} ({interaction.place})"
    return Losses(
        form.version,
        place=place,
        lossy=lossy,
        same=interaction.version is form.version,
        keeps_unknown=interaction.version in (None, form.version),
    )


def _list_name(interaction: Interaction, form: Form) -> str:
    is_message = isinstance(interaction, AsyncMessage) and not form.mixes
    return "messages" if is_message else "interactions"


def _simplify_decimals(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _simplify_decimals(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_simplify_decimals(item) for item in value]
    if isinstance(value, Decimal) and repr(float(value)) == str(value):
        return float(value)
    return value


def _read_participant(data: Members, role: str, prefix: str, unknown: Members) -> str:
    place = f"{prefix}{role}"
    found = data.get(role)
    if not isinstance(found, dict):
        read = described(found) if role in data else "nothing"
        raise InvalidPact(place, read=read, wanted="an object with a name")
    name = found.get("name")
    if name is None or name == "":
        read = described(name) if "name" in found else "nothing"
        raise InvalidPact(f"{place}.name", read=read, wanted=f"the {role}'s name")
    if others := rest(found, {"name"}):
        unknown[role] = others
    return text_of(name)


FORMS = {form.version: form for form in (V1, V1_1, V2, V3, V4)}

_TOP_MEMBERS = {"consumer", "provider", "interactions", "messages", "metadata"}
