"""Read and write contracts of specification versions 1 to 3.

The differences between these versions are in the rows `V1`, `V1_1`, `V2` and `V3`:
version 1.1 ignores the order of query parameters, version 2 adds matching rules, and
version 3 adds generators, messages and several provider states.

Source: semantics sections 1.3, 1.6, 2.3 and 14.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pypact.errors import InvalidPact
from pypact.formats.base import (
    Form,
    Losses,
    Members,
    Source,
    described,
    list_at,
    object_at,
    optional_object,
    rest,
    text_of,
)
from pypact.formats.bodies import read_plain, write_plain
from pypact.formats.http import (
    STATE_MEMBERS,
    read_ordered_query,
    read_query,
    read_request,
    read_response,
    read_states,
    write_header_texts,
    write_one_state,
    write_ordered_query,
    write_query_map,
    write_query_text,
    write_request,
    write_response,
    write_states,
)
from pypact.formats.rules import (
    lose_generators,
    read_generators,
    read_rules,
    write_categories,
    write_flat,
    write_generators,
    write_none,
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


def read_classic(data: Members, source: Source, form: Form) -> list[Interaction]:
    """Read the interactions and the messages of a pact file.

    Peers: the reference ignores the interactions of a file that has messages.

    Raises: InvalidPact.
    """
    return [
        *(
            _read_http(*found, source, form)
            for found in members(data, "interactions", source)
        ),
        *(_read_message(*found, source) for found in members(data, "messages", source)),
    ]


def read_plain_message(data: Members, place: str) -> Message:
    """Read a message of v3, whose contents have the form of a v3 body.

    Raises: InvalidPact.
    """
    name = "metaData" if "metaData" in data else "metadata"
    metadata = optional_object(data, name, place)
    message = Message(
        metadata=metadata,
        rules=read_rules(data.get("matchingRules"), f"{place}.matchingRules"),
        generators=read_generators(data.get("generators"), f"{place}.generators"),
    )
    if "contents" not in data:
        return message
    declared = message.declared_type
    contents = read_plain(data["contents"], declared, f"{place}.contents")
    return replace(message, contents=contents)


def write_classic(
    interaction: Interaction, conversion: Losses, form: Form
) -> Members | None:
    """Return the JSON of an interaction of v1 to v3; None if all of it is left out.

    Raises: NotExpressible.
    """
    if isinstance(interaction, HttpInteraction):
        return _write_http(interaction, conversion, form)
    if isinstance(interaction, AsyncMessage) and (conversion.same or form.has_messages):
        return _write_message(interaction, conversion, form)
    conversion.lose(_UNSUPPORTED[type(interaction)])
    return None


def members(
    data: Members, name: str, source: Source
) -> Iterator[tuple[Members, int, str]]:
    """Iterate over the objects of the list `name`, with number (from 1) and place.

    Raises: InvalidPact.
    """
    place = f"{source.prefix}{name}"
    for index, item in enumerate(list_at(data, name, place)):
        here = f"{place}[{index}]"
        if not isinstance(item, dict):
            raise InvalidPact(here, read=described(item), wanted="an object")
        yield item, index + 1, here


def description_of(data: Members, number: int) -> str:
    """Return the description of an interaction, or a default with its number."""
    description = data.get("description")
    return f"Interaction {number}" if description is None else text_of(description)


def identifier(data: Members) -> str | None:
    """Return the `_id` assigned by a broker, or None."""
    found = data.get("_id")
    return None if found is None else text_of(found)


def _read_http(
    data: Members, number: int, place: str, source: Source, form: Form
) -> HttpInteraction:
    request = object_at(data, "request", place)
    response = object_at(data, "response", place)
    return HttpInteraction(
        description=description_of(data, number),
        states=read_states(data, place),
        request=read_request(request, form, f"{place}.request"),
        response=read_response(response, form, f"{place}.response"),
        id=identifier(data),
        unknown=rest(data, _HTTP_MEMBERS),
        version=source.version,
        place=source.place(number),
    )


def _read_message(
    data: Members, number: int, place: str, source: Source
) -> AsyncMessage:
    return AsyncMessage(
        description=description_of(data, number),
        states=read_states(data, place),
        message=read_plain_message(data, place),
        id=identifier(data),
        unknown=rest(data, _MESSAGE_MEMBERS),
        version=source.version,
        place=source.place(number, kind="message"),
    )


def _write_http(
    interaction: HttpInteraction, conversion: Losses, form: Form
) -> Members:
    written = _write_common(interaction, conversion, form)
    written["request"] = write_request(interaction.request, form, conversion)
    written["response"] = write_response(interaction.response, form, conversion)
    return written


def _write_message(
    interaction: AsyncMessage, conversion: Losses, form: Form
) -> Members:
    message = interaction.message
    written = _write_common(interaction, conversion, form)
    metadata = dict(message.metadata)
    own = message.contents.content_type
    if own is not None and message.declared_type is None:
        metadata["contentType"] = str(own)
    written["metadata"] = metadata
    if message.contents.state is not BodyState.MISSING:
        declared = replace(message, metadata=metadata).declared_type
        written["contents"] = write_plain(message.contents, declared, conversion)
    if rules := message.rules and form.write_rules(message.rules, conversion):
        written["matchingRules"] = rules
    if written_generators := message.generators and form.write_generators(
        message.generators, conversion
    ):
        written["generators"] = written_generators
    return {**message.unknown, **written} if conversion.keeps_unknown else written


def _write_common(interaction: Interaction, conversion: Losses, form: Form) -> Members:
    for part, value in _list_v4_parts(interaction):
        if value:
            conversion.lose(part)
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


V1 = Form(
    version=SpecificationVersion.V1,
    read_query=read_ordered_query,
    write_query=write_ordered_query,
    write_headers=write_header_texts,
    read_body=read_plain,
    write_body=write_plain,
    write_rules=write_none,
    write_generators=lose_generators,
    write_states=write_one_state,
    read_message=read_plain_message,
    read=read_classic,
    write=write_classic,
)
V1_1 = replace(
    V1,
    version=SpecificationVersion.V1_1,
    read_query=read_query,
    write_query=write_query_text,
)
V2 = replace(V1_1, version=SpecificationVersion.V2, write_rules=write_flat)


V3 = replace(
    V2,
    version=SpecificationVersion.V3,
    write_query=write_query_map,
    write_rules=write_categories,
    write_generators=write_generators,
    write_states=write_states,
    has_messages=True,
)
