"""The pytest plugin: contracts are written at the end, from the tests that passed."""

import json

import pytest
from sessions import run_session

HEAD = """
    import pytest, requests, pypact
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="https://u.example")

    def ask(description, path, body=None):
        (pact.upon_receiving(description).with_request("GET", path)
             .will_respond_with(200, body=body or {"a": 1}))
        with pact.intercept():
            return requests.get("https://u.example" + path).json()
"""


@pytest.fixture
def run(pytester):
    """Return a function that runs tests with only the plugins under test, for speed."""

    def run_tests(tests, *options):
        pytester.makepyfile(test_it=HEAD + tests)
        return run_session(pytester, *options)

    return run_tests


def described(pytester):
    file = pytester.path / "pacts" / "Web-Users.json"
    if not file.exists():
        return None
    interactions = json.loads(file.read_text(encoding="utf-8"))["interactions"]
    return [one["description"] for one in interactions]


TWO = """
    def test_one():
        assert ask("one", "/1") == {"a": 1}

    def test_two():
        assert ask("two", "/2") == {"a": 1}
"""


def test_the_contract_of_all_passed_tests_is_written(run, pytester):
    result = run(TWO)

    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*pypact: wrote *Web-Users.json*"])
    assert described(pytester) == ["one", "two"]


def test_the_xdist_controller_writes_the_contract(run, pytester):
    result = run(TWO, "-n", "2")

    result.assert_outcomes(passed=2)
    assert described(pytester) == ["one", "two"]


def test_a_test_that_fails_after_its_block_records_nothing(run, pytester):
    result = run(
        TWO
        + """
    def test_bad():
        ask("bad", "/bad")
        assert False
"""
    )

    result.assert_outcomes(passed=2, failed=1)
    assert described(pytester) == ["one", "two"]


def test_a_test_whose_teardown_fails_records_nothing(run, pytester):
    result = run(
        """
    @pytest.fixture
    def broken():
        yield
        raise RuntimeError

    def test_bad(broken):
        ask("bad", "/bad")
"""
    )

    result.assert_outcomes(passed=1, errors=1)
    assert described(pytester) is None


def test_a_block_of_a_fixture_belongs_to_its_test(run, pytester):
    result = run(
        """
    @pytest.fixture
    @pact.intercept()
    def calls():
        pact.upon_receiving("x").with_request("GET", "/x").will_respond_with(200)
        yield

    block = pact.fixture(name="block")

    def test_good(calls):
        assert requests.get("https://u.example/x").ok

    def test_bad(block):
        pact.upon_receiving("y").with_request("GET", "/y").will_respond_with(200)
        assert requests.get("https://u.example/y").ok
        assert len(block) == 2
"""
    )

    result.assert_outcomes(passed=1, failed=1)
    assert described(pytester) == ["x"]


def test_a_conflicting_interaction_fails_the_second_test(run, pytester):
    result = run(
        """
    def test_one():
        ask("same", "/1")

    def test_two():
        ask("same", "/1", {"b": 2})
"""
    )

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*MergeConflict*"])
    assert described(pytester) == ["same"]


def test_conflicting_interactions_of_parallel_workers_fail_the_session(run, pytester):
    result = run(
        """
    @pytest.mark.parametrize("number", range(2))
    def test_it(number):
        ask("same", "/1", {"b": number})
""",
        "-n",
        "2",
        "--dist",
        "each",
    )

    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_contract_that_cannot_be_written_fails_the_session(run, pytester):
    (pytester.path / "pacts").write_text("a file in the way", encoding="utf-8")
    result = run(TWO)

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*could not be written*", "*Web-Users.json*"])


def test_definitions_used_in_no_block_are_reported(run, pytester):
    result = run(
        """
    def test_forgotten():
        (pact.upon_receiving("forgotten").with_request("GET", "/")
             .will_respond_with(200))
"""
    )

    result.stdout.fnmatch_lines(["*not used in any block*", "*'forgotten' at *"])


def test_without_the_plugin_each_block_writes_its_contract(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(test_it=HEAD + TWO)
    result = pytester.runpytest_subprocess()

    result.assert_outcomes(passed=2)
    assert described(pytester) == ["one", "two"]


def test_collect_only_writes_nothing(run, pytester):
    run(TWO, "--collect-only")

    assert described(pytester) is None
