"""Read and write contracts of specification versions 1 to 3.

Version 1.1 ignores the order of query parameters, version 2 adds matching rules, and
version 3 adds generators, messages and several provider states. The public functions
also read and write what version 4 has in common with them.

Source: docs/internals/specification.md, "1. The pact file", "14.1 v3 message".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from collections.abc import Set as AbstractSet
from functools import partial
from typing import Any

from pypact._dataclasses import dataclass, replace
from pypact.errors import InvalidPact, tolerate
from pypact.formats import base, http, ruby, rules
from pypact.formats.base import Conversion, JsonObject, PactSource, VersionFormat
from pypact.formats.bodies import read_plain_body, write_plain_body
from pypact.model.body import BodyState
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


@dataclass(frozen=True, slots=True)
class Entry:
    """An interaction in the list `member` of a pact file.

    `place` is where the entry is in the JSON, `label` where the interaction was
    defined; both are for messages. `number` counts from 1.
    """

    data: JsonObject
    number: int
    member: str
    place: str
    label: str
    version_format: VersionFormat


def read_entries(
    data: JsonObject,
    member: str,
    source: PactSource,
    read: Callable[[Entry], Interaction],
) -> Iterator[Interaction]:
    """Iterate over the interactions in the list `member` of a pact file."""
    place = f"{source.prefix}{member}"
    file = f"{source.file}, " if source.file else ""
    items = base.get_list(data, member, place)
    has_deep = base.is_nested_too_deeply(items)
    for number, item in enumerate(items, 1):
        label = f"{file}{member.removesuffix('s')} {number}"
        is_readable = isinstance(item, dict)
        if is_readable and has_deep:
            is_readable = not base.is_nested_too_deeply(item)
        entry = Entry(
            data=item if is_readable else _keep_description(item),
            number=number,
            member=member,
            place=f"{place}[{number - 1}]",
            label=label,
            version_format=source.version_format,
        )
        if is_readable:
            yield read(entry)
        else:
            problem = f"expected an object, got {base.describe_value(item)}"
            if isinstance(item, dict):
                got = f"an object nested deeper than {base.MOST_LEVELS} levels"
                problem = f"expected fewer levels, got {got}"
            problem = f"{entry.place}: {problem}"
            yield keep_unread(entry, read_common(entry, frozenset()), problem)


def _keep_description(item: Json) -> JsonObject:
    description = item.get("description") if isinstance(item, dict) else None
    return {"description": description} if isinstance(description, str) else {}


def keep_unread(
    entry: Entry, common: dict[str, Any], problem: str
) -> UnknownInteraction:
    """Return an interaction that was not read because of `problem`, with a warning."""
    tolerate(problem, "this interaction fails when it is verified")
    common = {**common, "unknown": {}}
    return UnknownInteraction(
        data=entry.data, problem=problem, member=entry.member, **common
    )


def read_or_keep(
    read: InteractionReader, entry: Entry, common: dict[str, Any]
) -> Interaction:
    """Read an interaction; keep it unread if a part of it is not valid."""
    for name in ("request", "response"):
        if name in read.required and entry.data.get(name) is None:
            return keep_unread(entry, common, f"{entry.place} has no {name}")
    try:
        return read.read(entry, common)
    except InvalidPact as error:
        return keep_unread(entry, common, str(error))


def read_common(entry: Entry, known: AbstractSet[str]) -> dict[str, Any]:
    """Return the fields common to all interactions; `known` are the known members."""
    description = read_optional_string(entry.data, "description")
    if description is None:
        description = f"Interaction {entry.number}"
    return {
        "description": description,
        "states": http.read_states(entry.data, entry.place),
        "id": read_optional_string(entry.data, "_id"),
        "unknown": {}
        if entry.data.keys() <= known
        else base.read_unknown(entry.data, known, entry.place),
        "version": entry.version_format.version,
        "place": entry.label,
    }


def read_optional_string(data: JsonObject, name: str) -> str | None:
    """Return the member `name` as a string, or None."""
    found = data.get(name)
    if found is None or isinstance(found, str):
        return found
    return base.read_string(found)


@dataclass(frozen=True, slots=True)
class InteractionReader:
    """The reader of one kind of interaction, and the names of the members it reads."""

    read: Callable[[Entry, dict[str, Any]], Interaction]
    members: AbstractSet[str]
    required: Collection[str] = ()


def read_http(entry: Entry, common: dict[str, Any]) -> HttpInteraction:
    """Read an HTTP interaction, given the fields common to all interactions."""
    place, version_format = entry.place, entry.version_format
    request = entry.data.get("request")
    if not isinstance(request, dict):
        request = base.get_object(entry.data, "request", place)
    response = entry.data.get("response")
    if not isinstance(response, dict):
        response = base.get_object(entry.data, "response", place)
    return HttpInteraction(
        request=http.read_request(request, version_format, f"{place}.request"),
        response=http.read_response(response, version_format, f"{place}.response"),
        **common,
    )


def read_async(entry: Entry, common: dict[str, Any]) -> AsyncMessage:
    """Read a one-way message, given the fields common to all interactions."""
    message = read_message(entry.data, entry.version_format, entry.place)
    return AsyncMessage(message=message, **common)


def read_message(
    data: JsonObject, version_format: VersionFormat, place: str
) -> Message:
    """Read a message, whose contents have the form of a body of that version."""
    name = "metaData" if "metaData" in data else "metadata"
    message = Message(
        metadata=base.get_optional_object(data, name, place),
        rules=rules.read_rules(data.get("matchingRules"), f"{place}.matchingRules"),
        generators=rules.read_generators(data.get("generators"), f"{place}.generators"),
    )
    if "contents" in data:
        contents = version_format.read_body(
            data["contents"], message.declared_type, f"{place}.contents"
        )
        message = replace(message, contents=contents)
    if not ruby.is_ruby_part(data, message.contents.content):
        return message
    return http.add_ruby_rules(
        lambda plain: read_message(plain, version_format, place),
        data,
        version_format,
        place,
    )


def write_common(interaction: Interaction, conversion: Conversion) -> JsonObject:
    """Return the JSON of the fields common to all interactions and versions."""
    written: JsonObject = dict(interaction.unknown) if conversion.keeps_unknown else {}
    written["description"] = interaction.description
    if interaction.states:
        write = conversion.version_format.write_states
        written.update(write(interaction.states, conversion))
    if interaction.id is not None:
        written["_id"] = interaction.id
    return written


def write_http(interaction: HttpInteraction, conversion: Conversion) -> JsonObject:
    """Return the JSON of the request and response."""
    return {
        "request": http.write_request(interaction.request, conversion),
        "response": http.write_response(interaction.response, conversion),
    }


def write_message(message: Message, conversion: Conversion) -> JsonObject:
    """Return the JSON of a message without its empty parts."""
    written: JsonObject = {}
    if message.metadata:
        written["metadata"] = dict(message.metadata)
    if message.contents.state is not BodyState.MISSING:
        written["contents"] = conversion.version_format.write_body(
            message.contents, message.declared_type, conversion
        )
    return http.add_rules(written, message, conversion)


def _read_interactions(data: JsonObject, source: PactSource) -> list[Interaction]:
    # Peers: the reference ignores the interactions of a file that has messages.
    return [
        *read_entries(data, "interactions", source, partial(_read_with, _HTTP)),
        *read_messages(data, source),
    ]


def read_messages(data: JsonObject, source: PactSource) -> Iterator[Interaction]:
    """Iterate over the messages in the list `messages` of a pact file."""
    return read_entries(data, "messages", source, partial(_read_with, _MESSAGE))


def _read_with(reader: InteractionReader, entry: Entry) -> Interaction:
    return read_or_keep(reader, entry, read_common(entry, reader.members))


def _write_interaction(
    interaction: Interaction, conversion: Conversion
) -> JsonObject | None:
    if isinstance(interaction, UnknownInteraction):
        return write_unread(interaction, conversion)
    has_messages = conversion.version_format.has_messages or conversion.is_same_version
    if isinstance(interaction, HttpInteraction):
        _drop_v4_parts(interaction, conversion, transport="http")
        common = write_common(interaction, conversion)
        return {**common, **write_http(interaction, conversion)}
    if isinstance(interaction, AsyncMessage) and has_messages:
        _drop_v4_parts(interaction, conversion, transport="message")
        common = write_common(interaction, conversion)
        message = _declare_content_type(interaction.message)
        return {**common, "metadata": {}, **write_message(message, conversion)}
    conversion.drop(_UNSUPPORTED[type(interaction)])
    return None


def write_unread(
    interaction: UnknownInteraction, conversion: Conversion
) -> JsonObject | None:
    """Return the JSON of an interaction that was not read, in the same version."""
    if conversion.is_same_version and interaction.data:
        return dict(interaction.data)
    conversion.drop(f"an interaction that was not read ({interaction.problem})")
    return None


def _declare_content_type(message: Message) -> Message:
    """Declare the content type in the metadata, as the contents cannot declare it."""
    own = message.contents.content_type
    if own is None or message.declared_type is not None:
        return message
    return replace(message, metadata={**message.metadata, "contentType": str(own)})


def _drop_v4_parts(
    interaction: Interaction, conversion: Conversion, *, transport: str
) -> None:
    is_usual = interaction.transport in (None, transport)
    parts: list[tuple[str, Json]] = [
        (f"the key '{interaction.key}'", interaction.key),
        ("the pending flag", interaction.pending),
        ("the comments", interaction.comments),
        ("the markup", interaction.markup),
        (f"the transport '{interaction.transport}'", not is_usual),
        ("the configuration of plugins", interaction.plugin_configuration),
    ]
    for part, value in parts:
        if value:
            conversion.drop(part)


COMMON_MEMBERS = {"description", "_id", *http.STATE_MEMBERS}
CONTENT_MEMBERS = {"contents", "metaData", "metadata", "matchingRules", "generators"}
MESSAGE_MEMBERS = COMMON_MEMBERS | CONTENT_MEMBERS
_HTTP = InteractionReader(
    read_http,
    members=COMMON_MEMBERS | {"request", "response"},
    required=("request", "response"),
)
_MESSAGE = InteractionReader(read_async, members=MESSAGE_MEMBERS)
_UNSUPPORTED = {
    AsyncMessage: "a message (needs Pact Specification 3.0.0 or later)",
    SyncMessage: "a synchronous message (needs Pact Specification 4.0)",
}


V1 = VersionFormat(
    version=SpecificationVersion.V1,
    read_query=http.read_ordered_query,
    write_query=http.write_ordered_query,
    write_headers=http.write_header_strings,
    read_body=read_plain_body,
    write_body=write_plain_body,
    write_rules=rules.drop_rules,
    write_generators=rules.drop_generators,
    write_states=http.write_single_state,
    read=_read_interactions,
    write=_write_interaction,
)
V1_1 = replace(
    V1,
    version=SpecificationVersion.V1_1,
    read_query=http.read_query,
    write_query=http.write_query_string,
)
V2 = replace(V1_1, version=SpecificationVersion.V2, write_rules=rules.write_flat_rules)
V3 = replace(
    V2,
    version=SpecificationVersion.V3,
    write_query=http.write_value_lists,
    write_rules=rules.write_rules_by_category,
    write_generators=rules.write_generators,
    write_states=http.write_states,
    has_messages=True,
)
