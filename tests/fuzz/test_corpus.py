"""Inputs that were found to break something, each with its reason."""

import json
import time
import warnings

import pytest

import pypact
from pypact.errors import PactError
from pypact.formats import contract_to_json, read_pact
from pypact.generators.table import NOT_GENERATED, run_generator
from pypact.model.http import Query
from pypact.model.json import parse_json
from pypact.model.rules import Generator
from pypact.verifier.reports.files import run_to_dict

NAMES = {"consumer": {"name": "Web"}, "provider": {"name": "Users"}}


@pytest.mark.parametrize("value", [True, [None], {"a": 1}, 5])
@pytest.mark.parametrize("type_", ["Date", "Time", "DateTime"])
def test_a_date_generator_whose_format_is_not_a_string(type_, value):
    """TypeError: the format was passed to a cache, or to a regular expression."""
    generator = Generator(type_, {"format": value})

    assert NOT_GENERATED is run_generator(generator, "x", mode="provider", context={})


@pytest.mark.parametrize("text", ["1e99999999999999999999", "-1E-99999999999999999999"])
def test_numbers_that_python_cannot_read(text):
    """decimal.InvalidOperation."""
    with pytest.raises(ValueError, match="is too large"):
        parse_json(text)


def test_a_status_with_a_huge_exponent():
    """Minutes inside of int()."""
    response = {"status": parse_json("1e999999999")}
    began = time.process_time()
    with pytest.warns(pypact.errors.ToleranceWarning):
        read_pact({**NAMES, "interactions": [{"request": {}, "response": response}]})

    assert time.process_time() - began < 1


def test_many_values_of_one_query_name():
    """Quadratic time: each value copied those before it."""
    began = time.process_time()
    query = Query.from_text("&".join(["a=1"] * 100_000))

    assert 100_000 == len(query["a"])
    assert time.process_time() - began < 2


@pytest.mark.parametrize("rule", [{"min": "x"}, {"match": "regex", "regex": 5}])
def test_attributes_of_a_rule_of_a_wrong_type(rule):
    """TypeError while lengths were compared."""
    interaction = {
        "request": {},
        "response": {"body": [1], "matchingRules": {"$.body": rule}},
    }
    try:
        contract = read_pact({**NAMES, "interactions": [interaction]})
    except PactError:
        pytest.fail("one interaction must not refuse the file")
    except pypact.errors.ToleranceWarning:
        return
    response = pypact.Response.from_http(
        200, [("Content-Type", "application/json")], json.dumps([1, 2]).encode()
    )

    assert pypact.match_response(contract.interactions[0], response)


def compare_lists(rule, expected, actual):
    interaction = {
        "request": {},
        "response": {
            "headers": {"Content-Type": "application/json"},
            "body": {"a": expected},
            "matchingRules": {"body": {"$.a": {"matchers": [rule]}}},
        },
    }
    metadata = {"pactSpecification": {"version": "3.0.0"}}
    data = {**NAMES, "interactions": [interaction], "metadata": metadata}
    (found,) = read_pact(data).interactions
    headers = [("Content-Type", "application/json")]
    content = json.dumps({"a": actual}).encode()
    return pypact.match_response(
        found, pypact.Response.from_http(200, headers, content)
    )


@pytest.mark.parametrize(
    "rule",
    [{"match": "ignore-order"}, {"match": "arrayContains", "variants": []}],
    ids=["ignore-order", "arrayContains"],
)
def test_long_lists_that_are_compared_in_any_order(rule):
    """Minutes for 3,000 items: each was compared with each."""
    (mismatch,) = compare_lists(rule, list(range(3_000)), list(range(3_000))[::-1])

    assert "too many pairs of items" in mismatch.message
    assert [] == compare_lists(rule, list(range(300)), list(range(300))[::-1])


def test_a_header_of_many_blanks():
    """Quadratic time in a regular expression for commas."""
    interaction = pypact.read_pact(
        {
            **NAMES,
            "interactions": [
                {"request": {}, "response": {"headers": {"X-A": "a , b"}}}
            ],
        }
    ).interactions[0]
    began = time.process_time()
    response = pypact.Response.from_http(200, [("X-A", "a" + " " * 200_000 + "b")])

    assert pypact.match_response(interaction, response)
    assert time.process_time() - began < 2


def test_a_long_key_of_digits():
    """ValueError of int(): Python limits the digits of integers."""
    key = "9" * 5_000
    found = compare_lists({"match": "type"}, [{key: {"x": 1}}], [{key: {"x": "y"}}])

    assert found
    assert f"['{key}']" in found[0].path


def test_a_uuid_generator_whose_format_is_a_list():
    """TypeError: the format was looked up in a dict."""
    generator = Generator("Uuid", {"format": []})

    value = run_generator(generator, "x", mode="provider", context={})
    assert 36 == len(value)


def test_a_query_with_a_lone_surrogate():
    """UnicodeEncodeError while a contract of v1 was read."""
    assert "%ED%A0%80=%ED%A0%80" == Query([("\ud800", ("\ud800",))]).encoded()


@pytest.mark.parametrize(
    "attributes",
    [
        {"expression": "${" * 100_000},  # quadratic time
        {"expression": "${a}", "dataType": "DECIMAL"},  # infinity is not JSON
    ],
)
def test_expressions_that_give_no_value(attributes):
    generator = Generator("ProviderState", attributes)
    began = time.process_time()
    value = run_generator(generator, "x", mode="provider", context={"a": "1e999"})

    assert value is NOT_GENERATED
    assert time.process_time() - began < 1


def nest(levels, *, as_list=False):
    value = 1
    for _ in range(levels):
        value = [value] if as_list else {"a": value}
    return value


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("levels", [390, 900])
@pytest.mark.parametrize("member", ["comments", "providerStates", "response", "zzz"])
def test_members_of_an_interaction_that_are_nested_deeply(levels, as_list, member):
    """RecursionError in reports and when the contract was written."""
    deep = nest(levels, as_list=as_list)
    value = [{"name": "s", "params": {"a": deep}}]
    body = {"content": deep, "contentType": "application/json"}
    value = {"response": {"body": body}, "providerStates": value}.get(
        member, {"a": deep}
    )
    interaction = {"type": "Synchronous/HTTP", "request": {}, "response": {}}
    data = {
        **NAMES,
        "interactions": [{**interaction, "description": "x", member: value}],
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", pypact.errors.PactWarning)
        contract = read_pact(data)
        assert contract.interactions[0].description == "x"
        written = contract_to_json(contract, "4.0")
        result = verify_all(contract, b"[]")

    assert written["interactions"][0]["description"] == "x"
    (one,) = run_to_dict(result)["interactions"]
    if levels == 900:
        assert "nested deeper than 400 levels" in "".join(one["text"])
    assert json.dumps(one, indent=2)


def test_members_of_a_contract_that_are_nested_deeply():
    """RecursionError when the contract was written."""
    with pytest.raises(PactError, match="members nested deeper than 400 levels"):
        read_pact({**NAMES, "interactions": [], "x": nest(500)})


@pytest.mark.parametrize("as_list", [True, False])
@pytest.mark.parametrize("levels", [300, 950])
def test_a_response_that_is_nested_deeply(levels, as_list):
    """RecursionError while the mismatch was rendered and masked."""
    response = {"headers": {"Content-Type": "application/json"}, "body": {"a": 1}}
    data = {**NAMES, "interactions": [{"request": {}, "response": response}]}
    opening, closing = ("[", "]") if as_list else ('{"a":', "}")
    content = (opening * levels + "1" + closing * levels).encode()

    result = verify_all(read_pact(data), content)

    (one,) = run_to_dict(result)["interactions"]
    assert json.dumps(one, indent=2)
    assert one["result"] == "failed"


def verify_all(contract, content):
    def app(_environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [content]

    verifier = pypact.Verifier(
        "Users", app=app, pacts=contract, unknown_states="ignore"
    )
    try:
        return verifier.verify(reports=[])
    except pypact.errors.VerificationFailed as error:
        return error.result
