"""Definition of HTTP interactions, and errors of invalid ones."""

import pytest

import pypact
from pypact import match
from pypact.model.body import BodyState

JSON = {"Content-Type": "application/json"}


def finished(pact, **request):
    return (
        pact.upon_receiving("a request")
        .with_request(**{"method": "GET", "path": "/", **request})
        .will_respond_with(200)
    )


def test_the_original_api_still_works():
    pact = pypact.Consumer("My consumer").has_pact_with(
        pypact.Provider("My provider"), "1234", specification="1.1.0"
    )
    interaction = (
        pact.given("There is a user wih id {23}")
        .upon_receiving("get request for user with id {23}")
        .with_request(method="GET", path="/user", query="id=23")
        .will_respond_with(status=200, headers=JSON, body={"firstName": "John"})
    )

    assert interaction.to_JSON() == {
        "description": "get request for user with id {23}",
        "providerState": "There is a user wih id {23}",
        "request": {"method": "GET", "path": "/user", "query": "id=23"},
        "response": {
            "status": 200,
            "headers": JSON,
            "body": {"firstName": "John"},
        },
    }


def test_positional_and_keyword_use_are_the_same(pact):
    positional = (
        pact.upon_receiving("x")
        .with_request("POST", "/a", {"q": "1"}, {"X": "1"}, {"a": 1})
        .will_respond_with(201, {"Y": "2"}, [1])
    )
    keyword = (
        pact.upon_receiving(description="x")
        .with_request(
            method="POST",
            path="/a",
            query={"q": "1"},
            headers={"X": "1"},
            body={"a": 1},
        )
        .will_respond_with(status=201, headers={"Y": "2"}, body=[1])
    )

    assert positional.to_interaction() == keyword.to_interaction()


def test_states_may_come_before_and_after_the_description(pact):
    interaction = (
        pact.given("one", {"a": 1}, b=2)
        .upon_receiving("x")
        .given("two")
        .with_request("GET", "/")
        .will_respond_with(200)
        .to_interaction()
    )

    assert [(s.name, dict(s.params)) for s in interaction.states] == [
        ("one", {"a": 1, "b": 2}),
        ("two", {}),
    ]


@pytest.mark.parametrize(
    "query",
    [
        "a=1&b=x+y&a=2",
        {"a": ["1", "2"], "b": "x y"},
        [("a", 1), ("b", "x y"), ("a", "2")],
    ],
)
def test_a_query_is_a_string_a_mapping_or_pairs(pact, query):
    interaction = finished(pact, query=query).to_interaction()

    assert dict(interaction.request.query.items()) == {"a": ("1", "2"), "b": ("x y",)}


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X": "1"}, {"X": ("1",)}),
        ({"X": ["1", "2, 3"]}, {"X": ("1", "2, 3")}),
        ({"Accept": "a, b"}, {"Accept": ("a", "b")}),
        ([("Set-Cookie", "a"), ("Set-Cookie", "b")], {"Set-Cookie": ("a", "b")}),
        ({"X": 5}, {"X": ("5",)}),
    ],
)
def test_headers_are_a_mapping_or_pairs(pact, headers, expected):
    interaction = finished(pact, headers=headers).to_interaction()

    assert dict(interaction.request.headers.items()) == expected


@pytest.mark.parametrize(
    ("body", "state", "content"),
    [
        (None, BodyState.MISSING, b""),
        ("", BodyState.EMPTY, b""),
        (b"", BodyState.EMPTY, b""),
        ("text", BodyState.PRESENT, b"text"),
        (b"\x00\xff", BodyState.PRESENT, b"\x00\xff"),
        ({"a": [1, 1.5, None]}, BodyState.PRESENT, b'{"a":[1,1.5,null]}'),
        (match.like({"a": 1}), BodyState.PRESENT, b'{"a":1}'),
        (0, BodyState.PRESENT, b"0"),
    ],
)
def test_a_body_is_defined_in_these_ways(pact, body, state, content):
    found = finished(pact, body=body).to_interaction().request.body

    assert (found.state, found.content) == (state, content)


def test_every_part_may_contain_matchers(pact):
    interaction = (
        pact.upon_receiving("x")
        .with_request(
            "GET",
            match.regex(r"/users/\d+", "/users/7"),
            query={"q": match.regex(r"\w+", "abc")},
            headers={"X-Id": match.like("1")},
            body=match.each_like({"a": match.like(1)}),
        )
        .will_respond_with(200)
        .to_interaction()
    )
    request = interaction.request

    assert request.path == "/users/7"
    assert {name: list(rules) for name, rules in request.rules.items()} == {
        "path": [""],
        "query": ["q"],
        "header": ["X-Id"],
        "body": ["$", "$[*].a"],
    }


def test_an_interaction_has_its_place_of_definition(pact):
    interaction = finished(pact).to_interaction()

    assert "test_builders.py:" in interaction.place


def test_v4_calls_may_follow_the_response(pact):
    data = (
        finished(pact)
        .pending()
        .key("k")
        .comment("one")
        .comment("two")
        .test_name("test_x")
        .reference("jira", "ticket", "A-1")
        .to_json()
    )

    assert data["pending"] is True
    assert data["key"] == "k"
    assert data["comments"] == {
        "text": ["one", "two"],
        "testname": "test_x",
        "references": {"jira": {"ticket": "A-1"}},
    }


def test_raw_rules_and_generators_apply_to_the_latest_part(pact):
    interaction = (
        pact.upon_receiving("x")
        .with_request("POST", "/", body={"a": 1})
        .with_matching_rules({"body": {"$.a": {"matchers": [{"match": "integer"}]}}})
        .will_respond_with(200, body={"id": 1})
        .with_generators({"body": {"$.id": {"type": "RandomInt"}}})
        .to_interaction()
    )

    assert list(interaction.request.rules["body"]) == ["$.a"]
    assert list(interaction.response.generators["body"]) == ["$.id"]


def unfinished(pact):
    return pact.upon_receiving("x").with_request("GET", "/")


@pytest.mark.parametrize(
    ("define", "text"),
    [
        (lambda p: finished(p, path="users"), "must start with '/'"),
        (lambda p: finished(p, path="/a?b=1"), "use query="),
        (lambda p: finished(p, path=3), "must start with '/'"),
        (lambda p: finished(p, method=""), "expected an HTTP method"),
        (lambda p: finished(p, query="?a=1"), r"must not start with '\?'"),
        (lambda p: finished(p, query=5), "expected a mapping or pairs"),
        (lambda p: finished(p, query={"a": object()}), "query 'a'"),
        (lambda p: finished(p, headers={"a b": "1"}), "not a valid header name"),
        (lambda p: finished(p, headers={"X": "a\r\nb"}), "line break"),
        (lambda p: finished(p, headers={1: "a"}), "a name must be a string"),
        (lambda p: finished(p, body={"a": object()}), "cannot be written as JSON"),
        (lambda p: finished(p, body={1: "a"}), "cannot be written as JSON"),
        (lambda p: finished(p, body=float("nan")), "cannot be written as JSON"),
        (
            lambda p: finished(p, headers={"Content-Type": "text/xml"}, body={}),
            "must be a string or bytes",
        ),
        (lambda p: unfinished(p).will_respond_with(99), "from 100 to 999"),
        (lambda p: unfinished(p).will_respond_with(True), "from 100 to 999"),
        (lambda p: unfinished(p).will_respond_with("abc"), "from 100 to 999"),
        (lambda p: unfinished(p).with_request("GET", "/"), "was already called"),
        (lambda p: unfinished(p).upon_receiving("y"), "was already called"),
        (lambda p: unfinished(p).to_interaction(), r"missing: will_respond_with\(\)"),
        (
            lambda p: p.given("s").to_interaction(),
            r"upon_receiving\(\), with_request\(\)",
        ),
        (lambda p: p.given(5), "a provider state must be a string"),
        (lambda p: p.given("s", 5), "parameters .* must be a mapping"),
        (lambda p: p.given("s", a=object()), "cannot be written as JSON"),
        (lambda p: p.upon_receiving(""), "a description must be a non-empty"),
        (lambda p: p.given("s").with_matching_rules({}), "must follow the part"),
        (lambda p: unfinished(p).key(5), "a key must be a string"),
        (
            lambda p: finished(p).to_json(specification="9"),
            "is not a Pact Specification version",
        ),
    ],
)
def test_invalid_definitions_are_refused_with_their_place(pact, define, text):
    with pytest.raises(pypact.InvalidExpectation, match=text) as caught:
        define(pact)

    assert "test_builders.py:" in str(caught.value) or "Specification" in text


def test_a_regex_example_that_does_not_match_is_refused_when_declared():
    with pytest.raises(pypact.InvalidExpectation, match="does not match its own"):
        match.regex(r"\d+", "abc")


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda c: c.has_pact_with(""), "name of a provider"),
        (lambda c: c.has_pact_with(5), "name of a provider"),
        (lambda c: c.has_pact_with("U", 70000), "from 1 to 65535"),
        (lambda c: c.has_pact_with("U", "x"), "from 1 to 65535"),
        (lambda c: c.has_pact_with("U", 80, base_url="http://x"), "not both"),
        (lambda c: c.has_pact_with("U", base_url="u.example"), "must start with"),
        (lambda c: c.has_pact_with("U", specification="7"), "known versions: 1.0.0"),
        (lambda c: pypact.Consumer(None), "name of a consumer"),
    ],
)
def test_invalid_arguments_of_a_pact_are_refused(make, text):
    with pytest.raises(pypact.InvalidExpectation, match=text):
        make(pypact.Consumer("Web"))


def test_participants_and_pacts_have_a_repr(pact):
    assert repr(pypact.Consumer("Web")) == "Consumer('Web')"
    assert repr(pypact.Provider("Users")) == "Provider('Users')"
    assert repr(pact) == "<Pact Web -> Users>"


@pytest.mark.parametrize(
    "define",
    [
        lambda pact, secret: finished(pact, query={"t": secret}),
        lambda pact, secret: finished(pact, path=match.like(secret)),
        lambda pact, secret: finished(pact, headers={"X-Key": match.like(secret)}),
        lambda pact, secret: finished(pact, body={"a": [{"b": match.like(secret)}]}),
        lambda pact, secret: finished(pact, body=match.each_like({"b": secret})),
        lambda pact, secret: finished(pact, body=secret),
        lambda pact, secret: finished(pact, body=pypact.bodies.form({"a": secret})),
        lambda pact, secret: pact.given("a user", token=secret),
        lambda pact, secret: pact.expects_message("a").with_contents({"a": secret}),
    ],
)
def test_a_secret_is_refused_because_the_contract_would_contain_it(pact, define):
    reason = "refused in what a consumer expects, because the contract would contain"
    with pytest.raises(pypact.InvalidExpectation, match=reason) as caught:
        define(pact, pypact.secret("/s3cr"))

    assert "s3cr" not in str(caught.value)
