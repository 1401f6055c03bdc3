"""Variants of interactions: pytest items, subtests, and what is written."""

import pytest

VARIED = """
from pypact import match
import unittest

def define(name="a user"):
    return (pact.given("a user").upon_receiving(name).with_request("GET", "/u")
        .will_respond_with(200, body={"nick": match.one_of("Al", None, match.absent)}))

def fetch():
    return requests.get("https://u.example/u").json()
"""
ITEMS = """
user = define()

@pact.intercept(user)
def test_get_user():
    fetch()
"""
NAMES = ["a user (nick Al)", "a user (nick absent)", "a user (nick null)"]


@pytest.fixture
def run(project):
    """Return a function that runs tests, and returns the result and the contract."""

    def start(tests, *options, **outcomes):
        result = project.run(*options, test_a=VARIED + tests)
        found = result.parseoutcomes()
        assert outcomes == {name: found.get(name, 0) for name in outcomes}
        names = sorted(project.names) if project.file.exists() else []
        return result, names

    return start


@pytest.mark.parametrize(
    "tests",
    [
        ITEMS,
        # Defined before the decoration, without naming it.
        "define()\n@pact.intercept()\ndef test_get_user():\n    fetch()\n",
        """
@pact.intercept(define())
class TestUser:
    def test_get_user(self):
        fetch()
""",
        """
calls = pact.fixture(define())
def test_get_user(calls):
    fetch()
""",
        """
user = define()
@pytest.mark.parametrize("variant", user.variants)
def test_get_user(variant):
    with pact.intercept(user, variant=variant):
        fetch()
""",
    ],
    ids=["given", "pending", "class", "fixture", "block"],
)
def test_each_variant_is_an_item(run, tests):
    result, names = run(tests, "-v", passed=3)

    assert names == NAMES
    for name in ("nick=Al", "nick=null", "nick=absent"):
        result.stdout.fnmatch_lines([f"*::test_get_user[[]{name}] PASSED*"])


def test_a_failed_variant_is_named_and_none_is_written(run):
    tests = """
@pact.intercept(define())
def test_get_user():
    fetch()["nick"].upper()

def test_other():
    ask("other")
"""
    result, names = run(tests, passed=2, failed=2)

    assert names == ["other"]
    result.stdout.fnmatch_lines(
        [
            "*not written, as these variants did not run or pass*",
            "\"a user\", given 'a user' (*:*): nick=null, nick=absent",
            "FAILED *test_get_user[[]nick=null]*",
            "FAILED *test_get_user[[]nick=absent]*",
        ]
    )


def test_a_later_decorator_claims_its_interactions(run):
    tests = """
user = define()

@pact.intercept()
def test_other():
    pact.upon_receiving("other").with_request("GET", "/o").will_respond_with()
    requests.get("https://u.example/o")

@pact.intercept(user)
def test_get_user():
    fetch()
"""
    _, names = run(tests, passed=4)

    assert names == [*NAMES, "other"]


def test_variants_that_are_not_selected_are_named(run):
    result, names = run(ITEMS, "-k", "absent", passed=1)

    assert names == []
    result.stdout.fnmatch_lines(['"a user"*: nick=Al, nick=null'])


def test_an_incomplete_run_leaves_the_contract_as_it_was(run, project):
    run(ITEMS)
    before = project.file.read_bytes()
    run(ITEMS, "-k", "absent", passed=1)

    assert before == project.file.read_bytes()


def test_skipped_variants_are_not_written(run):
    tests = """
@pact.intercept(define())
def test_get_user():
    if "nick" not in fetch():
        pytest.skip("later")
"""
    result, names = run(tests, passed=2, skipped=1)

    assert names == []
    result.stdout.fnmatch_lines(['"a user"*: nick=absent'])


def test_variants_and_parameters_are_combined(run):
    tests = """
@pact.intercept(define())
@pytest.mark.parametrize("number", [1, 2])
def test_get_user(number, pypact_variant):
    assert (pypact_variant == "nick=Al") is (fetch().get("nick") == "Al")
"""
    result, names = run(tests, "-v", passed=6)

    assert names == NAMES
    result.stdout.fnmatch_lines(["*test_get_user[[]2-nick=null] PASSED*"])


def test_a_test_without_variants_has_an_empty_name(run):
    run("def test_it(pypact_variant):\n    assert pypact_variant == ''\n", passed=1)


def test_decorators_vary_one_after_the_other(run):
    tests = """
books = pypact.Consumer("Web").has_pact_with("Books", base_url="https://b.example")
book = (books.upon_receiving("a book").with_request("GET", "/b")
    .will_respond_with(200, body={"isbn": match.one_of("1", match.absent)}))

@books.intercept(book)
@pact.intercept(define())
def test_both():
    fetch()
    requests.get("https://b.example/b")
"""
    result, names = run(tests, "-v", passed=4)

    assert names == NAMES
    for name in ("nick=Al,isbn=1", "nick=null", "nick=absent", "isbn=absent"):
        result.stdout.fnmatch_lines([f"*::test_both[[]{name}] PASSED*"])


def test_interactions_of_the_test_itself_vary_in_the_first_item(run):
    tests = """
@pact.intercept(define())
def test_both():
    pact.upon_receiving("x").with_request("GET", "/x").will_respond_with(
        200, body={"a": match.one_of(1, 2)})
    fetch()
    requests.get("https://u.example/x")
"""
    _, names = run(tests, passed=3)

    assert names == [*NAMES, "x (a 1)", "x (a 2)"]


SUBTESTS = """
@pact.intercept()
def test_get_user():
    define()
    assert fetch()["nick"] != None
"""


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 has subtests")
@pytest.mark.parametrize(
    "tests",
    [
        SUBTESTS,
        SUBTESTS.replace("assert fetch()", "if fetch()").replace(
            "None\n", "'Al':\n        pytest.fail('no nick')\n"
        ),
        "class TestIt(unittest.TestCase):\n"
        + SUBTESTS.replace("\n", "\n    ").replace("_user()", "_user(self)"),
    ],
    ids=["function", "pytest.fail", "unittest"],
)
def test_variants_of_interactions_in_a_test_are_subtests(run, tests):
    result, names = run(tests)

    assert names == []
    assert 1 == result.ret
    text = result.stdout.str()
    assert "SUBFAILED[nick=null]" in text
    assert "SUBFAILED[nick=absent]" in text


def test_passed_subtests_are_written(run):
    _, names = run(
        "@pact.intercept()\ndef test_get_user():\n    define()\n    fetch()\n",
        passed=1,
    )

    assert names == NAMES


def test_without_subtests_the_first_error_names_all_variants(run):
    result, _ = run(SUBTESTS, "-p", "no:subtests", failed=1)

    result.stdout.fnmatch_lines(
        [
            "*failed in the variant nick=null",
            "*also failed in the variant nick=absent: KeyError: 'nick'",
            "*2 of 3 variants failed; nothing is recorded",
        ]
    )


@pytest.mark.slow
def test_workers_complete_the_variants_together(run):
    _, names = run(ITEMS, "-n", "2", passed=3)

    assert names == NAMES


def test_interactions_of_modules_wait_for_their_tests(run):
    tests = """
user = define()

def test_other():
    ask("other")

def test_loop():
    for calls in pact.each_variant():
        fetch()

@pytest.mark.parametrize("variant", user.variants)
def test_block(variant):
    with pact.intercept(user, variant=variant):
        fetch()
"""
    result, names = run(tests, passed=5)

    assert names == [*NAMES, "other"]
    result.stdout.no_fnmatch_line("*not used in any block*")


@pytest.mark.parametrize("call", ["fetch()", "pass"])
def test_a_plain_block_over_variants_of_a_module_is_refused(run, call):
    tests = f"""
define()

def test_it():
    with pytest.raises(pypact.InvalidExpectation, match="has several variants"):
        with pact.intercept():
            {call}
"""
    result, _ = run(tests, passed=1)

    result.stdout.fnmatch_lines(["*not used in any block*", "*pact.intercept(inter*"])


# What pytest-rerunfailures does after failed subtests: the second attempt passes.
RERUN = """
from _pytest.runner import runtestprotocol
from _pytest.subtests import failed_subtests_key

def pytest_runtest_protocol(item):
    for outcome in ("rerun", "passed"):
        item.config.stash[failed_subtests_key].clear()
        for report in runtestprotocol(item, log=False):
            report.outcome = report.when == "call" and outcome or "passed"
            item.ihook.pytest_runtest_logreport(report=report)
    return True
"""


@pytest.mark.skipif(pytest.version_tuple < (9,), reason="pytest 9 has subtests")
def test_the_last_attempt_of_a_rerun_test_counts(run, project):
    project.root.joinpath("conftest.py").write_text(RERUN, encoding="utf-8")
    tests = """
runs = []

@pact.intercept()
def test_it():
    define()
    fetch()
    runs.append(1)
    assert len(runs) > 3
"""
    _, names = run(tests)

    assert names == NAMES


@pytest.mark.parametrize("base", ["object", "unittest.TestCase"])
def test_a_loop_that_fails_names_its_variant_and_ends(run, base):
    tests = f"""
class TestLoop({base}):
    def test_loop(self):
        define()
        for calls in pact.each_variant():
            fetch()["nick"].upper()

    def test_other(self):
        ask("other")
"""
    result, names = run(tests, passed=1, failed=1)

    assert names == ["other"]
    result.stdout.fnmatch_lines(
        ["the loop over variants ended in the variant nick=null"]
    )


@pytest.mark.slow
def test_other_examples_keep_the_variant_of_the_item(run):
    pytest.importorskip("hypothesis")
    tests = """
@pact.intercept(define(), examples=3)
def test_get_user(pypact_variant):
    assert ("nick" in fetch()) is (pypact_variant != "nick=absent")
"""
    _, names = run(tests, passed=3)

    assert names == NAMES
