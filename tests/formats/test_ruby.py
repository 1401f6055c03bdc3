"""Matchers that old Ruby tools wrote into contracts are read as what they mean."""

import pytest
from interactions import build_pact, http

import pypact
from pypact.errors import ToleranceWarning
from pypact.formats import contract_to_json, read_pact
from pypact.formats.ruby import has_matcher, make_search, unmake_search

NAMES = {"consumer": {"name": "Web"}, "provider": {"name": "Users"}}
JSON = [("Content-Type", "application/json")]


def term(example, pattern, options=0):
    regexp = {"json_class": "Regexp", "o": options, "s": pattern}
    return {
        "json_class": "Pact::Term",
        "data": {"generate": example, "matcher": regexp},
    }


def like(contents):
    return {"json_class": "Pact::SomethingLike", "contents": contents}


def array(contents, **least):
    return {"json_class": "Pact::ArrayLike", "contents": contents, **least}


def accepts(body, actual, version="2.0.0"):
    if version == "4.0":
        body = {"content": body, "contentType": "application/json"}
    headers = {"Content-Type": "application/json"}
    contract = read_pact(
        build_pact(version, response={"headers": headers, "body": body})
    )
    (interaction,) = contract.interactions
    response = pypact.Response.from_http(200, JSON, actual)
    return not pypact.match_response(interaction, response)


@pytest.mark.parametrize("version", ["1.0.0", "1.1.0", "2.0.0", "3.0.0", "4.0"])
@pytest.mark.parametrize(
    ("body", "actual", "accepted"),
    [
        ({"a": term("rainy", "rain.*")}, b'{"a": "rainbow"}', True),
        ({"a": term("rainy", "rain.*")}, b'{"a": "the rain"}', True),
        ({"a": term("rainy", "rain.*")}, b'{"a": "snow"}', False),
        ({"a": term("rainy", "^RAIN", 1)}, b'{"a": "rain"}', True),
        ({"a": term("rainy", "^RAIN")}, b'{"a": "rain"}', False),
        (term("x", "[xy]"), b'"y"', True),
        (like({"a": 1, "b": [True]}), b'{"a": 2, "b": [false, true]}', True),
        (like({"a": 1}), b'{"a": "1"}', False),
        (like({"a": term("1", "1|2")}), b'{"a": "2"}', True),
        (like({"a": term("1", "1|2")}), b'{"a": "3"}', False),
        ({"a": array(1, min=2)}, b'{"a": [5, 6, 7]}', True),
        ({"a": array(1, min=2)}, b'{"a": [5]}', False),
        ({"a": array({"b": term("x", "x|y")})}, b'{"a": [{"b": "y"}]}', True),
        ({"a": array({"b": term("x", "x|y")})}, b'{"a": [{"b": "z"}]}', False),
        ([{"a": like(1)}, 5], b'[{"a": 7}, 5]', True),
        ([{"a": like(1)}, 5], b'[{"a": 7}, 6]', False),
        ({"json_class": "Money", "a": 1}, b'{"json_class": "Money", "a": 1}', True),
        ({"json_class": "Money", "a": 1}, b'{"json_class": "Coins", "a": 1}', False),
    ],
)
def test_matchers_in_a_body_are_applied(version, body, actual, accepted):
    assert accepted is accepts(body, actual, version)


def test_matchers_outside_of_the_body_are_applied():
    contract = read_pact(
        build_pact(
            "2.0.0",
            request={
                "path": term("/users/1", r"^/users/\d+$"),
                "headers": {"X-A": term("1", r"^\d$"), "X-B": like("b"), "X-C": "c"},
                "query": {"q": term("x", "^[xy]$"), "r": [like("1")], "s": ["1"]},
            },
        )
    )
    (interaction,) = contract.interactions
    headers = [("X-A", "2"), ("X-B", "other"), ("X-C", "c")]
    for target, count in (
        ("/users/22?q=y&r=2&s=1", 0),
        ("/users/a?q=y&r=2&s=1", 1),
        ("/users/1?q=z&r=2&s=1", 1),
        ("/users/1?q=x&r=2&s=2", 1),
    ):
        request = pypact.Request.from_http("GET", target, headers)
        assert count == len(pypact.match_request(interaction, request)), target
    assert "/users/1" == interaction.request.path


def test_matchers_in_a_message_are_applied():
    contract = read_pact(
        {
            **NAMES,
            "messages": [
                {
                    "description": "m",
                    "contents": {"a": like(1)},
                    "metaData": {
                        "contentType": "application/json",
                        "topic": term("prod-topic", "^(prod|val)-topic$"),
                    },
                }
            ],
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
    )
    (message,) = contract.interactions
    for topic, contents, count in (
        ("val-topic", b'{"a": 2}', 0),
        ("dev-topic", b'{"a": 2}', 1),
        ("val-topic", b'{"a": "2"}', 1),
    ):
        metadata = {"contentType": "application/json", "topic": topic}
        assert count == len(pypact.match_message(message, contents, metadata))


def test_a_body_that_is_declared_as_text_is_compared_as_json():
    headers = {"Content-Type": term("text/plain", "text/plain")}
    response = {"headers": headers, "body": {"m": term("rainy", "rain"), "n": like(5)}}
    (interaction,) = read_pact(build_pact("1.0.0", response=response)).interactions
    actual = [("Content-Type", "text/plain")]

    for content, count in ((b'{"m":"rainbow","n":7}', 0), (b'{"m":"snow","n":7}', 1)):
        found = pypact.match_response(
            interaction, pypact.Response.from_http(200, actual, content)
        )
        assert count == len(found)


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0", "3.0.0", "4.0"])
def test_the_same_version_is_written_verbatim(version):
    body = {"a": term("x", "x"), "b": array(like(1), min=2)}
    if version == "4.0":
        body = {"content": body, "contentType": "application/json"}
    data = build_pact(
        version,
        request={"path": term("/a", "/a"), "headers": {"X": like("1")}},
        response={"body": body},
    )

    assert data == contract_to_json(read_pact(data), version)


def test_an_upgrade_converts_the_matchers():
    data = build_pact(
        "1.0.0", response={"body": {"a": term("x", "[xy]"), "b": like(1)}}
    )
    (written,) = contract_to_json(read_pact(data), "4.0")["interactions"]
    response = written["response"]
    upgraded = http(response=response)

    assert {"a": "x", "b": 1} == response["body"]["content"]
    assert ["$.a", "$.b"] == sorted(response["matchingRules"]["body"])
    for content, count in ((b'{"a":"y","b":2}', 0), (b'{"a":"z","b":2}', 1)):
        found = pypact.match_response(
            upgraded, pypact.Response.from_http(200, JSON, content)
        )
        assert count == len(found)


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        ({"body": {"json_class": "Pact::Other"}}, "Pact::Other"),
        ({"body": {"json_class": "Pact::Term"}}, "a complete one of Pact::ArrayLike"),
        ({"body": {"json_class": "Pact::ArrayLike"}}, "request.body: expected"),
        ({"body": array(1, min=10**12)}, "ArrayLike with more than 100,000 values"),
        ({"body": array([array([1] * 99, min=99)], min=99)}, "more than 100,000"),
        ({"query": term("a=1", "a=.")}, "request.query: expected a matcher for each"),
        ({"headers": {"X": {"a": like(1)}}}, r"headers['X']: expected a matcher for"),
    ],
)
def test_what_is_not_understood_fails_the_interaction(request_, problem):
    with pytest.warns(ToleranceWarning, match="fails when it is verified"):
        contract = read_pact(build_pact("2.0.0", request=request_))

    assert problem in contract.interactions[0].problem


def test_a_pattern_may_be_a_string():
    value = {"generate": "x", "matcher": "[xy]"}
    assert accepts({"a": {"json_class": "Pact::Term", "data": value}}, b'{"a": "y"}')


def test_a_pattern_is_made_to_search_and_back():
    assert "a|b" == unmake_search(make_search("a|b"))
    assert "a|b" == unmake_search("a|b")


@pytest.mark.parametrize("value", [1, None, True, "json_class", {}, [1, {"a": [2]}]])
def test_plain_json_has_no_matcher(value):
    assert not has_matcher(value)
