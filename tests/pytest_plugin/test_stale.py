"""Interactions of tests that are gone leave the contract, after a complete run only."""

import json
import random

import pytest
from projects import BOTH, IDLE_TWO, ONE, TWO, write_contract

from pypact.formats.records import NamedTest


def test_a_record_is_one_short_string_without_a_path(both):
    assert len(both.records) == 2
    for record in both.records:
        assert [10, 6, 6, 8] == list(map(len, record.split(".")))


def test_a_second_run_changes_nothing(both):
    before = both.file.read_bytes()
    both.run(test_it=BOTH)

    assert before == both.file.read_bytes()


def test_the_interaction_of_a_removed_test_leaves_and_is_shown_whole(both):
    interaction = both.contract["interactions"][1]

    result = both.run(test_it=ONE)

    assert ["one"] == both.names
    assert 1 == len(both.records)
    lines = result.outlines
    start = lines.index("{")
    assert 'pacts/Web-Users.json: "two"' == lines[start - 1]
    assert interaction == json.loads("\n".join(lines[start : lines.index("}") + 1]))


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        (ONE + TWO.replace("test_two", "test_renamed"), ["one", "two"]),
        (ONE + TWO.replace("'two'", "'three'"), ["one", "three"]),
        (ONE + IDLE_TWO, ["one"]),
        (ONE + "\n@pytest.mark.skip\n" + IDLE_TWO, ["one", "two"]),
        (ONE + "\n@pytest.mark.xfail\n" + IDLE_TWO + "    assert 0\n", ["one", "two"]),
        (ONE + "\n@pytest.mark.xfail\n" + IDLE_TWO, ["one", "two"]),
        (ONE + IDLE_TWO + "    assert 0\n", ["one", "two"]),
        (ONE + "\ndef test_other():\n    assert 0\n", ["one", "two"]),
        (ONE + "\ndef test_other():\n    ask('two')\n" + IDLE_TWO, ["one", "two"]),
    ],
)
def test_only_tests_that_are_gone_or_passed_lose_their_interactions(both, tests, names):
    both.run(test_it=tests)

    assert names == both.names


def test_records_of_tests_that_no_longer_write_an_interaction_leave(both):
    both.run(test_it=BOTH + "\ndef test_more():\n    ask('two')\n")
    assert 3 == len(both.records)
    both.run(test_it=BOTH)

    assert 2 == len(both.records)


PARAMETERS = """
@pytest.mark.parametrize("name", ["one", "two"])
def test_each(name):
    ask(name)
"""


@pytest.mark.parametrize(
    ("tests", "names"),
    [
        (PARAMETERS.replace(', "two"', ""), ["one"]),
        (PARAMETERS.replace('"two"', '"three"'), ["one", "three"]),
        (
            PARAMETERS.replace('"two"', 'pytest.param("two", marks=pytest.mark.skip)'),
            ["one", "two"],
        ),
    ],
)
def test_parametrised_tests_count_as_one(project, tests, names):
    write_contract(project, PARAMETERS)
    assert 2 == len(project.records)

    project.run(test_it=tests)

    assert names == project.names


@pytest.mark.parametrize(
    "options",
    [
        ("-k", "one"),
        ("test_it.py",),
        ("--lf",),
        ("-o", "pypact_keep_stale=true"),
        *(
            pytest.param(options, marks=pytest.mark.slow)
            for options in (
                ("-m", "not slow"),
                ("--deselect", "test_it.py::test_two"),
                ("--ignore", "test_other.py"),
                ("test_it.py::test_one",),
                ("--sw",),
                ("-x", "test_other.py", "test_it.py"),
                ("--pypact-keep-stale",),
            )
        ),
    ],
)
def test_an_incomplete_run_removes_nothing(both, options):
    both.run(*options, test_it=ONE, test_other="\ndef test_x():\n    pass\n")

    assert ["one", "two"] == both.names


def test_a_run_that_x_stopped_removes_nothing(both):
    both.run("-x", test_it="\ndef test_a():\n    assert 0\n" + ONE)

    assert ["one", "two"] == both.names


@pytest.mark.parametrize(
    "options",
    [
        ("-x",),
        *(pytest.param(one, marks=pytest.mark.slow) for one in (("--ff",), (".",))),
    ],
)
def test_a_complete_run_removes_stale_interactions(both, options):
    both.run(*options, test_it=ONE)

    assert ["one"] == both.names


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ((), ["one"]),
        (("tests",), ["one"]),
        (("tests/test_it.py",), ["one", "two"]),
        (("tests/sub",), ["one", "two"]),
    ],
)
def test_arguments_below_testpaths_make_a_run_incomplete(project, arguments, names):
    project.configure('testpaths = ["tests"]')
    project.pytester.mkdir("tests")
    project.pytester.mkdir("tests/sub")
    (project.root / "tests/sub/test_more.py").write_text("def test_x(): pass\n")
    project.run(**{"tests/test_it": BOTH})
    project.run(*arguments, **{"tests/test_it": ONE})

    assert names == project.names


@pytest.mark.parametrize(
    "more",
    [
        {"test_it": "pytest.skip('x', allow_module_level=True)"},
        {"test_it": "pytest.importorskip('no_such_module')"},
        {"test_it": BOTH, "conftest": "collect_ignore = ['test_it.py']"},
    ],
)
def test_the_tests_of_skipped_and_ignored_modules_keep_theirs(both, more):
    both.run(test_other=ONE.replace("one", "three"), **more)

    assert ["one", "three", "two"] == both.names


def test_a_test_that_a_plugin_dropped_silently_keeps_its_interaction(both):
    both.run(
        conftest="\ndef pytest_collection_modifyitems(items):\n    del items[1:]\n"
    )

    assert ["one", "two"] == both.names


# What plugins that rerun failed tests do.
RERUN = """
from _pytest.runner import runtestprotocol

def pytest_runtest_protocol(item):
    for outcome in ("rerun", "passed"):
        for report in runtestprotocol(item, log=False):
            report.outcome = report.when == "call" and outcome or "passed"
            item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


def test_a_rerun_test_keeps_its_interaction(both):
    both.run(test_it=ONE + IDLE_TWO, conftest=RERUN)

    assert ["one", "two"] == both.names


MODULE_BLOCK = """
@pytest.fixture(scope="module")
def block():
    with pact.intercept() as calls:
        pact.upon_receiving("one").with_request("GET", "/1").will_respond_with(200)
        requests.get("https://u.example/1")
        yield calls

def test_a(block):
    pass
"""
SKIPPED = "\ndef test_b(block):\n    pytest.skip('x')\n"


def test_the_block_of_a_module_may_end_in_a_skipped_test(project):
    project.run(test_it=MODULE_BLOCK)
    result = project.run(test_it=MODULE_BLOCK + SKIPPED)

    result.assert_outcomes(passed=1, skipped=1)
    assert ["one"] == project.names


def test_all_tests_of_a_pact_that_still_exists_may_be_gone(both):
    both.run(test_it="\ndef test_x():\n    pass\n")

    assert [] == both.names


def test_two_suites_of_one_contract_leave_each_others_interactions(both):
    both.configure("", name="other")
    both.run(test_it=ONE.replace("one", "three"))
    assert ["one", "three", "two"] == both.names

    both.configure("")
    both.run(test_it=ONE)
    assert ["one", "three"] == both.names

    both.configure('pypact_suite = "other"')
    both.run(test_it="\ndef test_x():\n    pass\n")

    assert ["one"] == both.names


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data["metadata"]["pypact"].update(tests="x"),
        lambda data: data["metadata"]["pypact"].update(tests=[None, "a.b", {}]),
        lambda data: data["metadata"].update(pypact=[]),
        lambda data: data["metadata"].pop("pypact"),
        lambda data: data["interactions"][1].update(description="renamed"),
    ],
)
def test_interactions_without_a_valid_record_stay(both, change):
    both.change(change)
    names = both.names

    result = both.run("-W", "ignore::pypact.errors.ToleranceWarning", test_it=ONE)

    assert 0 == result.ret
    assert names == both.names


def test_records_of_interactions_that_were_removed_by_hand_leave(both):
    both.change(lambda data: data["interactions"].pop())
    both.run("-k", "one", test_it=BOTH)

    assert 1 == len(both.records)


@pytest.mark.parametrize("number", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_workers_find_stale_interactions_together(project, number):
    tests = "".join(f"\ndef test_{n}():\n    ask('{n}')\n" for n in range(6))
    write_contract(project, tests)
    assert 6 == len(project.names)

    stale = tests.replace("ask('3')", "pass")
    project.run("-n", str(number), test_it=stale)

    assert ["0", "1", "2", "4", "5"] == project.names


@pytest.mark.slow
def test_a_crashed_worker_removes_nothing(project):
    project.run(test_it=BOTH)
    crash = "\ndef test_two():\n    import os\n    os._exit(1)\n"
    result = project.run("-n", "2", test_it=ONE + crash)

    assert 0 != result.ret
    assert ["one", "two"] == project.names


def shuffle(project, seeds):
    tests = [ONE, TWO, PARAMETERS, IDLE_TWO.replace("two", "x")]
    plain = "".join(tests)
    project.run(test_it=plain)
    before = project.file.read_bytes()
    for seed in seeds:
        project.file.write_bytes(before)
        random.Random(seed).shuffle(tests)
        result = project.run("--pypact-check", test_it="".join(tests))

        assert 0 == result.ret
        assert "pypact: the contracts are up to date" in result.outlines
        if seed % 10 == 0:
            project.run()
            assert before == project.file.read_bytes()


def test_shuffled_runs_raise_no_false_alarm(project):
    shuffle(project, range(2))


@pytest.mark.slow
def test_many_shuffled_runs_raise_no_false_alarm(project):
    shuffle(project, range(100))


def test_tests_are_named_by_suite_and_id():
    names = [
        NamedTest("s", "a.py::x"),
        NamedTest("s", "a.py::y"),
        NamedTest("t", "b.py::x"),
    ]
    parts = [name.hash().split(".") for name in names]

    assert parts[0][:2] == parts[1][:2]
    assert parts[0][0] != parts[2][0]
    assert 3 == len({tuple(one) for one in parts})
