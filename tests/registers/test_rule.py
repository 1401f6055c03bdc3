"""A rule that a third party registers works wherever the rules of pypact do."""

import ipaddress
from dataclasses import replace
from unittest import mock

import pytest

from pypact import match
from pypact.errors import InvalidExpectation, NotExpressible, PactWarning
from pypact.explain.diff import diff_bodies
from pypact.explain.mismatches import describe_rule, format_mismatches
from pypact.formats import contract_to_json, read_pact
from pypact.match.nodes import make_matcher
from pypact.match.split import split, split_text
from pypact.matching import match_message, match_request, match_response
from pypact.model.body import Body, ContentType
from pypact.model.http import Headers, Query, Request, Response
from pypact.model.interactions import AsyncMessage, Contract, HttpInteraction, Message
from pypact.model.rules import Rule, RuleList
from pypact.rules import RULES, RuleKind, parse_rule, register

INSIDE = "10.1.2.3"
OUTSIDE = "192.168.1.1"
RULE = Rule("foreignIpv4", {"network": "10.0.0.0/8"})
WRITTEN = {"match": "foreignIpv4", "network": "10.0.0.0/8"}
PROBLEM = "Expected '192.168.1.1' to be an address in '10.0.0.0/8'"


def ipv4(attributes):
    """Build a check that a value is an address in the network of the rule."""
    network = ipaddress.ip_network(attributes["network"])

    def check(_, actual):
        try:
            if ipaddress.ip_address(actual) in network:
                return None
        except ValueError:
            pass
        return "Expected {actual} to be an address in {network}"

    return check


@pytest.fixture(autouse=True)
def registered():
    with mock.patch.dict(RULES):
        register(
            RuleKind(
                "foreignIpv4",
                ipv4,
                ipv4,
                ("foreign-ip-v4",),
                needs=("network",),
                words=lambda attributes: f"address in {attributes['network']}",
            )
        )
        yield
    assert "foreignIpv4" not in RULES


def at(category, key):
    return {category: {key: RuleList((RULE,))}}


def http(request=None, response=None):
    return HttpInteraction(
        description="x", request=request or Request(), response=response or Response()
    )


def body_request(content, content_type, path):
    return Request(
        "POST",
        headers=Headers([("Content-Type", (content_type,))]),
        body=Body.of(content),
        rules=at("body", path),
    )


REQUESTS = {
    "path": Request("GET", f"/{INSIDE}", rules=at("path", "")),
    "query": Request(query=Query.from_text(f"ip={INSIDE}"), rules=at("query", "ip")),
    "header": Request(
        headers=Headers([("X-Ip", (INSIDE,))]), rules=at("header", "X-Ip")
    ),
    "JSON": body_request(b'{"ip": "10.1.2.3", "n": 1}', "application/json", "$.ip"),
    "JSON list": body_request(b'["10.1.2.3"]', "application/json", "$"),
    "form": body_request(
        b"ip=10.1.2.3&a=1", "application/x-www-form-urlencoded", "$.ip"
    ),
    "text": body_request(b"10.1.2.3", "text/plain", "$"),
    "XML element": body_request(
        b"<a><ip>10.1.2.3</ip></a>", "application/xml", "$.a.ip"
    ),
    "XML text": body_request(
        b"<a><ip>10.1.2.3</ip></a>", "application/xml", "$.a.ip['#text']"
    ),
    "XML attribute": body_request(
        b'<a ip="10.1.2.3"/>', "application/xml", "$.a['@ip']"
    ),
    "multipart field": body_request(
        b'--x\r\nContent-Disposition: form-data; name="ip"\r\n\r\n'
        b"10.1.2.3\r\n--x--\r\n",
        "multipart/form-data; boundary=x",
        "$.ip",
    ),
}


def with_address(request, address):
    """Return a request with another address in place of the example."""
    content = request.body.content
    return replace(
        request,
        path=request.path.replace(INSIDE, address),
        query=Query.from_text(request.query.encoded().replace(INSIDE, address)),
        headers=Headers(
            (name, tuple(value.replace(INSIDE, address) for value in values))
            for name, values in request.headers.items()
        ),
        body=Body.of(content.replace(INSIDE.encode(), address.encode()))
        if content
        else request.body,
        rules={},
    )


def strip_slash(check):
    """Return a rule whose check ignores a slash before the address."""
    return lambda attributes: (
        lambda expected, actual: check(attributes)(
            expected.lstrip("/"), actual.lstrip("/")
        )
    )


@pytest.mark.parametrize("part", [name for name in REQUESTS if name != "path"])
def test_the_rule_accepts_and_rejects_in_each_part_of_a_request(part):
    expected = http(REQUESTS[part])

    assert [] == match_request(expected, with_address(REQUESTS[part], "10.9.9.9"))
    (found,) = match_request(expected, with_address(REQUESTS[part], OUTSIDE))
    assert RULE == found.rule
    assert PROBLEM in found.message


def test_the_rule_accepts_and_rejects_a_path():
    register(replace(RULES["foreignIpv4"], text=strip_slash(ipv4)))
    expected = http(REQUESTS["path"])

    assert [] == match_request(expected, with_address(REQUESTS["path"], "10.9.9.9"))
    (found,) = match_request(expected, with_address(REQUESTS["path"], OUTSIDE))
    assert "Expected '/192.168.1.1' to be an address in '10.0.0.0/8'" == found.message


def test_the_rule_checks_a_response():
    expected = http(
        response=Response(body=Body.of(b'"10.1.2.3"'), rules=at("body", "$"))
    )

    assert [] == match_response(expected, Response(body=Body.of(b'"10.9.9.9"')))
    (found,) = match_response(expected, Response(body=Body.of(b'"192.168.1.1"')))
    assert PROBLEM == found.message


def test_the_rule_checks_the_metadata_of_a_message():
    message = Message(metadata={"ip": INSIDE}, rules=at("metadata", "ip"))
    expected = AsyncMessage(description="x", message=message)

    assert [] == match_message(expected, None, {"ip": "10.9.9.9"})
    (found,) = match_message(expected, None, {"ip": OUTSIDE})
    assert found.message.endswith(PROBLEM)


def test_the_rule_checks_each_value_and_each_key():
    found = split(
        match.all_of(
            match.each_value(make_matcher(INSIDE, RULE), {INSIDE: INSIDE}),
            match.each_key(make_matcher(INSIDE, RULE), {INSIDE: INSIDE}),
        )
    )
    body = Body.of(b'{"10.1.2.3": "10.1.2.3"}')
    expected = http(response=Response(body=body, rules={"body": found.rules}))
    actual = Response(body=Body.of(b'{"192.168.1.1": "192.168.1.2"}'))

    messages = [one.message for one in match_response(expected, actual)]
    assert [PROBLEM.replace("1.1'", "1.2'"), PROBLEM] == messages


def test_the_rule_cannot_be_applied_to_bytes_unless_its_row_says_how():
    request = body_request(b"10.1.2.3", "application/octet-stream", "$")
    other = with_address(request, "10.9.9.9")

    (found,) = match_request(http(request), other)
    assert (
        "Unable to apply the matching rule 'foreignIpv4' to binary contents"
        == found.message
    )

    register(
        replace(RULES["foreignIpv4"], binary=lambda _: lambda _expected, _actual: None)
    )
    assert [] == match_request(http(request), other)


def test_the_row_says_how_a_list_as_a_whole_is_checked():
    def ascending(_):
        return lambda _expected, actual: (
            None if sorted(actual) == actual else "Expected {actual} to ascend"
        )

    register(
        RuleKind("ascending1", RULES["type"].json, RULES["type"].text, list=ascending)
    )
    rules = RuleList((Rule("ascending1"),))
    in_json = http(
        response=Response(body=Body.of(b"[1]"), rules={"body": {"$": rules}})
    )
    in_query = http(
        Request(query=Query.from_text("n=1"), rules={"query": {"n": rules}})
    )

    assert [] == match_response(in_json, Response(body=Body.of(b"[1, 2]")))
    (found,) = match_response(in_json, Response(body=Body.of(b"[2, 1]")))
    assert "Expected [2, 1] to ascend" == found.message
    assert [] == match_request(in_query, Request(query=Query.from_text("n=1&n=2")))
    (found,) = match_request(in_query, Request(query=Query.from_text("n=2&n=1")))
    assert 'Expected ["2", "1"] to ascend' == found.message


# -- definitions and integration JSON --------------------------------------------------


def test_the_rule_can_be_written_as_a_matching_definition():
    node = {"pact:matcher:type": "matching(foreignIpv4, '10.0.0.0/8', '10.1.2.3')"}

    assert ({"a": INSIDE}, {"$.a": RuleList((RULE,))}, {}) == split({"a": node})
    inside = {"pact:matcher:type": f"eachValue({node['pact:matcher:type']})"}
    (rule,) = split({**inside, "value": [INSIDE]}).rules["$"].rules
    assert {"rules": [WRITTEN]} == rule.attributes


def test_an_invalid_definition_names_the_rule_among_the_known_ones():
    with pytest.raises(
        InvalidExpectation, match=r"expected one of .*foreignIpv4.*, got 'foreignIpv6'"
    ):
        split({"pact:matcher:type": "matching(foreignIpv6, '::1')"})


def test_the_rule_can_be_left_out_of_matching_definitions():
    register(replace(RULES["foreignIpv4"], definition=""))

    with pytest.raises(InvalidExpectation, match="got 'foreignIpv4'"):
        split({"pact:matcher:type": "matching(foreignIpv4, '10.0.0.0/8', '10.1.2.3')"})


@pytest.mark.parametrize("name", ["foreignIpv4", "foreign-ip-v4"])
def test_the_rule_is_read_from_integration_json(name):
    node = {"pact:matcher:type": name, "network": "10.0.0.0/8", "value": INSIDE}

    assert (INSIDE, {"$": RuleList((RULE,))}, {}) == split(node)
    assert ((INSIDE,), RuleList((RULE,)), None) == split_text(node)


def test_integration_json_without_a_required_attribute_is_refused():
    with pytest.raises(InvalidExpectation, match="rule 'foreignIpv4' needs 'network'"):
        split({"pact:matcher:type": "foreignIpv4", "value": INSIDE})


def test_the_row_limits_the_attributes_of_integration_json():
    register(replace(RULES["foreignIpv4"], accepts=("network",)))
    node = {"pact:matcher:type": "foreignIpv4", "network": "10.0.0.0/8", "min": 1}

    assert {"$": RuleList((RULE,))} == split({**node, "value": INSIDE}).rules


def test_an_example_that_does_not_satisfy_the_rule_is_refused():
    with pytest.raises(InvalidExpectation, match="to be an address in"):
        make_matcher(OUTSIDE, RULE)


# -- words -----------------------------------------------------------------------------


def test_a_failure_shows_the_words_of_the_rule():
    request = REQUESTS["JSON"]
    found = match_request(http(request), with_address(request, OUTSIDE))

    assert (
        '  $.ip   address in 10.0.0.0/8   e.g. "10.1.2.3" (string)   '
        'got "192.168.1.1" (string)' == format_mismatches(found)
    )


def test_a_rule_without_words_is_shown_as_data():
    register(replace(RULES["foreignIpv4"], words=""))

    assert 'foreignIpv4 {"network":"10.0.0.0/8"}' == describe_rule(RULE)


def test_a_diff_leaves_out_what_the_rule_accepts():
    expected = Body.of(b'{"ip": "10.1.2.3", "n": 1}')
    actual = Body.of(b'{"ip": "10.9.9.9", "n": 2}')
    found = match_response(
        http(response=Response(body=expected, rules=at("body", "$.ip"))),
        Response(body=actual),
    )
    lines = diff_bodies(
        expected,
        actual,
        found,
        content_type=ContentType("application", "json"),
        strict=False,
    )

    assert ['-   "n": 1', '+   "n": 2'] == [line for line in lines if line[0] in "+-"]


# -- pact files ------------------------------------------------------------------------


EXPECTED = Response(body=Body.of(b'{"ip":"10.1.2.3"}'), rules=at("body", "$.ip"))


def written_in(version):
    contract = Contract("Web", "Users", (http(response=EXPECTED),))
    return contract_to_json(contract, version)


def rules_in(version):
    (interaction,) = written_in(version)["interactions"]
    return interaction["response"]["matchingRules"]


@pytest.mark.parametrize("version", ["3.0.0", "4.0"])
def test_the_rule_is_written_and_read_back(version):
    rules = {"body": {"$.ip": {"combine": "AND", "matchers": [WRITTEN]}}}

    assert rules == rules_in(version)
    (read,) = read_pact(written_in(version)).interactions
    assert EXPECTED.rules == read.response.rules


def test_an_older_version_is_written_with_a_warning_that_names_the_rule():
    with pytest.warns(
        PactWarning, match="matching rule 'foreignIpv4' at .* is newer than"
    ):
        rules = rules_in("2.0.0")

    assert {"$.body.ip": WRITTEN} == rules


def test_a_version_without_rules_is_refused():
    with pytest.raises(NotExpressible, match=r"matching rules at \$\.body\.ip"):
        written_in("1.0.0")


def test_the_row_says_since_which_version_the_rule_can_be_written():
    register(replace(RULES["foreignIpv4"], since=RULES["regex"].since))

    assert {"$.body.ip": WRITTEN} == rules_in("2.0.0")


def test_the_name_is_inferred_from_an_attribute_in_implied_by():
    register(replace(RULES["foreignIpv4"], implied_by=("network",)))

    assert RULE == parse_rule({"network": "10.0.0.0/8"})


def test_attributes_of_older_contracts_are_converted_by_read():
    register(replace(RULES["foreignIpv4"], read=lambda old: {"network": old["net"]}))

    assert RULE == parse_rule({"match": "foreignIpv4", "net": "10.0.0.0/8"})


@pytest.mark.parametrize("name", ["other1", "integer"])
def test_a_registration_can_be_undone(name):
    before = dict(RULES)
    undo = register(RuleKind(name, ipv4, ipv4))
    assert before != RULES
    undo()

    assert before == RULES


def test_undoing_a_replacement_keeps_the_order_of_the_rules():
    before = list(RULES)

    register(RULES["regex"])()

    assert before == list(RULES)
    assert parse_rule({"regex": "a", "min": 1}).name == "regex"


def test_a_kind_that_replaces_another_is_used_at_once():
    request = replace(REQUESTS["multipart field"], rules={})
    other = with_address(request, OUTSIDE)

    (found,) = match_request(http(request), other)
    assert "to be equal to '10.1.2.3'" in found.message

    register(replace(RULES["equality"], text=lambda _: lambda *_: "never {actual}"))
    (found,) = match_request(http(request), other)
    assert "never" in found.message


def test_registrations_can_be_undone_in_any_order_and_twice():
    first, second = (
        RuleKind("even", RULES["integer"].json, RULES["integer"].text) for _ in range(2)
    )
    undo_first = register(first)
    undo_second = register(second)

    undo_first()
    assert RULES["even"] is second
    undo_second()
    undo_first()
    undo_second()

    assert "even" not in RULES
