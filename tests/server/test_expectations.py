"""The forms in which clients register interactions."""

import pytest

import pypact
from pypact import match
from pypact.errors import InvalidPact
from pypact.server.expectations import read_expectation

LIKE = {"json_class": "Pact::SomethingLike", "contents": "John"}
TERM = {
    "json_class": "Pact::Term",
    "data": {
        "generate": "ab12",
        "matcher": {"json_class": "Regexp", "o": 0, "s": "\\d+"},
    },
}
EACH = {"json_class": "Pact::ArrayLike", "contents": {"id": LIKE}, "min": 2}


def expectation(**request):
    return read_expectation(
        {"description": "d", "request": {"path": "/", **request}, "response": {}},
        "interaction",
    )


def test_something_like_becomes_a_type_rule():
    found = expectation(body={"name": LIKE})

    assert b'{"name":"John"}' == found.recorded.request.body.content
    assert ["$.name"] == list(found.recorded.request.rules["body"])


def test_array_like_repeats_its_contents_and_adds_item_rules():
    found = expectation(body=EACH).recorded.request

    assert b'[{"id":"John"},{"id":"John"}]' == found.body.content
    assert {"$", "$[*].*", "$[*].id"} == set(found.rules["body"])


def test_a_term_matches_anywhere_in_a_string_as_in_ruby():
    found = expectation(headers={"X": TERM}, query={"q": TERM})
    request = pypact.Request.from_http("GET", "/?q=no1", [("X", "x7y")])
    other = pypact.Request.from_http("GET", "/?q=no", [("X", "7")])

    assert [] == pypact.match_request(found.interaction, request)
    assert ["query"] == [
        one.kind for one in pypact.match_request(found.interaction, other)
    ]
    rule = found.recorded.request.rules["header"]["X"].rules[0]
    assert {"regex": "\\d+"} == rule.attributes


def test_a_path_may_be_a_term():
    term = {"generate": "/users/1", "matcher": "^/users/\\d+$"}
    found = expectation(path={"json_class": "Pact::Term", "data": term})

    assert "/users/1" == found.recorded.request.path
    request = pypact.Request.from_http("GET", "/users/77")
    assert [] == pypact.match_request(found.interaction, request)


def test_the_options_of_a_ruby_regex_apply():
    matcher = {"json_class": "Regexp", "o": 1, "s": "abc"}
    data = {"generate": "ABC", "matcher": matcher}
    found = expectation(query={"q": {"json_class": "Pact::Term", "data": data}})

    request = pypact.Request.from_http("GET", "/?q=aBc")
    assert [] == pypact.match_request(found.interaction, request)


def test_integration_json_is_read():
    node = {"pact:matcher:type": "integer", "value": 7}
    found = expectation(body={"id": node}).recorded.request

    assert b'{"id":7}' == found.body.content
    assert "integer" == found.rules["body"]["$.id"].rules[0].name


@pytest.mark.parametrize("specification", ["1.1.0", "2.0.0", "3.0.0", "4.0"])
def test_every_form_of_a_pact_file_is_read(specification):
    pact = pypact.Consumer("C").has_pact_with("P", specification=specification)
    name = "John" if specification == "1.1.0" else match.like("John")
    builder = (
        pact.given("s")
        .upon_receiving("d")
        .with_request("POST", "/a", query={"q": "1"}, body={"name": name})
        .will_respond_with(201)
    )

    found = read_expectation(builder.to_JSON(), "interaction").recorded

    assert ("d", "s") == (found.description, found.states[0].name)
    assert ("1",) == found.request.query["q"]
    assert b'{"name":"John"}' == found.request.body.content
    assert (specification != "1.1.0") == ("body" in found.request.rules)


def test_a_message_interaction_is_refused():
    data = {
        "type": "Asynchronous/Messages",
        "description": "d",
        "request": {},
        "response": {},
    }
    with pytest.raises(InvalidPact, match="expected an HTTP interaction"):
        read_expectation(data, "interaction")
