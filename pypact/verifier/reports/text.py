"""How is a result told in plain text?

Source: verification.md, section 7, mock-ups (b) to (e).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pypact.explain import (
    body_diff,
    hint_for,
    mismatch_block,
    shown_request,
    shown_state,
)
from pypact.explain.values import cut
from pypact.masking import mask_text
from pypact.model.interactions import HttpInteraction
from pypact.targets import Answer
from pypact.verifier.results import Failure, InteractionResult, VerificationResult

__all__ = ["Verdict", "details", "headline_of", "summary"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything that failed; `str()` writes it."""

    result: VerificationResult

    def __str__(self) -> str:
        result = self.result
        failed = result.failed
        if result.problem is not None:
            return f"{result.provider} was not verified: {result.problem}"
        count = _counted(len(result.interactions), "interaction")
        who = f"{result.provider} does not honour its contracts"
        lines = [f"{who}: {len(failed)} of {count} failed"]
        for one in failed:
            who = f"{one.case.consumer} -> {one.case.provider}"
            lines += ["", f"{who}: {headline_of(one)}", *details(one, "  ")]
        return "\n".join(lines)


def headline_of(result: InteractionResult) -> str:
    """Say in one line what came of an interaction."""
    description = cut(result.case.interaction.description)
    remark = f"   [{'; '.join(result.remarks)}]" if result.remarks else ""
    if result.is_ok:
        return description + (cut(remark) if remark else "")
    return _masked(result, f"{description}: {_fault(result)}")


def details(result: InteractionResult, indent: str) -> list[str]:
    """Tell of a failed interaction all that helps to find the cause."""
    blocks = [
        _circumstances(result),
        [line for failure in result.failures for line in _failure(failure)],
        _mismatches(result),
        _provider(result),
    ]
    lines = [f"{indent}{result.case.place}"]
    for block in blocks:
        if block:
            lines += ["", *(f"{indent}{line}".rstrip() for line in block)]
    return [_masked(result, line) for line in lines]


def summary(who: str, results: Sequence[InteractionResult]) -> str:
    """Count what came of the interactions of one contract."""
    passed = sum(one.is_ok for one in results)
    failed = sum(one.is_fatal for one in results)
    pending = len(results) - passed - failed
    parts = [f"{passed} ok"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{pending} pending (not counted)"] if pending else []
    seconds = sum(one.duration for one in results)
    return f"{who}  {', '.join(parts)} in {seconds:.2f} s"


def _fault(result: InteractionResult) -> str:
    parts = []
    if result.mismatches:
        parts.append(_counted(len(result.mismatches), "mismatch", "mismatches"))
    parts += [cut(failure.message.splitlines()[0]) for failure in result.failures]
    if result.mismatches and result.raised is not None:
        parts.append(f"the provider raised {cut(result.raised)}")
    return "; ".join(parts)


def _circumstances(result: InteractionResult) -> list[str]:
    lines: list[str] = []
    places = (*result.state_places, *[""] * len(result.case.interaction.states))
    for label, state, place in zip(
        ("given", *["and"] * len(places)),
        result.case.interaction.states,
        places,
        strict=False,
    ):
        lines.append(f"{label:<11}{shown_state(state)}   {place}".rstrip())
    if result.request is not None:
        lines += _labelled("request", shown_request(result.request))
    if result.answer is not None and result.answer.status is not None:
        lines += _labelled("answer", [_shown_answer(result.answer)])
    return lines + _labelled("note", result.remarks)


def _shown_answer(answer: Answer) -> str:
    types = [value for name, value in answer.headers if name.lower() == "content-type"]
    status = f"{answer.status} {answer.reason}".rstrip()
    return ", ".join([status, *types, f"{len(answer.body)} bytes"])


def _failure(failure: Failure) -> list[str]:
    lines = failure.message.splitlines()
    return lines + [f"  {line}" for line in failure.traceback]


def _mismatches(result: InteractionResult) -> list[str]:
    interaction = result.case.interaction
    if not result.mismatches:
        return []
    lines = mismatch_block(result.mismatches, indent="").splitlines()
    if isinstance(interaction, HttpInteraction) and result.answer is not None:
        diff = body_diff(
            interaction.response.body,
            result.answer.to_response().body,
            result.mismatches,
            content_type=interaction.response.content_type,
            strict=False,
        )
        if diff:
            title = "body (- contract, + answer; what a rule accepts is not marked)"
            lines += ["", title, *(f"  {line}" for line in diff)]
    hint = hint_for(result.mismatches)
    return lines + (["", *_labelled("hint", [hint])] if hint else [])


def _provider(result: InteractionResult) -> list[str]:
    lines = []
    if result.raised is not None:
        lines.append(f"the provider raised {result.raised}")
        lines += [f"  {line}" for line in result.raised_at]
    return lines + _labelled("log", result.log)


def _labelled(label: str, lines: Iterable[str]) -> list[str]:
    return [
        f"{'' if index else label:<11}{line}".rstrip()
        for index, line in enumerate(lines)
    ]


def _counted(count: int, noun: str, plural: str | None = None) -> str:
    return f"{count} {noun if count == 1 else plural or noun + 's'}"


def _masked(result: InteractionResult, text: str) -> str:
    return mask_text(text, result.secrets)
