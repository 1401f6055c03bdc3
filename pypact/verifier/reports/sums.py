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
    """Tell of one interaction: its data, and of a failure the text as well."""
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
    """Tell of a whole run."""
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
    """Sum up what was told one by one, as `told_run` tells it.

    `problems` are why tests failed, though no interaction did.
    """
    providers = list(dict.fromkeys(one["provider"] for one in interactions))
    passed, failed, pending = _counts(interactions)
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
    """Count for each contract what came of its interactions, a line for each."""
    by_who: dict[str, list[dict[str, Any]]] = {}
    for one in interactions:
        by_who.setdefault(one["who"], []).append(one)
    return [_summary(who, by_who[who]) for who in sorted(by_who)]


def missing(left_out: int, selection: str, not_run: int = 0) -> list[str]:
    """Say how many interactions were not verified, and why."""
    lines = []
    if left_out:
        by = f" by selection ({selection})" if selection else ""
        lines.append(f"{_counted(left_out)} left out{by}")
    if not_run:
        lines.append(
            f"{_counted(not_run)} not verified: deselected, skipped, or the session "
            "ended before"
        )
    return lines


def _counted(count: int) -> str:
    return f"{count} {'interaction was' if count == 1 else 'interactions were'}"


def remarked(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Say what is to be known of interactions that passed, each with its remarks.

    What is said of one that failed stands with its failure.
    """
    lines = [
        f"{one['who']}: {one['headline']}"
        for one in interactions
        if one["result"] == "ok" and one["noted"]
    ]
    shown = lines[:_MOST_REMARKED]
    if len(lines) > len(shown):
        shown.append(f"(and {len(lines) - len(shown)} more with a remark)")
    return shown


_MOST_REMARKED = 20


def _summary(who: str, interactions: list[dict[str, Any]]) -> str:
    passed, failed, pending = _counts(interactions)
    parts = [f"{passed} ok"]
    parts += [f"{failed} failed"] if failed else []
    parts += [f"{pending} pending (not counted)"] if pending else []
    seconds = sum(one["duration"] for one in interactions)
    return f"{who}  {', '.join(parts)} in {seconds:.2f} s"


def _counts(interactions: Iterable[dict[str, Any]]) -> tuple[int, int, int]:
    counts = {"ok": 0, "failed": 0, "pending": 0}
    for one in interactions:
        counts[outcome_of(one)] += 1
    return counts["ok"], counts["failed"], counts["pending"]


def outcome_of(interaction: dict[str, Any]) -> str:
    """Say "ok", "failed", or "pending" of one that failed and may."""
    if interaction["result"] == "ok":
        return "ok"
    return "pending" if interaction["pending"] else "failed"
