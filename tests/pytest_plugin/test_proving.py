"""Tests of `--pypact-prove`, which finds the fields that no test needs."""

import json

import pytest

PACT = """
from pypact import match
import unittest
"""
CLIENT = (
    PACT
    + """
def get_user(body, read, name="a user", **parts):
    (pact.upon_receiving(name).with_request("GET", "/u")
         .will_respond_with(200, body=body, **parts))
    with pact.intercept():
        return read(requests.get("https://u.example/u"))
"""
)


@pytest.fixture
def prove(project):
    """Return a function that proves tests, and returns the findings and the report."""

    def run(tests, *options, outcomes=None, head=CLIENT):
        result = project.run(
            "--pypact-prove",
            "--pypact-prove-json=r.json",
            *options,
            test_a=head + tests,
        )
        result.assert_outcomes(**(outcomes or {"passed": 1}))
        text = project.root.joinpath("r.json").read_text(encoding="utf-8")
        report = json.loads(text)
        assert not project.file.exists(), "a contract was written"
        found = [(one["path"], one["kind"]) for one in report["findings"]]
        return found, report, result

    return run


# Body, what the client does with the response, and what must be reported.
CLIENTS = {
    "member not read": (
        '{"id": 1, "nick": "Al"}',
        'lambda r: r.json()["id"]',
        [("$.nick", "unneeded")],
    ),
    "all needed": (
        '{"id": 1, "nick": "Al"}',
        'lambda r: "%d %s" % (r.json()["id"] + 0, r.json()["nick"])',
        [],
    ),
    "default in place of a member": (
        '{"id": 1, "nick": "Al"}',
        'lambda r: (r.json()["id"], r.json().get("nick", "Al"))',
        [("$.nick", "unneeded")],
    ),
    "members of elements": (
        'match.each_like({"a": "x", "b": "y"}, min=2)',
        'lambda r: [one["a"] for one in r.json()]',
        [("$[*].b", "unneeded")],
    ),
    "length only": (
        '{"tags": ["x", "y"]}',
        'lambda r: len(r.json()["tags"])',
        [("$.tags[*]", "unneeded")],
    ),
    "nested objects": (
        '{"a": {"b": {"c": 1}, "d": 2}}',
        'lambda r: r.json()["a"]["d"]',
        [("$.a.b", "unneeded")],
    ),
    "status only": ('{"a": 1}', "lambda r: r.status_code", [("$", "unneeded")]),
    "integer needed": (
        '{"id": match.number(23)}',
        'lambda r: list(range(r.json()["id"]))[-1]',
        [("$.id", "type")],
    ),
    "rule as strict as the need": (
        '{"id": match.integer(23)}',
        'lambda r: list(range(r.json()["id"]))[-1]',
        [],
    ),
    "any number": ('{"id": match.number(23)}', 'lambda r: r.json()["id"] + 1', []),
    "empty string refused": (
        '{"name": match.string("Al")}',
        'lambda r: ord(r.json()["name"][0])',
        [("$.name", "empty")],
    ),
    "example asserted": (
        '{"name": match.string("Al")}',
        'lambda r: r.json()["name"]',
        [],
    ),
    "names that need quotes": (
        '{"a b": 1, "c\'d": {"e": 2}, "f": 3}',
        'lambda r: r.json()["f"]',
        [("$['a b']", "unneeded"), ("$['c\\'d']", "unneeded")],
    ),
    "text": ('"Hello"', "lambda r: r.text", []),
    "truth of a boolean": (
        '{"ok": match.boolean(True)}',
        'lambda r: r.json()["ok"]',
        [],
    ),
}
EXPECTED = {
    "member not read": "1",
    "all needed": "'1 Al'",
    "default in place of a member": "(1, 'Al')",
    "members of elements": "['x', 'x']",
    "length only": "2",
    "nested objects": "2",
    "status only": "200",
    "integer needed": "22",
    "rule as strict as the need": "22",
    "any number": "24",
    "empty string refused": "65",
    "example asserted": "'Al'",
    "names that need quotes": "3",
    "text": "'Hello'",
    "truth of a boolean": "True",
}


def test_exactly_the_unneeded_fields_and_loose_rules_are_found(prove):
    tests = "".join(
        f"def test_{number}():\n    assert get_user({CLIENTS[name][0]},\n"
        f"        {CLIENTS[name][1]}, name={name!r}) == {EXPECTED[name]}\n"
        for number, name in enumerate(CLIENTS)
    )

    _, report, _ = prove(tests, outcomes={"passed": len(CLIENTS)})

    found = {name: [] for name in CLIENTS}
    for one in report["findings"]:
        found[one["description"]].append((one["path"], one["kind"]))
    assert {name: findings for name, (_, _, findings) in CLIENTS.items()} == found


def test_headers_are_fields_too(prove):
    found, _, _ = prove(
        "def test_it():\n"
        "    headers = {'X-Read': 'a', 'X-Idle': 'b', 'Content-Type': 'text/plain'}\n"
        "    assert get_user('t', lambda r: r.headers['X-Read'] + r.text,\n"
        "                    headers=headers) == 'at'\n"
    )

    assert [("header X-Idle", "unneeded")] == found


def test_a_field_is_needed_if_one_of_two_tests_needs_it(prove):
    found, _, _ = prove(
        "BODY = {'a': 1, 'b': 2, 'c': 3}\n"
        "def test_a():\n    assert get_user(BODY, lambda r: r.json()['a']) == 1\n"
        "def test_b():\n    assert get_user(BODY, lambda r: r.json()['b']) == 2\n",
        outcomes={"passed": 2},
    )

    assert [("$.c", "unneeded")] == found


READ = (
    PACT
    + """
BODY = {"a": 1, "b": 2}
def read():
    return requests.get("https://u.example/u").json()["a"]
def define():
    pact.upon_receiving("u").with_request("GET", "/u").will_respond_with(200, body=BODY)
"""
)
STYLES = {
    "fixture": """
@pytest.fixture
def calls():
    define()
    with pact.intercept() as calls:
        yield calls

def test_it(calls):
    assert read() == 1
""",
    "unittest": """
class TestIt(unittest.TestCase):
    def setUp(self):
        define()

    def test_it(self):
        with pact.intercept():
            self.assertEqual(read(), 1)
""",
    "decorated": """
@pact.intercept()
def test_it():
    define()
    assert read() == 1
""",
    "asynchronous unittest": """
class TestIt(unittest.IsolatedAsyncioTestCase):
    async def test_it(self):
        define()
        with pact.intercept():
            self.assertEqual(read(), 1)
""",
}


@pytest.mark.parametrize("style", STYLES)
def test_tests_of_each_style_are_rerun(prove, style):
    found, report, _ = prove(STYLES[style], head=READ)

    assert [("$.b", "unneeded")] == found, report


def test_wider_fixtures_are_set_up_once_and_torn_down(prove):
    _, _, result = prove(
        """
@pytest.fixture(scope="module")
def server():
    print("set up")
    yield
    print("torn down")

def test_first(server):
    define()
    with pact.intercept():
        assert read() == 1

def test_second(server):
    pass
""",
        "-s",
        head=READ,
        outcomes={"passed": 2},
    )

    assert 1 == result.stdout.str().count("set up")
    assert 1 == result.stdout.str().count("torn down")


@pytest.mark.parametrize(
    ("tests", "option", "reason"),
    [
        ("@pytest.mark.pypact_no_prove\n", "-q", "marked with pypact_no_prove"),
        ("", "--pypact-prove-exclude=*::test_it", "excluded by --pypact-prove-exclude"),
        ("", "--pypact-prove-seconds=1e-9", "the time budget is spent"),
    ],
)
def test_tests_that_were_left_out_are_listed(prove, tests, option, reason):
    found, report, result = prove(
        tests
        + "def test_it():\n    define()\n    with pact.intercept():\n        read()\n",
        option,
        head=READ,
    )

    assert ([], []) == (found, report["reruns"])
    assert [reason] == [one["reason"] for one in report["leftOut"]]
    result.stdout.fnmatch_lines([f"not proven: test_a.py::test_it: {reason}"])


def test_a_test_that_cannot_run_twice_proves_nothing(prove):
    found, report, _ = prove(
        "CACHE = {}\n"
        "def test_it():\n"
        "    define()\n"
        "    assert not CACHE\n"
        "    CACHE[1] = 1\n"
        "    with pact.intercept():\n"
        "        read()\n",
        head=READ,
    )

    assert [] == found
    assert "it does not pass when it is run again" == report["leftOut"][0]["reason"]


def test_a_test_left_out_may_need_any_field_of_its_interaction(prove):
    test = "def test_{}():\n    define()\n    with pact.intercept():\n        read()\n"
    found, _, _ = prove(
        test.format("a") + "@pytest.mark.pypact_no_prove\n" + test.format("b"),
        head=READ,
        outcomes={"passed": 2},
    )

    assert [] == found


def test_a_client_that_polls_for_a_field_comes_to_an_end(prove):
    found, _, _ = prove(
        "def poll():\n"
        "    while requests.get('https://u.example/u').json().get('a') != 1:\n"
        "        pass\n"
        "def test_it():\n    define()\n    with pact.intercept():\n        poll()\n",
        head=READ,
    )

    assert [("$.b", "unneeded")] == found


def test_at_most_one_rerun_for_each_field_and_kind(prove):
    _, report, _ = prove(
        "def test_it():\n    define()\n    with pact.intercept():\n        read()\n",
        head=READ,
    )
    tried = [(one["path"], one["kind"]) for one in report["reruns"]]

    assert len(tried) == len(set(tried)) > 4


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("--pypact-prove-seconds=soon", "expected a positive number, got 'soon'"),
        ("--pypact-check", "omit --pypact-check"),
        ("--pdb", "omit --pdb"),
    ],
)
def test_options_that_do_not_fit_are_refused(project, option, text):
    result = project.run("--pypact-prove", option)

    result.stderr.fnmatch_lines([f"*{text}*"])


def test_a_report_without_proving_is_refused(project):
    result = project.run("--pypact-prove-json=report.json")

    result.stderr.fnmatch_lines(["*--pypact-prove-json needs --pypact-prove"])


def test_skipped_tests_prove_nothing(prove):
    test = "def test_{0}():\n    define()\n    with pact.intercept():\n        read()\n"
    test += "    pytest.{0}()\n"
    _, report, _ = prove(
        test.format("skip") + test.format("xfail"),
        head=READ,
        outcomes={"skipped": 1, "xfailed": 1},
    )

    reasons = [one["reason"] for one in report["leftOut"]]
    assert ["it was skipped, or is expected to fail"] * 2 == reasons


def test_failed_tests_prove_nothing_and_findings_do_not_fail_the_run(project):
    test = "def test_{0}():\n    define()\n    with pact.intercept():\n        {1}\n"
    tests = test.format("one", "read()") + test.format("two", "assert not read()")
    one = project.run("--pypact-prove", "-k", "test_one", test_a=READ + tests)
    both = project.run("--pypact-prove", "-x")

    assert (0, 1) == (one.ret, both.ret)
    one.stdout.fnmatch_lines(["findings: 1, *", "*1 passed, 1 deselected*"])
    both.stdout.fnmatch_lines(
        ["not proven: *test_two: it did not pass", "findings: 0,*"]
    )


def test_a_report_that_cannot_be_written_fails_the_run(project):
    result = project.run("--pypact-prove", "--pypact-prove-json=no/r.json", test_a=READ)

    result.stdout.fnmatch_lines(["--pypact-prove-json: *no*r.json*"])


@pytest.mark.slow
def test_workers_send_their_outcomes_to_the_controller(prove):
    found, _, result = prove(
        "BODY = {'a': 1, 'b': 2, 'c': 3}\n"
        "def test_a():\n    assert get_user(BODY, lambda r: r.json()['a']) == 1\n"
        "def test_b():\n    assert get_user(BODY, lambda r: r.json()['b']) == 2\n",
        "-n",
        "2",
        outcomes={"passed": 2},
    )

    assert [("$.c", "unneeded")] == found
    result.stdout.fnmatch_lines(["*$.c  declared, but test_*"])


def test_other_examples_are_tried_while_fields_are_proven(prove):
    tests = """
runs = []

@pact.intercept(examples=pypact.Examples(5, seed=1))
def test_http():
    runs.append(1)
    (pact.upon_receiving("a user").with_request("GET", "/u")
         .will_respond_with(200, body={"id": match.integer(1), "nick": "Al"}))
    requests.get("https://u.example/u").json()["id"] + 0

def test_message():
    message = pact.expects_message("an event").with_contents({"id": match.integer(1)})
    message.verify(lambda contents, _: runs.append(contents.json()["id"] + 0),
                   examples=pypact.Examples(5, seed=1))

def test_runs():
    assert len(runs) > 12
    runs.clear()
"""
    found, _, _ = prove(tests, outcomes={"passed": 3})
    assert found == [("$.nick", "unneeded")]
