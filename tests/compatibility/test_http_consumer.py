"""The compatibility suite: HTTP consumers, V1 and V2.

The suite speaks of a mock server, so that the consumer's calls come over the loopback
to `pact.serve()`.
"""

import contextlib
import http.client
import json
from dataclasses import dataclass, field

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from shared_data import shared
from suite_cells import content_of, fixture, rows_of
from suite_interactions import Interactions, typed_headers

import pypact
from pypact.model.json import parse_json

SUITE = shared("spec", "compatibility-suite")

pytestmark = [pytest.mark.spec, pytest.mark.enable_socket]

scenarios(
    *(
        str(SUITE / "features" / version / "http_consumer.feature")
        for version in ("V1", "V2")
    )
)

ORDINALS = {"first": 0, "second": 1}
KINDS = {
    "query": "QueryMismatch",
    "header": "HeaderMismatch",
    "body": "BodyMismatch",
    "body-content-type": "BodyTypeMismatch",
}


@dataclass
class ConsumerTest:
    """A consumer test with its mock server and its results."""

    interactions: Interactions
    pact: pypact.Pact
    builders: list = field(default_factory=list)
    serving: object = None
    blocks: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    answer: http.client.HTTPResponse | None = None
    payload: bytes = b""
    error: Exception | None = None

    def start(self, *numbers, changes=None):
        self.builders = [
            self.interactions.begin(self.pact, number, changes=changes)
            for number in numbers
        ]
        self.serving = self.blocks.enter_context(self.pact.serve())

    def run(self, number, changes=None):
        row = self.interactions.row(number, changes)
        connection = http.client.HTTPConnection("localhost", self.serving.port)
        query = row.get("query")
        target = f"{row['path']}?{query}" if query else row["path"]
        connection.putrequest(row.get("method", "GET"), target)
        content = content_of(row.get("body", "")).data
        for name, value in typed_headers(row, "headers", "body"):
            connection.putheader(name, value)
        if content is not None:
            connection.putheader("Content-Length", str(len(content)))
        connection.endheaders(content)
        self.answer = connection.getresponse()
        self.payload = self.answer.read()
        connection.close()

    def finish(self):
        try:
            self.blocks.close()
        except pypact.PactError as error:
            self.error = error

    def mismatches(self):
        """All mismatches of the failed requests."""
        failed = self.serving.calls.failed

        assert failed

        return [
            mismatch
            for call in failed
            for builder in self.builders
            for mismatch in pypact.match_request(builder, call.request)
        ]


@given("the following HTTP interactions have been defined:", target_fixture="test")
def _(datatable, specification, tmp_path, monkeypatch):
    # Write at once; the pytest plugin would write when the session ends.
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: False)
    pact = pypact.Consumer("suite").has_pact_with(
        "provider", pact_dir=tmp_path, specification=specification
    )
    made = ConsumerTest(Interactions(datatable, specification), pact)
    yield made
    made.finish()


@pytest.fixture
def file(tmp_path):
    return tmp_path / "suite-provider.json"


@when(
    parsers.re(
        r'the mock server is started with interactions? "?(?P<numbers>[\d, ]+)"?$'
    )
)
def _(test, numbers):
    test.start(*map(int, numbers.split(",")))


@when(
    parsers.parse(
        "the mock server is started with interaction {number:d} but with the following "
        "changes:"
    )
)
def _(test, number, datatable):
    test.start(number, changes=rows_of(datatable)[0])


@when(parsers.parse("request {number:d} is made to the mock server"))
def _(test, number):
    test.run(number)


@when(
    parsers.parse(
        "request {number:d} is made to the mock server with the following changes:"
    )
)
def _(test, number, datatable):
    test.run(number, rows_of(datatable)[0])


@when("the pact test is done")
def _(test):
    test.finish()


@then(parsers.re(r"a (?P<status>\d+) (success|error) response is returned"))
def _(test, status):
    assert int(status) == test.answer.status, test.payload


@then(parsers.parse('the payload will contain the "{name}" JSON document'))
def _(test, name):
    assert json.loads(fixture(f"{name}.json").read_bytes()) == json.loads(test.payload)


@then(parsers.parse('the content type will be set as "{content_type}"'))
def _(test, content_type):
    assert content_type == test.answer.headers["Content-Type"]


@then("the mock server status will be OK")
def _(test):
    assert test.error is None


@then("the mock server status will NOT be OK")
def _(test):
    assert isinstance(test.error, (pypact.UnexpectedRequest, pypact.MissingRequests))


@then(
    parsers.re(
        r"the mock server will write out a Pact file for the interactions? when done"
    )
)
def _(test, file):
    assert [one.to_json() for one in test.builders] == read(file)["interactions"]


@then(
    parsers.re(
        r"the mock server will NOT write out a Pact file for the interactions? when "
        r"done"
    )
)
def _(file):
    assert not file.exists()


@then(
    parsers.parse(
        "the mock server status will be an expected but not received error for "
        "interaction {{{number:d}}}"
    )
)
def _(test, number):
    assert isinstance(test.error, pypact.MissingRequests)
    assert f'"interaction {number}"' in str(test.error)
    assert [f"interaction {number}"] == [
        one.description for one in test.error.message.missing
    ]


@then(
    parsers.parse(
        'the mock server status will be an unexpected "{method}" request received '
        "error for interaction {{{number:d}}}"
    )
)
def _(test, method, number):
    assert_unexpected(test, method, test.interactions.row(number)["path"])


@then(
    parsers.parse(
        'the mock server status will be an unexpected "{method}" request received '
        'error for path "{path}"'
    )
)
def _(test, method, path):
    assert_unexpected(test, method, path)


def assert_unexpected(test, method, path):
    assert isinstance(test.error, pypact.UnexpectedRequest)
    assert [(method, path)] == [
        (call.method, call.path) for call in test.serving.calls.failed
    ]
    assert f": {method} {test.serving.url}{path} matches no" in str(test.error)
    assert {"MethodMismatch", "PathMismatch"} & {
        mismatch.type_name for mismatch in test.mismatches()
    }


@then("the mock server status will be mismatches")
def _(test):
    types = {mismatch.type_name for mismatch in test.mismatches()}

    assert isinstance(test.error, pypact.UnexpectedRequest)
    assert types
    assert not types & {"MethodMismatch", "PathMismatch"}


@then(
    parsers.re(
        r'the mismatches will contain a "(?P<kind>[^"]+)" mismatch with error '
        r'"(?P<text>.*)"'
    )
)
def _(test, kind, text):
    assert_told(test, kind, text)


@then(
    parsers.re(
        r'the mismatches will contain a "(?P<kind>[^"]+)" mismatch with path '
        r'"(?P<path>[^"]+)" with error "(?P<text>.*)"'
    )
)
def _(test, kind, path, text):
    assert_told(test, kind, text, path)


def assert_told(test, kind, text, path=None):
    found = [
        (mismatch.path, mismatch.message)
        for mismatch in test.mismatches()
        if mismatch.type_name == KINDS[kind]
    ]

    assert any(text in message and path in (None, where) for where, message in found), (
        found
    )


@then(parsers.parse("the pact file will contain {{{count:d}}} interaction"))
def _(file, count):
    assert count == len(read(file)["interactions"])


@then(parsers.parse('the {{{ordinal}}} interaction request will be for a "{method}"'))
def _(file, ordinal, method):
    assert method == interaction_in(file, ordinal)["request"]["method"]


@then(
    parsers.parse(
        'the {{{ordinal}}} interaction {part} will contain the "{name}" document'
    )
)
def _(file, ordinal, part, name):
    document = parse_json(fixture(name).read_bytes())

    assert document == interaction_in(file, ordinal)[part]["body"]


@then(
    parsers.parse(
        'the {{{ordinal}}} interaction request content type will be "{content_type}"'
    )
)
def _(file, ordinal, content_type):
    headers = interaction_in(file, ordinal)["request"]["headers"]

    assert content_type == headers["Content-Type"]


@then(
    parsers.parse(
        'the {{{ordinal}}} interaction request query parameters will be "{query}"'
    )
)
def _(file, ordinal, query):
    assert query == interaction_in(file, ordinal)["request"]["query"]


@then(
    parsers.parse(
        'the {{{ordinal}}} interaction request will contain the header "{name}" with '
        'value "{value}"'
    )
)
def _(file, ordinal, name, value):
    assert value == interaction_in(file, ordinal)["request"]["headers"][name]


def read(file):
    return parse_json(file.read_bytes())


def interaction_in(file, ordinal):
    return read(file)["interactions"][ORDINALS[ordinal]]
