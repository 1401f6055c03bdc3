"""Check that the tests notice changes of the code that decides about verdicts.

mutmut (https://mutmut.readthedocs.io) writes thousands of changes of the functions in
the rules, the matching, the formats with the store, and the registry. A sample of them,
the same for each seed, is tested; the run fails if too few are noticed.

    python bench/mutation.py                    # 100 mutants, some minutes
    python bench/mutation.py --size 400 --seed 7 --minutes 30
    python bench/mutation.py --all --only pypact.rules.dates

Results are kept in `mutants/`, so that a run which was stopped continues. Each survivor
is printed with its change. Source: docs/internals/mutation.md, "Survivors".
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import functools
import hashlib
import importlib.metadata
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import pytest
from mutation_lines import Lines, Recorder

ROOT = Path(__file__).resolve().parents[1]
MUTANTS = ROOT / "mutants"
RESULTS = MUTANTS / "results.jsonl"
MUTATED = (
    "pypact/rules/*.py",
    "pypact/matching/*.py",
    "pypact/formats/*.py",
    "pypact/registry.py",
)
NOTICED = {"killed", "timeout"}


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--size", type=int, default=100, help="mutants to test")
    parser.add_argument("--seed", type=int, default=1, help="which sample to draw")
    parser.add_argument("--all", action="store_true", help="test every mutant")
    parser.add_argument("--only", default="", help="only mutants of this prefix")
    parser.add_argument(
        "--quick", action="store_true", help="only the own tests of a file"
    )
    parser.add_argument("--least", type=float, default=92.0, help="percent to notice")
    parser.add_argument("--minutes", type=float, help="stop after this time")
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))
    every = list(find_mutants(given.only))
    if not every:
        sys.exit(f"no mutant's name starts with {given.only!r}")
    size = len(every) if given.all else min(given.size, len(every))
    chosen = random.Random(given.seed).sample(every, size)
    end = time.monotonic() + 60 * (given.minutes or float("inf"))
    results = judge_all(chosen, given.processes, end, quick=given.quick)
    return report(results, chosen, len(every), given)


@dataclass(eq=False)
class Mutant:
    """A change of one function; `mutation` is mutmut's."""

    name: str
    path: str
    module: Any = field(repr=False)
    mutation: Any = field(repr=False)

    @property
    def version(self) -> str:
        """A hash of the file without the change; the names count its changes."""
        return hash_texts(self.module.code)

    @functools.cached_property
    def source(self) -> str:
        """The whole file with the change."""
        before, after = self.mutation.original_node, self.mutation.mutated_node
        return str(self.module.deep_replace(before, after).code)

    @property
    def line(self) -> int:
        """The number of the first changed line."""
        old, new = self.module.code.splitlines(), self.source.splitlines()
        pairs = enumerate(zip(old, new, strict=False), start=1)
        return next((number for number, (a, b) in pairs if a != b), len(old))

    def describe(self) -> str:
        """Return the changed lines."""
        old, new = self.module.code.splitlines(), self.source.splitlines()
        lines = list(difflib.unified_diff(old, new, lineterm="", n=0))[2:]
        return "\n".join(f"    {line.strip()}" for line in lines)


def find_mutants(only: str) -> Iterator[Mutant]:
    """Yield the changes of functions whose names start with `only`, not those of texts.

    A test looks for the important words of an error, not for each word: strings with
    spaces are left out. mutmut does not change f-strings.
    """
    import libcst  # noqa: PLC0415 -- only this script needs both
    from mutmut.mutation.file_mutation import create_mutations  # noqa: PLC0415

    for path in sorted(one for pattern in MUTATED for one in ROOT.glob(pattern)):
        place = path.relative_to(ROOT)
        room = ".".join(place.with_suffix("").parts)
        if not room.startswith(only) and not only.startswith(f"{room}."):
            continue
        module, mutations, *_ = create_mutations(str(place), path.read_text("utf-8"))
        counts: Counter[str] = Counter()
        for one in mutations:
            node, function = one.original_node, one.contained_by_top_level_function
            is_text = isinstance(node, libcst.SimpleString) and " " in node.value
            if isinstance(function, libcst.FunctionDef) and not is_text:
                name = f"{room}.{function.name.value}"
                counts[name] += 1
                mutant = Mutant(f"{name}.{counts[name]}", str(place), module, one)
                if mutant.name.startswith(only):
                    yield mutant


# Which tests


def list_stages(mutant: Mutant, lines: Lines | None) -> list[tuple[str, ...]]:
    """Return the tests of a file, those of its folder, and others that run the line.

    Without `lines`, the first list alone.
    """
    room, module = Path(mutant.path).with_suffix("").parts[1], Path(mutant.path).stem
    tests = OWN_TESTS.get(module) or (f"tests/{room}/test_{module}.py",)
    tests = (*tests, f"tests/{room}/test_outcomes.py")
    own = tuple(one for one in tests if (ROOT / one).exists())
    if lines is None:
        return [own or ROOMS[room]]
    places = [one for one in ROOMS[room] if not one.startswith("--")]
    left_out = [one.partition("=")[2] for one in ROOMS[room] if one.startswith("--")]
    chosen = lines.choose(mutant.path, mutant.line, LONGEST)
    further = tuple(
        one
        for one in chosen
        if one.startswith(tuple(left_out)) or not one.startswith(tuple(places))
    )
    return [stage for stage in (own, ROOMS[room], further) if stage]


OWN_TESTS = {
    "base": ("tests/formats/test_conversion.py",),
    "files": ("tests/formats/test_files.py", "tests/sources/test_sources.py"),
    "http": ("tests/formats/test_reading.py", "tests/formats/test_bad_input.py"),
    "pact": ("tests/formats/test_reading.py", "tests/formats/test_bad_input.py"),
    "registry": ("tests/test_registry.py",),
    "v1_to_v3": ("tests/formats/test_conversion.py", "tests/formats/test_reading.py"),
}
ROOMS = {
    # Left out: sessions of pytest, which would import the installed pypact, and tests
    # that take a minute; those that run the line are among the further ones.
    "formats": (
        "tests/formats",
        "--ignore=tests/formats/test_store_stress.py",
        "--ignore=tests/formats/test_round_trips.py",
    ),
    "matching": ("tests/matching", "tests/generators"),
    "registry": ("tests/test_registry.py",),
    "rules": ("tests/rules", "tests/matching"),
}
QUICK_LIMIT = 60.0  # seconds of CPU time
LONGEST = 15.0  # seconds of further tests
UNRECORDED: tuple[str, ...] = (
    "docs",
    "examples",
    "foreign",
    "fuzz",
    "oldest",
    "pytest_plugin",
    "support",
)
UNRECORDED += (
    "test_calls",
    "test_citations",
    "test_layers",
    "test_packaging",
    "test_words",
)


def read_lines(base: Path, processes: int) -> Lines:
    """Return which tests run a line; unless it is known, run all tests to find out.

    Files that have changed since then are left out. Remove `mutants/lines.json` to
    record all of them again.
    """
    lines = Lines()
    sources = [path for pattern in MUTATED for path in ROOT.glob(pattern)]
    versions = {str(path.relative_to(ROOT)): hash_files([path]) for path in sources}
    kept = MUTANTS / "lines.json"
    if kept.exists():
        lines.add(kept)
        lines.keep(versions)
        return lines
    waiting = [
        f"tests/{path.name}"
        for path in sorted((ROOT / "tests").iterdir())
        if path.stem not in UNRECORDED
        and (any(path.glob("**/test_*.py")) or path.match("test_*.py"))
    ]
    print(f"recording which tests run a line: {len(waiting)} parts", flush=True)
    runs: dict[Run, Path] = {}
    while waiting or runs:
        for run in [run for run in runs if run.poll() is not None]:
            file = runs.pop(run)
            if file.exists():
                lines.add(file)
                file.unlink()
        while waiting and len(runs) < processes:
            tests = waiting.pop()
            file = MUTANTS / f"recorded-{len(waiting)}.json"
            runs[Run(base, (tests, "--maxfail=1000"), 1200, file)] = file
        time.sleep(0.05)
    lines.versions = versions
    lines.write(kept)
    return lines


# Running them


def judge_all(
    chosen: list[Mutant], processes: int, end: float, *, quick: bool
) -> dict[str, tuple[str, int]]:
    """Return the status of the mutants, and the stage that decided; stop at `end`."""
    tests = hash_files(ROOT.glob("tests/**/*.py"))
    known = read_results(tests)
    found = {}
    waiting = []
    for one in chosen:
        key = (one.name, one.version)
        if key in known:
            found[one.name] = known[key]
        else:
            waiting.append(one)
    if not waiting:
        return found
    base = copy_tree("base")
    load_plugins()
    rooms = {Path(one.path).with_suffix("").parts[1] for one in waiting}
    limits = dict.fromkeys(ROOMS.values(), QUICK_LIMIT)
    lines = None
    if not quick:
        limits = measure_stages(base, {ROOMS[room] for room in rooms})
        lines = read_lines(base, processes)
    trees = [copy_tree(f"slot-{number}", base) for number in range(processes)]
    slots = [Slot(tree, limits, lines) for tree in trees]
    waiting.reverse()  # so that `pop` takes the first
    try:
        while waiting or any(slot.mutant for slot in slots):
            if time.monotonic() >= end:
                break
            for slot in slots:
                if slot.mutant and (status := slot.poll()):
                    found[slot.mutant.name] = status
                    write_result(slot.mutant, tests, status)
                    slot.clear()
                if not slot.mutant and waiting:
                    slot.begin(waiting.pop())
            time.sleep(0.02)
    finally:
        for slot in slots:
            if slot.run:
                slot.run.stop()
    return found


class Slot:
    """A copy of the tree, and the mutant that is tested in it.

    The copies have bytecode already. That of a changed file is not used, as each change
    gives the file another time of modification.
    """

    def __init__(
        self, tree: Path, limits: dict[tuple[str, ...], float], lines: Lines | None
    ) -> None:
        self.tree = tree
        self.limits = limits
        self.lines = lines
        self.mutant: Mutant | None = None
        self.stages: list[tuple[str, ...]] = []
        self.stage = 0
        self.run: Run | None = None
        self.count = 0

    def begin(self, mutant: Mutant) -> None:
        """Write the mutant into the tree and begin with its first stage."""
        self.mutant, self.stage, self.count = mutant, 0, self.count + 1
        self.stages = list_stages(mutant, self.lines)
        path = self.tree / mutant.path
        path.write_text(mutant.source, "utf-8")
        os.utime(path, (self.count, self.count))
        self.start()

    def start(self) -> None:
        assert self.mutant
        stage = self.stages[self.stage]
        room = ROOMS[Path(self.mutant.path).with_suffix("").parts[1]]
        limit = self.limits[room] + (SLOWER * LONGEST if self.stage else 0)
        self.run = Run(self.tree, stage, limit)

    def poll(self) -> tuple[str, int] | None:
        """Return the status once it is decided; go on to the next stage."""
        assert self.run
        code = self.run.poll()
        if code is None:
            return None
        if code != 0:
            return ("timeout" if code < 0 else "killed"), self.stage + 1
        self.stage += 1
        if self.stage == len(self.stages):
            return "survived", self.stage
        self.start()
        return None

    def clear(self) -> None:
        assert self.mutant
        path = self.mutant.path
        shutil.copy2(self.tree.parent / "base" / path, self.tree / path)
        self.mutant = self.run = None


class Run:
    """Tests in a forked process, which imports pypact anew.

    What pypact computes when it is imported is computed by the mutant. Only pytest and
    its plugins are imported before the fork: they take longer than most tests.
    """

    def __init__(
        self,
        tree: Path,
        tests: tuple[str, ...],
        seconds: float,
        recorded: Path | None = None,
    ) -> None:
        self.end = time.monotonic() + WAITING * seconds
        self.pid = os.fork()
        if not self.pid:
            run_tests(tree, tests, seconds, recorded)

    def poll(self) -> int | None:
        """Return the exit code once there is one; it is negative after a stop."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            code = os.waitstatus_to_exitcode(status)
        elif time.monotonic() > self.end:
            self.stop()
            return -signal.SIGKILL
        else:
            return None
        self.kill_group()  # processes that the tests left
        return code

    def stop(self) -> None:
        """Kill the tests and all processes that they started."""
        self.kill_group()
        os.kill(self.pid, signal.SIGKILL)  # before `setsid` it has no group
        os.waitpid(self.pid, 0)

    def kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)


def run_tests(
    tree: Path, tests: tuple[str, ...], seconds: float, recorded: Path | None
) -> NoReturn:
    """Run tests in this process, which may take so many seconds of CPU time.

    Write the lines that they run to `recorded`.
    """
    code = 3
    try:
        os.setsid()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.chdir(tree)
        file = f"{recorded or tree}.log"
        log = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(log, 1)
        os.dup2(log, 2)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 2))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os.environ["PYTHONPATH"] = str(tree)
        sys.path.insert(0, str(tree))
        sys.dont_write_bytecode = tree.name != "base"
        plugins = [Recorder(tree, recorded, MUTATED)] if recorded else []
        code = pytest.main([*OPTIONS, *tests], plugins=plugins)
    finally:
        os._exit(code)


OPTIONS: tuple[str, ...] = ("-x", "-q", "-n0", "-p", "no:cacheprovider")
OPTIONS += ("-W", "ignore::pytest.PytestAssertRewriteWarning")
MEMORY = 8 << 30
SLOWER = 3  # times the CPU time of the tests of the unchanged code, and
ADDED = 10  # seconds; what takes longer is a timeout
WAITING = 4  # times that in all, for tests that wait


def measure_stages(
    base: Path, stages: set[tuple[str, ...]]
) -> dict[tuple[str, ...], float]:
    """Run the tests of the unchanged code; return the limits in seconds."""
    limits = {}
    for stage in sorted(stages):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run = Run(base, stage, 600)
        code = None
        try:
            while (code := run.poll()) is None:
                time.sleep(0.02)
        finally:
            if code is None:
                run.stop()
        if code:
            sys.exit(f"the tests fail without a change: {base}.log")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        limits[stage] = SLOWER * spent + ADDED
    return limits


def load_plugins() -> None:
    """Import pytest and its plugins, but not pypact."""
    for entry in importlib.metadata.entry_points(group="pytest11"):
        if entry.name != "pypact":
            entry.load()
    assert "pypact" not in sys.modules


def copy_tree(name: str, base: Path | None = None) -> Path:
    """Copy the files of the repository, or another copy with its bytecode."""
    tree = MUTANTS / name
    shutil.rmtree(tree, ignore_errors=True)
    if base:
        shutil.copytree(base, tree)
        return tree
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    for place in filter(None, listed.decode().split("\0")):
        if (ROOT / place).is_file():
            (tree / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / place, tree / place)
    return tree


# Results


def read_results(tests: str) -> dict[tuple[str, str], tuple[str, int]]:
    """Return earlier results of the same changes; survivors only of the same tests."""
    if not RESULTS.exists():
        return {}
    rows = [json.loads(line) for line in RESULTS.read_text("utf-8").splitlines()]
    return {
        (row["name"], row["source"]): (row["status"], row["stage"])
        for row in rows
        if row["status"] in NOTICED or row["tests"] == tests
    }


def write_result(mutant: Mutant, tests: str, result: tuple[str, int]) -> None:
    """Append a result to the file."""
    row = {
        "name": mutant.name,
        "source": mutant.version,
        "tests": tests,
        "status": result[0],
        "stage": result[1],
    }
    with RESULTS.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def hash_files(paths: Iterable[Path]) -> str:
    return hash_texts(*(path.read_text("utf-8") for path in sorted(paths)))


def hash_texts(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def report(
    results: dict[str, tuple[str, int]],
    chosen: list[Mutant],
    count: int,
    given: argparse.Namespace,
) -> int:
    """Print the results; return the exit code."""
    for one in sorted(chosen, key=lambda one: one.name):
        if results.get(one.name, ("killed",))[0] not in NOTICED:
            print(f"survived: {one.name}\n{one.describe()}")
    counts = Counter(status for status, _ in results.values())
    stages = Counter(stage for status, stage in results.values() if status in NOTICED)
    noticed = sum(counts[status] for status in NOTICED)
    share = 100 * noticed / max(1, len(results))
    print(f"{len(chosen)} of {count} mutants: {dict(counts)}, noticed by the tests")
    print(f"of the file, its folder, and further ones: {dict(sorted(stages.items()))}")
    if left := len(chosen) - len(results):
        print(f"{left} were not tested: the time was over")
    print(f"{share:.1f} % of {len(results)} noticed; {given.least:g} % are required")
    return int(share < given.least)


if __name__ == "__main__":
    sys.exit(main())
