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


def strings_of(path: Path) -> list[tuple[int, str]]:
    """Return all string constants: docstrings, messages, help texts, f-strings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


def idioms_in(texts: list[tuple[int, str]]) -> list[tuple[int, str]]:
    return [
        (line, match[0])
        for line, text in texts
        for match in IDIOM.finditer(re.sub(r"\s+", " ", text))
    ]


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_string_of_the_package_holds_private_idiom(path):
    assert [] == idioms_in(strings_of(path))


@pytest.mark.parametrize(
    "path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE))
)
def test_no_docstring_begins_with_a_question(path):
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    summaries = [
        (ast.get_docstring(node) or "").split("\n\n")[0]
        for node in nodes
        if isinstance(node, DOCUMENTED)
    ]

    assert [] == [summary for summary in summaries if summary.endswith("?")]


PAPERS = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *(path for path in (ROOT / "docs").rglob("*.md") if "internals" not in path.parts),
]


def test_the_papers_for_people_hold_no_private_idiom():
    texts = [(str(path), path.read_text(encoding="utf-8")) for path in PAPERS]

    assert [] == idioms_in(texts)
