"""The compatibility suite: V3 generators, also in the parts of HTTP messages."""

import re
import uuid

import pytest
from pytest_bdd import given, parsers, scenarios, then, when
from shared_data import shared
from suite_cells import part_of, rows_of

from pypact.formats import read_request, read_response
from pypact.generators import apply_to_request, apply_to_response
from pypact.model.interactions import SpecificationVersion
from pypact.model.json import parse_json
from pypact.rules.dates import check_date_text

SUITE = shared("spec", "compatibility-suite")

pytestmark = pytest.mark.spec

scenarios(str(SUITE / "features" / "V3" / "generators.feature"))
scenarios(str(SUITE / "features" / "V3" / "http_generators.feature"))


@pytest.fixture
def mode():
    return "consumer"


@given(
    "a request configured with the following generators:", target_fixture="configured"
)
def _(datatable):
    part = part_of(rows_of(datatable)[0])
    return read_request({"method": "GET", "path": "/"} | part, SpecificationVersion.V4)


@given(
    "a response configured with the following generators:", target_fixture="configured"
)
def _(datatable):
    part = part_of(rows_of(datatable)[0])
    return read_response({"status": 200} | part, SpecificationVersion.V4)


@given(
    parsers.parse('the generator test mode is set as "{name}"'), target_fixture="mode"
)
def _(name):
    return name.lower()


@when("the request is prepared for use", target_fixture="prepared")
def _(configured, mode):
    return apply_to_request(configured, mode, {})


@when(
    parsers.parse('the request is prepared for use with a "{name}" context:'),
    target_fixture="prepared",
)
def _(configured, mode, name, datatable):
    return apply_to_request(configured, mode, {name: parse_json(datatable[0][0])})


@when("the response is prepared for use", target_fixture="prepared")
def _(configured, mode):
    return apply_to_response(configured, mode, {})


@then(
    parsers.re(
        r'the body value for "\$\.(?P<key>\w+)" will have been replaced with an? '
        r'"(?P<kind>.*)"'
    )
)
def _(configured, prepared, key, kind):
    before = parse_json(configured.body.content)[key]
    after = parse_json(prepared.body.content)[key]

    assert before != after
    assert KINDS[kind](after), after


@then(parsers.parse('the request "{part}" will be set as "{value}"'))
def _(prepared, part, value):
    assert value == part_text(prepared, part)


@then(parsers.parse('the request "{part}" will match "{pattern}"'))
@then(parsers.parse('the response "{part}" will match "{pattern}"'))
def _(prepared, part, pattern):
    assert re.fullmatch(pattern, part_text(prepared, part))


@then(parsers.parse('the response "{part}" will not be "{value}"'))
def _(prepared, part, value):
    assert value != part_text(prepared, part)


def part_text(message, part):
    name = part.partition("[")[2].rstrip("]")
    if part.startswith("header["):
        return ",".join(message.headers[name])
    if part.startswith("queryParameter["):
        return ",".join(message.query[name])
    return str(getattr(message, part))


def is_a(pattern):
    return lambda value: re.fullmatch(pattern, str(value)) is not None


def has_format(pattern):
    return lambda value: check_date_text(pattern, value) is None


KINDS = {
    "integer": is_a(r"-?\d+"),
    "decimal number": is_a(r"-?\d+\.\d+"),
    "hexadecimal number": is_a(r"[0-9A-Fa-f]+"),
    "random string": is_a(r"[0-9A-Za-z]+"),
    "string from the regex": is_a(r"\d{1,8}"),
    "date": has_format("yyyy-MM-dd"),
    "time": has_format("HH:mm:ss"),
    "date-time": has_format("yyyy-MM-dd'T'HH:mm:ss.SSSZ"),
    "UUID": lambda value: uuid.UUID(value) is not None,
    "boolean": lambda value: value is True or value is False,
}
