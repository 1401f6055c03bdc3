"""Text, form and binary bodies with matchers: bytes, rules, generators."""

import json

import pytest

import pypact
from pypact import bodies, generate, match
from pypact.bodies import Contents, binary, form, text
from pypact.errors import InvalidExpectation
from pypact.model.body import BodyState, ContentType
from pypact.model.rules import Generator, Rule, RuleList

TYPE = RuleList((Rule("type"),))


def test_a_text_body_may_be_a_matcher():
    rules = {"$": RuleList((Rule("regex", {"regex": "ü+"}),))}

    assert Contents("üü".encode(), "text/plain", rules) == text(match.regex("ü+", "üü"))
    assert Contents(b"a,b", "text/csv") == text("a,b", "text/csv")


def test_a_form_encodes_its_fields_in_order():
    contents = form(
        {
            "full name": match.like("Ä&b"),
            "tag": ["a", match.integer(2)],
            "x": match.each_like("1", 2),
            "id": generate.random_int(3),
            "on": True,
        }
    )

    assert (
        Contents(
            b"full%20name=%C3%84%26b&tag=a&tag=2&x=1&x=1&id=3&on=true",
            "application/x-www-form-urlencoded",
            {
                "$['full name']": TYPE,
                "$.tag[1]": RuleList((Rule("integer"),)),
                "$.x": RuleList((Rule("type", {"min": 2}),)),
                "$.id": RuleList((Rule("integer"),)),
            },
            {"$.id": Generator("RandomInt", {"min": 3, "max": 10})},
        )
        == contents
    )


def test_a_binary_body_may_be_matched_by_content_type():
    rules = {"$": RuleList((Rule("contentType", {"value": "application/pdf"}),))}
    contents = binary(match.content_type("application/pdf", b"%PDF-1.7"))

    assert Contents(b"%PDF-1.7", "application/octet-stream", rules) == contents
    assert Contents(b"\0", "image/png") == binary(b"\0", "image/png")


def test_the_body_has_its_content_type():
    body = form({"a": "b"}).body

    assert (BodyState.PRESENT, b"a=b") == (body.state, body.content)
    assert ContentType("application", "x-www-form-urlencoded") == body.content_type


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda: text(match.integer(5)), "takes a string, got 5"),
        (lambda: text(generate.uuid()), "generators are not supported"),
        (lambda: binary(match.like("a")), "takes bytes, got 'a'"),
        (lambda: form({"a": None}), "a string for the field 'a', got None"),
        (lambda: form({"a": [{"b": 1}]}), "a string for the field 'a', got"),
    ],
)
def test_unsupported_values_are_refused(make, problem):
    with pytest.raises(InvalidExpectation, match=problem):
        make()


QUERY = """
query GetUser($id: ID!) {
  user(id: $id, name: "a  b, #c") {  # a comment
    ...Fields
    name
  }
}
"""


def graphql_accepts(sent, query=QUERY, **variables):
    contents = bodies.graphql(query, {"id": match.integer(1)})
    pact = pypact.Consumer("Web").has_pact_with("Users", base_url="http://users.test")
    builder = pact.upon_receiving("d").with_request("POST", "/", body=contents)
    builder.will_respond_with(200)
    body = json.dumps({"query": sent, "variables": variables or {"id": 5}})
    headers = [("Content-Type", "application/json")]
    request = pypact.Request.from_http("POST", "/", headers, body.encode())
    return not pypact.match_request(builder, request)


@pytest.mark.parametrize(
    ("sent", "accepted"),
    [
        (QUERY, True),
        (
            'query GetUser($id:ID!){user(id:$id name:"a  b, #c"){...Fields name}}',
            True,
        ),
        (QUERY.replace("\n", "\r\n\t"), True),
        (QUERY.replace("# a comment", "# another"), True),
        (QUERY.replace("a  b", "a b"), False),
        (QUERY.replace("name\n", "name age\n"), False),
        (QUERY.replace("query GetUser", "queryGetUser"), False),
        (QUERY.replace("...Fields", "...Others"), False),
    ],
)
def test_white_space_in_a_graphql_query_is_ignored(sent, accepted):
    assert accepted is graphql_accepts(sent)


def test_variables_of_a_graphql_request_have_matchers():
    assert graphql_accepts(QUERY, id=7)
    assert not graphql_accepts(QUERY, id="7")


def test_a_graphql_request_is_json_with_an_operation_name():
    contents = bodies.graphql("{ a }", operation_name="A")

    assert "application/json" == contents.content_type
    assert {"query": "{ a }", "operationName": "A"} == json.loads(contents.content)


@pytest.mark.parametrize("query", ["", " # only a comment"])
def test_an_empty_graphql_document_is_refused(query):
    with pytest.raises(InvalidExpectation, match="an empty document"):
        bodies.graphql(query)


@pytest.mark.parametrize(
    "query",
    [
        '{ a(b: """c " d\n\\""" e""") }',
        '{ a(b: "\\"") }',
        "{ a(b: -1.5e+3) @c }",
        '{ " }',
    ],
)
def test_the_pattern_of_a_graphql_query_matches_the_query(query):
    assert bodies.graphql(query).content
