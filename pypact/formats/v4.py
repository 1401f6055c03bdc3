"""Read and write contracts of specification version 4.

Source: docs/internals/specification.md, "1.4 v4 interactions".
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Any, TypeAlias

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

_Reader: TypeAlias = tuple[
    Callable[[v1_to_v3.Entry, dict[str, Any]], Interaction], Collection[str]
]
"""A function that reads an interaction, and the names of the members it reads."""


def _read_v4(data: JsonObject, source: PactSource) -> list[Interaction]:
    return [
        _read_interaction(entry)
        for entry in v1_to_v3.iterate_entries(data, "interactions", source)
    ]


def _read_interaction(entry: v1_to_v3.Entry) -> Interaction:
    kind = entry.data.get("type")
    read, known = _READERS.get(
        kind if isinstance(kind, str) else "", (_read_unknown, entry.data.keys())
    )
    markup = base.get_optional_object(entry.data, "interactionMarkup", entry.place)
    plugins = base.get_optional_object(entry.data, "pluginConfiguration", entry.place)
    common = {
        **v1_to_v3.read_common(entry, known),
        "key": v1_to_v3.read_optional_string(entry.data, "key"),
        "pending": entry.data.get("pending") is True,
        "comments": _read_comments(entry.data.get("comments"), entry.place),
        "markup": markup or None,
        "transport": v1_to_v3.read_optional_string(entry.data, "transport"),
        "plugin_configuration": plugins,
    }
    return read(entry, common)


def _read_comments(data: Json, place: str) -> JsonObject:
    if data is None:
        return {}
    if not isinstance(data, dict):
        tolerate(f"{place}.comments", "expected an object of comments; left out")
        return {}
    return {name: value for name, value in data.items() if value not in _EMPTY}


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
    return replace(message, unknown=base.pick_unknown(data, v1_to_v3.CONTENT_MEMBERS))


def _read_unknown(entry: v1_to_v3.Entry, common: dict[str, Any]) -> UnknownInteraction:
    tolerate(
        entry.place,
        f"unknown interaction type {entry.data.get('type')!r}; its content is not read",
    )
    return UnknownInteraction(data=entry.data, **common)


def _write_v4(interaction: Interaction, conversion: Conversion) -> JsonObject | None:
    if isinstance(interaction, UnknownInteraction):
        if not conversion.keeps_unknown:
            conversion.drop("an interaction of an unknown type")
            return None
        return dict(interaction.data)
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
    comments = _read_comments(interaction.comments, "")
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
_HTTP_MEMBERS = _COMMON_MEMBERS | {"request", "response"}
_READERS: dict[str, _Reader] = {
    HTTP_TYPE: (v1_to_v3.read_http, _HTTP_MEMBERS),
    ASYNC_TYPE: (v1_to_v3.read_async, _COMMON_MEMBERS | v1_to_v3.CONTENT_MEMBERS),
    SYNC_TYPE: (_read_sync, _HTTP_MEMBERS),
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
