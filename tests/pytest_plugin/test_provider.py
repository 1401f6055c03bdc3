"""Verifying a provider with pytest: one test item for each interaction."""

import json
import sys
import xml.etree.ElementTree as ET

import pytest
from sessions import run_session

from pypact.model import body
from pypact.pytest_plugin.provider import ProviderPlugin

HEAD = """
    import flask, pytest, pypact

    app = flask.Flask("users")
    USERS = {1: {"id": 1, "name": "Ann"}}

    @app.get("/users/<int:number>")
    def show(number):
        return USERS.get(number) or ({"error": "none"}, 404)

    verifier = pypact.Verifier("Users", app=app, pacts="pacts")
"""

CONTRACT_TEST = """
    @verifier.each()
    def test_contract(interaction):
        interaction.verify()
"""


def request_for(number, description="a user", states=(), **more):
    return {
        "description": description,
        "providerStates": [{"name": name} for name in states],
        "request": {"method": "GET", "path": f"/users/{number}"},
        "response": {"status": 200, "body": {"id": number, "name": "Ann"}},
        **more,
    }


@pytest.fixture
def contract(pytester):
    """Return a function that writes a contract with the given interactions."""

    def write(*interactions, consumer="Web", version="4.0"):
        kind = {"type": "Synchronous/HTTP"} if version == "4.0" else {}
        folder = pytester.path / "pacts"
        folder.mkdir(exist_ok=True)
        data = {
            "consumer": {"name": consumer},
            "provider": {"name": "Users"},
            "interactions": [{**kind, **in_v4(one)} for one in interactions],
            "metadata": {"pactSpecification": {"version": version}},
        }
        (folder / f"{consumer}.json").write_text(json.dumps(data), encoding="utf-8")

    return write


def in_v4(interaction):
    response = interaction["response"]
    content = {"content": response["body"], "contentType": "application/json"}
    return {**interaction, "response": {**response, "body": content}}


@pytest.fixture
def run(pytester):
    """Return a function that runs tests with only the plugins under test, for speed."""

    def run_tests(*options, tests=CONTRACT_TEST, plugin="pypact.pytest_plugin"):
        pytester.makepyfile(test_it=HEAD + tests)
        return run_session(pytester, *options, plugins=[plugin])

    return run_tests


def test_each_interaction_is_an_item_with_a_readable_id(run, contract):
    contract(
        request_for(1, "a request for a user", ["user 42 exists"]),
        request_for(1, "Überprüfung: (50% off!)", ["a", "b"]),
        consumer="Web App",
    )
    contract(request_for(1), request_for(1), consumer="Zoo")

    result = run("--collect-only", "-q")

    ids = [line for line in result.outlines if "::" in line]
    assert [
        "test_it.py::test_contract[web_app-a_request_for_a_user-user_42_exists]",
        "test_it.py::test_contract[web_app-uberprufung_50_off-a_and_b]",
        "test_it.py::test_contract[zoo-a_user-1]",
        "test_it.py::test_contract[zoo-a_user-2]",
    ] == ids


def test_contracts_are_read_only_if_a_test_needs_them(run, contract):
    result = run(tests="\n    def test_other(): pass\n")

    result.assert_outcomes(passed=1)


def test_the_summary_has_counts_for_each_contract(run, contract):
    contract(request_for(1), request_for(2, "nobody"))

    result = run()

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["pypact: Web -> Users  1 ok, 1 failed in *"])


def test_the_first_line_of_a_failure_is_the_verdict(run, contract):
    contract(request_for(2, "nobody"))

    result = run()

    verdict = "Web -> Users: nobody: 2 mismatches"
    result.stdout.fnmatch_lines([f"E * {verdict}"])
    result.stdout.no_fnmatch_line("E *VerificationFailed*")
    result.stdout.fnmatch_lines(["FAILED test_it.py::test_contract* - Web -> Users: *"])


def test_a_failure_shows_the_rerun_command_and_no_frame_of_pypact(run, contract):
    contract(request_for(2, "nobody"))

    result = run()

    again = 'pytest "test_it.py::test_contract[[]web-nobody[]]"'
    result.stdout.fnmatch_lines([f"E * rerun * {again}"])
    result.stdout.fnmatch_lines(["E * curl * http://localhost/users/2"])
    result.stdout.no_fnmatch_line("*pypact/verifier*")


def test_junit_has_the_verdict_as_its_message(run, contract, pytester):
    contract(request_for(2, "nobody"))

    run("--junitxml=junit.xml")

    [failure] = ET.parse(pytester.path / "junit.xml").iter("failure")
    assert failure.get("message").startswith("Web -> Users: nobody: 2 mismatches")


def test_k_x_and_lf_select_interactions(run, contract):
    contract(request_for(2, "nobody"), request_for(3, "no one"), request_for(1))

    run("-k", "a_user").assert_outcomes(passed=1, deselected=2)
    run("-x").assert_outcomes(failed=1)
    run("--lf").assert_outcomes(failed=1)
    run().assert_outcomes(failed=2, passed=1)
    run("--lf").assert_outcomes(failed=2)


def test_the_marker_selects_contract_tests(run, contract):
    contract(request_for(1))

    result = run("-m", "pypact", tests=CONTRACT_TEST + "\n    def test_other(): pass\n")

    result.assert_outcomes(passed=1, deselected=1)


def test_a_failing_pending_interaction_is_an_expected_failure(run, contract):
    contract(
        request_for(2, "later", pending=True), request_for(1, "early", pending=True)
    )

    result = run("-o", "xfail_strict=true")

    result.assert_outcomes(xfailed=1, xpassed=1)
    assert 0 == result.ret
    result.stdout.fnmatch_lines(
        ["pypact: Web -> Users  1 ok, 1 pending (not counted) in *"]
    )


def test_fail_pending_fails_pending_interactions(run, contract):
    contract(request_for(2, "later", pending=True))

    run("--pypact-fail-pending").assert_outcomes(failed=1)


def test_fail_pending_fails_pending_unittest_methods(run, contract):
    contract(request_for(2, "later", pending=True))
    tests = """
    import unittest

    class TestContract(verifier.cases(unittest.TestCase)): ...
"""
    run(tests=tests).assert_outcomes(skipped=1)
    run("--pypact-fail-pending", tests=tests).assert_outcomes(failed=1)


def test_a_broken_fixture_is_an_error_even_if_pending(run, contract):
    contract(request_for(1, pending=True))
    tests = """
    @pytest.fixture
    def broken():
        raise RuntimeError("no database")

    @verifier.each()
    def test_contract(interaction, broken):
        interaction.verify()
"""

    run(tests=tests).assert_outcomes(errors=1)


def test_without_interactions_a_single_item_fails(run, contract):
    contract()

    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["FAILED test_it.py::test_contract[[]no_interactions[]] - Users was not *"]
    )


def test_without_interactions_a_test_that_never_verifies_fails_too(run, contract):
    contract()
    tests = """
    @verifier.each()
    def test_contract(interaction):
        pass
"""

    run(tests=tests).assert_outcomes(failed=1)


def test_allow_empty_accepts_no_interactions(run, contract):
    contract()

    run(
        tests=CONTRACT_TEST.replace("each()", "each(allow_empty=True)")
    ).assert_outcomes(skipped=1)


def test_unreadable_contracts_fail_a_single_item(run):
    result = run()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E   Users was not verified: pacts: *"])


def test_options_select_interactions(run, contract):
    contract(request_for(1, "one", ["s"]), request_for(1, "two"))
    contract(request_for(1, "three"), consumer="Mobile")

    run("--pypact-consumer", "Mobile").assert_outcomes(passed=1)
    run("--pypact-description", "one|two").assert_outcomes(passed=2)
    run("--pypact-state", "s").assert_outcomes(passed=1)
    run("--pypact-no-state").assert_outcomes(passed=2)
    run("-o", "pypact_consumer=Mobile").assert_outcomes(passed=1)


def test_an_empty_selection_fails(run, contract):
    contract(request_for(1))

    result = run("--pypact-consumer", "Mobile")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'Mobile'*left out all 1 interactions*"])


def test_fixtures_of_function_scope_isolate_interactions(run, contract):
    contract(request_for(1, "one"), request_for(1, "two"))
    tests = """
    @pytest.fixture
    def users():
        before = dict(USERS)
        assert "Bob" not in str(USERS)
        yield USERS
        USERS.clear()
        USERS.update(before)

    @verifier.each()
    def test_contract(interaction, users):
        interaction.verify()
        users[7] = {"name": "Bob"}
"""

    run(tests=tests).assert_outcomes(passed=2)


def test_state_functions_use_fixtures_by_name(run, contract):
    contract(request_for(5, "five", ["user 5 exists"]))
    tests = (
        """
    @pytest.fixture
    def users():
        yield USERS
        USERS.clear()

    @verifier.state("user {id:int} exists")
    def user(id, users):
        users[id] = {"id": id, "name": "Ann"}
"""
        + CONTRACT_TEST
    )

    run(tests=tests).assert_outcomes(passed=1)


def test_an_unknown_parameter_is_named(run, contract):
    contract(request_for(1, "one", ["user 1 exists"]))
    tests = (
        """
    @verifier.state("user {id:int} exists")
    def user(id, nothing_of_this_name): ...
"""
        + CONTRACT_TEST
    )

    result = run(tests=tests)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*'nothing_of_this_name'*"])


def test_each_works_in_classes_and_with_other_parameters(run, contract):
    contract(request_for(1, "one"), request_for(1, "two"))
    tests = """
    class TestContract:
        @pytest.mark.parametrize("locale", ["de", "fr"])
        @verifier.each()
        def test_it(self, interaction, locale):
            interaction.verify()
"""

    run(tests=tests).assert_outcomes(passed=4)


def test_a_function_without_the_argument_is_refused(run, contract):
    contract(request_for(1))
    tests = """
    @verifier.each()
    def test_contract():
        pass
"""

    result = run(tests=tests)

    result.stdout.fnmatch_lines(["*passes the argument 'interaction'*"])


def test_the_controller_of_parallel_workers_writes_the_reports(run, contract, pytester):
    contract(*(request_for(1, "twin") for _ in range(6)), request_for(2, "nobody"))

    paths = "json=out/r.json", "markdown=out/r.md", "html=out/r.html"
    result = run("-n", "2", *(f"--pypact-{path}" for path in paths))

    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["pypact: Web -> Users  6 ok, 1 failed in *"])
    data = json.loads((pytester.path / "out" / "r.json").read_text(encoding="utf-8"))
    assert {
        "interactions": 7,
        "passed": 6,
        "failed": 1,
        "pending": 0,
        "leftOut": 0,
        "notRun": 0,
    } == (data["counts"])
    page = (pytester.path / "out" / "r.md").read_text(encoding="utf-8")
    assert "| Web -&gt; Users | 6 | 1 | 0 |" in page
    assert all("contents" not in one for one in data["interactions"])
    html = (pytester.path / "out" / "r.html").read_text(encoding="utf-8")
    assert "<code>GET /users/2</code>" in html


def test_a_verifier_is_closed_after_its_module(run, contract, pytester):
    contract(request_for(1))
    tests = (
        CONTRACT_TEST
        + """
    closed = []
    verifier.close = lambda: closed.append(True)

    def test_later():
        assert closed == []
"""
    )
    pytester.makepyfile(
        test_next="""
    import test_it

    def test_it_was_closed():
        assert test_it.closed == [True]
"""
    )

    run("test_it.py", "test_next.py", tests=tests).assert_outcomes(passed=3)


def test_each_needs_the_plugin(run, contract):
    contract(request_for(1))

    result = run(plugin="no:pypact")

    result.assert_outcomes(errors=1)


def test_each_unittest_method_verifies_one_interaction(run, contract, pytester):
    contract(
        request_for(1, "one", ["s"]),
        request_for(2, "no-one"),
        request_for(3, "later", pending=True),
    )
    pytester.makepyfile(
        test_it=HEAD
        + """
    import unittest

    class TestContract(verifier.cases(unittest.TestCase)):
        def setUp(self):
            self.database = {}

    @verifier.state("s")
    def state(database):
        assert database == {}
        database["x"] = 1
"""
    )

    result = pytester.run(sys.executable, "-m", "unittest", "-v", "test_it")

    text = result.stderr.str()
    assert "test_web_one_s (test_it.TestContract" in text
    assert "FAILED (failures=1, skipped=1)" in text
    assert "VerificationFailed: Web -> Users: no-one: 2 mismatches" in text
    assert "python -m unittest test_it.TestContract.test_web_no_one" in text
    assert "skipped 'pending: Web -> Users: later" in text
    assert "pypact/verifier" not in text


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        (
            """
    @verifier.cases
    class TestContract(unittest.TestCase):
        def setUp(self):
            USERS.clear()
            super().setUp()
""",
            "TestContract",
        ),
        (
            """
    class Base(unittest.TestCase):
        def setUp(self):
            USERS.clear()

    TestWeb = verifier.cases(Base, consumer="Web")
""",
            "TestWeb",
        ),
        ("    TestPlain = verifier.cases(unittest.TestCase)", "TestPlain"),
    ],
    ids=["decorator", "own base", "plain base"],
)
def test_the_rerun_command_names_the_class_as_its_module_does(
    run, contract, definition, name
):
    contract(request_for(2, "no-one"))

    result = run(tests=f"    import unittest\n{definition}")

    result.assert_outcomes(failed=1)
    command = f"python -m unittest test_it.{name}.test_web_no_one"
    result.stdout.fnmatch_lines([f"*rerun*{command}"])


def test_without_interactions_a_single_unittest_method_fails(contract, pytester):
    contract()
    pytester.makepyfile(
        test_it=HEAD
        + """
    import unittest

    class TestContract(verifier.cases(unittest.TestCase)): ...
"""
    )

    result = run_session(pytester)

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_no_interactions*"])


def test_the_error_for_a_missing_argument_shows_an_example(run, contract):
    contract(request_for(1))
    result = run(tests=CONTRACT_TEST.replace("interaction", "case"))

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "test_it.py::test_contract: *'interaction', which the function does not *",
            "    def test_contract(interaction): interaction.verify()",
        ]
    )
    result.stdout.no_fnmatch_line("*in pytest_generate_tests*")


@pytest.mark.parametrize(
    ("tests", "problem"),
    [
        (CONTRACT_TEST + "        assert False", "failed in its call: "),
        (
            CONTRACT_TEST
            + """
    @pytest.fixture(autouse=True)
    def failing():
        yield
        raise ValueError("not undone")
""",
            "failed in its teardown: ValueError: not undone",
        ),
    ],
)
def test_reports_include_tests_that_fail_for_other_reasons(
    run, contract, pytester, tests, problem
):
    contract(request_for(1))
    run("--pypact-json", "r.json", tests=tests)
    report = json.loads((pytester.path / "r.json").read_text(encoding="utf-8"))

    assert "failed" == report["result"]
    assert problem in report["problem"]


def test_a_missing_extra_is_named_before_the_tests(pytester, monkeypatch):
    config = pytester.parseconfig("--pypact-html=r.html")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    with pytest.raises(pytest.UsageError, match=r"pypact-contracts\[html\]"):
        ProviderPlugin(config).pytest_sessionstart()


def test_an_unwritable_report_does_not_hide_other_output(run, contract, pytester):
    contract(request_for(2))
    (pytester.path / "file").touch()
    result = run("--pypact-json", "file/r.json")

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*expected 200*", "pypact: cannot write the report*"])


def test_a_test_that_verifies_nothing_fails_with_a_hint(run, contract):
    contract(request_for(1, pending=True))
    tests = """
    @verifier.each()
    def test_contract(interaction):
        pass

    class TestContract:
        @verifier.each()
        def test_contract(self, interaction):
            pytest.skip("not today")
    """
    result = run(tests=tests)

    result.assert_outcomes(failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*test_contract[[]web-a_user] verifies nothing: it must call interaction.*"]
    )


def test_remarks_on_passed_interactions_are_in_the_summary(run, contract):
    contract(request_for(1, "one", ["an odd state"]), request_for(1, "two"))
    tests = f"""
    verifier = pypact.Verifier(
        "Users", app=app, pacts="pacts", unknown_states="warn"
    )
    verifier.state("another")(lambda: None)

    @verifier.request_filter
    def authorize(request):
        request.replace_header("Accept", "a/b") if "Accept" in request.headers else None
    {CONTRACT_TEST}
    """
    result = run(tests=tests)

    result.assert_outcomes(passed=2)
    lines = [line for line in result.outlines if line.startswith("pypact: ")]
    assert "pypact: Web -> Users: one   [no state function for 'an odd state']" in lines
    assert 2 == len(lines)


@pytest.mark.parametrize(
    ("options", "summary", "left_out"),
    [
        (
            ["--pypact-description=one"],
            "2 interactions were left out by selection (desc*",
            2,
        ),
        (
            ["-k", "one"],
            "2 interactions were not verified: deselected, skipped, or*",
            2,
        ),
        (["-x"], "1 interaction was not verified: deselected, skipped, or the*", 1),
        pytest.param(
            ["-n", "2", "-k", "one"],
            "2 interactions were not verified: *",
            2,
            marks=pytest.mark.slow,
        ),
        (["--pypact-consumer=Web"], None, 0),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_the_summary_counts_what_was_not_verified(
    run, contract, pytester, options, summary, left_out
):
    contract(request_for(1, "one"), request_for(2, "nobody"), request_for(1, "three"))

    result = run("--pypact-json=r.json", *options)

    lines = [line for line in result.outlines if line.startswith("pypact: ")]
    if summary is None:
        assert 1 == len(lines)
    else:
        result.stdout.fnmatch_lines([f"pypact: *{summary}"])
    data = json.loads((pytester.path / "r.json").read_text(encoding="utf-8"))
    assert left_out == data["counts"]["leftOut"] + data["counts"]["notRun"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PACT_DESCRIPTION", "two"),
        ("PACT_PROVIDER_STATE", "busy"),
        ("PACT_PROVIDER_NO_STATE", "true"),
    ],
)
def test_environment_variables_select(run, contract, monkeypatch, name, value):
    contract(
        request_for(1, "one", ["idle"]),
        request_for(1, "two", ["busy"]),
        request_for(1, "three"),
    )
    monkeypatch.setenv(name, value)
    tests = """
    verifier.state("{any}")(lambda any: None)
    """
    result = run(tests=tests + CONTRACT_TEST)

    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["pypact: 2 interactions were left out by *"])


def test_pending_interactions_may_pass_even_with_xfail_strict(run, contract, pytester):
    pytester.makeini("[pytest]\nxfail_strict = true")
    contract(
        request_for(1, "kept", pending=True), request_for(2, "broken", pending=True)
    )

    run().assert_outcomes(xpassed=1, xfailed=1)


def test_options_of_another_pact_plugin_do_not_conflict(run, contract, pytester):
    pytester.makepyfile(
        other="""
    def pytest_addoption(parser):
        group = parser.getgroup("pact specific options (pactman)")
        for name in ("files", "consumer", "provider-name", "publish-results"):
            group.addoption(f"--pact-{name}", default=None)
    """
    )
    contract(request_for(1))

    result = run("-p", "other", "--pact-files=x", "--pypact-consumer=Web")

    result.assert_outcomes(passed=1)


def test_collecting_starts_no_application(run, contract, pytester):
    contract(request_for(1, states=["s"]))
    tests = """
    async def asgi(scope, receive, send):
        open(scope["type"], "w").close()

    verifier = pypact.Verifier("Users", app=asgi, pacts="pacts")
    """
    run("--collect-only", tests=tests + CONTRACT_TEST)

    assert not (pytester.path / "lifespan").exists()
    assert not (pytester.path / "http").exists()


@pytest.mark.slow
@pytest.mark.parametrize("how", ["load", "loadscope", "loadfile", "worksteal"])
def test_each_xdist_distribution_verifies_each_interaction_once(run, contract, how):
    contract(*(request_for(1, "twin") for _ in range(4)))

    result = run("-n", "2", "--dist", how)

    result.assert_outcomes(passed=4)
    result.stdout.fnmatch_lines(["pypact: Web -> Users  4 ok in *"])


def test_unittest_methods_are_counted_and_reported(run, contract, pytester):
    contract(request_for(1, "one"), request_for(2, "nobody"))
    tests = """
    import unittest

    class TestContract(verifier.cases(unittest.TestCase)):
        pass
    """
    result = run("--pypact-json=r.json", tests=tests)

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["pypact: Web -> Users  1 ok, 1 failed in *"])
    data = json.loads((pytester.path / "r.json").read_text(encoding="utf-8"))
    assert (1, 1) == (data["counts"]["passed"], data["counts"]["failed"])


@pytest.mark.parametrize(
    ("value", "code"), [("application/vnd.acme = json", 0), ("acme = json", 4)]
)
def test_an_ini_key_maps_content_types(pytester, request, monkeypatch, value, code):
    monkeypatch.setattr(body, "CONTENT_KINDS", [*body.CONTENT_KINDS])
    request.addfinalizer(body.find_content_kind.cache_clear)
    pytester.makeini(f"[pytest]\npypact_content_types =\n    {value}\n")
    pytester.makepyfile(
        """
        from pypact.model.body import find_content_kind, parse_content_type

        def test_it():
            found = find_content_kind(parse_content_type("application/vnd.acme"))
            assert found.notation == "json"
        """
    )
    result = run_session(pytester)

    assert code == result.ret
    if code:
        assert "'acme' is not a media type" in result.stderr.str()


def test_comments_of_an_interaction_that_passed_are_shown_with_captured_output(
    run, contract
):
    contract(request_for(1, comments={"testname": "t", "text": ["a comment"]}))

    result = run("-rP")

    result.stdout.fnmatch_lines(
        ["*comments of the contract*", "Test Name: t", "Comments:", "  a comment"]
    )
