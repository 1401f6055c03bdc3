"""How does the administration protocol tell of interactions, requests and misses?

Texts and JSON of the Ruby mock service, which old clients show or read. Source:
conventions, 4.6, and what pact-mock_service 3.11.2 answers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from pypact.explain import mismatch_block
from pypact.formats import interaction_to_json
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction
from pypact.model.json_text import Json, compact, parse
from pypact.model.mismatches import Kind, Mismatch

if TYPE_CHECKING:
    from pypact.server.session import Miss

__all__ = [
    "differing_members",
    "failure_text",
    "interaction_diff",
    "interaction_summary",
    "method_and_path",
    "named_state",
]


def method_and_path(request: Request) -> str:
    """Return method, path and query of a request, as `GET /user?id=23`."""
    query = request.query.encoded()
    return f"{request.method} {request.path}" + (f"?{query}" if query else "")


def named_state(*names: str) -> str:
    """Return provider states, or a description, as one JSON string; else `nil`."""
    return compact(", ".join(names)) if names else "nil"


def interaction_summary(interaction: HttpInteraction) -> dict[str, Json]:
    """Return the JSON that describes one of several matching interactions."""
    request = interaction.request
    shown: dict[str, Json] = {"method": request.method.lower(), "path": request.path}
    if len(request.query):
        shown["query"] = {name: list(values) for name, values in request.query.items()}
    if len(request.headers):
        shown["headers"] = {
            name: ", ".join(values) for name, values in request.headers.items()
        }
    if request.body.is_present:
        shown["body"] = _body_to_json(request)
    return {"description": interaction.description, "request": shown}


def interaction_diff(
    interaction: HttpInteraction, mismatches: Iterable[Mismatch]
) -> dict[str, Json]:
    """Return the JSON of how a request differs from an interaction of its route."""
    shown: dict[str, Json] = {"description": interaction.description}
    if interaction.states:
        shown["provider_state"] = ", ".join(state.name for state in interaction.states)
    for mismatch in mismatches:
        part = shown.setdefault(_PART_NAMES.get(mismatch.kind, mismatch.kind), {})
        *keys, last = _split_path(mismatch)
        for key in keys:
            part = part.setdefault(key, {})
            if "EXPECTED" in part:
                break
        part[last] = {
            "EXPECTED": _value_to_json(mismatch.expected),
            "ACTUAL": _actual_to_json(mismatch),
            "message": mismatch.message,
        }
    return shown


def differing_members(before: HttpInteraction, after: HttpInteraction) -> list[str]:
    """List the parts in which two interactions differ, such as `request path`."""
    one, other = (interaction_to_json(each, "4.0") for each in (before, after))
    return [
        f"{part} {member}"
        for part, members in _COMPARED_MEMBERS.items()
        for member in members
        if one[part].get(member) != other[part].get(member)
    ]


def failure_text(
    name: str,
    log: str,
    misses: Sequence[Miss],
    missing: Sequence[HttpInteraction],
) -> str:
    """Return the text of a failed verification: the requests by problem, then diffs."""
    incorrect = [miss for miss in misses if miss.near]
    sections = {
        "Incorrect requests": [_format_incorrect(miss) for miss in incorrect],
        "Missing requests": [method_and_path(one.request) for one in missing],
        "Unexpected requests": [
            method_and_path(miss.request) for miss in misses if not miss.near
        ],
    }
    listed = "".join(
        f"{title}:\n\t" + "\n\t".join(lines) + "\n\n"
        for title, lines in sections.items()
        if lines
    )
    diffs = "\n\n".join(_format_diff(miss) for miss in incorrect)
    return (
        "Actual interactions do not match expected interactions for mock "
        f"{name}.\n\n{listed}{diffs}\nSee {log} for details."
    )


def _format_incorrect(miss: Miss) -> str:
    parts = dict.fromkeys(
        _PART_NAMES.get(mismatch.kind, mismatch.kind)
        for _, mismatches in miss.near
        for mismatch in mismatches
    )
    *others, last = parts
    listed = f"{', '.join(others)} and {last}" if others else last
    return f"{method_and_path(miss.request)} (request {listed} did not match)"


def _format_diff(miss: Miss) -> str:
    return "\n".join(
        f"Diff with interaction: {compact(one.description)}{_format_states(one)}\n"
        f"{mismatch_block(mismatches)}\n"
        for one, mismatches in miss.near
    )


def _format_states(interaction: HttpInteraction) -> str:
    if not interaction.states:
        return ""
    return f" given {named_state(*(state.name for state in interaction.states))}"


def _body_to_json(request: Request) -> Json:
    try:
        return parse(request.body.content)
    except ValueError:
        return request.body.content.decode("utf-8", "replace")


def _split_path(mismatch: Mismatch) -> list[str]:
    if mismatch.kind in (Kind.QUERY, Kind.HEADER):
        return [mismatch.path or "*"]
    found = _PATH_KEY.findall(mismatch.path)
    return [name or quoted or index for name, quoted, index in found] or ["*"]


def _actual_to_json(mismatch: Mismatch) -> Json:
    return (
        "<key not found>"
        if mismatch.actual is None
        else _value_to_json(mismatch.actual)
    )


def _value_to_json(value: Json) -> Json:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value


_PART_NAMES = {
    Kind.BODY: "body",
    Kind.BODY_TYPE: "headers",
    Kind.HEADER: "headers",
    Kind.QUERY: "query",
}

_COMPARED_MEMBERS = {
    "request": ("method", "path", "query", "headers", "body", "matchingRules"),
    "response": ("status", "headers", "body", "matchingRules"),
}

_PATH_KEY = re.compile(r"""\.([^.\[\]]+)|\['([^']*)'\]|\[(\d+)\]""")
