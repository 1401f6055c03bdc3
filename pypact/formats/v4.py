"""Read and write contracts of specification version 4.

Source: docs/internals/specification.md, "1.4 v4 interactions".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pypact.errors import InvalidPact, tolerate
from pypact.formats.base import (
    Conversion,
    JsonObject,
    PactSource,
    VersionFormat,
    describe_value,
    get_object,
    get_optional_object,
    read_string,
    unknown_members,
)
from pypact.formats.bodies import read_body_entity, write_body_entity
from pypact.formats.http import (
    STATE_MEMBERS,
    read_request,
    read_response,
    read_states,
    write_header_lists,
    write_request,
    write_response,
)
from pypact.formats.rules import read_generators, read_rules
from pypact.formats.v1_to_v3 import (
    V3,
    iterate_objects,
    read_broker_id,
    read_description,
)
from pypact.model.body import MISSING_BODY, BodyState
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


def _read_v4(
    data: JsonObject, source: PactSource, form: VersionFormat
) -> list[Interaction]:
    return [
        _READERS.get(_read_type(item), _read_unknown)(
            item, place, form, _read_common(item, number, place, source)
        )
        for item, number, place in iterate_objects(data, "interactions", source)
    ]


def _write_v4(
    interaction: Interaction, conversion: Conversion, form: VersionFormat
) -> JsonObject | None:
    if isinstance(interaction, UnknownInteraction):
        if not conversion.keeps_unknown:
            conversion.drop("an interaction of an unknown type")
            return None
        return dict(interaction.data)
    written = _write_common(interaction, conversion, form)
    if isinstance(interaction, HttpInteraction):
        written["type"] = HTTP_TYPE
        written["request"] = write_request(interaction.request, form, conversion)
        written["response"] = write_response(interaction.response, form, conversion)
    elif isinstance(interaction, AsyncMessage):
        written["type"] = ASYNC_TYPE
        written.update(_write_message(interaction.message, conversion, form))
    else:
        written["type"] = SYNC_TYPE
        written["request"] = _write_message(interaction.request, conversion, form)
        written["response"] = [
            _write_message(message, conversion, form)
            for message in interaction.responses
        ]
    return written


def read_v4_message(data: JsonObject, place: str) -> Message:
    """Read a message of v4, or the message members of an asynchronous interaction.

    Raises: InvalidPact.
    """
    metadata = get_optional_object(
        data, "metaData" if "metaData" in data else "metadata", place
    )
    message = Message(
        metadata=metadata,
        rules=read_rules(data.get("matchingRules"), f"{place}.matchingRules"),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
    )
    return replace(message, contents=_read_contents(data, message.declared_type, place))


def _read_contents(data: JsonObject, declared: str | None, place: str) -> Any:
    if "contents" not in data:
        return MISSING_BODY
    return read_body_entity(data["contents"], declared, f"{place}.contents")


def _read_type(data: JsonObject) -> str:
    found = data.get("type")
    return found if isinstance(found, str) else ""


def _read_common(
    data: JsonObject, number: int, place: str, source: PactSource
) -> dict[str, Any]:
    key = data.get("key")
    return {
        "description": read_description(data, number),
        "states": read_states(data, place),
        "key": None if key is None else read_string(key),
        "pending": data.get("pending") is True,
        "comments": _read_comments(data.get("comments"), place),
        "markup": get_optional_object(data, "interactionMarkup", place) or None,
        "transport": _to_optional_string(data.get("transport")),
        "plugin_configuration": get_optional_object(data, "pluginConfiguration", place),
        "id": read_broker_id(data),
        "version": source.version,
        "place": source.place(number),
    }


def _read_comments(data: Json, place: str) -> JsonObject:
    if data is None:
        return {}
    if not isinstance(data, dict):
        tolerate(f"{place}.comments", "expected an object of comments; left out")
        return {}
    return {name: value for name, value in data.items() if not _is_empty_comment(value)}


def _is_empty_comment(value: Json) -> bool:
    return value is None or value in ("", [], {})


def _to_optional_string(data: Json) -> str | None:
    return None if data is None else read_string(data)


def _read_http(
    data: JsonObject, place: str, form: VersionFormat, common: dict[str, Any]
) -> Interaction:
    request = get_object(data, "request", place)
    response = get_object(data, "response", place)
    return HttpInteraction(
        request=read_request(request, form, f"{place}.request"),
        response=read_response(response, form, f"{place}.response"),
        unknown=unknown_members(data, _HTTP_MEMBERS),
        **common,
    )


def _read_async(
    data: JsonObject, place: str, form: VersionFormat, common: dict[str, Any]
) -> Interaction:
    message = form.read_message(data, place)
    return AsyncMessage(
        message=message, unknown=unknown_members(data, _ASYNC_MEMBERS), **common
    )


def _read_sync(
    data: JsonObject, place: str, form: VersionFormat, common: dict[str, Any]
) -> Interaction:
    request = get_object(data, "request", place)
    responses = data.get("response")
    if not isinstance(responses, list):
        read = describe_value(responses) if "response" in data else "nothing"
        raise InvalidPact(f"{place}.response", read=read, wanted="a list")
    return SyncMessage(
        request=_read_sync_message(request, f"{place}.request", form),
        responses=tuple(
            _read_sync_message(item, f"{place}.response[{index}]", form)
            for index, item in enumerate(responses)
        ),
        unknown=unknown_members(data, _HTTP_MEMBERS),
        **common,
    )


def _read_sync_message(data: Json, place: str, form: VersionFormat) -> Message:
    if not isinstance(data, dict):
        raise InvalidPact(place, read=describe_value(data), wanted="an object")
    return replace(
        form.read_message(data, place), unknown=unknown_members(data, _MESSAGE_MEMBERS)
    )


def _read_unknown(
    data: JsonObject, place: str, _form: VersionFormat, common: dict[str, Any]
) -> Interaction:
    tolerate(
        place, f"unknown interaction type {data.get('type')!r}; its content is not read"
    )
    return UnknownInteraction(data=data, **common)


def _write_message(
    message: Message, conversion: Conversion, form: VersionFormat
) -> JsonObject:
    written: JsonObject = dict(message.unknown) if conversion.keeps_unknown else {}
    if message.metadata:
        written["metadata"] = dict(message.metadata)
    if message.contents.state is not BodyState.MISSING:
        written["contents"] = write_body_entity(message.contents, message.declared_type)
    if message.rules:
        written["matchingRules"] = form.write_rules(message.rules, conversion)
    if message.generators:
        written["generators"] = form.write_generators(message.generators, conversion)
    return written


def _write_common(
    interaction: Interaction, conversion: Conversion, form: VersionFormat
) -> JsonObject:
    written: JsonObject = dict(interaction.unknown) if conversion.keeps_unknown else {}
    written["description"] = interaction.description
    written["pending"] = interaction.pending
    if interaction.states:
        written.update(form.write_states(interaction.states, conversion))
    comments = _read_comments(interaction.comments, "")
    for name, value in (
        ("key", interaction.key),
        ("comments", comments or None),
        ("interactionMarkup", interaction.markup or None),
        ("transport", interaction.transport),
        ("pluginConfiguration", interaction.plugin_configuration or None),
        ("_id", interaction.id),
    ):
        if value is not None:
            written[name] = value
    return written


HTTP_TYPE = "Synchronous/HTTP"
ASYNC_TYPE = "Asynchronous/Messages"
SYNC_TYPE = "Synchronous/Messages"

_READERS = {HTTP_TYPE: _read_http, ASYNC_TYPE: _read_async, SYNC_TYPE: _read_sync}

_COMMON_MEMBERS = {
    "type",
    "description",
    "key",
    "pending",
    "comments",
    "pluginConfiguration",
    "interactionMarkup",
    "transport",
    "_id",
    *STATE_MEMBERS,
}
_MESSAGE_MEMBERS = {"contents", "metadata", "metaData", "matchingRules", "generators"}
_HTTP_MEMBERS = _COMMON_MEMBERS | {"request", "response"}
_ASYNC_MEMBERS = _COMMON_MEMBERS | _MESSAGE_MEMBERS

V4 = replace(
    V3,
    version=SpecificationVersion.V4,
    write_headers=write_header_lists,
    read_body=read_body_entity,
    write_body=lambda body, declared, _conversion: write_body_entity(body, declared),
    read_message=read_v4_message,
    read=_read_v4,
    write=_write_v4,
    can_mix=True,
)
