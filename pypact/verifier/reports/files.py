"""Convert results to the data of reports, and write report files.

The data are plain JSON values without secrets, so that a worker can send them to
another process, and one function for each format serves all test runners.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from pypact.errors import StoreError
from pypact.masking import mask_text
from pypact.verifier.reports import REPORT_FORMATS
from pypact.verifier.reports.text import (
    build_curl_command,
    build_headline,
    build_summary_line,
    collect_notes,
    format_comments,
    format_details,
    format_rerun,
)
from pypact.verifier.results import (
    Event,
    InteractionResult,
    RunFinished,
    VerificationResult,
    name_parties,
)


def result_to_dict(
    result: InteractionResult, *, rerun: str = "", with_contents: bool = False
) -> dict[str, Any]:
    """Convert the result of one interaction to JSON values.

    `comments` are those of the interaction, as they were written; `commentLines` are
    the lines to show for them. A failure also has the lines of its report, under
    `text`. `rerun` is the command that verifies the interaction alone. For formats that
    need it, `with_contents` adds the description of the interaction as `contents`.
    """
    data = result.to_json()
    secrets = result.secrets  # once: it searches all headers
    data["headline"] = mask_text(build_headline(result), secrets)
    data["noted"] = bool(collect_notes(result))
    data["commentLines"] = format_comments(result)
    data["rerun"] = format_rerun(result, rerun)
    data["curl"] = None
    data["text"] = [] if result.is_ok else format_details(result, "", rerun=rerun)
    if not result.is_ok and result.request is not None:
        data["curl"] = build_curl_command(result.request, result.base_url, secrets)
    data["who"] = name_parties(result.case.consumer, result.case.provider)
    if with_contents:
        from pypact.pages.contents import describe_interaction  # noqa: PLC0415 -- only for some formats

        interaction = result.case.interaction
        data["contents"] = describe_interaction(interaction, secrets)
    return data


def run_to_dict(
    result: VerificationResult, *, with_contents: bool = False
) -> dict[str, Any]:
    """Convert the result of a run to JSON values."""
    data: dict[str, Any] = result.summarize()
    data["interactions"] = [
        result_to_dict(one, with_contents=with_contents) for one in result.interactions
    ]
    return data


def aggregate(
    interactions: Sequence[dict[str, Any]],
    *,
    left_out: int = 0,
    not_run: int = 0,
    selection: str = "",
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """Combine the results of single interactions to the data of a run.

    The data have the shape that `run_to_dict` returns. `problems` are the reasons of
    tests that failed although no interaction did.
    """
    passed, failed, pending = count_outcomes(interactions)
    problem = "; ".join(problems) or None
    if not interactions:
        problem = problem or "no interaction was verified"
    return {
        "provider": ", ".join(dict.fromkeys(one["provider"] for one in interactions)),
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


def format_contracts(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Return one line per contract with the counts of its outcomes."""
    lines = []
    for who, found in sorted(group_by_contract(interactions).items()):
        seconds = sum(one["duration"] for one in found)
        lines.append(build_summary_line(who, *count_outcomes(found), seconds))
    return lines


def format_skipped(left_out: int, selection: str, not_run: int = 0) -> list[str]:
    """Return lines that count the interactions not verified, with the reasons."""
    lines = []
    if left_out:
        by = f" by selection ({selection})" if selection else ""
        lines.append(f"{_count_interactions(left_out)} left out{by}")
    if not_run:
        lines.append(
            f"{_count_interactions(not_run)} not verified: deselected, skipped, or the "
            "session ended early"
        )
    return lines


def _count_interactions(count: int) -> str:
    return f"{count} {'interaction was' if count == 1 else 'interactions were'}"


def format_notes(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Return one line for each passed interaction with notes."""
    lines = [
        f"{one['who']}: {one['headline']}"
        for one in interactions
        if one["result"] == "ok" and one["noted"]
    ]
    more = len(lines) - _MAX_NOTE_LINES
    if more > 0:
        lines[_MAX_NOTE_LINES:] = [f"(and {more} more with notes)"]
    return lines


_MAX_NOTE_LINES = 20


def group_by_contract(
    interactions: Iterable[dict[str, Any]],
) -> dict[str, list[dict[str, Any]]]:
    """Group interactions by "consumer -> provider", in the order of the contracts."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in interactions:
        groups.setdefault(one["who"], []).append(one)
    return groups


def count_outcomes(interactions: Iterable[dict[str, Any]]) -> tuple[int, int, int]:
    """Return how many interactions passed, failed, and failed but are pending."""
    outcomes = [get_outcome(one) for one in interactions]
    return outcomes.count("ok"), outcomes.count("failed"), outcomes.count("pending")


def get_outcome(interaction: dict[str, Any]) -> str:
    """Return "ok", "failed", or "pending" for a pending interaction that failed."""
    if interaction["result"] == "ok":
        return "ok"
    return "pending" if interaction["pending"] else "failed"


def render_json(data: dict[str, Any]) -> str:
    """Return the data of a report as indented JSON."""
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


class FileReport:
    """A report that writes one file at the end of a run, creating its directory.

    `format_name` is a name in `REPORT_FORMATS`, such as "json".
    """

    def __init__(self, format_name: str, path: str | os.PathLike[str]) -> None:
        self._format_name = format_name
        self._path = path
        REPORT_FORMATS[format_name].check()

    def __call__(self, event: Event) -> None:
        if isinstance(event, RunFinished):
            with_contents = REPORT_FORMATS[self._format_name].needs_contents
            data = run_to_dict(event.result, with_contents=with_contents)
            write_report(self._format_name, self._path, data)


def write_report(
    format_name: str, path: str | os.PathLike[str], data: dict[str, Any]
) -> None:
    """Write a report file in a registered format; raise StoreError if that fails."""
    report_format = REPORT_FORMATS[format_name]
    if not report_format.needs_contents:
        # There if another format of the same session needs it.
        members = [{**one} for one in data["interactions"]]
        for one in members:
            one.pop("contents", None)
        data = {**data, "interactions": members}
    write_file(path, report_format.load()(data))


def write_file(path: str | os.PathLike[str], text: str) -> None:
    """Write a file of a report, and create its folder; raise StoreError if it fails."""
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Lone surrogates, which UTF-8 cannot encode, are escaped.
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        what = f"cannot write the report {os.fspath(path)}"
        raise StoreError(f"{what}: {error.strerror}") from error
