"""Render a summary of a run as Markdown, for job summaries and comments on GitHub.

It has a table of the contracts, with failures and comments folded below. Its size is
limited, because GitHub does not show a page that is too large.
"""

from __future__ import annotations

import re
from typing import Any

from pypact.explain.markdown import escape_markdown
from pypact.verifier.reports.files import (
    count_outcomes,
    format_skipped,
    get_outcome,
    group_by_contract,
)


def render_markdown(data: dict[str, Any]) -> str:
    """Return the Markdown of a run; `data` are as `run_to_dict` returns them."""
    word = "honours" if data["result"] == "ok" else "does not honour"
    sign = "✅" if data["result"] == "ok" else "❌"
    lines = [f"## {sign} {escape_markdown(data['provider'])} {word} its contracts", ""]
    if data["problem"]:
        lines += [f"Not verified: {escape_markdown(data['problem'])}", ""]
    if data["interactions"]:
        lines += [*_contract_table(data["interactions"]), ""]
    counts = data["counts"]
    for line in format_skipped(counts["leftOut"], data["selection"], counts["notRun"]):
        lines += [f"{escape_markdown(line)}.", ""]
    for title, outcome in (("Failed", "failed"), ("Pending", "pending")):
        found = [one for one in data["interactions"] if get_outcome(one) == outcome]
        lines += _format_section(title, found, "text")
    # The comments of other interactions are in their texts.
    commented = [
        one
        for one in data["interactions"]
        if get_outcome(one) == "ok" and one["commentLines"]
    ]
    lines += _format_section("Comments", commented, "commentLines")
    return "\n".join(lines).rstrip() + "\n"


def _contract_table(interactions: list[dict[str, Any]]) -> list[str]:
    rows = [
        f"| {escape_markdown(who)} | {' | '.join(map(str, count_outcomes(found)))} |"
        for who, found in group_by_contract(interactions).items()
    ]
    return ["| contract | ok | failed | pending |", "|---|--:|--:|--:|", *rows]


def _format_section(
    title: str, interactions: list[dict[str, Any]], member: str
) -> list[str]:
    if not interactions:
        return []
    lines = [f"### {title}", ""]
    for one in interactions[:_MAX_DETAILS]:
        text = one[member][:_MAX_DETAIL_LINES]
        more = len(one[member]) - len(text)
        if more:
            text = [*text, f"… {more} more lines"]
        fence = _fence(text)
        headline = escape_markdown(f"{one['who']}: {one['headline']}")
        lines += [f"<details><summary>{headline}</summary>", "", f"{fence}text"]
        lines += [*text, fence, "", "</details>", ""]
    if len(interactions) > _MAX_DETAILS:
        lines += [f"… and {len(interactions) - _MAX_DETAILS} more.", ""]
    return lines


def _fence(lines: list[str]) -> str:
    """Return a code fence that no line of the text can close."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    return "`" * max(3, *(run + 1 for run in runs)) if runs else "```"


_MAX_DETAILS = 50
_MAX_DETAIL_LINES = 120
