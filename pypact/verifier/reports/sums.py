"""Which data do the reports in files share?

They are plain JSON values without secrets, so that a worker can send them to another
process and one writer serves all runners.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pypact.masking import mask_text
from pypact.verifier.reports.reproduce import curl
from pypact.verifier.reports.text import details, headline_of, notes_of, who_of
from pypact.verifier.results import InteractionResult, VerificationResult

__all__ = [
    "missing",
    "outcome_of",
    "remarked",
    "summaries",
    "summed",
    "told",
    "told_run",
]


def told(result: InteractionResult, *, rerun: str = "") -> dict[str, Any]:
    """Convert the result of one interaction to JSON values.

    A failure also has the lines of its report, under `text`. `rerun` is the command
    that verifies the interaction alone.
    """
    data = result.to_json()
    data["headline"] = mask_text(headline_of(result), result.secrets)
    data["noted"] = bool(notes_of(result))
    data["rerun"] = rerun
    data["curl"] = None
    data["text"] = []
    if not result.is_ok:
        data["text"] = details(result, "", rerun=rerun)
        if result.request is not None:
            data["curl"] = mask_text(
                curl(result.request, result.base_url), result.secrets
            )
    data["who"] = who_of(result)
    return data


def told_run(result: VerificationResult) -> dict[str, Any]:
    """Convert the result of a run to JSON values."""
    data = result.to_json()
    data["interactions"] = [told(one) for one in result.interactions]
    return data


def summed(
    interactions: Sequence[dict[str, Any]],
    *,
    left_out: int = 0,
    not_run: int = 0,
    selection: str = "",
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """Combine the results of single interactions to the data of a run.

    The result has the shape that `told_run` returns. `problems` are the reasons of
    tests that failed although no interaction did.
    """
    providers = list(dict.fromkeys(one["provider"] for one in interactions))
    passed, failed, pending = _count_outcomes(interactions)
    problem = "; ".join(problems) or None
    if not interactions:
        problem = problem or "no interaction was verified"
    return {
        "provider": ", ".join(providers),
        "result": "failed" if failed or problem else "ok",
        "problem": problem,
        "selection": selection,
        "counts": {
            "interactions": len(interactions),
            "passed": passed,
            "failed": failed,
            "pending": pending,
            "leftOut": left_out,
            "notRun": not_run,
        },
        "duration": sum(one["duration"] for one in interactions),
        "interactions": list(interactions),
    }


def summaries(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Return one line per contract with the counts of its outcomes."""
    by_parties: dict[str, list[dict[str, Any]]] = {}
    for one in interactions:
        by_parties.setdefault(one["who"], []).append(one)
    return [_contract_line(who, by_parties[who]) for who in sorted(by_parties)]


def missing(left_out: int, selection: str, not_run: int = 0) -> list[str]:
    """Return lines that count the interactions not verified, with the reasons."""
    lines = []
    if left_out:
        by = f" by selection ({selection})" if selection else ""
        lines.append(f"{_count_text(left_out)} left out{by}")
    if not_run:
        lines.append(
            f"{_count_text(not_run)} not verified: deselected, skipped, or the session "
            "ended early"
        )
    return lines


def _count_text(count: int) -> str:
    return f"{count} {'interaction was' if count == 1 else 'interactions were'}"


def remarked(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Return one line for each passed interaction that has notes.

    The notes of failed interactions are part of their failure text.
    """
    lines = [
        f"{one['who']}: {one['headline']}"
        for one in interactions
        if one["result"] == "ok" and one["noted"]
    ]
    shown = lines[:_MAX_NOTE_LINES]
    if len(lines) > len(shown):
        shown.append(f"(and {len(lines) - len(shown)} more with notes)")
    return shown


_MAX_NOTE_LINES = 20


def _contract_line(who: str, interactions: list[dict[str, Any]]) -> str:
    passed, failed, pending = _count_outcomes(interactions)
    parts = [f"{passed} ok"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{pending} pending (not counted)"] if pending else []
    seconds = sum(one["duration"] for one in interactions)
    return f"{who}  {', '.join(parts)} in {seconds:.2f} s"


def _count_outcomes(interactions: Iterable[dict[str, Any]]) -> tuple[int, int, int]:
    counts = {"ok": 0, "failed": 0, "pending": 0}
    for one in interactions:
        counts[outcome_of(one)] += 1
    return counts["ok"], counts["failed"], counts["pending"]


def outcome_of(interaction: dict[str, Any]) -> str:
    """Return "ok", "failed", or "pending" for a pending interaction that failed."""
    if interaction["result"] == "ok":
        return "ok"
    return "pending" if interaction["pending"] else "failed"
