"""Hostile and broken input gives errors of pypact, within bounds of time.

The short form always runs; the long one is `pytest -n0 -m fuzz tests/fuzz`, with the
number of examples in PYPACT_FUZZ_EXAMPLES (by default 2,000 for each test). What was
found is in `test_corpus.py`.
"""

import contextlib
import gc
import io
import json
import logging
import os
import time
import warnings
from pathlib import Path

import pytest
import requests
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import pypact
from pypact.broker.hal import HalClient
from pypact.errors import PactError
from pypact.formats import contract_to_json, read_pact
from pypact.generators.table import GENERATORS, run_generator
from pypact.model.interactions import HttpInteraction
from pypact.model.rules import Generator, Rule
from pypact.rules import RULES
from pypact.rules.compiled import CompiledRule
from pypact.server import MockServer, StubServer
from pypact.server.app import MockApp
from pypact.server.expectations import read_expectation
from pypact.server.parsing import InvalidRequest, read_body, read_head
from pypact.server.session import Session, WriteOptions
from pypact.server.stubs import StubApp, StubContracts
from pypact.verifier.verifier import Verifier
from pypact.web import WebResponse

LONG = int(os.environ.get("PYPACT_FUZZ_EXAMPLES", "2000"))
MOST_SECONDS = 2.0

odd_texts = st.sampled_from(
    [
        "",
        " ",
        "\0",
        "\ud800",
        "\U0001f600",
        "a" * 3_000,
        "$",
        "$.",
        "$['a",
        "$.a[*].*['b']",
        "[0]",
        "../../x",
        "{}",
        "%",
        "%zz%41",
        "a=b&a=c&&=",
        "text/plain",
        "application/json",
        "multipart/form-data",
        "application/xml; charset=nope",
        "GET",
        "200",
        "type",
        "regex",
        "(a+)+$",
        "(",
        "yyyy-MM-dd'T'HH:mm:ss",
        "json",
        "base64",
        "Pact::Term",
        "1e9",
    ]
)
texts = odd_texts | st.text(max_size=12)
numbers = st.sampled_from(
    [0, 1, -1, 200, 404, 10**20, 10**400, 1.5, -0.0, 1e300, 5e-324]
) | st.integers(-5, 700)
scalars = st.none() | st.booleans() | numbers | texts
keys = (
    st.sampled_from(
        [
            "type",
            "name",
            "request",
            "response",
            "body",
            "content",
            "contentType",
            "encoded",
            "matchers",
            "match",
            "regex",
            "min",
            "max",
            "combine",
            "rules",
            "variants",
            "index",
            "value",
            "format",
            "json_class",
            "data",
            "$",
            "$.a",
            "$.body.a",
            "a",
            "_links",
            "href",
        ]
    )
    | texts
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)
SOME_RULES = {
    "status": {"matchers": [{"match": "statusCode", "status": "success"}]},
    "header": {"X-A": {"matchers": [{"match": "regex", "regex": "[a-z]+"}]}},
    "body": {
        "$.a": {"combine": "OR", "matchers": [{"match": "type", "min": 1}]},
        "$.b": {"matchers": [{"match": "eachKey", "rules": [{"match": "type"}]}]},
        "$.c": {"matchers": [{"match": "arrayContains", "variants": [{"index": 0}]}]},
        "$.d": {"matchers": [{"match": "ignore-order"}, {"match": "values"}]},
        "$.e": {"matchers": [{"match": "datetime", "format": "yyyy-MM-dd"}]},
    },
}
BODY = {"a": [1], "b": {"x": 1}, "c": [{"y": 1}], "d": [1, 2], "e": "2020-01-01"}
VERSIONS = ["1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0"]


def build_pact(version):
    """Return a valid contract of a version that uses most members."""
    body = BODY
    query = "a=1&b=2"
    headers = {"X-A": "a", "Content-Type": "application/json"}
    rules = SOME_RULES
    if version in ("1.0.0", "1.1.0", "2.0.0"):
        rules = {"$.body.a": {"match": "type", "min": 1}, "$.headers.X-A": {"min": 1}}
    else:
        query = {"a": ["1"], "b": ["2"]}
    if version == "4.0":
        body = {"content": BODY, "contentType": "application/json", "encoded": False}
        headers = {name: [value] for name, value in headers.items()}
    part = {"headers": headers, "body": body, "matchingRules": rules}
    part["generators"] = {"body": {"$.a": {"type": "RandomInt", "min": 0}}}
    interaction = {
        "type": "Synchronous/HTTP",
        "description": "d",
        "providerStates": [{"name": "s", "params": {"id": 1}}],
        "request": {"method": "POST", "path": "/a", "query": query, **part},
        "response": {"status": 200, **part},
        "comments": {"text": ["c"]},
    }
    message = {"description": "m", "contents": body, "metadata": {"k": "v"}}
    interactions = [interaction]
    if version == "4.0":
        interactions.append({**message, "type": "Asynchronous/Messages"})
        sync = {"request": message, "response": [message]}
        interactions.append({**sync, "type": "Synchronous/Messages"})
    found = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": interactions,
        "metadata": {"pactSpecification": {"version": version}},
    }
    return {**found, "messages": [message]} if version == "3.0.0" else found


def list_places(value, place=()):
    """Return the places of all values in a JSON value, each a tuple of steps."""
    found = [place]
    steps = value.items() if isinstance(value, dict) else ()
    if isinstance(value, list):
        steps = enumerate(value)
    for step, item in steps:
        found += list_places(item, (*place, step))
    return found


def put(value, place, new):
    """Return a copy of a JSON value with another value at a place."""
    if not place:
        return new
    first, *rest = place
    if isinstance(value, list):
        copy = list(value)
        copy[first] = put(value[first], rest, new)
        return copy
    return {**value, first: put(value[first], rest, new)}


@st.composite
def contracts(draw):
    """Draw a contract with one to three odd members."""
    data = build_pact(draw(st.sampled_from(VERSIONS)))
    for _ in range(draw(st.integers(1, 3))):
        places = list_places(data)[1:]
        data = put(data, draw(st.sampled_from(places)), draw(values))
    return data


xml_bodies = st.sampled_from(
    [
        b"<a/>",
        b"<a b='1'><c>x</c><c>y</c></a>",
        b"<a>" * 400 + b"</a>" * 400,
        b"<!DOCTYPE a [<!ENTITY e 'x'>]><a>&e;</a>",
        b"<a xmlns:n='u'><n:b/></a>",
        b"<a",
    ]
)
multipart_bodies = st.sampled_from(
    [
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
        b"--b\r\n\r\nx\r\n--b--",
        b"--b",
        b"--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--b--",
    ]
)
json_bodies = values.map(lambda value: json.dumps(value).encode())
bodies = (
    json_bodies
    | xml_bodies
    | multipart_bodies
    | st.binary(max_size=40)
    | st.sampled_from([b"", b"null", b'{"a": 1e99999}', b"[" * 5_000, b"\xff\xfe"])
    | st.sampled_from([b'{"a": 1e99999999999999999999}', b"9" * 5_000, b"a=1&a=2&%"])
)
content_types = st.sampled_from(
    [
        "application/json",
        "application/xml",
        "text/plain",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "application/octet-stream",
        "image/png",
        "*/*",
        "nonsense",
        "",
    ]
)
header_lines = st.lists(
    st.tuples(st.sampled_from(["X-A", "x-a", "Accept", "Set-Cookie"]), texts),
    max_size=4,
)


def bounded(check):
    """Return a check that fails if it takes too long, and ignores pypact's warnings."""

    def run(*arguments):
        began = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", pypact.errors.PactWarning)
            check(*arguments)
        assert time.process_time() - began < MOST_SECONDS

    return run


def fuzz(strategy, examples):
    """Return a decorator that runs a check with a short and a long form."""

    def decorate(check):
        def run(count):
            @settings(
                max_examples=count,
                deadline=None,
                derandomize=count == examples,
                database=None,
                phases=[Phase.generate, Phase.shrink],
                suppress_health_check=list(HealthCheck),
            )
            @given(strategy)
            def run_examples(drawn):
                bounded(check)(drawn)

            run_examples()

        def test(count):
            run(count)

        long = pytest.param(LONG, marks=pytest.mark.fuzz, id="long")
        marked = pytest.mark.parametrize(
            "count", [pytest.param(examples, id="short"), long]
        )(test)
        marked.__name__ = check.__name__
        marked.__doc__ = check.__doc__
        return marked

    return decorate


def respond_with(status, headers, content):
    def app(_environ, start_response):
        start_response(status, headers)
        return [content]

    return app


@fuzz(st.tuples(contracts(), bodies, content_types), 50)
def test_contracts_with_odd_members(drawn):
    """A contract is refused as a whole, or each interaction has a result."""
    data, content, content_type = drawn
    try:
        contract = read_pact(data)
    except PactError:
        return
    app = respond_with("200 OK", [("Content-Type", content_type)], content)
    verifier = Verifier("Users", app=app, pacts=contract, unknown_states="ignore")
    with_errors_of_pypact(lambda: verifier.verify(reports=[], allow_empty=True))
    for version in VERSIONS:
        with_errors_of_pypact(lambda v=version: contract_to_json(contract, v))
        with_errors_of_pypact(
            lambda v=version: contract_to_json(contract, v, lossy=True)
        )
    request = pypact.Request.from_http("POST", "/a?a=1&b=2", [("X-A", "a")], content)
    stub = StubApp(StubContracts(contract))
    assert stub(request, "").status


def with_errors_of_pypact(call):
    """Return what a call returns, or None if it raises an error of pypact."""
    try:
        return call()
    except PactError as error:
        text = str(error)
    assert text
    return None


@fuzz(
    st.tuples(bodies, bodies, content_types, content_types, values, header_lines), 100
)
def test_bodies_of_all_content_types(drawn):
    """Two messages are compared, whatever their bodies and rules are."""
    expected, actual, type_, other_type, rules, lines = drawn
    interaction = HttpInteraction(
        description="d",
        request=pypact.Request.from_http(
            "POST", "/", [("Content-Type", type_), *lines], expected
        ),
        response=pypact.Response.from_http(
            200, [("Content-Type", type_), *lines], expected
        ),
    )
    request = pypact.Request.from_http(
        "POST", "/", [("Content-Type", other_type), *lines[1:]], actual
    )
    response = pypact.Response.from_http(200, [("Content-Type", other_type)], actual)
    for mismatch in (
        *pypact.match_request(interaction, request),
        *pypact.match_response(interaction, response),
    ):
        assert str(mismatch)
    part = {"headers": {"Content-Type": type_}, "matchingRules": {"body": rules}}
    part["body"] = expected.decode("utf-8", "replace")
    with_errors_of_pypact(lambda: pypact.match_response(interaction, part))


rule_names = st.sampled_from([*sorted(RULES), "unknown"])


@fuzz(
    st.tuples(rule_names, st.dictionaries(keys, values, max_size=3), values, values),
    100,
)
def test_rules_with_odd_attributes(drawn):
    """A rule accepts a value, or gives a text; its own errors are texts, too."""
    name, attributes, expected, actual = drawn
    interaction = {
        "request": {},
        "response": {
            "headers": {"Content-Type": "application/json"},
            "body": {"a": expected},
            "matchingRules": {"body": {"$.a": {"match": name, **attributes}}},
        },
    }
    data = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [interaction],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }
    (found,) = read_pact(data).interactions
    content = json.dumps({"a": actual}).encode()
    headers = [("Content-Type", "application/json")]
    response = pypact.Response.from_http(200, headers, content)
    with_errors_of_pypact(
        lambda: list(map(str, pypact.match_response(found, response)))
    )
    assert CompiledRule(Rule(name, attributes)).kind.describe(attributes)


rule_paths = st.lists(
    st.sampled_from(
        [
            *("$", ".", "a", "b", "[", "]", "'", "*", "0", "[*]", "['b']", "@x"),
            *("#text", "..", "\\", "\ud800", " ", ".a", ".*", "[1]", "['@x']", "é"),
        ]
    ),
    max_size=8,
).map("".join)
rules_by_path = st.dictionaries(
    rule_paths,
    st.sampled_from(
        [
            {"matchers": [{"match": "type"}]},
            {"matchers": [{"match": "regex", "regex": "(a+)+$"}]},
            {"matchers": [{"match": "type", "min": 2}, {"match": "integer"}]},
            {"matchers": [{"match": "eachValue", "rules": [{"match": "type"}]}]},
            {"matchers": []},
        ]
    ),
    max_size=5,
)
examples_by_type = st.sampled_from(
    [
        ("application/json", '{"a": [{"b": "a"}, 1], "b": {"a": "aaa"}}'),
        ("application/xml", "<a x='1'><b>1</b><b>a</b>x</a>"),
        ("application/x-www-form-urlencoded", "a=1&a=2&b=a"),
        (
            "multipart/form-data; boundary=b",
            '--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n',
        ),
        ("text/plain", "aaa"),
    ]
)


def build_response_pact(version, response):
    interaction = {"description": "d", "request": {}, "response": response}
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [{"type": "Synchronous/HTTP", **interaction}],
        "metadata": {"pactSpecification": {"version": version}},
    }


@fuzz(st.tuples(rules_by_path, examples_by_type, bodies), 60)
def test_rule_paths(drawn):
    """The rules of all content types are applied, whatever their paths are."""
    rules, (content_type, example), actual = drawn
    body = {"content": example, "contentType": content_type, "encoded": False}
    part = {"headers": {"Content-Type": [content_type]}, "body": body}
    data = build_response_pact("4.0", {**part, "matchingRules": {"body": rules}})
    contract = read_pact(data)
    (found,) = contract.interactions
    lines = [("Content-Type", content_type)]
    for content in (example.encode(), actual):
        response = pypact.Response.from_http(200, lines, content)
        with_errors_of_pypact(
            lambda r=response: list(map(str, pypact.match_response(found, r)))
        )
    for version in VERSIONS:
        with_errors_of_pypact(
            lambda v=version: contract_to_json(contract, v, lossy=True)
        )
    assert len(contract_to_json(contract, "4.0")["interactions"]) == 1


named_values = st.dictionaries(
    st.sampled_from(["a", "A", "Accept", "Date", "Set-Cookie", "Content-Type"]) | texts,
    st.lists(texts, max_size=4) | texts,
    max_size=4,
)


@fuzz(
    st.tuples(
        st.sampled_from(VERSIONS),
        named_values | texts,
        named_values,
        rules_by_path,
        texts,
        named_values,
    ),
    60,
)
def test_queries_and_headers(drawn):
    """Requests are compared in each version, whatever the queries and headers are."""
    version, query, headers, rules, other_query, other_headers = drawn
    request = {"method": "GET", "path": "/", "query": query, "headers": headers}
    request["matchingRules"] = {"query": rules, "header": rules}
    data = build_response_pact(version, {})
    data["interactions"][0]["request"] = request
    contract = with_errors_of_pypact(lambda: read_pact(data))
    lines = [
        (name, value)
        for name, values in other_headers.items()
        for value in ([values] if isinstance(values, str) else values)
    ]
    stub = StubApp(StubContracts(contract)) if contract else None
    target = f"/?{other_query}"
    actual = with_errors_of_pypact(
        lambda: pypact.Request.from_http("GET", target, lines, b"")
    )
    if stub is None or actual is None:
        return
    assert stub(actual, "").status
    for found in contract.interactions:
        if isinstance(found, HttpInteraction):
            with_errors_of_pypact(
                lambda f=found: list(map(str, pypact.match_request(f, actual)))
            )


generator_types = st.sampled_from(sorted(GENERATORS))


@fuzz(
    st.tuples(generator_types, st.dictionaries(keys, values, max_size=4), values), 120
)
def test_generators_with_odd_attributes(drawn):
    """A generator gives a value, or leaves the example."""
    type_, attributes, example = drawn
    generator = Generator(type_, {**attributes, "size": 10})
    run_generator(generator, example, mode="provider", context={"a": example})


methods = st.sampled_from([b"GET", b"POST", b"OPTIONS", b"X", b"", b"G\xc3"])
targets = st.sampled_from([b"/", b"/a?b=%", b"*", b"http://x/", b"", b"/\xff", b"a b"])
raw_lines = st.lists(
    st.sampled_from(
        [
            b"Host: localhost",
            b"Host: a b",
            b"Content-Length: 3",
            b"Content-Length: -1",
            b"Content-Length: 99999999999999999999",
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: nonsense",
            b" folded",
            b"No colon",
            b"X: \x00",
            b"X: \r",
            b"Expect: 100-continue",
        ]
    )
    | st.binary(max_size=20),
    max_size=5,
)
raw_bodies = st.sampled_from(
    [
        b"abc",
        b"3\r\nabc\r\n0\r\n\r\n",
        b"zz\r\n",
        b"fffffffffffffffff\r\n",
        b"",
        b"3\r\n",
    ]
)


@fuzz(st.tuples(methods, targets, raw_lines, raw_bodies), 200)
def test_requests_to_a_server(drawn):
    """The bytes of a request are read, or refused with a status."""
    method, target, lines, body = drawn
    head = b"\r\n".join([method + b" " + target + b" HTTP/1.1", *lines, b"", b""])
    file = io.BufferedReader(io.BytesIO(head + body))
    status = 400
    try:
        found = read_head(file)
        if found is not None:
            read_body(found, file, 1_000)
    except InvalidRequest as error:
        status = error.status
    except EOFError:  # the connection ends inside of the request
        pass
    assert 400 <= status < 600


ADMIN_PATHS = ["/interactions", "/pact", "/session", "/interactions/verification", "/x"]


@fuzz(
    st.tuples(
        st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        st.sampled_from(ADMIN_PATHS),
        values | contracts().map(lambda data: data["interactions"]),
        st.booleans(),
    ),
    100,
)
def test_requests_to_a_mock_server(drawn):
    """A mock server responds to each request, with a status that says whether."""
    method, path, data, is_admin = drawn
    session = Session("Users", WriteOptions("Web", "Users", "pacts"))
    app = MockApp(session)
    lines = [("Host", "localhost:1")]
    if is_admin:
        lines.append(("X-Pact-Mock-Service", "true"))
    if path == "/pact":
        method = "GET"  # nothing is written
    content = json.dumps(data).encode()
    request = pypact.Request.from_http(method, path, lines, content)
    assert 200 <= app(request, "127.0.0.1").status < 600


class FakeWeb:
    """A broker that responds with one document."""

    def __init__(self, status, content):
        self._response = WebResponse(
            status, "application/hal+json", content, "http://b"
        )

    def send(self, *_, **__):
        return self._response

    def mask(self, text):
        return text


@fuzz(st.tuples(st.sampled_from([200, 201, 404, 409, 500]), bodies), 200)
def test_documents_of_a_broker(drawn):
    """A document of a broker is read, or is an error of pypact."""
    status, content = drawn
    client = HalClient(FakeWeb(status, content))
    document = with_errors_of_pypact(lambda: client.get("http://b/", "self"))
    if document is None:
        return
    for relation in ("a", "self", "pb:pacts"):
        with_errors_of_pypact(lambda r=relation: document.find_link(r))


def run_verifier(_):
    data = build_pact("4.0")
    content = json.dumps(BODY).encode()
    app = respond_with("200 OK", [("Content-Type", "application/json")], content)

    def run():
        verifier = Verifier(
            "Users", app=app, pacts=read_pact(data), unknown_states="ignore"
        )
        with_errors_of_pypact(lambda: verifier.verify(reports=[]))

    yield run


def run_block(folder):
    pact = pypact.Pact(
        "Web",
        "Users",
        port=None,
        base_url="http://users.local",
        pact_dir=folder,
        specification="4.0",
    )

    def run():
        users = pact.upon_receiving("a request").with_request("GET", "/users")
        users.will_respond_with(200, body=[{"id": 1}])
        with pact.intercept():
            requests.get("http://users.local/users", timeout=5)

    yield run


def send_to(url):
    session = requests.Session()
    session.get(f"{url}/a", timeout=5)
    session.get(f"{url}/missing?x={'y' * 1_000}", timeout=5)


EXPECTATION = {
    "description": "x",
    "request": {"method": "get", "path": "/a"},
    "response": {"status": 200},
}


def run_mock_server(folder):
    with MockServer(port=0, pact_dir=folder) as server:
        requests.put(
            f"{server.url}/interactions",
            headers={"X-Pact-Mock-Service": "true"},
            json={"interactions": [EXPECTATION]},
            timeout=5,
        )
        yield lambda: send_to(server.url)


def run_stub(folder):
    names = {"consumer": {"name": "Web"}, "provider": {"name": "Users"}}
    path = folder / "contract.json"
    path.write_text(json.dumps({**names, "interactions": [EXPECTATION]}))
    with StubServer(path, port=0) as server:
        yield lambda: send_to(server.url)


@pytest.mark.fuzz
@pytest.mark.enable_socket
@pytest.mark.parametrize("start", [run_verifier, run_block, run_mock_server, run_stub])
def test_memory_does_not_grow(start, tmp_path, caplog):
    """Resident memory after 1,000 runs is at most 1.1 times that after 100."""
    caplog.set_level(logging.CRITICAL, "pypact")  # pytest keeps what is logged
    status = Path("/proc/self/status")
    if not status.exists():
        pytest.skip("the resident memory is read from /proc")

    def read_resident():
        gc.collect()
        (line,) = [x for x in status.read_text().splitlines() if x.startswith("VmRSS")]
        return int(line.split()[1])

    sizes = []
    with contextlib.contextmanager(start)(tmp_path) as run:
        for count in (100, 900):
            for _ in range(count):
                run()
            sizes.append(read_resident())

    assert sizes[1] <= 1.1 * sizes[0]


def test_a_mock_server_forgets_requests_of_a_long_session():
    """Memory grew with each request, by 15 kB for an unexpected one."""
    session = Session("Users", WriteOptions("Web", "Users", "pacts"))
    session.add(read_expectation(EXPECTATION, "interaction"))
    app = MockApp(session)

    for number in range(1_100):
        path = "/a" if number % 10 else "/missing"
        app(pypact.Request.from_http("GET", path, [], b""), "127.0.0.1")

    verdict = session.judge()
    assert len(verdict.unexpected) == len(session.find_unmatched()) == 100
    assert "10 more unexpected requests are not listed" in str(verdict.note)
    assert len(session._registry.exchanges) == 100 + 990
    session.clear()
    assert not session.find_unmatched()
