"""What is said of a request that no interaction matches?

Source: verification.md, section 7, mock-up (a).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pypact.explain.diff import body_diff
from pypact.explain.hints import hint_for
from pypact.explain.interactions import name_of, shown_request
from pypact.explain.mismatches import columns, mismatch_block
from pypact.explain.nearest import Near, nearest
from pypact.masking import mask_text, secrets_of
from pypact.model.http import Request
from pypact.model.interactions import HttpInteraction

__all__ = ["UnexpectedExplanation", "explain_unexpected"]


@dataclass(frozen=True, slots=True)
class UnexpectedExplanation:
    """An explanation of a request that matches no interaction.

    `str()` finds the closest interactions and writes the text. `name` is the consumer
    and the provider ("Web -> Users"), `caller` is the place of the call, "file:line".
    """

    name: str
    request: Request
    interactions: tuple[HttpInteraction, ...]
    caller: str | None = None

    def __str__(self) -> str:
        near = nearest(self.request, self.interactions)
        requests = [self.request, *(one.interaction.request for one in near)]
        lines = [
            f"pypact: the request matches no interaction of {self.name}",
            "",
            *self._sent_lines(),
            "",
            *_nearest_lines(self.request, near, len(self.interactions)),
        ]
        secrets = [secrets_of(request.headers.lines()) for request in requests]
        return mask_text("\n".join(lines), frozenset().union(*secrets))

    def _sent_lines(self) -> list[str]:
        lines = _label_lines("sent", shown_request(self.request))
        return lines + (_label_lines("called at", [self.caller]) if self.caller else [])


def explain_unexpected(
    request: Request,
    interactions: Iterable[HttpInteraction],
    *,
    name: str,
    caller: str | None = None,
) -> UnexpectedExplanation:
    """Return an explanation why no interaction matched; `str()` writes its text."""
    return UnexpectedExplanation(name, request, tuple(interactions), caller)


def _nearest_lines(request: Request, near: list[Near], count: int) -> list[str]:
    if not near:
        return ["  no interaction is defined"]
    best, *others = near
    if not best.is_alike:
        return _defined_lines(near, count)
    alike = [one for one in others if one.closeness >= best.closeness * _ALSO_NEAR]
    listed = alike[:_MOST_ALSO_NEAR]
    return [
        *_label_lines("closest", [name_of(best.interaction)]),
        mismatch_block(best.mismatches, indent="    "),
        *_diff_lines(request, best),
        *_also_lines(listed, count - 1 - len(listed)),
        *_hint_lines(best),
    ]


def _diff_lines(request: Request, near: Near) -> list[str]:
    expected = near.interaction.request
    lines = body_diff(
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


def _also_lines(listed: Sequence[Near], more: int) -> list[str]:
    lines = [f"{name_of(one.interaction)}  ({one.differs_in})" for one in listed]
    if more > 0:
        noun = "other" if more == 1 else "others"
        lines.append(f"{more} {noun} not shown")
    return _label_lines("also near" if listed else "", lines)


def _hint_lines(near: Near) -> list[str]:
    hint = hint_for(near.mismatches)
    return ["", *_label_lines("hint", [hint])] if hint else []


def _defined_lines(near: list[Near], count: int) -> list[str]:
    listed = [one.interaction for one in near[:_MOST_DEFINED]]
    rows = [
        [f"{one.request.method} {one.request.path}", name_of(one)] for one in listed
    ]
    more = count - len(listed)
    return [
        "  none is similar; the defined interactions are:"
        if count > 1
        else "  the only defined interaction is:",
        *columns(rows, "    "),
        *([f"    and {more} more"] if more > 0 else []),
    ]


def _label_lines(label: str, lines: Sequence[str]) -> list[str]:
    return [
        f"  {'' if index else label:<11}{line}".rstrip()
        for index, line in enumerate(lines)
    ]


# Interactions of at least this share of the best closeness are listed by name.
_ALSO_NEAR = 0.75
_MOST_ALSO_NEAR = 3

_MOST_DEFINED = 10
