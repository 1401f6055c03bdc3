"""Check that the tests notice changes of the code that decides about verdicts.

mutmut (https://mutmut.readthedocs.io) makes thousands of copies of the rules, the
matching, the formats with the store, and the registry, each with one small change. A
sample of them, always the same for a seed, is tested; it fails if too few are noticed.

    python bench/mutation.py                    # 100 mutants, some minutes
    python bench/mutation.py --size 400 --seed 7
    python bench/mutation.py --all              # hours
    mutmut show NAME                            # what a mutant changes

Mutants that change nothing but texts for people are left out: the tests look for the
important words of an error, not for each word. Source: docs/internals/mutation.md,
"Survivors".
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "mutants"
NOTICED = {"killed", "timeout", "segfault"}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100, help="mutants to test")
    parser.add_argument("--seed", type=int, default=1, help="which sample to draw")
    parser.add_argument("--all", action="store_true", help="test every mutant")
    parser.add_argument("--only", default="", help="only modules of this prefix")
    parser.add_argument("--least", type=float, default=92.0, help="percent to notice")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    # No mutant has this name: mutmut writes the mutants, times the tests, and stops.
    problem = run_mutmut(given.processes, "none")
    names = [name for name in sorted(find_names()) if name.startswith(given.only)]
    if not names:
        sys.exit(problem)
    chosen = names
    if not given.all:
        generator = random.Random(given.seed)
        chosen = generator.sample(names, min(given.size, len(names)))
    if problem := run_mutmut(given.processes, *chosen):
        sys.exit(problem)
    return report(chosen, len(names), given)


def run_mutmut(processes: int, *names: str) -> str:
    """Run mutmut on the named mutants; return its output if it fails."""
    code = "from mutmut.__main__ import cli; cli()"
    command = [sys.executable, "-c", code, "run", f"--max-children={processes}", *names]
    done = subprocess.run(
        command, cwd=ROOT, check=False, capture_output=True, text=True
    )
    return f"{done.stdout[-5000:]}\n{done.stderr[-5000:]}" if done.returncode else ""


def find_names() -> Iterator[str]:
    """Yield the names of all mutants that change more than a text."""
    for meta in sorted(MUTANTS.rglob("*.py.meta")):
        names = json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
        functions = read_functions(meta.with_suffix(""))
        for name in names:
            short = name.rpartition(".")[2]
            original = functions[f"{short.rpartition('__mutmut_')[0]}__mutmut_orig"]
            if functions[short] != original:
                yield name


def read_functions(path: Path) -> dict[str, str]:
    """Return the mutated functions of a file by name, without texts for people."""
    found = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name:
            name, node.name = node.name, ""
            found[name] = ast.dump(_RemoveTexts().visit(node))
    return found


class _RemoveTexts(ast.NodeTransformer):
    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        parts = [one for one in node.values if isinstance(one, ast.FormattedValue)]
        return self.generic_visit(ast.JoinedStr(parts))

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        is_text = isinstance(node.value, str) and " " in node.value
        return ast.Constant("") if is_text else node


def report(chosen: list[str], count: int, given: argparse.Namespace) -> int:
    """Print the results; return the exit code."""
    from mutmut.stats import status_by_exit_code  # noqa: PLC0415 -- reads the settings

    codes: dict[str, int | None] = {}
    for meta in MUTANTS.rglob("*.py.meta"):
        codes |= json.loads(meta.read_text("utf-8"))["exit_code_by_key"]
    status = {name: status_by_exit_code[codes[name]] for name in chosen}
    left = [name for name in sorted(chosen) if status[name] not in NOTICED]
    with ThreadPoolExecutor(given.processes) as pool:
        status |= zip(left, pool.map(try_again, left), strict=True)
    for name in left:
        if status[name] not in NOTICED:
            print(f"{status[name]}: {name}")
    noticed = sum(one in NOTICED for one in status.values())
    share = 100 * noticed / max(1, len(chosen))
    print(f"{len(chosen)} of {count} mutants: {dict(Counter(status.values()))}")
    print(f"{share:.1f} % were noticed; {given.least:g} % are required")
    return int(share < given.least)


def try_again(name: str) -> str:
    """Test a mutant in a new process.

    mutmut forks its workers after the tests have run once: what was computed then, or
    when the tables were imported, is not computed again by the mutant.
    """
    room = name.split(".")[1]
    command = [sys.executable, "-m", "pytest", "-x", "-q", *OPTIONS, *TESTS[room]]
    environment = {
        **os.environ,
        "MUTANT_UNDER_TEST": name,
        "PYTHONPATH": str(MUTANTS),
    }
    try:
        done = subprocess.run(
            command,
            cwd=MUTANTS,
            env=environment,
            check=False,
            capture_output=True,
            timeout=600,
        )
    except subprocess.TimeoutExpired:
        return "timeout"
    return "killed" if done.returncode else "survived"


OPTIONS = ("-p", "no:xdist", "-p", "no:cacheprovider", "-W", "ignore")
OPTIONS += ("--deselect=tests/formats/test_store.py::test_examples_in_docstrings_work",)
TESTS = {
    "formats": ["tests/formats"],
    "matching": ["tests/matching", "tests/generators"],
    "registry": ["tests/test_registry.py"],
    "rules": ["tests/rules", "tests/matching"],
}


if __name__ == "__main__":
    sys.exit(main())
