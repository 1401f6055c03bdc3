"""Docstrings and messages are plain: no private idiom, and no riddles."""

import ast
import re
from pathlib import Path

import pytest

import pypact

ROOT = Path(__file__).parents[1]
PACKAGE = Path(pypact.__file__).parent
SOURCES = sorted(PACKAGE.rglob("*.py"))

IDIOM = re.compile(
    r"\b(told|whoever|nobody|comes of|stands (?:for|in|there))\b", re.IGNORECASE
)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def idioms_in(texts: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [
        (line, match[0])
        for line, text in texts
        for match in IDIOM.finditer(re.sub(r"\s+", " ", text))
    ]


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_the_strings_of_the_package_are_plain(path):
    """Neither docstrings, messages nor help texts have idioms; no summary asks."""
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    strings = [
        (node.lineno, node.value)
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]
    summaries = [
        (ast.get_docstring(node) or "").split("\n\n")[0]
        for node in nodes
        if isinstance(node, DOCUMENTED)
    ]

    assert [] == idioms_in(strings)
    assert [] == [summary for summary in summaries if summary.endswith("?")]


PAPERS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(path for path in (ROOT / "docs").rglob("*.md") if "internals" not in path.parts),
]


def test_the_papers_for_people_hold_no_private_idiom():
    texts = [(str(path), path.read_text(encoding="utf-8")) for path in PAPERS]

    assert [] == idioms_in(texts)
