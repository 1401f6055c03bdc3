"""Describe interactions as plain data for pages, with secrets masked.

The data are JSON values: strings that are ready to be shown, in lists and dicts. So the
worker of a test session can send them to the process that writes the page.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pypact._lazy import compile_later
from pypact.explain.mismatches import describe_rule, truncate
from pypact.masking import (
    escape_control_characters,
    find_header_secrets,
    find_secret_parameters,
    mask_header,
    mask_json,
    mask_text,
)
from pypact.model.body import (
    Body,
    BodyState,
    ContentType,
    decode_text,
    is_handled_as_json,
)
from pypact.model.http import Query, Request, Response, format_target
from pypact.model.interactions import (
    AsyncMessage,
    HttpInteraction,
    Interaction,
    Message,
    SyncMessage,
    UnknownInteraction,
    list_header_lines,
)
from pypact.model.json import Json, dump_json, dump_pretty_json, parse_json
from pypact.model.rules import Generators, MatchingRules, RuleList, write_generator


def describe_interaction(
    interaction: Interaction, secrets: frozenset[str] = frozenset()
) -> dict[str, Any]:
    """Return what a page shows of an interaction.

    The secrets of its headers, and further `secrets`, are masked.
    """
    known = secrets | find_interaction_secrets(interaction)
    comments = interaction.comments or {}
    kind, summary, parts = _describe_parts(interaction)
    data = {
        "kind": kind,
        "summary": summary,
        "description": interaction.description,
        "key": interaction.key or "",
        "pending": interaction.pending,
        "transport": interaction.transport or "",
        "states": [
            {"name": state.name, "params": _to_pairs(state.params)}
            for state in interaction.states
        ],
        "parts": parts,
        "test": _to_text(comments.get("testname") or ""),
        "comments": [_to_text(one) for one in _to_list(comments.get("text"))],
        "references": _describe_references(comments.get("references")),
        "markup": _read_markup(interaction.markup),
        "plugins": _dump(interaction.plugin_configuration),
        "problem": getattr(interaction, "problem", ""),
    }
    shown: dict[str, Any] = clean_strings(data, lambda text: mask_text(text, known))
    return shown


def find_interaction_secrets(interaction: Interaction) -> frozenset[str]:
    """Collect the secret parts of the headers, metadata and query of an interaction."""
    found = find_header_secrets(list_header_lines(interaction))
    if isinstance(interaction, HttpInteraction):
        found |= _find_query_secrets(interaction.request.query)
    return found


def clean_strings(data: Any, mask: Callable[[str], str] = str) -> Any:
    """Return JSON data with its strings masked and escaped, to be shown on a page."""
    if isinstance(data, str):
        return escape_control_characters(mask(data))
    if isinstance(data, Mapping):
        return {
            str(clean_strings(key, mask)): clean_strings(value, mask)
            for key, value in data.items()
        }
    if isinstance(data, (list, tuple)):
        return [clean_strings(item, mask) for item in data]
    return data


def _describe_parts(interaction: Interaction) -> tuple[str, str, list[dict[str, Any]]]:
    """Return the kind of an interaction, its summary, and its parts."""
    if isinstance(interaction, HttpInteraction):
        request, response = interaction.request, interaction.response
        target = format_target(request.path, request.query.without_secrets())
        parts = [
            _describe_http(request, "Request", f"{request.method} {target}"),
            _describe_http(response, "Response", f"Status {response.status}"),
        ]
        return "HTTP", f"{request.method} {target}", parts
    if isinstance(interaction, AsyncMessage):
        return "Message", "", [_describe_message(interaction.message, "Message")]
    if isinstance(interaction, SyncMessage):
        parts = [_describe_message(interaction.request, "Request message")]
        several = len(interaction.responses) > 1
        for number, message in enumerate(interaction.responses, start=1):
            title = f"Response message {number}" if several else "Response message"
            parts.append(_describe_message(message, title))
        return "Synchronous message", "", parts
    assert isinstance(interaction, UnknownInteraction)  # noqa: S101 -- the last type
    return "Not supported", "", []


def _describe_http(part: Request | Response, title: str, first: str) -> dict[str, Any]:
    return {
        "title": title,
        "first": first,
        "fields": [
            [name, mask_header(name, value)] for name, value in part.headers.lines()
        ],
        "fieldsTitle": "Headers",
        "body": _describe_body(part.body, part.content_type),
        "rules": _describe_rules(part.rules),
        "generators": _describe_generators(part.generators),
    }


def _describe_message(message: Message, title: str) -> dict[str, Any]:
    return {
        "title": title,
        "first": "",
        "fields": [
            [name, mask_header(name, _to_text(value))]
            for name, value in message.metadata.items()
        ],
        "fieldsTitle": "Metadata",
        "body": _describe_body(message.contents, message.content_type),
        "rules": _describe_rules(message.rules),
        "generators": _describe_generators(message.generators),
    }


def _find_query_secrets(query: Query) -> frozenset[str]:
    secret = find_secret_parameters(query)
    return frozenset(
        value
        for name, values in query.items()
        if name in secret
        for value in values
        if value
    )


def _describe_body(body: Body, content_type: ContentType) -> dict[str, Any] | None:
    """Return the text of a body, or a note in its place; None without a body."""
    if body.state is BodyState.MISSING:
        return None
    content = body.content
    shown = {"type": str(content_type) if content else "", "text": "", "note": ""}
    if not content:
        null = body.state is BodyState.NULL
        return {**shown, "note": "null" if null else "empty"}
    if len(content) > _LONGEST_BODY:
        return {**shown, "note": f"{len(content)} bytes, too long to be shown"}
    text = decode_text(content)
    if text is None:
        return {**shown, "note": f"{len(content)} bytes that are not text"}
    if is_handled_as_json(content_type):
        # A body that is not valid JSON is shown as it is.
        with contextlib.suppress(ValueError, RecursionError):
            text = dump_pretty_json(parse_json(text))
    return {**shown, "text": text}


_LONGEST_BODY = 64 * 1024  # bytes


def _describe_rules(rules: MatchingRules) -> list[dict[str, str]]:
    return [
        {"place": _name_place(category, key), "words": _describe_rule_list(found)}
        for category, by_key in rules.items()
        for key, found in by_key.items()
    ]


def _name_place(category: str, key: str) -> str:
    if category == "body":
        return key
    return f"{category} {key}".strip()


def _describe_rule_list(found: RuleList) -> str:
    return f" {found.combine.lower()} ".join(map(describe_rule, found.rules))


def _describe_generators(generators: Generators) -> list[dict[str, str]]:
    return [
        {
            "place": _name_place(category, key),
            "words": truncate(" ".join(_format_generator(write_generator(one)))),
        }
        for category, by_key in generators.items()
        for key, one in by_key.items()
    ]


def _format_generator(data: dict[str, Json]) -> Iterator[str]:
    yield str(data["type"])
    for name, value in data.items():
        if name != "type":
            yield f"{name}={_to_text(value)}"


def _describe_references(references: Json) -> list[dict[str, str]]:
    """Return the external references; `link` is empty unless it is an HTTP URL."""
    if not isinstance(references, Mapping):
        return []
    found = []
    for group, members in references.items():
        named = members if isinstance(members, Mapping) else {"": members}
        for name, value in named.items():
            text = _to_text(value)
            link = text if _HTTP_URL.fullmatch(text) else ""
            label = f"{group}: {name}" if name else str(group)
            found.append({"label": label, "text": text, "link": link})
    return found


_HTTP_URL = compile_later(r"(?i)https?://[^\s\x00-\x1f]+")


def _read_markup(markup: Mapping[str, Json] | None) -> str:
    """Return the markup of other tools as the text that it was written as."""
    if not markup:
        return ""
    text = markup.get("markup")
    return text if isinstance(text, str) else _dump(markup)


def _to_pairs(values: Mapping[str, Json]) -> list[list[str]]:
    return [[name, dump_json(value)] for name, value in mask_json(values).items()]


def _dump(value: Any) -> str:
    return dump_pretty_json(value) if value else ""


def _to_list(value: Json) -> list[Json]:
    found = value if isinstance(value, list) else [value]
    return [one for one in found if one is not None]


def _to_text(value: Json) -> str:
    return value if isinstance(value, str) else dump_json(value)
