"""Test methods, paths, statuses, bodies and messages.

Source: docs/internals/specification.md, "3. HTTP matching", "4. Body matching".
"""

from dataclasses import replace

import pytest
from interactions import JSON, http, matchers, message

import pypact
from pypact.errors import InvalidExpectation
from pypact.model.body import Body, parse_content_type
from pypact.model.http import Request, Response
from pypact.model.interactions import (
    HttpInteraction,
    Message,
    SyncMessage,
    UnknownInteraction,
)
from pypact.model.mismatches import MismatchKind

DIGITS = {"match": "regex", "regex": r"/\d+"}
NAMES_OF = {
    value: name
    for name, value in vars(MismatchKind).items()
    if not name.startswith("_")
}


def request_problems(expected, method="GET", target="/", headers=(), body=None):
    found = pypact.match_request(
        http(request=expected), pypact.Request.from_http(method, target, headers, body)
    )
    return [(NAMES_OF[one.kind], one.message) for one in found]


def response_problems(expected, status=200, headers=(), body=None):
    found = pypact.match_response(
        http(response=expected), pypact.Response.from_http(status, headers, body)
    )
    return [(NAMES_OF[one.kind], one.message) for one in found]


class TestMethodAndPath:
    def test_the_method_ignores_case(self):
        assert [] == request_problems({"method": "post"}, method="POST")
        assert [("METHOD", "expected POST but was GET")] == request_problems(
            {"method": "POST"}
        )

    def test_a_rule_of_the_method_is_ignored(self):
        rules = {"method": matchers({"match": "type"})}

        assert 1 == len(request_problems({"method": "POST", "matchingRules": rules}))

    @pytest.mark.parametrize(
        ("expected", "actual"), [("/a", "/A"), ("/a", "/a/"), ("/a b", "/a%20b")]
    )
    def test_the_path_is_exact(self, expected, actual):
        assert [] == request_problems({"path": expected}, target=expected)
        assert [
            ("PATH", f"Expected path '{actual}' to be equal to '{expected}'")
        ] == request_problems({"path": expected}, target=actual)

    def test_an_empty_path_is_not_a_slash(self):
        interaction = http(request={"path": "/"})

        assert 1 == len(pypact.match_request(interaction, {"path": ""}))

    def test_a_rule_of_the_path_replaces_equality(self):
        expected = {"path": "/1", "matchingRules": {"path": matchers(DIGITS)}}

        assert [] == request_problems(expected, target="/22")
        assert [("PATH", "Expected '/x' to match '/\\d+'")] == request_problems(
            expected, target="/x"
        )


class TestStatus:
    def test_the_status_is_exact(self):
        assert [("STATUS", "expected 200 but was 400")] == response_problems({}, 400)

    @pytest.mark.parametrize(
        ("rule", "status", "passes"),
        [
            ({"match": "statusCode", "status": "success"}, 204, True),
            ({"match": "statusCode"}, 204, True),
            ({"match": "statusCode", "status": "success"}, 400, False),
            ({"match": "statusCode", "status": [200, "201"]}, 201, True),
            ({"match": "integer"}, 500, True),
            ({"match": "regex", "regex": "2.."}, 299, True),
            ({"match": "regex", "regex": "2.."}, 300, False),
            ({"match": "type"}, 300, True),
        ],
    )
    def test_a_rule_replaces_equality(self, rule, status, passes):
        expected = {"matchingRules": {"status": matchers(rule)}}

        assert passes == (not response_problems(expected, status))

    def test_a_status_class_is_described_in_words(self):
        rules = {"status": matchers({"match": "statusCode", "status": "success"})}

        assert [
            (
                "STATUS",
                "Expected status code 400 to be a Successful response (200–299)",
            )
        ] == response_problems({"matchingRules": rules}, 400)


NO_BODY = {}
NULL = {"body": {"content": None}}
EMPTY = {"body": {"content": ""}}
PRESENT = {"body": {"content": {"a": 1}, "contentType": JSON}}


class TestPresence:
    @pytest.mark.parametrize("actual", [None, b"", b"null", b'{"a":1}'])
    def test_without_an_expected_body_any_body_matches(self, actual):
        assert [] == request_problems(NO_BODY, body=actual)

    @pytest.mark.parametrize(
        ("expected", "actual", "passes"),
        [
            (NULL, None, True),
            (NULL, b"", True),
            (NULL, b"null", True),
            (NULL, b"x", False),
            (EMPTY, None, True),
            (EMPTY, b"", True),
            (EMPTY, b"null", False),
            (EMPTY, b"x", False),
            (PRESENT, None, False),
            (PRESENT, b"", False),
            (PRESENT, b'{"a":1}', True),
            (PRESENT, b"null", False),
        ],
    )
    def test_each_expected_state_with_each_actual_body(self, expected, actual, passes):
        found = request_problems(expected, body=actual)

        assert passes == (not found), found

    def test_an_expected_json_string_null_is_null(self):
        expected = {"body": {"content": "null", "contentType": JSON, "encoded": "json"}}

        assert [] == request_problems(expected)

    def test_an_unexpected_body_is_shown(self):
        assert [("BODY", "Expected empty body but received 'x'")] == request_problems(
            EMPTY, body=b"x"
        )
        ((_, text),) = request_problems(EMPTY, body=b"\xff\xfe")
        assert text.startswith("Expected empty body but received")
        assert [
            ("BODY", "Expected body '{\"a\":1}' but was missing")
        ] == request_problems(PRESENT)

    def test_an_expected_body_with_the_bytes_of_null_is_null(self):
        expected = pypact.Response.from_http(200, [("Content-Type", JSON)], b" null\n")
        interaction = replace(http(version="4.0"), response=expected)

        assert [] == pypact.match_response(interaction, expected)
        other = pypact.Response.from_http(200, [("Content-Type", JSON)], b"1")
        (found,) = pypact.match_response(interaction, other)
        assert "Expected empty body but received '1'" == found.message

    def test_an_actual_body_can_be_null_or_empty(self):
        interaction = http(response=PRESENT, version="4.0")

        assert 1 == len(pypact.match_response(interaction, NULL))
        assert 1 == len(pypact.match_response(interaction, {"body": {"content": ""}}))


def typed(expected, actual, *, rules=None, content="x"):
    response = {
        "headers": {"Content-Type": [expected]} if expected else {},
        "body": {"content": content, **({"contentType": expected} if expected else {})},
        "matchingRules": rules or {},
    }
    headers = [("Content-Type", actual)] if actual else []
    return [
        text
        for kind, text in response_problems(response, headers=headers, body=b"x")
        if kind == "BODY_TYPE"
    ]


class TestContentTypes:
    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            ("text/plain", "text/plain"),
            ("text/plain", "text/plain; charset=utf-8"),
            ("text/plain", None),
            (None, "text/plain"),
            ("application/xml", "text/xml"),
            ("text/xml", "application/xml; a=b"),
            ("application/json", "application/hal+json"),
            ("text/plain", "*/*"),
            ("application/octet-stream", "application/octet-stream"),
        ],
    )
    def test_a_compatible_content_type_matches(self, expected, actual):
        assert [] == typed(expected, actual)

    @pytest.mark.parametrize(
        ("expected", "actual"),
        [
            ("text/plain", "text/html"),
            ("text/plain; charset=utf-8", "text/plain"),
            ("application/hal+json", "application/json"),
            ("image/png", "image/jpeg"),
            ("application/json; a=b", "application/hal+json; a=b"),
        ],
    )
    def test_another_content_type_is_a_mismatch(self, expected, actual):
        assert [
            (
                f"Expected a body of '{shown(expected)}' "
                f"but the actual content type was '{shown(actual)}'"
            )
        ] == typed(expected, actual)

    def test_a_rule_of_the_header_may_accept_another_type(self):
        rules = {
            "header": {"content-type": matchers({"match": "regex", "regex": "text/.*"})}
        }

        assert [] == typed("text/plain", "text/html", rules=rules)
        assert 1 == len(typed("text/plain", "image/png", rules=rules))

    def test_an_expected_empty_body_with_another_type_is_one_mismatch(self):
        expected = {**EMPTY, "headers": {"Content-Type": ["text/plain"]}}

        assert 1 == len(
            response_problems(expected, headers=[("Content-Type", "a/b")], body=b"x")
        )

    @pytest.mark.parametrize("hint", ["BINARY", "TEXT"])
    def test_the_content_type_hint_selects_text_or_binary(self, hint):
        rules = {"body": {"$": matchers({"match": "integer"})}}
        body = {"content": "1", "contentType": "text/plain", "contentTypeHint": hint}
        found = response_problems(
            {"body": body, "matchingRules": rules},
            headers=[("Content-Type", "text/plain")],
            body=b"2",
        )

        assert {"BINARY": 1, "TEXT": 0}[hint] == len(found)


def shown(content_type):
    return content_type.replace("; ", ";")


class TestMessages:
    def test_contents_and_metadata_are_compared(self):
        expected = message(
            {"content": {"a": 1}, "contentType": JSON},
            rules={"body": {"$.a": matchers({"match": "integer"})}},
            metadata={"contentType": JSON, "k": {"n": 1.5}},
        )
        metadata = {"contentType": "application/json;charset=utf-8", "more": 1}

        found = pypact.match_message(expected, b'{"a":2}', {**metadata, "k": {"n": 1}})
        assert [
            (
                "METADATA",
                ('Expected metadata key \'k\' to have value {"n":1.5} but was {"n":1}'),
            )
        ] == [(NAMES_OF[one.kind], one.message) for one in found]

    @pytest.mark.parametrize(
        ("rule", "expected", "actual", "passes"),
        [
            ({"match": "integer"}, 1, 2, True),
            ({"match": "integer"}, 1, "2", False),
            ({"match": "type"}, {"a": 1}, {"b": 2}, True),
            ({"match": "type"}, {"a": 1}, [1], False),
            ({"match": "type", "min": 2}, [1], [1], False),
            ({"match": "type", "min": 2}, [1], [1, 2], True),
            ({"match": "type", "max": 1}, "abc", "ab", True),
        ],
    )
    def test_a_rule_applies_to_a_metadata_value_as_a_whole(
        self, rule, expected, actual, passes
    ):
        interaction = message(
            metadata={"k": expected}, rules={"metadata": {"k": matchers(rule)}}
        )

        found = pypact.match_message(interaction, None, {"k": actual})
        assert passes == (not found), found
        assert all(
            one.message.startswith("Expected metadata key 'k' to have value ")
            for one in found
        )

    def test_a_missing_key_is_a_mismatch_and_names_are_case_sensitive(self):
        interaction = message(metadata={"k": 1})

        assert ["Expected message metadata 'k' but was missing"] == [
            one.message for one in pypact.match_message(interaction, None, {"K": 1})
        ]

    def test_a_content_type_mismatch_of_a_message_has_its_own_text(self):
        interaction = message(
            {"content": "a", "contentType": "text/plain"},
        )

        assert ["Expected message with content type text/plain but was image/png"] == [
            one.message
            for one in pypact.match_message(
                interaction, b"a", {"contentType": "image/png"}
            )
        ]

    def test_a_content_type_that_is_not_a_string_is_compared_as_json(self):
        interaction = message(metadata={"contentType": 5})

        assert [] == pypact.match_message(interaction, None, {"contentType": 5})
        assert 1 == len(pypact.match_message(interaction, None, {"contentType": 6}))


SYNC = {
    "type": "Synchronous/Messages",
    "description": "a message",
    "request": {"contents": {"content": "q", "contentType": "text/plain"}},
    "response": [{"contents": {"content": "r", "contentType": "text/plain"}}],
}


class TestFunctions:
    def sync(self):
        contract = pypact.read_pact(
            {
                "consumer": {"name": "c"},
                "provider": {"name": "p"},
                "interactions": [SYNC],
                "metadata": {"pactSpecification": {"version": "4.0"}},
            }
        )
        return contract.interactions[0]

    def test_a_synchronous_message_is_compared_part_by_part(self):
        assert [] == pypact.match_message(self.sync(), b"q")
        assert [] == pypact.match_message(self.sync(), b"r", response=0)
        assert 1 == len(pypact.match_message(self.sync(), b"r"))

    def test_another_kind_of_interaction_is_an_error(self):
        with pytest.raises(TypeError, match="expected an HTTP interaction"):
            pypact.match_request(self.sync(), {})
        with pytest.raises(TypeError, match="expected a message interaction"):
            pypact.match_message(http(), b"")
        with pytest.raises(TypeError, match="expected an HTTP interaction, got None"):
            pypact.match_request(None, {})

    def test_an_interaction_that_needs_a_plugin_is_refused_by_name(self):
        plugins = {"csv": {}, "avro": {}}
        needing = replace(http(), plugin_configuration=plugins)
        text = '"an interaction": it needs the plugin csv, avro; pypact does not'

        with pytest.raises(pypact.InvalidExpectation, match=text):
            pypact.match_request(needing, {})
        with pytest.raises(pypact.InvalidExpectation, match=text):
            pypact.match_response(needing, {"status": 200})
        with pytest.raises(pypact.InvalidExpectation, match="needs the plugin csv"):
            pypact.match_message(replace(message(), plugin_configuration=plugins), b"")

    def test_an_interaction_that_could_not_be_read_is_an_error(self):
        data = {"consumer": {"name": "c"}, "provider": {"name": "p"}}
        data = {**data, "interactions": [{"request": {}}]}
        with pytest.warns(pypact.ToleranceWarning):
            (unread,) = pypact.read_pact(data).interactions

        for match in (pypact.match_request, pypact.match_response):
            with pytest.raises(pypact.InvalidExpectation, match="has no response"):
                match(unread, {})
        with pytest.raises(pypact.InvalidExpectation, match="has no response"):
            pypact.match_message(unread, b"")

    def test_a_builder_is_converted_to_an_interaction(self):
        class Builder:
            def to_interaction(self):
                return http(request={"path": "/a"})

        assert [] == pypact.match_request(Builder(), {"path": "/a"})
        assert [] == pypact.match_response(Builder(), {"status": 200})


@pytest.mark.parametrize(
    ("headers", "count"),
    [
        ({}, 1),
        ({"Content-Type": ["application/json"]}, 1),
    ],
)
def test_an_expected_empty_body_refuses_a_body_of_another_type(headers, count):
    """The mismatch is that of the header, where it is expected, else of the body."""
    content = {"content": "", "contentType": "application/json"}
    interaction = http(response={"headers": headers, "body": content})
    response = pypact.Response.from_http(
        200, [("Content-Type", "text/plain")], b"a body"
    )
    found = pypact.match_response(interaction, response)

    assert count == len(found)
    assert ("header" if headers else "body") == found[0].kind


@pytest.mark.parametrize(
    ("expected", "actual", "matches"),
    [
        (["a"], ["a", ""], True),
        (["a"], ["", "a"], True),
        (["a"], ["a", " "], True),
        (["a", "b"], ["a", "", "b"], True),
        (["a", ""], ["a"], True),
        ([""], ["", ""], True),
        (["a"], [""], False),
        (["a"], ["a", "b"], False),
    ],
)
def test_an_empty_line_of_a_repeated_header_is_ignored(expected, actual, matches):
    interaction = http(response={"headers": {"X-A": expected}})
    response = pypact.Response.from_http(200, [("X-A", value) for value in actual])

    assert matches is not bool(pypact.match_response(interaction, response))


@pytest.mark.parametrize(
    ("match", "members"),
    [
        (pypact.match_request, {"method": "GET", "path": "/"}),
        (pypact.match_response, {"status": 200}),
    ],
)
def test_without_a_version_a_mapping_is_read_as_one_of_version_4(match, members):
    body = Body.of(b"x", parse_content_type("text/plain"))
    interaction = HttpInteraction(
        description="d",
        request=Request("GET", "/", body=body),
        response=Response(200, body=body),
    )
    written = {"content": "x", "contentType": "text/plain", "encoded": False}

    assert interaction.version is None
    assert [] == match(interaction, {**members, "body": written})
    assert [] != match(interaction, {**members, "body": {**written, "content": "y"}})


def test_what_cannot_be_compared_is_refused_with_a_reason():
    unknown = UnknownInteraction(description="odd", data={}, problem="it is odd")
    needing = HttpInteraction(
        description="d",
        request=Request("GET", "/"),
        response=Response(200),
        plugin_configuration={"p": {}, "q": {}},
    )
    cases = [
        (pypact.match_request, unknown, '"odd": it is odd'),
        (
            pypact.match_response,
            needing,
            '"d": it needs the plugin p, q; pypact does not support plugins',
        ),
        (pypact.match_request, 5, "expected an HTTP interaction, got 5"),
        (pypact.match_message, 5, "expected a message interaction, got 5"),
        (pypact.match_message, unknown, '"odd": it is odd'),
    ]
    for match, interaction, text in cases:
        with pytest.raises((TypeError, InvalidExpectation)) as raised:
            match(interaction, None)
        assert text == str(raised.value)


def test_one_response_of_a_synchronous_message_is_compared():
    texts = [Message(Body.of(text)) for text in (b"one", b"two", b"three")]
    interaction = SyncMessage(
        description="d", request=texts[0], responses=tuple(texts[1:])
    )

    assert [] == pypact.match_message(interaction, b"one")
    assert [] == pypact.match_message(interaction, b"two", response=0)
    assert [] == pypact.match_message(interaction, b"three", {}, response=1)
    assert [] != pypact.match_message(interaction, b"three", response=0)


def test_the_method_of_a_request_built_by_hand_ignores_case():
    interaction = HttpInteraction(
        description="d", request=Request("get", "/"), response=Response(200)
    )

    assert [] == pypact.match_request(interaction, Request("GET", "/"))
    assert [] != pypact.match_request(interaction, Request("PUT", "/"))
