"""The compatibility suite: verification of HTTP providers, V1 to V3."""

import json
import os

import pytest
from broker import FakeBroker, called_as
from pytest_bdd import given, parsers, scenarios, then
from shared_data import shared
from suite_cells import content_of, headers_of, rows_of
from suite_interactions import Interactions, contract_of, typed_headers

import pypact

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(
    *(
        str(SUITE / "features" / version / "http_provider.feature")
        for version in ("V1", "V2", "V3")
    )
)


@pytest.fixture
def pact():
    return pypact.Consumer("suite").has_pact_with("p")


@given(
    "the following HTTP interactions have been defined:", target_fixture="interactions"
)
def _(datatable, specification):
    return Interactions(datatable, specification)


@given(
    parsers.re(
        r"a provider is started that returns the responses? from "
        r'interactions? "?(?P<numbers>[\d, ]+)"?'
    )
)
def _(verification, interactions, numbers):
    rows = [interactions.row(int(number)) for number in numbers.split(",")]
    verification.app = provider_of(rows, verification)


@given(
    parsers.parse(
        "a provider is started that returns the response from interaction {number:d}, "
        "with the following changes:"
    )
)
def _(verification, interactions, number, datatable):
    row = interactions.row(number, rows_of(datatable)[0])
    verification.app = provider_of([row], verification)


def provider_of(rows, verification):
    """Return a WSGI app that responds to the requests of these rows."""
    answers = {(row.get("method", "GET"), row["path"]): row for row in rows}

    def app(environ, start_response):
        headers = {
            name[5:].replace("_", "-").lower(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        verification.happened.append(("asked", environ["PATH_INFO"], headers))
        row = answers.get((environ["REQUEST_METHOD"], environ["PATH_INFO"]))
        if row is None:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [b"no such page"]
        typed = typed_headers(
            row, "response headers", "response body", row.get("response content")
        )
        start_response(f"{row['response']} Whatever", typed)
        return [content_of(row.get("response body", "")).data or b""]

    return app


@given(parsers.parse("a Pact file for interaction {number:d} is to be verified"))
def _(verification, interactions, pact, number, tmp_path):
    add(verification, interactions, pact, number, tmp_path)


@given(
    parsers.parse(
        "a Pact file for interaction {number:d} is to be verified with a provider "
        'state "{state}" defined'
    )
)
def _(verification, interactions, pact, number, state, tmp_path):
    add(verification, interactions, pact, number, tmp_path, [(state, {})])


@given(
    parsers.parse(
        "a Pact file for interaction {number:d} is to be verified with the following "
        "provider states defined:"
    )
)
def _(verification, interactions, pact, number, datatable, tmp_path):
    states = [
        (row["State Name"], json.loads(row.get("Parameters") or "{}"))
        for row in rows_of(datatable)
    ]
    add(verification, interactions, pact, number, tmp_path, states)


def add(verification, interactions, pact, number, tmp_path, states=()):
    builder = interactions.begin(pact, number, states=states)
    specification = interactions.specification
    path = contract_of(tmp_path, number, builder, specification=specification)
    verification.pacts.append(path)


@then(parsers.parse('the request to the provider will contain the header "{header}"'))
def _(verification, header):
    [(name, value)] = headers_of(f"'{header}'")
    asked = [one[2] for one in verification.happened if one[0] == "asked"]

    assert asked
    assert all(value == headers[name.lower()] for headers in asked)


# -- a Pact broker ---------------------------------------------------------------------


@pytest.fixture
def broker(verification, monkeypatch):
    """A broker in this process, called in place of the one at its URL."""
    for name in [name for name in os.environ if name.startswith("PACT_")]:
        monkeypatch.delenv(name)
    made = FakeBroker()
    with called_as(made, "http://broker.test"):
        verification.pacts = pypact.Broker(
            "http://broker.test", publish=False, provider_version="1"
        )
        yield made


@given(
    parsers.parse(
        "a Pact file for interaction {number:d} is to be verified from a Pact broker"
    )
)
def _(interactions, pact, number, tmp_path, broker):
    builder = interactions.begin(pact, number)
    specification = interactions.specification
    path = contract_of(tmp_path, number, builder, specification=specification)
    broker.add(json.loads(path.read_text("utf-8")))


@given("publishing of verification results is enabled")
def _(verification, broker):
    verification.pacts = pypact.Broker(
        "http://broker.test", publish=True, provider_version="1"
    )


@then("a verification result will NOT be published back")
def _(broker):
    assert [] == broker.results


@then(
    parsers.re(
        r"a (?P<outcome>successful|failed) verification result will be published back "
        r"for (the )?interaction \{(?P<number>\d+)\}"
    )
)
def _(broker, outcome, number):
    said = {
        test["interactionDescription"]: (one["success"], test["success"])
        for one in broker.results
        for test in one["testResults"]
    }

    assert (outcome == "successful",) * 2 == said[f"interaction {number}"]


@given("a request filter is configured to make the following changes:")
def _(verification, datatable):
    [row] = rows_of(datatable)

    def configure(verifier):
        @verifier.request_filter
        def _(request):
            for name, value in headers_of(row["headers"]):
                request.set_header(name, value)

    verification.register.append(configure)
