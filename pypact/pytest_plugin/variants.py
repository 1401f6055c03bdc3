"""Run each variant of a decorated test as a pytest item, or as a subtest.

Nothing else of pypact is imported: sessions without variants are not slowed down.
"""

from __future__ import annotations

import sys
from collections.abc import Generator
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from pypact._process import STATE, VARIED_TESTS

if TYPE_CHECKING:
    from pypact.consumer.definitions import Definitions
    from pypact.consumer.variants import VariedTest


class _Row(NamedTuple):
    """The name of an item, and the number of the run that each decorator has in it."""

    name: str
    numbers: tuple[int, ...]


@pytest.fixture
def pypact_variant(request: pytest.FixtureRequest) -> str:
    """Return the name of the variant of the test, such as "nickname=absent".

    It is empty if the test has no variants that are known before it runs.
    """
    param: _Row = getattr(request, "param", _NO_VARIANT)
    return param.name


@pytest.hookimpl(trylast=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make an item of each variant that is known before the test runs."""
    tests = _list_tests(metafunc.function)
    rows = _list_rows(tests) if tests else []
    if not rows:
        return
    if _FIXTURE not in metafunc.fixturenames:
        metafunc.fixturenames.append(_FIXTURE)
    names = [row.name for row in rows]
    metafunc.parametrize(_FIXTURE, rows, indirect=True, ids=names)


def pytest_collection_finish() -> None:
    """Keep the variants that modules define from the first block of any test."""
    for definitions in find_definitions():
        definitions.reserve_varied()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the variant in which the loop of a failed test has ended."""
    report = yield
    if call.when == "call" and report.failed:
        report.sections += [
            ("pypact", f"the loop over variants ended in the variant {name}\n")
            for definitions in find_definitions()
            for name in definitions.abandoned
        ]
    return report


# Not a wrapper, which would be a frame in the traceback of each failure.
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> None:
    """Select the variant of an item; let the reruns of a test be subtests."""
    __tracebackhide__ = True  # a wrapper is in the tracebacks of what it wraps
    # The fixture is not set up if only this plugin has requested it.
    params: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    row: _Row = params.get(_FIXTURE, _NO_VARIANT)
    tests = _list_tests(getattr(item, "function", None)) if row.numbers else []
    for test, number in zip(tests, row.numbers, strict=True):
        test.selected = number
    item.stash[_BEFORE] = tests, STATE.find_subtests
    STATE.find_subtests = partial(_find_subtests, item)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """End what `pytest_runtest_call` began, if it was called."""
    if _BEFORE in item.stash:
        tests, STATE.find_subtests = item.stash[_BEFORE]
        del item.stash[_BEFORE]  # the item may run again
        for test in tests:
            test.selected = None


def find_definitions() -> list[Definitions]:
    """Return the definitions of all pacts; none if their module is not imported."""
    module = sys.modules.get("pypact.consumer.definitions")
    return [] if module is None else [*module.DEFINITIONS]


def _list_tests(function: object) -> list[VariedTest]:
    tests: list[VariedTest] = getattr(function, VARIED_TESTS, [])
    return tests


def _list_rows(tests: list[VariedTest]) -> list[_Row]:
    """Return the items of a test.

    While the interactions of one decorator vary, those of others have their first run.
    """
    names = [test.list_names() for test in tests]
    if not any(names):
        return []
    start = ",".join(one[0] for one in names if one)
    rows = [_Row(start, (0,) * len(tests))]
    for place, runs in enumerate(names):
        for number, name in enumerate(runs[1:], start=1):
            row = tuple(number if place == one else 0 for one in range(len(tests)))
            rows.append(_Row(name, row))
    return rows


def _find_subtests(item: pytest.Item, test: VariedTest) -> Any:
    """Return the function that begins a subtest; None if this pytest has none."""
    request = getattr(item, "_request", None)
    if request is None or test not in _list_tests(getattr(item, "function", None)):
        return None
    try:
        # Built into pytest 9; the plugin pytest-subtests has the same fixture.
        return request.getfixturevalue("subtests").test
    except pytest.FixtureLookupError:
        return None


_BEFORE = pytest.StashKey[tuple[list[Any], Any]]()
_FIXTURE = "pypact_variant"
_NO_VARIANT = _Row("", ())
