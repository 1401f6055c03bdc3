"""How is a run told on the page of a build?

As GitHub's job summaries and comments show it: a table of the contracts, and what
failed folded below. Sizes are limited, because a page that is too large is not shown.
"""

from __future__ import annotations

import re
from typing import Any

from pypact.verifier.reports.sums import missing, outcome_of

__all__ = ["markdown"]


def markdown(data: dict[str, Any]) -> str:
    """Write the summary of a run, as `told_run` tells it."""
    word = "honours" if data["result"] == "ok" else "does not honour"
    sign = "✅" if data["result"] == "ok" else "❌"
    lines = [f"## {sign} {_plain(data['provider'])} {word} its contracts", ""]
    if data["problem"]:
        lines += [f"Not verified: {_plain(data['problem'])}", ""]
    if data["interactions"]:
        lines += [*_table(data["interactions"]), ""]
    counts = data["counts"]
    for line in missing(counts["leftOut"], data["selection"], counts["notRun"]):
        lines += [f"{_plain(line)}.", ""]
    for title, outcome in (("Failed", "failed"), ("Pending", "pending")):
        found = [one for one in data["interactions"] if outcome_of(one) == outcome]
        lines += _section(title, found)
    return "\n".join(lines).rstrip() + "\n"


def _table(interactions: list[dict[str, Any]]) -> list[str]:
    counts: dict[str, dict[str, int]] = {}
    for one in interactions:
        row = counts.setdefault(one["who"], {"ok": 0, "failed": 0, "pending": 0})
        row[outcome_of(one)] += 1
    rows = [
        f"| {_plain(who)} | {row['ok']} | {row['failed']} | {row['pending']} |"
        for who, row in counts.items()
    ]
    return ["| contract | ok | failed | pending |", "|---|--:|--:|--:|", *rows]


def _section(title: str, interactions: list[dict[str, Any]]) -> list[str]:
    if not interactions:
        return []
    lines = [f"### {title}", ""]
    for one in interactions[:_MOST]:
        text = one["text"][:_MOST_LINES]
        more = len(one["text"]) - len(text)
        if more:
            text = [*text, f"… {more} more lines"]
        fence = _fence(text)
        headline = _plain(f"{one['who']}: {one['headline']}")
        lines += [f"<details><summary>{headline}</summary>", "", f"{fence}text"]
        lines += [*text, fence, "", "</details>", ""]
    if len(interactions) > _MOST:
        lines += [f"… and {len(interactions) - _MOST} more.", ""]
    return lines


def _fence(lines: list[str]) -> str:
    """A fence that no line of the text can close."""
    runs = [len(run) for line in lines for run in re.findall("`+", line)]
    return "`" * max(3, *(run + 1 for run in runs)) if runs else "```"


def _plain(text: str) -> str:
    """Let nothing in `text` be markup."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~])", r"\\\1", text)


_MOST = 50
_MOST_LINES = 120
