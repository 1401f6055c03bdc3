"""Read and write contracts of specification versions 1 to 3.

The differences between these versions are in the rows `V1`, `V1_1`, `V2` and `V3`:
version 1.1 ignores the order of query parameters, version 2 adds matching rules, and
version 3 adds generators, messages and several provider states.

Source: docs/internals/specification.md, "1.3 HTTP interaction, v1 to v3", "1.6 Matching
rules and generators", "2.3 Downgrade", "14.1 v3 message".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pypact.errors import InvalidPact
from pypact.formats.base import (
    Conversion,
    JsonObject,
    PactSource,
    VersionFormat,
    describe_value,
    get_list,
    get_object,
    get_optional_object,
    read_string,
    unknown_members,
)
from pypact.formats.bodies import read_plain_body, write_plain_body
from pypact.formats.http import (
    STATE_MEMBERS,
    read_ordered_query,
    read_query,
    read_request,
    read_response,
    read_states,
    write_header_strings,
    write_ordered_query,
    write_query_map,
    write_query_string,
    write_request,
    write_response,
    write_single_state,
    write_states,
)
from pypact.formats.rules import (
    drop_generators,
    drop_rules,
    read_generators,
    read_rules,
    write_flat_rules,
    write_generators,
    write_rules_by_category,
)
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


def read_interactions(
    data: JsonObject, source: PactSource, form: VersionFormat
) -> list[Interaction]:
    """Read the interactions and the messages of a pact file.

    Peers: the reference ignores the interactions of a file that has messages.

    Raises: InvalidPact.
    """
    return [
        *(
            _read_http(*found, source, form)
            for found in iterate_objects(data, "interactions", source)
        ),
        *(
            _read_message(*found, source)
            for found in iterate_objects(data, "messages", source)
        ),
    ]


def read_v3_message(data: JsonObject, place: str) -> Message:
    """Read a message of v3, whose contents have the form of a v3 body.

    Raises: InvalidPact.
    """
    name = "metaData" if "metaData" in data else "metadata"
    metadata = get_optional_object(data, name, place)
    message = Message(
        metadata=metadata,
        rules=read_rules(data.get("matchingRules"), f"{place}.matchingRules"),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
    )
    if "contents" not in data:
        return message
    declared = message.declared_type
    contents = read_plain_body(data["contents"], declared, f"{place}.contents")
    return replace(message, contents=contents)


def write_interaction(
    interaction: Interaction, conversion: Conversion, form: VersionFormat
) -> JsonObject | None:
    """Return the JSON of an interaction of v1 to v3; None if all of it is left out.

    Raises: NotExpressible.
    """
    if isinstance(interaction, HttpInteraction):
        return _write_http(interaction, conversion, form)
    if isinstance(interaction, AsyncMessage) and (
        conversion.is_same_version or form.has_messages
    ):
        return _write_message(interaction, conversion, form)
    conversion.drop(_UNSUPPORTED[type(interaction)])
    return None


def iterate_objects(
    data: JsonObject, name: str, source: PactSource
) -> Iterator[tuple[JsonObject, int, str]]:
    """Iterate over the objects of the list `name`, with number (from 1) and place.

    Raises: InvalidPact.
    """
    place = f"{source.prefix}{name}"
    for index, item in enumerate(get_list(data, name, place)):
        here = f"{place}[{index}]"
        if not isinstance(item, dict):
            raise InvalidPact(here, read=describe_value(item), wanted="an object")
        yield item, index + 1, here


def read_description(data: JsonObject, number: int) -> str:
    """Return the description of an interaction, or a default with its number."""
    description = data.get("description")
    return f"Interaction {number}" if description is None else read_string(description)


def read_broker_id(data: JsonObject) -> str | None:
    """Return the `_id` assigned by a broker, or None."""
    found = data.get("_id")
    return None if found is None else read_string(found)


def _read_http(
    data: JsonObject, number: int, place: str, source: PactSource, form: VersionFormat
) -> HttpInteraction:
    request = get_object(data, "request", place)
    response = get_object(data, "response", place)
    return HttpInteraction(
        description=read_description(data, number),
        states=read_states(data, place),
        request=read_request(request, form, f"{place}.request"),
        response=read_response(response, form, f"{place}.response"),
        id=read_broker_id(data),
        unknown=unknown_members(data, _HTTP_MEMBERS),
        version=source.version,
        place=source.place(number),
    )


def _read_message(
    data: JsonObject, number: int, place: str, source: PactSource
) -> AsyncMessage:
    return AsyncMessage(
        description=read_description(data, number),
        states=read_states(data, place),
        message=read_v3_message(data, place),
        id=read_broker_id(data),
        unknown=unknown_members(data, _MESSAGE_MEMBERS),
        version=source.version,
        place=source.place(number, kind="message"),
    )


def _write_http(
    interaction: HttpInteraction, conversion: Conversion, form: VersionFormat
) -> JsonObject:
    written = _write_common(interaction, conversion, form)
    written["request"] = write_request(interaction.request, form, conversion)
    written["response"] = write_response(interaction.response, form, conversion)
    return written


def _write_message(
    interaction: AsyncMessage, conversion: Conversion, form: VersionFormat
) -> JsonObject:
    message = interaction.message
    written = _write_common(interaction, conversion, form)
    metadata = dict(message.metadata)
    own = message.contents.content_type
    if own is not None and message.declared_type is None:
        metadata["contentType"] = str(own)
    written["metadata"] = metadata
    if message.contents.state is not BodyState.MISSING:
        declared = replace(message, metadata=metadata).declared_type
        written["contents"] = write_plain_body(message.contents, declared, conversion)
    if rules := message.rules and form.write_rules(message.rules, conversion):
        written["matchingRules"] = rules
    if written_generators := message.generators and form.write_generators(
        message.generators, conversion
    ):
        written["generators"] = written_generators
    return {**message.unknown, **written} if conversion.keeps_unknown else written


def _write_common(
    interaction: Interaction, conversion: Conversion, form: VersionFormat
) -> JsonObject:
    for part, value in _list_v4_parts(interaction):
        if value:
            conversion.drop(part)
    written = dict(interaction.unknown) if conversion.keeps_unknown else {}
    written["description"] = interaction.description
    if interaction.states:
        written.update(form.write_states(interaction.states, conversion))
    if interaction.id is not None:
        written["_id"] = interaction.id
    return written


def _list_v4_parts(interaction: Interaction) -> list[tuple[str, Json]]:
    usual = "http" if isinstance(interaction, HttpInteraction) else "message"
    is_usual = interaction.transport in (None, usual)
    return [
        (f"the key '{interaction.key}'", interaction.key),
        ("the pending flag", interaction.pending),
        ("the comments", interaction.comments),
        ("the markup", interaction.markup),
        (f"the transport '{interaction.transport}'", not is_usual),
        ("the configuration of plugins", interaction.plugin_configuration),
    ]


_HTTP_MEMBERS = {"description", "request", "response", "_id", *STATE_MEMBERS}
_MESSAGE_MEMBERS = {
    "description",
    "contents",
    "metaData",
    "metadata",
    "matchingRules",
    "generators",
    "_id",
    *STATE_MEMBERS,
}
_UNSUPPORTED = {
    AsyncMessage: "a message (needs Pact Specification 3.0.0 or later)",
    SyncMessage: "a synchronous message (needs Pact Specification 4.0)",
    UnknownInteraction: "an interaction of an unknown type",
}


V1 = VersionFormat(
    version=SpecificationVersion.V1,
    read_query=read_ordered_query,
    write_query=write_ordered_query,
    write_headers=write_header_strings,
    read_body=read_plain_body,
    write_body=write_plain_body,
    write_rules=drop_rules,
    write_generators=drop_generators,
    write_states=write_single_state,
    read_message=read_v3_message,
    read=read_interactions,
    write=write_interaction,
)
V1_1 = replace(
    V1,
    version=SpecificationVersion.V1_1,
    read_query=read_query,
    write_query=write_query_string,
)
V2 = replace(V1_1, version=SpecificationVersion.V2, write_rules=write_flat_rules)


V3 = replace(
    V2,
    version=SpecificationVersion.V3,
    write_query=write_query_map,
    write_rules=write_rules_by_category,
    write_generators=write_generators,
    write_states=write_states,
    has_messages=True,
)
