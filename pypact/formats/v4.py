"""Read and write contracts of specification version 4.

Source: docs/internals/specification.md, "1.4 v4 interactions".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pypact._dataclasses import replace
from pypact.errors import InvalidPact, tolerate
from pypact.formats import base, v1_to_v3
from pypact.formats.base import Conversion, JsonObject, PactSource, VersionFormat
from pypact.formats.bodies import read_body_entity, write_body_entity
from pypact.formats.http import write_value_lists
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SpecificationVersion,
    SyncMessage,
    UnknownInteraction,
)
from pypact.model.json import Json


def _read_v4(data: JsonObject, source: PactSource) -> list[Interaction]:
    found = list(v1_to_v3.read_entries(data, "interactions", source, _read_interaction))
    if data.get("messages"):
        place = f"{source.prefix}messages"
        tolerate(place, "not a list of v4; read as asynchronous messages")
        found += v1_to_v3.read_messages(data, source)
    return found


def _read_interaction(entry: v1_to_v3.Entry) -> Interaction:
    data, place = entry.data, entry.place
    kind = data.get("type")
    if kind in (None, "", [], {}):
        tolerate(place, f"an interaction without a type; read as {HTTP_TYPE}")
        kind = HTTP_TYPE
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    known = data.keys() if reader is None else reader.members
    common = {
        **v1_to_v3.read_common(entry, known),
        "key": v1_to_v3.read_optional_string(data, "key"),
        "pending": _read_pending(data.get("pending"), place),
        "comments": _drop_empty(base.get_annotations(data, "comments", place)),
        "markup": base.get_annotations(data, "interactionMarkup", place) or None,
        "transport": v1_to_v3.read_optional_string(data, "transport"),
    }
    if reader is None:
        problem = f"{place}: the interaction type {kind!r} is not supported"
        return v1_to_v3.keep_unread(entry, common, problem)
    try:
        plugins = base.get_optional_object(data, "pluginConfiguration", place)
    except InvalidPact as error:
        return v1_to_v3.keep_unread(entry, common, str(error))
    common["plugin_configuration"] = plugins
    return v1_to_v3.read_or_keep(reader, entry, common)


def _read_pending(data: Json, place: str) -> bool:
    if data is not None and not isinstance(data, bool):
        problem = f"expected a boolean, got {base.describe_value(data)}; read as false"
        tolerate(f"{place}.pending", problem)
    return data is True


def _drop_empty(comments: Mapping[str, Json]) -> JsonObject:
    return {name: value for name, value in comments.items() if value not in _EMPTY}


def _read_sync(entry: v1_to_v3.Entry, common: dict[str, Any]) -> SyncMessage:
    data, place = entry.data, entry.place
    request = base.get_object(data, "request", place)
    responses = data.get("response")
    if not isinstance(responses, list):
        read = base.describe_member(data, "response")
        raise InvalidPact(f"{place}.response", read=read, wanted="a list")
    version_format = entry.version_format
    return SyncMessage(
        request=_read_sync_message(request, version_format, f"{place}.request"),
        responses=tuple(
            _read_sync_message(item, version_format, f"{place}.response[{index}]")
            for index, item in enumerate(responses)
        ),
        **common,
    )


def _read_sync_message(
    data: Json, version_format: VersionFormat, place: str
) -> Message:
    if not isinstance(data, dict):
        raise InvalidPact(place, read=base.describe_value(data), wanted="an object")
    message = v1_to_v3.read_message(data, version_format, place)
    unknown = base.read_unknown(data, v1_to_v3.CONTENT_MEMBERS, place)
    return replace(message, unknown=unknown)


def _write_v4(interaction: Interaction, conversion: Conversion) -> JsonObject | None:
    if isinstance(interaction, UnknownInteraction):
        return v1_to_v3.write_unread(interaction, conversion)
    written = _write_common(interaction, conversion)
    if isinstance(interaction, HttpInteraction):
        written["type"] = HTTP_TYPE
        written.update(v1_to_v3.write_http(interaction, conversion))
    elif isinstance(interaction, AsyncMessage):
        written["type"] = ASYNC_TYPE
        written.update(v1_to_v3.write_message(interaction.message, conversion))
    else:
        written["type"] = SYNC_TYPE
        written["request"] = v1_to_v3.write_message(interaction.request, conversion)
        written["response"] = [
            v1_to_v3.write_message(message, conversion)
            for message in interaction.responses
        ]
    return written


def _write_common(interaction: Interaction, conversion: Conversion) -> JsonObject:
    written = v1_to_v3.write_common(interaction, conversion)
    written["pending"] = interaction.pending
    comments = _drop_empty(interaction.comments)
    for name, value in (
        ("key", interaction.key),
        ("comments", comments or None),
        ("interactionMarkup", interaction.markup or None),
        ("transport", interaction.transport),
        ("pluginConfiguration", interaction.plugin_configuration or None),
    ):
        if value is not None:
            written[name] = value
    return written


HTTP_TYPE = "Synchronous/HTTP"
ASYNC_TYPE = "Asynchronous/Messages"
SYNC_TYPE = "Synchronous/Messages"
INTERACTION_TYPES = (HTTP_TYPE, ASYNC_TYPE, SYNC_TYPE)
_COMMON_MEMBERS = v1_to_v3.COMMON_MEMBERS | {
    "type",
    "key",
    "pending",
    "comments",
    "pluginConfiguration",
    "interactionMarkup",
    "transport",
}
_EMPTY: list[Json] = [None, "", [], {}]  # comments that are left out
_PARTS = ("request", "response")
_READERS = {
    HTTP_TYPE: v1_to_v3.InteractionReader(
        v1_to_v3.read_http, members=_COMMON_MEMBERS | set(_PARTS), required=_PARTS
    ),
    ASYNC_TYPE: v1_to_v3.InteractionReader(
        v1_to_v3.read_async, members=_COMMON_MEMBERS | v1_to_v3.CONTENT_MEMBERS
    ),
    SYNC_TYPE: v1_to_v3.InteractionReader(
        _read_sync, members=_COMMON_MEMBERS | set(_PARTS), required=_PARTS
    ),
}

V4 = replace(
    v1_to_v3.V3,
    version=SpecificationVersion.V4,
    write_headers=write_value_lists,
    read_body=read_body_entity,
    write_body=lambda body, declared, _conversion: write_body_entity(body, declared),
    read=_read_v4,
    write=_write_v4,
    can_mix=True,
)
