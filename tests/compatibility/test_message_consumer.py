"""The compatibility suite: message consumers, V3."""

import json
from dataclasses import dataclass, field

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from shared_data import shared
from suite_cells import content_of, fixture, json_cell, rows_of

import pypact
from pypact.model.json import parse_json

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(str(SUITE / "features" / "V3" / "message_consumer.feature"))

ORDINALS = {"first": 0, "second": 1}


@dataclass
class MessageTest:
    """A consumer test under construction, and its results."""

    message: object
    received: list = field(default_factory=list)
    error: Exception | None = None

    def run(self, problem=None):
        def handler(contents, metadata):
            self.received.append((contents, metadata))
            if problem is not None:
                raise RuntimeError(problem)

        try:
            self.message.verify(handler)
        except RuntimeError as error:
            self.error = error


@pytest.fixture
def file(tmp_path):
    return tmp_path / "suite-provider.json"


@given(
    "a message integration is being defined for a consumer test",
    target_fixture="test",
)
def _(tmp_path, monkeypatch):
    # Write at once; the pytest plugin would write when the session ends.
    monkeypatch.setattr("pypact.consumer.writer.is_writing_deferred", lambda: False)
    pact = pypact.Consumer("suite").has_pact_with(
        "provider", pact_dir=tmp_path, specification="3.0.0"
    )
    return MessageTest(pact.expects_message("a message"))


@given(parsers.parse('the message payload contains the "{name}" JSON document'))
def _(test, name):
    content = content_of(f"file: {name}.json")
    test.message.with_contents(content.data, content.content_type)


@given("the message contains the following metadata:")
def _(test, datatable):
    test.message.with_metadata(
        {row["key"]: value_of(row["value"]) for row in rows_of(datatable)}
    )


@given("a message is defined")
def _(test):
    test.message.with_contents({"some": "thing"})


@given(parsers.parse('a provider state "{state}" for the message is specified'))
def _(test, state):
    test.message.given(state)


@given(
    parsers.parse(
        'a provider state "{state}" for the message is specified with the following '
        "data:"
    )
)
def _(test, state, datatable):
    [row] = rows_of(datatable)
    test.message.given(state, {name: json.loads(cell) for name, cell in row.items()})


@given("the message is configured with the following:")
def _(test, datatable):
    [row] = rows_of(datatable)
    if row.get("body"):
        content = content_of(row["body"])
        test.message.with_contents(content.data, content.content_type)
    if row.get("metadata"):
        test.message.with_metadata(json.loads(row["metadata"]))
    test.message.with_generators(json_cell(row["generators"]))


@when("the message is successfully processed")
def _(test):
    test.run()

    assert test.error is None


@when(
    parsers.parse(
        'the message is NOT successfully processed with a "{problem}" exception'
    )
)
def _(test, problem):
    test.run(problem)


@then(
    parsers.parse(
        'the received message payload will contain the "{name}" JSON document'
    )
)
def _(test, name):
    [(contents, _metadata)] = test.received

    assert json.loads(fixture(f"{name}.json").read_bytes()) == contents.json()


@then(parsers.parse('the received message content type will be "{content_type}"'))
def _(test, content_type):
    [(_contents, metadata)] = test.received

    assert content_type == metadata["contentType"]


@then(
    parsers.re(
        r'the received message metadata will contain "(?P<key>\w+)" == "(?P<cell>.*)"'
    )
)
def _(test, key, cell):
    [(_contents, metadata)] = test.received

    assert value_of(cell) == metadata[key]


@then(
    parsers.parse(
        'the received message metadata will contain "{key}" replaced with an "integer"'
    )
)
def _(test, key):
    [(_contents, metadata)] = test.received

    assert type(metadata[key]) is int
    assert 0 <= metadata[key] <= 1000


@then(
    parsers.parse(
        'the message contents for "$.{key}" will have been replaced with an "integer"'
    )
)
def _(test, key):
    [(contents, _metadata)] = test.received
    example = test.message.to_interaction().message.contents.content

    # The example is a string, so the generated value is the string of an integer.
    assert str(int(contents.json()[key])) == str(contents.json()[key])
    assert json.loads(example)[key] != contents.json()[key]


@then("the consumer test will have passed")
def _(test):
    assert test.error is None


@then("the consumer test will have failed")
def _(test):
    assert test.error is not None


@then(parsers.parse('the consumer test error will be "{problem}"'))
def _(test, problem):
    assert problem == str(test.error)


@then("a Pact file for the message interaction will have been written")
def _(file):
    assert "3.0.0" == read(file)["metadata"]["pactSpecification"]["version"]
    assert "a message" == read(file)["messages"][0]["description"]


@then("a Pact file for the message interaction will NOT have been written")
def _(file):
    assert not file.exists()


@then(parsers.parse("the pact file will contain {count:d} message interaction"))
def _(file, count):
    assert count == len(read(file)["messages"])


@then(
    parsers.parse(
        'the {ordinal} message in the pact file will contain the "{name}" document'
    )
)
def _(file, ordinal, name):
    assert (
        parse_json(fixture(name).read_bytes()) == message_in(file, ordinal)["contents"]
    )


@then(
    parsers.parse(
        'the {ordinal} message in the pact file content type will be "{content_type}"'
    )
)
def _(file, ordinal, content_type):
    assert content_type == message_in(file, ordinal)["metadata"]["contentType"]


@then(
    parsers.re(
        r"the (?P<ordinal>\w+) message in the pact file will contain the message "
        r'metadata "(?P<key>\w+)" == "(?P<cell>.*)"'
    )
)
def _(file, ordinal, key, cell):
    assert value_of(cell) == message_in(file, ordinal)["metadata"][key]


@then(
    parsers.re(
        r"the (?P<ordinal>\w+) message in the pact file will contain (?P<count>\d+) "
        r"provider states?"
    )
)
def _(file, ordinal, count):
    assert int(count) == len(message_in(file, ordinal)["providerStates"])


@then(
    parsers.parse(
        'the {ordinal} message in the Pact file will contain provider state "{state}"'
    )
)
def _(file, ordinal, state):
    states = message_in(file, ordinal)["providerStates"]

    assert state in [one["name"] for one in states]


@then(
    parsers.parse(
        'the provider state "{state}" for the message will contain the following '
        "parameters:"
    )
)
def _(file, state, datatable):
    [row] = rows_of(datatable)
    states = message_in(file, "first")["providerStates"]

    assert {"name": state, "params": parse_json(row["parameters"])} in states


def read(file):
    return parse_json(file.read_bytes())


def message_in(file, ordinal):
    return read(file)["messages"][ORDINALS[ordinal]]


def value_of(cell):
    text = cell.replace('\\"', '"')
    return json_cell(text) if text.startswith("JSON:") else text
