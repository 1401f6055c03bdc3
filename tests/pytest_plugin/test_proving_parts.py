"""`--pypact-prove` changes all parts of responses and messages."""

import json

import pytest

HEAD = """
import unittest
import pypact
from pypact import bodies, match

def read(path="/u"):
    return requests.get("https://u.example" + path)

def define(name, status=200, **parts):
    return (pact.upon_receiving(name).with_request("GET", "/u")
                .will_respond_with(status, **parts))
"""
TESTS = r"""
import xml.etree.ElementTree as ET
from urllib.parse import parse_qs

def test_headers():
    total = match.regex("-?[a-z0-9]*", "12")
    define("headers", headers={"X-Total": total, "X-Idle": "b"})
    with pact.intercept():
        assert int(read().headers["X-Total"]) >= 0

def test_status():
    define("status is read", 404, body={"error": "none"})
    with pact.intercept():
        assert read().status_code == 404

def test_status_not_read():
    define("status is not read", 404, body={"error": "none"})
    with pact.intercept():
        assert read().json()["error"]

def create():
    response = read()
    if response.status_code != 201:
        raise RuntimeError("not created")
    return response

def test_status_rule():
    define("status rule", match.status_code("success", 201))
    with pact.intercept():
        create()

def test_form():
    body = bodies.form({"a": "1", "b": match.string("x"), "c": "z"})
    define("form", body=body)
    with pact.intercept():
        form = parse_qs(read().text)
        assert form["a"] and ord(form["b"][0][0])

def test_text():
    body = bodies.text(match.regex("[a-z]*", "abc"))
    define("text", body=body)
    with pact.intercept():
        assert ord(read().text[0])

def test_bytes():
    define("bytes", body=bodies.binary(bytes([0, 1])))
    with pact.intercept():
        read()

def parse(response):
    root = ET.fromstring(response.content)
    items = [(one.get("id"), one.findtext("name")) for one in root.iter("item")]
    return [(int(number), ord(name[0])) for number, name in items]

def test_xml():
    names = [bodies.element("name", match.string("Al")), bodies.element("age", "3")]
    attributes = {"id": match.regex(r"\w+", "5"), "hidden": "y"}
    item = bodies.element("item", *names, attributes=attributes)
    items = bodies.element("items", item, bodies.element("total", "1"))
    define("xml", body=bodies.xml(items))
    with pact.intercept():
        assert parse(read())

def test_keys():
    users = match.each_key(match.regex("[a-z]+", "al"), {"al": {"n": 1, "m": 2}})
    define("keys", body={"users": users})
    with pact.intercept():
        assert (lambda data: data["al"]["n"])(read().json()["users"])

def test_calls():
    define("calls", body={"a": 1, "b": 2})
    with pact.intercept() as calls:
        assert read().content == calls[-1].response.body.content
"""
FOUND = {
    "headers": [
        ("header X-Idle", "unneeded"),
        ("header X-Total", "empty"),
        ("header X-Total", "type"),
    ],
    "status is read": [("$", "unneeded")],
    "status is not read": [("status", "unneeded")],
    "status rule": [("status", "status")],
    "form": [("$.b", "empty"), ("$.c", "unneeded")],
    "text": [],  # an empty body never matches
    "bytes": [("$", "unneeded")],
    "xml": [
        ("$.items.item.age", "unneeded"),
        ("$.items.item.name", "empty"),
        ("$.items.item['@hidden']", "unneeded"),
        ("$.items.item['@id']", "type"),
        ("$.items.total", "unneeded"),
    ],
    "keys": [
        ("$.users.al", "removed"),
        ("$.users.al.m", "unneeded"),
        ("$.users.al.n", "null"),
    ],
    "calls": [("$", "unneeded")],
}


@pytest.fixture
def prove(project):
    """Return a function that proves tests, and returns findings by interaction."""

    def run(tests, *options, passed=1):
        result = project.run(
            "--pypact-prove",
            "--pypact-prove-json=r.json",
            *options,
            test_a=HEAD + tests,
        )
        result.assert_outcomes(passed=passed)
        report = json.loads(project.root.joinpath("r.json").read_text("utf-8"))
        assert [] == report["leftOut"]
        names = [one["description"] for one in report["reruns"]]
        found = {name.partition(" (nick")[0]: [] for name in names}
        for one in report["findings"]:
            found[one["description"]].append((one["path"], one["kind"]))
        return {name: sorted(findings) for name, findings in found.items()}, result

    return run


@pytest.mark.slow
def test_all_parts_of_a_response_are_changed(prove):
    found, _ = prove(TESTS, passed=len(FOUND))

    assert FOUND == found


MESSAGES = """
def test_message():
    message = (pact.expects_message("message")
        .with_contents({"id": match.number(23), "idle": 1})
        .with_metadata({"topic": "users", "key": match.string("k"), "unread": 1}))

    def handle(contents, metadata):
        assert metadata["topic"] == "users" and metadata["key"] is not None
        return list(range(contents.json()["id"]))

    message.verify(handle)

def test_synchronous():
    message = (pact.expects_sync_message("synchronous").with_request({"q": 1})
        .will_respond_with({"first": 1, "x": 2})
        .will_respond_with({"second": 1, "x": 2}))

    def handle(request, responses):
        one, two = (response.contents.json() for response in responses)
        return request.contents.json()["q"] + one["first"] + two["second"] + two["x"]

    assert message.verify(handle) == 5
"""


def test_messages_are_changed_for_their_handlers(prove):
    found, _ = prove(MESSAGES, passed=2)

    assert {
        "message": [
            ("$.id", "type"),
            ("$.idle", "unneeded"),
            ("metadata unread", "unneeded"),
        ],
        "synchronous": [("response 1 $.x", "unneeded")],
    } == found


APP = """
import json

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps({"a": 5, "b": 6, "c": 7}).encode()]

def test_app():
    define("app", body=match.like({"a": 1, "b": 2}))
    with pact.intercept(app=app):
        assert read().json()["a"] + 1
"""


def test_responses_of_an_app_are_changed(prove):
    found, _ = prove(APP)

    assert {"app": [("$.b", "unneeded")]} == found


SUBTESTS = """
def test_function(subtests):
    define("function", body={"a": 1, "b": 2, "c": 3})
    with pact.intercept():
        found = read().json()
    with subtests.test("a"):
        assert found["a"] == 1
    with subtests.test("b"):
        assert found["b"] == 2

class TestMethod(unittest.TestCase):
    def test_method(self):
        define("method", body={"a": 1, "b": 2, "c": 3})
        with pact.intercept():
            found = read().json()
        for name in ("a", "b"):
            with self.subTest(name):
                self.assertIn(found[name], (1, 2))
"""


def test_subtests_are_judged_and_not_reported_again(prove):
    if not hasattr(pytest, "Subtests"):
        pytest.skip("pytest has subtests since 9.0")
    found, result = prove(SUBTESTS, "-v", passed=2)

    assert {"function": [("$.c", "unneeded")], "method": [("$.c", "unneeded")]} == found
    result.stdout.fnmatch_lines(["*2 passed, 4 subtests passed*"])


VARIANTS = """
@pact.intercept()
def test_variants():
    nick = match.one_of(match.string("Al"), match.absent)
    define("user", body={"id": 1, "nick": nick, "x": 1})
    data = read().json()
    assert data["id"] and ord(data.get("nick", "A")[0])

idle = define(
    "idle",
    body={"id": 1, "nick": match.one_of(match.string("Al"), match.absent), "x": 1},
)

@pact.intercept(idle)
def test_items():
    assert read().json()["id"]
"""


@pytest.mark.slow
def test_each_variant_is_proven(prove):
    found, _ = prove(VARIANTS, passed=3)

    assert {
        "user": [("$.nick", "empty"), ("$.x", "unneeded")],
        "idle": [("$.nick", "unneeded"), ("$.x", "unneeded")],
    } == found


def test_an_interaction_is_proven_if_all_of_its_variants_ran(project):
    block = """
def test_block():
    define("block", body={"nick": match.one_of(match.string("Al"), match.absent)})
    with pact.intercept(variant="nick=Al"):
        read()
"""
    result = project.run("--pypact-prove", test_a=HEAD + block)

    result.stdout.fnmatch_lines(
        [
            "not proven: test_a.py::test_block: the variants nick=absent did not run",
            "findings: 0, *",
        ]
    )


WIDER = """
@pytest.fixture(scope="module")
def calls():
    define("fixture", body={"a": 1, "b": 2})
    with pact.intercept() as calls:
        yield calls

def test_block(calls):
    assert read().json()["a"] == 1
    if calls[-1].path != "/u":
        read("/other")

def test_same_block(calls):
    assert read().json()["a"] + 0 and len(calls) == 2

other = pypact.Consumer("Web").has_pact_with("Other", base_url="https://o.example")

class TestClass(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        (other.upon_receiving("class").with_request("GET", "/o")
              .will_respond_with(200, body={"path": "/o", "b": 2}))

    def test_class(self):
        with other.intercept():
            path = requests.get("https://o.example/o").json()["path"]
            self.assertEqual(path, "/o")
"""


def test_interactions_and_blocks_of_wider_fixtures_are_kept(prove):
    found, result = prove(WIDER, passed=3)

    assert {"class": [("$.b", "unneeded")], "fixture": [("$.b", "unneeded")]} == found
    assert 0 == result.ret
