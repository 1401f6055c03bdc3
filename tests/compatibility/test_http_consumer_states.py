"""The compatibility suite: HTTP consumers, V3 (provider states)."""

import json

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from shared_data import shared
from suite_cells import rows_of

import pypact
from pypact.model.json import parse_json

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(str(SUITE / "features" / "V3" / "http_consumer.feature"))


@given(
    "an integration is being defined for a consumer test", target_fixture="interaction"
)
def _():
    pact = pypact.Consumer("suite").has_pact_with("provider", specification="3.0.0")
    builder = pact.upon_receiving("a request").with_request("GET", "/")
    return builder.will_respond_with(200)


@given(parsers.parse('a provider state "{state}" is specified'))
def _(interaction, state):
    interaction.given(state)


@given(
    parsers.parse('a provider state "{state}" is specified with the following data:')
)
def _(interaction, state, datatable):
    [row] = rows_of(datatable)
    interaction.given(state, {name: json.loads(cell) for name, cell in row.items()})


@when("the Pact file for the test is generated", target_fixture="written")
def _(interaction, tmp_path):
    path = tmp_path / "suite-provider.json"
    contract = pypact.Contract("suite", "provider", (interaction.to_interaction(),))
    pypact.write_pact(contract, path, specification="3.0.0")
    [found] = parse_json(path.read_bytes())["interactions"]
    return found


@then(
    parsers.re(
        r"the interaction in the Pact file will contain (?P<count>\d+) provider states?"
    )
)
def _(written, count):
    assert int(count) == len(written["providerStates"])


@then(
    parsers.parse(
        'the interaction in the Pact file will contain provider state "{state}"'
    )
)
def _(written, state):
    assert state in [one["name"] for one in written["providerStates"]]


@then(
    parsers.parse(
        'the provider state "{state}" in the Pact file will contain the following '
        "parameters:"
    )
)
def _(written, state, datatable):
    [row] = rows_of(datatable)
    expected = {"name": state, "params": parse_json(row["parameters"])}

    assert expected in written["providerStates"]
