"""Decide whether a pytest run was complete, and which tests have passed in it.

After a complete run, interactions of tests that are gone leave the contract. A run is
complete if all tests of the project were collected, nothing selected some of them, and
it succeeded. Tests that exist but were not run, skipped, rerun, or expected to fail
keep their interactions.

Source: docs/internals/review.md, "Records of tests".
"""

from __future__ import annotations

import fnmatch
import glob
import os
import sys
from collections import Counter
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pypact.formats.records import CompleteRun


class OutcomesPlugin:
    """A plugin that notes which tests exist, and which have passed.

    Under pytest-xdist each worker exports its notes to the controller.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._collected: list[pytest.Item] = []
        self._passed: list[pytest.Item] = []
        self._others: list[pytest.Item] = []
        self._unknown_modules: set[str] = set()
        self._has_unknown_folders = False
        # The notes of workers: how many items each test has, and how many passed.
        self._counts: Counter[str] = Counter()
        self._counts_passed: Counter[str] = Counter()
        self._not_passed: set[str] = set()

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Note the tests before some of them are deselected."""
        self._collected = list(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note the modules that were skipped: their tests are unknown."""
        if report.skipped:
            self._note_unknown(report.nodeid.partition("::")[0])

    @pytest.hookimpl(wrapper=True)
    def pytest_ignore_collect(
        self, collection_path: Path
    ) -> Generator[None, bool | None, bool | None]:
        """Note the modules and folders that the project leaves out."""
        ignored = yield
        if ignored and not self._is_never_collected(collection_path):
            try:
                relative = collection_path.relative_to(self._config.rootpath)
            except ValueError:
                return ignored
            self._note_unknown(relative.as_posix())
        return ignored

    def _is_never_collected(self, path: Path) -> bool:
        if path.is_dir():
            patterns: list[str] = self._config.getini("norecursedirs")
            return (
                path.name == "__pycache__"
                or (path / "pyvenv.cfg").exists()
                or (path / "conda-meta" / "history").exists()
                or any(fnmatch.fnmatch(path.name, one) for one in patterns)
            )
        return path.suffix != ".py"

    def _note_unknown(self, name: str) -> None:
        if name.endswith(".py") and not name.endswith("__init__.py"):
            self._unknown_modules.add(name)
        else:
            self._has_unknown_folders = True

    def note_outcome(
        self, item: pytest.Item, reports: Sequence[pytest.TestReport]
    ) -> None:
        """Note whether a test has passed at once, without an expected failure."""
        # There are more reports if the test has subtests, or was rerun.
        passed = len(reports) >= _PHASES and not any(
            report.outcome != "passed" or hasattr(report, "wasxfail")
            for report in reports
        )
        (self._passed if passed else self._others).append(item)

    def export_data(self) -> tuple[Any, ...]:
        """Return the notes of this process, for another one."""
        self._count_items()
        return (
            self._counts,
            self._counts_passed,
            self._not_passed,
            self._unknown_modules,
            self._has_unknown_folders,
        )

    def import_data(self, data: tuple[Any, ...]) -> None:
        """Add the notes of a worker; all of them collect the same tests."""
        counts, passed, not_passed, modules, has_folders = data
        self._counts |= counts
        self._counts_passed += passed
        self._not_passed |= not_passed
        self._unknown_modules |= modules
        self._has_unknown_folders |= has_folders

    def _count_items(self) -> None:
        self._counts.update(map(get_test_id, self._collected))
        self._counts_passed.update(map(get_test_id, self._passed))
        self._not_passed.update(map(get_test_id, self._others))
        self._collected, self._passed, self._others = [], [], []

    def get_complete_run(
        self, session: pytest.Session, suite: str
    ) -> CompleteRun | None:
        """Return the tests of a complete run, or None if this one was not complete."""
        if session.exitstatus != pytest.ExitCode.OK or not self.is_complete():
            return None
        from pypact.formats import records  # noqa: PLC0415 -- only if there are contracts

        self._count_items()
        passed = {
            name
            for name, count in self._counts.items()
            if self._counts_passed[name] >= count and name not in self._not_passed
        }
        return records.CompleteRun(
            suite=records.hash_suite(suite),
            tests={records.hash_test(name): name for name in self._counts},
            passed=frozenset(map(records.hash_test, passed)),
            unknown_modules=frozenset(map(records.hash_module, self._unknown_modules)),
        )

    def is_complete(self) -> bool:
        """Return whether no option and no argument left tests out."""
        options = vars(self._config.option)
        return (
            not any(options.get(name) for name in _SELECTING)
            and not self._has_unknown_folders
            and _covers_all(self._config)
        )


def _covers_all(config: pytest.Config) -> bool:
    """Return whether the arguments include all of `testpaths`, or the whole project."""
    start = config.invocation_params.dir
    arguments = [(start / argument).resolve() for argument in config.args]
    root = config.rootpath
    required: Iterable[Path] = [root]
    if patterns := config.getini("testpaths"):
        found = [
            Path(path)
            for one in patterns
            for path in glob.glob(str(root / one), recursive=True)  # noqa: PTH207 -- as pytest does, also for "."
        ]
        required = found or [root]
    return all(
        any(path.resolve().is_relative_to(one) for one in arguments)
        for path in required
    )


def get_test_id(item: pytest.Item) -> str:
    """Return the id of a test without its parameters."""
    # pytest-xdist adds a group to the node id of the item, but not to its parent's.
    name = getattr(item, "originalname", None) or item.name
    return f"{item.parent.nodeid}::{name}" if item.parent is not None else name


def relate_node(config: pytest.Config, node: str) -> str:
    """Return a node id relative to the folder in which pytest was started."""
    # `Config.cwd_relative_nodeid` takes a string or an object, by version of pytest.
    if config.rootpath == config.invocation_params.dir:
        return node
    path, colons, name = node.partition("::")
    try:
        path = os.path.relpath(config.rootpath / path, config.invocation_params.dir)
    except ValueError:  # on another drive
        return node
    return f"{path}{colons}{name}"


def read_suite_name(root: Path) -> str:
    """Return the name of the project in a folder, else the name of the folder."""
    content = _read_toml(root / "pyproject.toml")
    project = content.get("project")
    name = project.get("name") if isinstance(project, dict) else None
    return name if isinstance(name, str) and name else root.name


def _read_toml(path: Path) -> dict[str, Any]:
    import importlib  # noqa: PLC0415 -- only if there are contracts

    # Without `tomllib`, pytest itself needs `tomli`.
    toml = importlib.import_module(
        "tomllib" if sys.version_info >= (3, 11) else "tomli"
    )
    try:
        content: dict[str, Any] = toml.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content


_PHASES = 3  # setup, call, teardown
# Options of pytest that leave tests out, or do not run them.
_SELECTING = (
    "keyword",
    "markexpr",
    "deselect",
    "ignore",
    "ignore_glob",
    "lf",
    "stepwise",
    "collectonly",
    "setuponly",
    "setupplan",
)
