"""Find which tests run a line of the code, and how long they take.

`bench/mutation.py` chooses by it the tests that may notice a change. The tests are run
once, each file in a process of its own, and the lines are kept in a JSON file.
"""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Lines:
    """The tests of each line, the seconds that each test takes, and hashes of files."""

    tests: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def choose(self, path: str, line: int, limit: float) -> list[str]:
        """Return the tests that run a line, fast ones first, up to so many seconds.

        A statement is recorded by its first line: the last one up to `line` counts.
        """
        lines = self.tests.get(path, {})
        before = [one for one in lines if one <= line]
        found = lines[max(before)] if before else set()
        chosen = []
        for test in sorted(found, key=lambda one: (self.seconds.get(one, 0.0), one)):
            limit -= self.seconds.get(test, 0.0)
            if limit < 0:
                break
            chosen.append(test)
        return chosen

    def add(self, file: Path) -> None:
        """Add what `Recorder` has written to a file."""
        data = json.loads(file.read_text("utf-8"))
        names = list(data["seconds"])
        self.seconds.update(data["seconds"])
        self.versions.update(data["versions"])
        for path, lines in data["tests"].items():
            known = self.tests.setdefault(path, defaultdict(set))
            for line, tests in lines.items():
                known[int(line)].update(names[test] for test in tests)

    def write(self, file: Path) -> None:
        """Write the file that `add` reads."""
        write_lines(file, self.tests, self.seconds, self.versions)

    def keep(self, versions: dict[str, str]) -> None:
        """Remove the files that do not have these hashes."""
        for path in list(self.tests):
            if self.versions.get(path) != versions.get(path):
                del self.tests[path]


class Recorder:
    """A plugin of pytest that writes which lines the tests run.

    The cases of a parametrized test count as one; one with a failed case is left out.
    """

    def __init__(self, tree: Path, file: Path, patterns: tuple[str, ...]) -> None:
        import coverage  # noqa: PLC0415 -- only recording needs it

        self.tree = tree
        self.file = file
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()
        included = [str(tree / pattern) for pattern in patterns]
        self.coverage = coverage.Coverage(
            data_file=None, config_file=False, include=included
        )
        self.coverage.start()

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.coverage.switch_context(nodeid.partition("[")[0])

    def pytest_runtest_logreport(self, report: Any) -> None:
        name = report.nodeid.partition("[")[0]
        self.seconds[name] += report.duration
        if report.failed:
            self.failed.add(name)

    def pytest_unconfigure(self) -> None:
        self.coverage.stop()
        data = self.coverage.get_data()
        tests = {
            str(Path(path).relative_to(self.tree)): {
                line: {one for one in names if one and one not in self.failed}
                for line, names in data.contexts_by_lineno(path).items()
            }
            for path in data.measured_files()
        }
        write_lines(self.file, tests, self.seconds, {})


def write_lines(
    file: Path,
    tests: dict[str, dict[int, set[str]]],
    seconds: dict[str, float],
    versions: dict[str, str],
) -> None:
    """Write the tests of each line, by their position in `seconds`, as JSON."""
    positions = {name: position for position, name in enumerate(seconds)}
    rows = {
        path: {
            line: sorted(positions[name] for name in names)
            for line, names in lines.items()
            if names
        }
        for path, lines in tests.items()
    }
    data = {"seconds": seconds, "versions": versions, "tests": rows}
    file.write_text(json.dumps(data), "utf-8")
