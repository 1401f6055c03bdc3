"""Write reports to files: JSON, JUnit XML and Markdown.

The data are plain JSON values without secrets, so that a worker can send them to
another process, and one writer serves all test runners.

JUnit XML has a test suite per contract and a test case per interaction. Pending
interactions that failed are skipped tests, so that they do not fail the build.

Markdown is for GitHub's job summaries and comments: a table of the contracts, with the
failures folded below. Its size is limited, because a page that is too large is not
shown.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from pypact.errors import StoreError
from pypact.masking import mask_text
from pypact.verifier.reports.text import (
    build_curl_command,
    build_headline,
    collect_notes,
    detail_lines,
    name_parties,
)
from pypact.verifier.results import (
    Event,
    InteractionResult,
    RunFinished,
    VerificationResult,
)


def result_to_dict(result: InteractionResult, *, rerun: str = "") -> dict[str, Any]:
    """Convert the result of one interaction to JSON values.

    A failure also has the lines of its report, under `text`. `rerun` is the command
    that verifies the interaction alone.
    """
    data = result.to_json()
    data["headline"] = mask_text(build_headline(result), result.secrets)
    data["noted"] = bool(collect_notes(result))
    data["rerun"] = rerun
    data["curl"] = None
    data["text"] = []
    if not result.is_ok:
        data["text"] = detail_lines(result, "", rerun=rerun)
        if result.request is not None:
            data["curl"] = mask_text(
                build_curl_command(result.request, result.base_url), result.secrets
            )
    data["who"] = name_parties(result)
    return data


def run_to_dict(result: VerificationResult) -> dict[str, Any]:
    """Convert the result of a run to JSON values."""
    data = result.to_json()
    data["interactions"] = [result_to_dict(one) for one in result.interactions]
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

    The result has the shape that `run_to_dict` returns. `problems` are the reasons of
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


def contract_lines(interactions: Iterable[dict[str, Any]]) -> list[str]:
    """Return one line per contract with the counts of its outcomes."""
    by_parties: dict[str, list[dict[str, Any]]] = {}
    for one in interactions:
        by_parties.setdefault(one["who"], []).append(one)
    return [_contract_line(who, by_parties[who]) for who in sorted(by_parties)]


def skipped_lines(left_out: int, selection: str, not_run: int = 0) -> list[str]:
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


def note_lines(interactions: Iterable[dict[str, Any]]) -> list[str]:
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
        counts[get_outcome(one)] += 1
    return counts["ok"], counts["failed"], counts["pending"]


def get_outcome(interaction: dict[str, Any]) -> str:
    """Return "ok", "failed", or "pending" for a pending interaction that failed."""
    if interaction["result"] == "ok":
        return "ok"
    return "pending" if interaction["pending"] else "failed"


def render_junit(data: dict[str, Any]) -> str:
    """Return the JUnit XML of a run; `data` has the shape that `told_run` returns."""
    root = ET.Element("testsuites", {"name": f"pypact: {data['provider']}"})
    by_parties: dict[str, list[dict[str, Any]]] = {}
    for one in data["interactions"]:
        by_parties.setdefault(one["who"], []).append(one)
    if data["problem"]:
        _add_problem(root, data)
    for who, interactions in by_parties.items():
        _add_suite(root, who, interactions)
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


def _add_suite(root: ET.Element, who: str, interactions: list[dict[str, Any]]) -> None:
    outcomes = [get_outcome(one) for one in interactions]
    suite = ET.SubElement(
        root,
        "testsuite",
        {
            "name": _clean_xml(who),
            "tests": str(len(interactions)),
            "failures": str(outcomes.count("failed")),
            "errors": "0",
            "skipped": str(outcomes.count("pending")),
            "time": f"{sum(one['duration'] for one in interactions):.6f}",
        },
    )
    for one, outcome in zip(interactions, outcomes, strict=True):
        _add_case(suite, one, outcome)


def _add_case(suite: ET.Element, one: dict[str, Any], outcome: str) -> None:
    states = [state["name"] for state in one["providerStates"]]
    given = f" given {' and '.join(states)}" if states else ""
    case = ET.SubElement(
        suite,
        "testcase",
        {
            "classname": _clean_xml(one["who"]),
            "name": _clean_xml(f"{one['description']}{given}"),
            "file": _clean_xml(one["place"]),
            "time": f"{one['duration']:.6f}",
        },
    )
    if outcome == "failed":
        failure = ET.SubElement(
            case,
            "failure",
            {"message": _clean_xml(one["headline"]), "type": _failure_type(one)},
        )
        failure.text = _clean_xml("\n".join(one["text"]))
    elif outcome == "pending":
        message = _clean_xml(f"pending: {one['headline']}")
        ET.SubElement(case, "skipped", {"message": message})
        ET.SubElement(case, "system-out").text = _clean_xml("\n".join(one["text"]))


def _add_problem(root: ET.Element, data: dict[str, Any]) -> None:
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0"}
    suite = ET.SubElement(root, "testsuite", {"name": data["provider"], **counts})
    case = ET.SubElement(suite, "testcase", {"name": "verification"})
    ET.SubElement(case, "error", {"message": _clean_xml(data["problem"])})


def _failure_type(one: dict[str, Any]) -> str:
    errors = one["errors"]
    return str(errors[0]["kind"]) if errors else "mismatch"


def _clean_xml(text: str) -> str:
    """Replace characters that XML 1.0 does not allow."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_markdown(data: dict[str, Any]) -> str:
    """Return the Markdown of a run; `data` has the shape that `told_run` returns."""
    word = "honours" if data["result"] == "ok" else "does not honour"
    sign = "✅" if data["result"] == "ok" else "❌"
    lines = [f"## {sign} {_escape(data['provider'])} {word} its contracts", ""]
    if data["problem"]:
        lines += [f"Not verified: {_escape(data['problem'])}", ""]
    if data["interactions"]:
        lines += [*_contract_table(data["interactions"]), ""]
    counts = data["counts"]
    for line in skipped_lines(counts["leftOut"], data["selection"], counts["notRun"]):
        lines += [f"{_escape(line)}.", ""]
    for title, outcome in (("Failed", "failed"), ("Pending", "pending")):
        found = [one for one in data["interactions"] if get_outcome(one) == outcome]
        lines += _failure_section(title, found)
    return "\n".join(lines).rstrip() + "\n"


def _contract_table(interactions: list[dict[str, Any]]) -> list[str]:
    counts: dict[str, dict[str, int]] = {}
    for one in interactions:
        row = counts.setdefault(one["who"], {"ok": 0, "failed": 0, "pending": 0})
        row[get_outcome(one)] += 1
    rows = [
        f"| {_escape(who)} | {row['ok']} | {row['failed']} | {row['pending']} |"
        for who, row in counts.items()
    ]
    return ["| contract | ok | failed | pending |", "|---|--:|--:|--:|", *rows]


def _failure_section(title: str, interactions: list[dict[str, Any]]) -> list[str]:
    if not interactions:
        return []
    lines = [f"### {title}", ""]
    for one in interactions[:_MAX_DETAILS]:
        text = one["text"][:_MAX_DETAIL_LINES]
        more = len(one["text"]) - len(text)
        if more:
            text = [*text, f"… {more} more lines"]
        fence = _fence(text)
        headline = _escape(f"{one['who']}: {one['headline']}")
        lines += [f"<details><summary>{headline}</summary>", "", f"{fence}text"]
        lines += [*text, fence, "", "</details>", ""]
    if len(interactions) > _MAX_DETAILS:
        lines += [f"… and {len(interactions) - _MAX_DETAILS} more.", ""]
    return lines


def _fence(lines: list[str]) -> str:
    """Return a code fence that no line of the text can close."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    return "`" * max(3, *(run + 1 for run in runs)) if runs else "```"


def _escape(text: str) -> str:
    """Escape all Markdown and HTML in `text`."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", text)


_MAX_DETAILS = 50
_MAX_DETAIL_LINES = 120


class FileReport:
    """A report that writes one file at the end of a run, creating its directory."""

    kind = ""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = path

    def __call__(self, event: Event) -> None:
        """Write the file if the event is the end of the run."""
        if isinstance(event, RunFinished):
            write_report(self.kind, self._path, run_to_dict(event.result))


class JsonReport(FileReport):
    """A report of all results as JSON."""

    kind = "json"


class JunitReport(FileReport):
    """A report in JUnit's XML format, for tools that show test results."""

    kind = "junit"


class MarkdownReport(FileReport):
    """A summary in Markdown, for the page of a CI build."""

    kind = "markdown"


def write_report(kind: str, path: str | os.PathLike[str], data: dict[str, Any]) -> None:
    """Write a report of the given kind to a file.

    `data` has the shape that `run_to_dict` returns.

    Raises: StoreError if the file cannot be written.
    """
    text = _WRITERS[kind](data)
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        # Lone surrogates, which UTF-8 cannot encode, are escaped.
        Path(path).write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise StoreError(
            f"cannot write the report {os.fspath(path)}: {error.strerror}"
        ) from error


def _render_json(data: dict[str, Any]) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


_WRITERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "json": _render_json,
    "junit": render_junit,
    "markdown": render_markdown,
}
