"""Describe unexpected and missing requests of a block.

Source: docs/internals/verification.md, "Mock-up (a)".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pypact.errors import VerificationFailed
from pypact.explain.closeness import ComparedInteraction, find_nearest
from pypact.explain.diff import diff_bodies
from pypact.explain.hints import find_hint
from pypact.explain.mismatches import (
    LONGEST_VALUE,
    align_columns,
    format_count,
    format_mismatches,
    truncate,
)
from pypact.masking import find_header_secrets, mask_header, mask_text
from pypact.model.body import decode_text
from pypact.model.http import Request, format_target
from pypact.model.interactions import HttpInteraction, Interaction, ProviderState
from pypact.model.json import dump_json


def describe_interaction(interaction: Interaction) -> str:
    """Return the description, provider states and place of definition as one line."""
    parts = [f'"{truncate(interaction.description)}"']
    parts += [f"given {format_state(state)}" for state in interaction.states[:1]]
    parts += [f"and {format_state(state)}" for state in interaction.states[1:]]
    if interaction.place:
        parts.append(f"   {interaction.place}")
    return " ".join(parts)


def format_state(state: ProviderState) -> str:
    """Return the name of a provider state in quotes, with its parameters."""
    text = f'"{truncate(state.name)}"'
    return f"{text} {truncate(dump_json(dict(state.params)))}" if state.params else text


def format_request(request: Request) -> list[str]:
    """Return a request as lines: method and target, relevant headers, body."""
    target = format_target(request.path, request.query)
    lines = [f"{request.method} {truncate(target)}"]
    lines += [
        f"{name}: {truncate(mask_header(name, value))}"
        for name, value in request.headers.lines()
        if not _UNINFORMATIVE.fullmatch(name)
    ]
    return lines + _format_body(request)


def _format_body(request: Request) -> list[str]:
    if not request.body.is_present:
        return []
    content = request.body.content
    if len(content) > _LONGEST_DECODED:
        return [_format_long_body(content, request)]
    text = decode_text(content)
    if text is None:
        return [f"{len(content)} bytes of {request.content_type}"]
    return [truncate(text)]


def _format_long_body(content: bytes, request: Request) -> str:
    """Format a body of which only the beginning is decoded, to save memory."""
    # The last character of the beginning may be incomplete; it has at most 4 bytes.
    cuts = (decode_text(content[: LONGEST_VALUE + more]) for more in range(4))
    text = next((found for found in cuts if found is not None), None)
    if text is None:
        return f"{len(content)} bytes of {request.content_type}"
    return f"{truncate(text, 2 * LONGEST_VALUE)}… ({len(content)} bytes)"


_LONGEST_DECODED = 1024 * 1024


# Headers that every client sends.
_UNINFORMATIVE = re.compile(
    r"(?i)(accept-encoding|connection|content-length|host|transfer-encoding|user-agent)"
)


def format_missing(
    interactions: Sequence[HttpInteraction], *, indent: str = "    "
) -> str:
    """Return lines with the method and path of interactions that were not requested."""
    rows = [
        [describe_interaction(one), f"{one.request.method} {one.request.path}"]
        for one in interactions[:_MOST_LISTED]
    ]
    more = len(interactions) - len(rows)
    lines = align_columns(rows, indent)
    return "\n".join([*lines, f"{indent}and {more} more"] if more else lines)


def explain_verdict(
    name: str, unexpected: Sequence[object], missing: Sequence[HttpInteraction]
) -> str:
    """Describe the errors of requests and the interactions not requested."""
    if not unexpected and not missing:
        return f"pypact: {name}: all requests matched"
    parts = []
    if len(unexpected) != 1 or missing:
        parts.append(_write_headline(name, unexpected, len(missing)))
    parts += [str(error) for error in unexpected[:_MOST_IN_FULL]]
    more = len(unexpected) - _MOST_IN_FULL
    if more > 0:
        rest = unexpected[_MOST_IN_FULL:]
        parts.append(f"and {' and '.join(_count_errors(rest))} more")
    if missing:
        parts.append(f"  not requested\n{format_missing(missing)}")
    return "\n\n".join(parts)


def _write_headline(name: str, unexpected: Sequence[object], missing: int) -> str:
    wrong = _count_errors(unexpected)
    if missing:
        wrong.append(f"{format_count(missing, 'interaction')} not requested")
    return f"pypact: {name}: {', '.join(wrong)}"


def _count_errors(errors: Sequence[object]) -> list[str]:
    mismatched = sum(isinstance(one, VerificationFailed) for one in errors)
    counted = {
        "unexpected request": len(errors) - mismatched,
        "mismatched response": mismatched,
    }
    return [format_count(number, noun) for noun, number in counted.items() if number]


_MOST_LISTED = 20
_MOST_IN_FULL = 5


@dataclass(frozen=True, slots=True)
class UnexpectedExplanation:
    """An explanation of a request that matches no interaction.

    `str()` finds the closest interactions and writes the text. `name` is the consumer
    and the provider ("Web -> Users"), `caller` is the place of the call, "file:line".
    `left_out` are interactions that cannot respond, each with the reason.
    """

    name: str
    request: Request
    interactions: tuple[HttpInteraction, ...]
    caller: str | None = None
    left_out: tuple[tuple[Interaction, str], ...] = ()

    def __str__(self) -> str:
        near = find_nearest(self.request, self.interactions)
        requests = [self.request, *(one.interaction.request for one in near)]
        lines = [
            f"pypact: the request matches no interaction of {self.name}",
            "",
            *self._format_sent(),
            "",
            *_format_nearest(self.request, near, len(self.interactions)),
            *self._format_left_out(),
        ]
        secrets = [find_header_secrets(request.headers.lines()) for request in requests]
        return mask_text("\n".join(lines), frozenset().union(*secrets))

    def _format_sent(self) -> list[str]:
        lines = _label_lines("sent", format_request(self.request))
        if (self.request.headers.first("upgrade") or "").lower() == "websocket":
            lines += _label_lines("note", [_WEBSOCKET_NOTE])
        return lines + (_label_lines("called at", [self.caller]) if self.caller else [])

    def _format_left_out(self) -> list[str]:
        lines = [
            f"{describe_interaction(interaction)}: {problem}"
            for interaction, problem in self.left_out[:_MOST_LISTED]
        ]
        more = len(self.left_out) - len(lines)
        if more > 0:
            lines.append(f"and {more} more")
        return ["", *_label_lines("left out", lines)] if lines else []


def _format_nearest(
    request: Request, near: list[ComparedInteraction], count: int
) -> list[str]:
    if not near:
        return ["  no interaction is defined"]
    best, *others = near
    if not best.has_similar_path:
        return _format_defined(near, count)
    alike = [one for one in others if one.closeness >= best.closeness * _ALSO_NEAR]
    listed = alike[:_MOST_ALSO_NEAR]
    return [
        *_label_lines("closest", [describe_interaction(best.interaction)]),
        format_mismatches(best.mismatches, indent="    "),
        *_format_diff(request, best),
        *_format_also_near(listed, count - 1 - len(listed)),
        *_format_hint(best),
    ]


def _format_diff(request: Request, near: ComparedInteraction) -> list[str]:
    expected = near.interaction.request
    lines = diff_bodies(
        expected.body,
        request.body,
        near.mismatches,
        content_type=expected.content_type,
        strict=True,
    )
    if not lines:
        return []
    title = (
        "  body (- expected, + sent; differences that a rule accepts are not marked)"
    )
    return ["", title, *(f"    {line}".rstrip() for line in lines)]


def _format_also_near(listed: Sequence[ComparedInteraction], more: int) -> list[str]:
    lines = [
        f"{describe_interaction(one.interaction)}  ({one.differing_parts})"
        for one in listed
    ]
    if more > 0:
        noun = "other" if more == 1 else "others"
        lines.append(f"{more} {noun} not shown")
    return _label_lines("also near" if listed else "", lines)


def _format_hint(near: ComparedInteraction) -> list[str]:
    hint = find_hint(near.mismatches)
    return ["", *_label_lines("hint", [hint])] if hint else []


def _format_defined(near: list[ComparedInteraction], count: int) -> list[str]:
    listed = [one.interaction for one in near[:_MOST_DEFINED]]
    rows = [
        [f"{one.request.method} {one.request.path}", describe_interaction(one)]
        for one in listed
    ]
    more = count - len(listed)
    return [
        "  none is similar; the defined interactions are:"
        if count > 1
        else "  the only defined interaction is:",
        *align_columns(rows, "    "),
        *([f"    and {more} more"] if more > 0 else []),
    ]


def _label_lines(label: str, lines: Sequence[str]) -> list[str]:
    return [
        f"  {'' if index else label:<11}{line}".rstrip()
        for index, line in enumerate(lines)
    ]


_WEBSOCKET_NOTE = (
    "this is the handshake of a WebSocket: a pact can define its GET request and "
    "an HTTP response, but WebSocket frames are not served"
)
# Interactions of at least this share of the best closeness are listed by name.
_ALSO_NEAR = 0.75
_MOST_ALSO_NEAR = 3
_MOST_DEFINED = 10
