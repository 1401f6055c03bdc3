"""Describe the requests of a block that have no response.

Source: docs/internals/verification.md, "Mock-up (a)".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.explain.advice import find_advice
from pypact.explain.closeness import ComparedInteraction, find_nearest
from pypact.explain.diff import diff_bodies
from pypact.explain.hints import find_hint
from pypact.explain.mismatches import (
    LONGEST_VALUE,
    align_columns,
    format_mismatches,
    truncate,
)
from pypact.explain.secrets import (
    LARGEST_PARSED,
    find_undeclared_secrets,
    hide_mismatch_secrets,
    hide_request_secrets,
)
from pypact.masking import mask_header, mask_members, mask_text, mask_url_query
from pypact.model.body import decode_text, find_content_kind
from pypact.model.http import Request, format_target
from pypact.model.interactions import HttpInteraction, Interaction, ProviderState
from pypact.model.json import dump_json
from pypact.model.mismatches import Mismatch


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
    if len(content) > LARGEST_PARSED:
        return [_format_long_body(content, request)]
    text = decode_text(content)
    if text is None:
        return [f"{len(content)} bytes of {request.content_type}"]
    return [truncate(text)]


def _format_long_body(content: bytes, request: Request) -> str:
    """Format a body of which only the beginning is decoded, to save time and memory."""
    # The last character of the beginning may be incomplete; it has at most 4 bytes.
    cuts = (decode_text(content[: LONGEST_VALUE + more]) for more in range(4))
    text = next((found for found in cuts if found is not None), None)
    kind = find_content_kind(request.content_type)
    if text is None or kind.name not in _MASKED_IN_PARTS:
        return f"{len(content)} bytes of {request.content_type}"
    return f"{truncate(mask_members(text), 2 * LONGEST_VALUE)}… ({len(content)} bytes)"


# Content types whose secrets are also found in a body that is cut off.
_MASKED_IN_PARTS = {"json", "schema-registry", "form", "text", "binary"}


# Headers that every client sends.
_UNINFORMATIVE = compile_later(
    r"(?i)(accept-encoding|connection|content-length|host|transfer-encoding|user-agent)"
)


@dataclass(frozen=True, slots=True)
class SentRequest:
    """A request that a consumer has sent.

    `url` is the whole URL, or "" if it is not known; `caller` is the place of the call,
    "file:line".
    """

    request: Request
    url: str = ""
    caller: str | None = None

    @property
    def line(self) -> str:
        """The method and the URL, without secrets."""
        request = self.request
        url = self.url or format_target(request.path, request.query)
        return f"{request.method} {truncate(mask_url_query(url))}"

    @property
    def base_url(self) -> str:
        """The part of the URL before the path of the request, or ""."""
        target = format_target(self.request.path, self.request.query)
        return self.url.removesuffix(target) if self.url.endswith(target) else ""

    def format_lines(self) -> list[str]:
        """Return the lines of an explanation: what was sent, and where."""
        shown = hide_request_secrets(self.request)
        lines = label_lines("sent", [self.line, *format_request(shown)[1:]])
        if (self.request.headers.first("upgrade") or "").lower() == "websocket":
            lines += label_lines("note", [_WEBSOCKET_NOTE])
        return lines + (label_lines("called at", [self.caller]) if self.caller else [])


@dataclass(frozen=True, slots=True)
class UnexpectedExplanation:
    """An explanation of a request that matches no interaction.

    `str()` finds the closest interactions and writes the text. `name` is the consumer
    and the provider ("Web -> Users"). `left_out` are interactions that cannot respond,
    each with the reason; `unfinished` describes those that are not completely defined.
    """

    name: str
    sent: SentRequest
    interactions: tuple[HttpInteraction, ...]
    left_out: tuple[tuple[Interaction, str], ...] = ()
    unfinished: tuple[str, ...] = ()

    def __str__(self) -> str:
        request = self.sent.request
        near = find_nearest(request, self.interactions)
        few = len(self.unfinished)
        but = f"; {few} {'is' if few == 1 else 'are'} unfinished" if few else ""
        lines = [
            f"pypact: {self.sent.line} matches no interaction of {self.name}{but}",
            "",
            *self.sent.format_lines(),
            "",
            *self._format_unfinished(),
            *self._format_nearest(near),
            *self._format_left_out(),
        ]
        declared = [one.interaction.request for one in near]
        return mask_text(
            "\n".join(lines).rstrip(), find_undeclared_secrets(request, declared)
        )

    def find_closest(self) -> HttpInteraction | None:
        """Return the interaction that is shown as the closest one, if any."""
        near = find_nearest(self.sent.request, self.interactions)
        return near[0].interaction if near and near[0].has_similar_path else None

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets of the request that no interaction declares."""
        declared = [one.request for one in self.interactions]
        return find_undeclared_secrets(self.sent.request, declared)

    def _format_unfinished(self) -> list[str]:
        if not self.unfinished:
            return []
        return [*label_lines("unfinished", self.unfinished[:MOST_LISTED]), ""]

    def _format_nearest(self, near: list[ComparedInteraction]) -> list[str]:
        if not near:
            return [] if self.unfinished else [f"  {_NONE_DEFINED}"]
        if not near[0].has_similar_path:
            defined = "these are" if len(self.interactions) > 1 else "this one is"
            title = f"{_NO_SUCH_PATH}; {defined} defined:"
            if self.unfinished:  # the unfinished ones may have the path
                title = "completely defined:"
            return [f"  {title}", *_format_defined(near, len(self.interactions))]
        return _format_nearest(self.sent, near, len(self.interactions))

    def _format_left_out(self) -> list[str]:
        lines = [
            f"{describe_interaction(interaction)}: {problem}"
            for interaction, problem in self.left_out[:MOST_LISTED]
        ]
        more = len(self.left_out) - len(lines)
        if more > 0:
            lines.append(f"and {more} more")
        return ["", *label_lines("left out", lines)] if lines else []


@dataclass(frozen=True, slots=True)
class RepeatedExplanation:
    """An explanation of a request for interactions that were requested often enough.

    `limits` are the interactions that match, each with the number of requests that it
    allows. `earlier` are the places of the requests that they have responded to.
    """

    name: str
    sent: SentRequest
    limits: tuple[tuple[HttpInteraction, int], ...]
    earlier: tuple[str, ...] = ()

    def __str__(self) -> str:
        most = sum(limit for _, limit in self.limits)
        count = len(self.earlier) + 1
        often = _format_times(most)
        earlier = [
            f"{place} ({_format_times(times)})" if times > 1 else place
            for place, times in Counter(self.earlier).items()
        ]
        limits = [
            f"{describe_interaction(one)}   at most {_format_times(limit)}"
            for one, limit in self.limits
        ]
        verdict = f"was sent {_format_times(count)}, but {self.name} allows it {often}"
        lines = [
            f"pypact: {self.sent.line} {verdict}",
            "",
            *self.sent.format_lines(),
            *label_lines("earlier", earlier[:MOST_LISTED]),
            "",
            *label_lines("declared", limits),
            "",
            *label_lines(
                "hint",
                [
                    f"in the client: send this request only {often}",
                    f"in the contract: .times({count}), or .at_least({most})",
                ],
            ),
        ]
        declared = [one.request for one, _ in self.limits]
        secrets = find_undeclared_secrets(self.sent.request, declared)
        return mask_text("\n".join(lines), secrets)

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets of the request that no interaction declares."""
        declared = [one.request for one, _ in self.limits]
        return find_undeclared_secrets(self.sent.request, declared)


def _format_times(number: int) -> str:
    return "once" if number == 1 else f"{number} times"


def _format_nearest(
    sent: SentRequest, near: list[ComparedInteraction], count: int
) -> list[str]:
    request = sent.request
    best, *others = near
    alike = [one for one in others if one.closeness >= best.closeness * _ALSO_NEAR]
    listed = alike[:_MOST_ALSO_NEAR]
    mismatches = hide_mismatch_secrets(best.mismatches, request)
    return [
        *label_lines("closest", [describe_interaction(best.interaction)]),
        format_mismatches(mismatches, indent="    ", shows_declared=True),
        *_format_diff(hide_request_secrets(request), best),
        *_format_also_near(listed, count - 1 - len(listed)),
        *_format_hint(mismatches, sent.base_url),
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
    return label_lines("also near" if listed else "", lines)


def _format_hint(mismatches: Sequence[Mismatch], base_url: str) -> list[str]:
    cause, advice = find_hint(mismatches), find_advice(mismatches, base_url)
    # After the cause stands what to change in the contract, which the advice has too.
    lines = [cause.partition("; ")[0]] if cause else []
    if advice is not None:
        lines += [
            f"in the client: {advice.client}",
            f"in the contract: {advice.contract}",
        ]
    return ["", *label_lines("hint", lines)] if lines else []


def _format_defined(near: list[ComparedInteraction], count: int) -> list[str]:
    listed = [one.interaction for one in near[:_MOST_DEFINED]]
    rows = [
        [f"{one.request.method} {one.request.path}", describe_interaction(one)]
        for one in listed
    ]
    more = count - len(listed)
    return [
        *align_columns(rows, "    "),
        *([f"    and {more} more"] if more > 0 else []),
    ]


def label_lines(label: str, lines: Sequence[str]) -> list[str]:
    return [
        f"  {'' if index else label:<11}{line}".rstrip()
        for index, line in enumerate(lines)
    ]


_WEBSOCKET_NOTE = (
    "this is the handshake of a WebSocket: a pact can define its GET request and "
    "an HTTP response, but WebSocket frames are not served"
)
_NO_SUCH_PATH = "no interaction has this path: define one, or remove the call"
_NONE_DEFINED = "no interaction is defined: define one, or remove the call"
MOST_LISTED = 20
# Interactions of at least this share of the best closeness are listed by name.
_ALSO_NEAR = 0.75
_MOST_ALSO_NEAR = 3
_MOST_DEFINED = 10
