"""Definitions as matched in a block and as written in the contract."""

import json

import pytest
import requests

import pypact
from pypact import bodies, generate, match

URL = "https://users.example.com/api"
PNG = b"\x89PNG\r\n\x1a\n"
JSON = "application/json"
XML = {"Content-Type": "application/xml"}
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nZed\r\n'
    b'--x\r\nContent-Disposition: form-data; name="doc"; filename="b.json"\r\n'
    b'Content-Type: application/json\r\n\r\n{"a":77}\r\n--x--\r\n'
)

# Name → (the declared value, another value that a consumer may send).
VALUES = {
    "like": (match.like("x"), "y"),
    "regex": (match.regex(r"\d+", "12"), "777"),
    "regex without an example": (match.regex(r"[a-f]{3}"), "abc"),
    "term": (match.term(r"\d+", "12"), "3"),
    "integer": (match.integer(1), 7),
    "decimal": (match.decimal(1.5), 2.25),
    "number": (match.number(3), 4.5),
    "boolean": (match.boolean(), False),
    "string": (match.string(), "t"),
    "null": (match.null(), None),
    "equal_to": (match.like({"a": match.equal_to("e"), "b": 1}), {"a": "e", "b": 2}),
    "include": (match.include("b", "abc"), "xbx"),
    "each_like": (match.each_like({"a": match.integer(1)}, min=2), [{"a": 3}] * 3),
    "each_like of few": (match.each_like(1, min=1, max=3, examples=2), [5]),
    "each_key": (match.each_key(match.regex("[a-z]+", "a"), {"a": 1}), {"b": 1}),
    "each_value": (match.each_value(match.like(1), {"a": 1}), {"z": 5}),
    "each_key_like": (
        match.each_key_like("k", {"v": match.integer(1)}),
        {"n": {"v": 3}},
    ),
    "array_contains": (
        match.array_contains({"a": match.integer(1)}, {"b": "x"}),
        [{"b": "x"}, {"c": 1}, {"a": 4}],
    ),
    "all_of": (
        match.all_of(match.regex("a.*", "abc"), match.include("b", "abc")),
        "axxb",
    ),
    "any_of": (match.any_of(match.integer(1), match.null()), None),
    "not_empty": (match.not_empty("x"), "yyy"),
    "semver": (match.semver(), "2.0.0-beta"),
    "url": (match.url("http://a.b", "x", match.regex(r"\d+", "1")), "https://z.z/x/23"),
    "date": (match.date("2020-01-01"), "2021-02-03"),
    "time": (match.time("10:11:12"), "00:00:00"),
    "datetime": (match.datetime(format="%Y-%m-%d %H:%M"), "2020-01-02 03:04"),
    "email": (match.email(), "a@b.cd"),
    "uuid": (match.uuid(), "00000000-0000-4000-8000-000000000000"),
    "ipv4": (match.ipv4(), "1.2.3.4"),
    "hexadecimal": (match.hexadecimal(), "aB"),
    "from_provider_state": (match.from_provider_state("${id}", 5), 9),
    "random_boolean": (generate.random_boolean(), False),
    "random_decimal": (generate.random_decimal(4), 1.25),
    "random_hexadecimal": (generate.random_hexadecimal(4), "abcd"),
    "random_int": (generate.random_int(1, 5), 3),
    "random_string": (generate.random_string(5), "abcde"),
    "generate.regex": (generate.regex(r"\d{3}"), "123"),
    "generate.date": (generate.date(), "2020-01-01"),
    "generate.time": (generate.time(), "10:00:00"),
    "generate.datetime": (generate.datetime(), "2020-01-01T00:00:00Z"),
    "generate.uuid": (generate.uuid(), "00000000-0000-4000-8000-000000000000"),
    "mock_server_url": (
        generate.mock_server_url("http://localhost:1234/x/1", r".*(/x/\d+)"),
        "http://foo:99/x/3",
    ),
    "integration JSON": (
        {"pact:matcher:type": "type", "value": {"a": 1}},
        {"a": 2},
    ),
    "integration JSON with a generator": (
        {
            "pact:matcher:type": "integer",
            "pact:generator:type": "RandomInt",
            "min": 1,
            "max": 3,
            "value": 2,
        },
        3,
    ),
}


@pytest.fixture
def recorded(tmp_path):
    """Return a function that runs a block, and returns its response and file.

    `define` defines the interactions of the block, `act` is its body.
    """

    def run(define, act, specification="4.0", folder="pacts"):
        pact = pypact.Consumer("Web").has_pact_with(
            "Users",
            base_url=URL,
            pact_dir=tmp_path / folder,
            specification=specification,
        )
        define(pact)
        with pact.intercept():
            reply = act()
        return reply, tmp_path / folder / "Web-Users.json"

    return run


def post(data, content_type):
    headers = {"Content-Type": content_type}
    return lambda: requests.post(f"{URL}/q", data=data, headers=headers, timeout=5)


@pytest.mark.parametrize("specification", ["3.0.0", "4.0"])
@pytest.mark.parametrize(("value", "sent"), VALUES.values(), ids=VALUES)
def test_a_value_is_matched_returned_and_written_consistently(
    recorded, specification, value, sent
):
    def define(pact):
        request = pact.upon_receiving("r").with_request("POST", "/q", body={"v": value})
        request.will_respond_with(200, body={"v": value})

    act = post(json.dumps({"v": sent}), "application/json")
    reply, first = recorded(define, act, specification, "first")
    _, second = recorded(define, act, specification, "second")
    [interaction] = pypact.read_pact(first).interactions
    response = pypact.Response.from_http(
        reply.status_code, reply.headers.items(), reply.content
    )

    assert [] == pypact.match_response(interaction, response)
    assert first.read_bytes() == second.read_bytes()
    assert interaction.request.rules


BODIES = {
    "xml": (
        bodies.xml(
            bodies.element(
                "people",
                match.each_like(
                    bodies.element("person", match.like("Ada"), id=match.integer(1))
                ),
            )
        ),
        b'<people><person id="5">Z</person><person id="6">Y</person></people>',
        "application/xml",
    ),
    "form": (
        bodies.form({"name": match.like("Ada"), "tag": ["a", "b"]}),
        b"tag=a&tag=b&name=Zed+Z",
        "application/x-www-form-urlencoded",
    ),
    "text": (
        bodies.text(match.regex("Hello .*", "Hello You")),
        b"Hello Me",
        "text/plain",
    ),
    "binary": (
        bodies.binary(match.content_type("image/png", PNG), "image/png"),
        PNG + b"more",
        "image/png",
    ),
    "multipart": (
        bodies.multipart(
            {
                "name": match.regex("[A-Z].*", "Ada"),
                "doc": bodies.file(
                    "a.json", {"a": match.integer(1)}, "application/json"
                ),
            }
        ),
        MULTIPART,
        "multipart/form-data; boundary=x",
    ),
}


@pytest.mark.parametrize("specification", ["2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize(("body", "sent", "content_type"), BODIES.values(), ids=BODIES)
@pytest.mark.filterwarnings("ignore:.*is newer than Pact Specification")
def test_a_body_from_pypact_bodies_has_its_content_type(
    recorded, specification, body, sent, content_type
):
    def define(pact):
        request = pact.upon_receiving("r").with_request("POST", "/q", body=body)
        request.will_respond_with(200, body=body)

    reply, file = recorded(define, post(sent, content_type), specification)
    [interaction] = pypact.read_pact(file).interactions

    assert body.content == reply.content
    assert body.content_type == reply.headers["Content-Type"]
    assert body.content == interaction.request.body.content
    assert {"body"} <= set(interaction.request.rules)


def test_a_declared_content_type_takes_precedence(recorded):
    def define(pact):
        body = bodies.text("a;b", "text/csv")
        request = pact.upon_receiving("r").with_request("POST", "/q")
        request.will_respond_with(200, {"content-type": "text/x-list"}, body)

    reply, _ = recorded(define, post(b"", "text/plain"))

    assert "text/x-list" == reply.headers["Content-Type"]


def test_a_mapping_is_a_form_if_the_headers_declare_one(recorded):
    content_type = "application/x-www-form-urlencoded"

    def define(pact):
        pact.upon_receiving("r").with_request(
            "POST",
            "/q",
            headers={"Content-Type": content_type},
            body={"name": match.like("Ada")},
        ).will_respond_with(204)

    _, file = recorded(define, post(b"name=Zed", content_type))

    assert b"name=Ada" == pypact.read_pact(file).interactions[0].request.body.content


def test_integration_json_is_xml_if_the_headers_declare_it(recorded):
    node = {"pact:matcher:type": "type", "value": "1"}
    root = {"name": "a", "children": [{"content": "x"}], "attributes": {"id": node}}

    def define(pact):
        pact.upon_receiving("r").with_request(
            "POST", "/q", headers=XML, body={"root": root}
        ).will_respond_with(204)

    _, file = recorded(define, post(b'<a id="7">x</a>', "application/xml"))
    rules = pypact.read_pact(file).interactions[0].request.rules

    assert ["$.a['@id']"] == list(rules["body"])


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/xml", {"a": 1}),
        ("application/xml", {"root": {"children": []}}),
        ("application/x-www-form-urlencoded", {"a": {"b": 1}}),
    ],
)
def test_an_invalid_body_for_its_content_type_is_refused_with_its_line(
    content_type, body
):
    pact = pypact.Consumer("Web").has_pact_with("Users")
    with pytest.raises(pypact.InvalidExpectation, match=r"test_writer\.py:"):
        pact.upon_receiving("r").with_request(
            "POST", "/q", headers={"Content-Type": content_type}, body=body
        )


def test_path_query_headers_and_status_take_matchers(recorded):
    def define(pact):
        pact.upon_receiving("r").with_request(
            "GET",
            match.regex(r"/users/\d+", "/users/1"),
            query={"a": match.regex(r"\d+", "1"), "e": match.each_like("v")},
            headers={"Authorization": match.regex("Bearer .*", "Bearer a")},
        ).will_respond_with(
            match.status_code("clientError", 404), headers={"X-Trace": generate.uuid()}
        )

    reply, file = recorded(
        define,
        lambda: requests.get(
            f"{URL}/users/77?a=5&e=1&e=2",
            headers={"Authorization": "Bearer z"},
            timeout=5,
        ),
    )
    [interaction] = pypact.read_pact(file).interactions

    assert 404 == reply.status_code
    assert {"path", "query", "header"} == set(interaction.request.rules)
    assert {"status", "header"} == set(interaction.response.rules)
    assert {"header"} == set(interaction.response.generators)


def test_a_generated_url_points_to_the_base_url_of_the_pact(recorded):
    def define(pact):
        link = match.url("http://localhost:1234", "users", match.regex(r"\d+", "1"))
        request = pact.upon_receiving("r").with_request("GET", "/q")
        request.will_respond_with(200, body={"next": link})

    reply, file = recorded(define, lambda: requests.get(f"{URL}/q", timeout=5))

    assert {"next": f"{URL}/users/1"} == reply.json()
    assert b"http://localhost:1234/users/1" in file.read_bytes()


@pytest.mark.enable_socket
def test_a_generated_url_points_to_the_server_of_a_served_pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=URL, pact_dir=tmp_path
    )
    link = match.url("http://localhost:1234", "users", match.regex(r"\d+", "1"))
    request = pact.upon_receiving("r").with_request("GET", "/q")
    request.will_respond_with(200, body={"next": link})
    with pact.serve() as serving:
        reply = requests.get(f"{serving.url}/q", timeout=5)

    assert {"next": f"{serving.url}/users/1"} == reply.json()
