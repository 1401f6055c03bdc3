"""The compatibility suite: verification of message providers, V3."""

import json

import pytest
from pytest_bdd import given, parsers, scenarios
from shared_data import shared
from suite_cells import columns_of, content_of, json_cell, rows_of
from suite_interactions import contract_of

import pypact

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(str(SUITE / "features" / "V3" / "message_provider.feature"))


@pytest.fixture
def pact():
    return pypact.Consumer("suite").has_pact_with("p", specification="3.0.0")


def cell_of(text):
    """Return a cell with its escaped quotation marks unescaped."""
    return text.replace('\\"', '"')


def value_of(cell):
    """Return a metadata value: a string, or JSON."""
    return json_cell(cell) if cell.startswith("JSON:") else cell


def metadata_of(datatable):
    return {row["key"]: value_of(row["value"]) for row in rows_of(datatable)}


@given(
    parsers.re(
        r'a provider is started that can generate the "(?P<name>\w+)" message with '
        r'"(?P<cell>.*)"'
    )
)
def _(verification, name, cell):
    content = content_of(cell_of(cell))
    generate(verification, name, content, {"contentType": content.content_type})


@given(
    parsers.re(
        r'a provider is started that can generate the "(?P<name>\w+)" message with '
        r'"(?P<cell>.*)" and the following metadata:'
    )
)
def _(verification, name, cell, datatable):
    content = content_of(cell_of(cell))
    metadata = {"contentType": content.content_type, **metadata_of(datatable)}
    generate(verification, name, content, metadata)


def generate(verification, name, content, metadata):
    def register(verifier):
        @verifier.message(name)
        def _():
            verification.happened.append(("asked", name))
            return content.data, metadata

    verification.register.append(register)


@given(
    parsers.re(
        r'a Pact file for "(?P<name>\w+)":"(?P<cell>.*)" is to be verified'
        r'( with provider state "(?P<state>[^"]*)")?'
    )
)
def _(verification, pact, tmp_path, name, cell, state):
    message = said(pact, name, content_of(cell_of(cell)))
    if state is not None:
        message.given(state)
    add(verification, message, name, tmp_path)


@given(
    parsers.re(
        r'a Pact file for "(?P<name>\w+)":"(?P<cell>.*)" is to be verified with the '
        r"following metadata:"
    )
)
def _(verification, pact, tmp_path, name, cell, datatable):
    message = said(pact, name, content_of(cell_of(cell)), metadata_of(datatable))
    add(verification, message, name, tmp_path)


@given(parsers.parse('a Pact file for "{name}" is to be verified with the following:'))
def _(verification, pact, tmp_path, name, datatable):
    columns = columns_of(datatable)
    pairs = [pair.split("=", 1) for pair in columns.get("metadata", "").split("; ")]
    metadata = {pair[0]: value_of(pair[1]) for pair in pairs if len(pair) > 1}
    message = said(pact, name, content_of(columns["body"]), metadata)
    if columns.get("matching rules"):
        message.with_matching_rules(json_cell(columns["matching rules"]))
    add(verification, message, name, tmp_path)


def said(pact, name, content, metadata=None):
    return (
        pact.expects_message(name)
        .with_contents(content.data, content.content_type)
        .with_metadata(metadata or {})
    )


def add(verification, message, name, tmp_path):
    path = contract_of(tmp_path, name, message, specification="3.0.0")

    assert "messages" in json.loads(path.read_text("utf-8"))

    verification.pacts.append(path)
