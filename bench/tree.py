"""Measure the size of the code, and how many of its files one action runs through.

Run it with `python bench/tree.py`; `--files` lists the files of each action. A row with
a bound has a verdict; the exit code is 1 when a bound is missed. The numbers of files
and of lines have no bound: they grow with what pypact can do, and say nothing about its
structure.
"""

from __future__ import annotations

import argparse
import ast
import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

import paths

SMALL = 50  # lines


@dataclass(frozen=True)
class Row:
    """A figure and its bound, if any: at most, or with `is_least` at least."""

    name: str
    figure: float
    bound: float | None = None
    is_least: bool = False
    unit: str = ""

    @property
    def is_kept(self) -> bool:
        """Return whether the figure is within the bound, or has none."""
        if self.bound is None:
            return True
        if self.is_least:
            return self.figure >= self.bound
        return self.figure <= self.bound

    def __str__(self) -> str:
        if self.bound is None:
            return f"  {self.name:<52} {self.figure:>9,g}"
        sign = ">=" if self.is_least else "<="
        figure, bound = f"{self.figure:,g}{self.unit}", f"{self.bound:,g}{self.unit}"
        verdict = "ok" if self.is_kept else "MISSED"
        return f"  {self.name:<52} {figure:>9}   {sign} {bound:<9} {verdict}"


def size_rows() -> list[Row]:
    """Measure the files of the package."""
    files = [one.read_text(encoding="utf-8") for one in paths.package().rglob("*.py")]
    lengths = [len(text.splitlines()) for text in files]
    filled = sum(len(filled_lines(text)) for text in files)
    overhead = sum(len(overhead_lines(text)) for text in files)
    share = round(100 * overhead / filled, 1)
    return [
        Row("files", len(files)),
        Row("median lines of a file", statistics.median(lengths), 140, is_least=True),
        Row(f"files under {SMALL} lines", sum(one < SMALL for one in lengths), 20),
        Row("lines of the largest file", max(lengths), 600),
        Row("imports, __all__ and module docstrings", share, 12, unit=" %"),
        Row("lines in all", sum(lengths)),
    ]


def filled_lines(text: str) -> set[int]:
    """Return the numbers of the lines that are not blank."""
    lines = text.splitlines()
    return {number for number, line in enumerate(lines, 1) if line.strip()}


def overhead_lines(text: str) -> set[int]:
    """Return the lines of imports, `__all__` and the module's docstring, but blanks.

    An import inside of a function is that function's code.
    """
    module = ast.parse(text)
    found: set[int] = set()
    for index, node in enumerate(module.body):
        is_docstring = index == 0 and ast.get_docstring(module) is not None
        if is_docstring or is_import(node) or is_all(node):
            assert node.end_lineno is not None
            found.update(range(node.lineno, node.end_lineno + 1))
    return found & filled_lines(text)


def is_import(node: ast.stmt) -> bool:
    """Return whether this is an import, or a block for type checkers of imports."""
    if isinstance(node, ast.If):
        return ast.unparse(node.test) == "TYPE_CHECKING" and all(
            map(is_import, node.body)
        )
    return isinstance(node, (ast.Import, ast.ImportFrom))


def is_all(node: ast.stmt) -> bool:
    """Return whether this sets `__all__`."""
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__"


ACTIONS = {
    "a warm requests.get": (paths.one_get, 16),
    "a warm read_pact of one interaction": (paths.reading, 14),
    "a second verify() of one interaction": (paths.verifying, 42),
}


def main() -> int:
    """Measure, and print."""
    parser = argparse.ArgumentParser(description="The size of the code.")
    parser.add_argument("--files", action="store_true", help="list the files")
    options = parser.parse_args()
    rows = size_rows()
    print(f"the size of {Path(paths.package()).name}/")
    for row in rows:
        print(row)
    counts = {}
    for name, (make, _) in ACTIONS.items():
        with paths.entered(make) as work:
            counts[name] = paths.count(work)
    print("\nfiles whose code runs in")
    for name, (_, bound) in ACTIONS.items():
        rows.append(Row(name, len(counts[name].files), bound))
        print(rows[-1])
        if options.files:
            for file in counts[name].files:
                print(f"      {file:<40} {counts[name].by_file[file]:6,} calls")
    print("\nPython calls, of pypact and in all")
    for name, found in counts.items():
        print(f"  {name:<52} {found.in_pypact:9,}   {found.in_all:,}")
    return 0 if all(row.is_kept for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
