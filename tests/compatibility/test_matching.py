"""The compatibility suite: matching of HTTP parts and the matching rules of V3."""

import re

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from shared_data import shared
from suite_cells import request_of, rows_of

import pypact

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(str(SUITE / "features" / "V3" / "matching_rules.feature"))
scenarios(str(SUITE / "features" / "V3" / "http_matching.feature"))


@pytest.fixture
def received():
    return []


def interaction_of(request):
    contract = pypact.read_pact(
        {
            "consumer": {"name": "suite consumer"},
            "provider": {"name": "suite provider"},
            "interactions": [
                {
                    "type": "Synchronous/HTTP",
                    "description": "the expected request",
                    "request": request,
                    "response": {"status": 200},
                }
            ],
            "metadata": {"pactSpecification": {"version": "4.0"}},
        }
    )
    return contract.interactions[0]


@given("an expected request configured with the following:", target_fixture="expected")
def _(datatable):
    return interaction_of(request_of(rows_of(datatable)[0]))


@given(
    parsers.re(
        r'an expected request with an? "(?P<name>.*)" header of "(?P<value>.*)"'
    ),
    target_fixture="expected",
)
def _(name, value):
    return interaction_of({"method": "GET", "path": "/", "headers": {name: value}})


@given("a request is received with the following:")
@given("the following requests are received:")
def _(received, datatable):
    received += [request_of(row) for row in rows_of(datatable)]


@given(
    parsers.re(
        r'a request is received with an? "(?P<name>.*)" header of "(?P<value>.*)"'
    )
)
def _(received, name, value):
    received.append({"method": "GET", "path": "/", "headers": {name: value}})


@when("the request is compared to the expected one", target_fixture="results")
@when("the requests are compared to the expected one", target_fixture="results")
def _(expected, received):
    return [pypact.match_request(expected, request) for request in received]


@then("the comparison should be OK")
def _(results):
    assert [[]] * len(results) == results


@then("the comparison should NOT be OK")
def _(results):
    assert all(results)


@then(
    parsers.re(
        r'the mismatches will contain a mismatch with error "(?P<path>[^"]*)"'
        r' -> "(?P<text>.*)"'
    )
)
def _(results, path, text):
    found = [
        (mismatch.path, mismatch.message) for result in results for mismatch in result
    ]

    assert any(path == where and says(message, text) for where, message in found), found


def says(message, text):
    """Return whether a message has the text; the suite writes some spaces as `\\s*`."""
    bare = re.sub(r"^Mismatch with header '[^']*': ", "", message)
    return text in (bare, bare.replace(";charset", r";\s*charset"))
