"""Messages: definition, call of the handler, recording."""

import asyncio

import pytest
import requests
from sessions import run_session

import pypact
from pypact import bodies, generate, match


def accept(*_):
    """Process any message."""


def fail(*_):
    raise LookupError("no such user")


def test_a_handler_gets_contents_and_metadata_and_its_result_is_returned(pact):
    message = (
        pact.expects_message("a user was created")
        .with_contents({"id": match.integer(23)})
        .with_metadata({"topic": match.regex("[a-z]+", "users")}, weight=100.5)
    )
    seen = message.verify(lambda contents, metadata: (contents.json(), metadata))

    assert (
        {"id": 23},
        {"topic": "users", "weight": 100.5, "contentType": "application/json"},
    ) == seen


def test_a_processed_message_is_recorded(pact, written):
    (
        pact.expects_message("a user was created")
        .given("a topic", name="users")
        .with_contents({"id": match.integer(23)})
        .with_metadata({"topic": match.regex("[a-z]+", "users")})
        .verify(accept)
    )
    [found] = written()["interactions"]

    assert {
        "type": "Asynchronous/Messages",
        "description": "a user was created",
        "pending": False,
        "providerStates": [{"name": "a topic", "params": {"name": "users"}}],
        "contents": {
            "content": {"id": 23},
            "contentType": "application/json",
            "encoded": False,
        },
        "metadata": {"topic": "users"},
        "matchingRules": {
            "body": {"$.id": {"combine": "AND", "matchers": [{"match": "integer"}]}},
            "metadata": {
                "topic": {
                    "combine": "AND",
                    "matchers": [{"match": "regex", "regex": "[a-z]+"}],
                }
            },
        },
    } == found


def test_an_exception_of_the_handler_propagates_and_nothing_is_recorded(pact, written):
    message = pact.expects_message("a user was created").with_contents({"id": 1})
    with pytest.raises(LookupError, match="no such user"):
        message.verify(fail)

    assert written() is None


def test_messages_expected_together_are_recorded_when_all_are_processed(pact, written):
    first = pact.expects_message("first").with_contents("1")
    second = pact.expects_message("second").with_contents("2")
    first.verify(accept)

    assert written() is None

    second.verify(accept)

    assert 2 == len(written()["interactions"])


def test_a_failure_prevents_recording_of_messages_expected_together(pact, written):
    one, two, three = (
        pact.expects_message(name).with_contents("x") for name in ("a", "b", "c")
    )
    one.verify(accept)
    with pytest.raises(LookupError):
        two.verify(fail)
    three.verify(accept)

    assert written() is None

    pact.expects_message("of the next test").with_contents("x").verify(accept)

    assert ["of the next test"] == [
        one["description"] for one in written()["interactions"]
    ]


def test_an_optional_message_is_not_waited_for(pact, written):
    pact.expects_message("sometimes").with_contents("x").optional()
    pact.expects_message("always").with_contents("x").verify(accept)

    assert ["always"] == [one["description"] for one in written()["interactions"]]


def test_a_handler_may_be_a_coroutine_function(pact, written):
    async def handler(contents, metadata):
        await asyncio.sleep(0)
        return contents.text(), metadata

    message = pact.expects_message("m").with_contents("Hello", "text/plain")

    assert ("Hello", {"contentType": "text/plain"}) == message.verify(handler)
    assert written()


def test_a_coroutine_that_fails_fails_the_message(pact, written):
    async def handler(_contents, _metadata):
        raise LookupError("no such user")

    with pytest.raises(LookupError, match="no such user"):
        pact.expects_message("m").with_contents("Hello").verify(handler)

    assert written() is None


def test_inside_a_running_loop_a_message_is_awaited(pact, written):
    async def handler(contents, _metadata):
        return bytes(contents)

    async def both():
        message = pact.expects_message("m").with_contents("Hello")
        with pytest.raises(pypact.BlockMisuse, match=r"await message\.averify"):
            message.verify(handler)
        again = pact.expects_message("m").with_contents("Hello")
        return await again.averify(handler), await again.averify(lambda *_: 5)

    assert (b"Hello", 5) == asyncio.run(both())
    assert written()


def test_inside_a_running_loop_a_failure_records_nothing(pact, written):
    async def handler(_contents, _metadata):
        raise LookupError

    message = pact.expects_message("m").with_contents("Hello")
    with pytest.raises(LookupError):
        asyncio.run(message.averify(handler))

    assert written() is None


def test_generators_apply_for_the_handler_but_not_in_the_contract(pact, written):
    message = (
        pact.expects_message("m")
        .with_contents({"id": generate.uuid()})
        .with_metadata({"n": 1})
        .with_generators({"metadata": {"n": {"type": "RandomInt", "min": 5, "max": 5}}})
    )
    contents, metadata = message.verify(lambda *both: both)
    [found] = written()["interactions"]

    assert contents.json()["id"] != found["contents"]["content"]["id"]
    assert (5, 1) == (metadata["n"], found["metadata"]["n"])
    assert {"body", "metadata"} == set(found["generators"])


def test_raw_rules_may_precede_the_contents(pact):
    rules = {"body": {"$.id": {"matchers": [{"match": "type"}]}}}
    message = (
        pact.expects_message("m")
        .with_metadata({"k": "v"})
        .with_matching_rules(rules)
        .to_interaction()
    )

    assert {"body"} == set(message.message.rules)


def test_a_content_type_in_the_metadata_applies_to_json_contents(pact):
    message = (
        pact.expects_message("m")
        .with_contents({"id": 1})
        .with_metadata({"contentType": "application/vnd.user+json"})
        .to_interaction()
    )

    assert "application/vnd.user+json" == str(message.message.content_type)


@pytest.mark.parametrize(
    ("contents", "content_type"),
    [
        (bodies.xml(bodies.element("user", match.like("Ada"))), "application/xml"),
        (b"\x89PNG", None),
        ("", None),
        (None, None),
    ],
    ids=["xml", "bytes", "empty", "none"],
)
def test_contents_may_be_anything(pact, contents, content_type):
    message = pact.expects_message("m").with_contents(contents)
    contents, metadata = message.verify(lambda *both: both)

    assert content_type == metadata.get("contentType")
    assert [] == pypact.match_message(message, contents, metadata)


def test_a_null_reaches_the_handler_as_json(pact):
    message = pact.expects_message("m").with_contents(match.null())

    assert b"null" == message.verify(lambda contents, _: contents)


def test_v3_contains_messages(make_pact, written):
    pact = make_pact(specification="3.0.0")
    pact.expects_message("m").with_contents({"id": 1}).verify(accept)

    assert [
        {
            "description": "m",
            "contents": {"id": 1},
            "metadata": {"contentType": "application/json"},
        }
    ] == written()["messages"]


def test_v2_cannot_contain_messages(make_pact):
    pact = make_pact(specification="2.0.0")
    with pytest.raises(pypact.NotExpressible, match=r"a message \(needs .* 3\.0\.0"):
        pact.expects_message("m").with_contents({"id": 1}).verify(accept)


def test_v3_cannot_contain_synchronous_messages(make_pact):
    pact = make_pact(specification="3.0.0")
    message = pact.expects_sync_message("m").with_request("a").will_respond_with("b")
    with pytest.raises(pypact.NotExpressible, match="a synchronous message"):
        message.verify(accept)


def test_a_synchronous_message_passes_the_request_and_all_responses(pact, written):
    message = (
        pact.expects_sync_message("a question")
        .with_request({"q": match.integer(1)}, {"topic": "questions"})
        .with_matching_rules({"metadata": {"topic": {"matchers": [{"match": "type"}]}}})
        .will_respond_with({"a": match.like("x")})
        .will_respond_with("done", {"k": "v"}, content_type="text/plain")
        .with_generators({"metadata": {"k": {"type": "RandomHexadecimal"}}})
    )

    def handler(request, answers):
        assert {"q": 1} == request.contents.json()
        assert "questions" == request.metadata["topic"]
        return [answer.contents for answer in answers], answers[1].metadata["k"]

    contents, key = message.verify(handler)
    [found] = written()["interactions"]

    assert [b'{"a":"x"}', b"done"] == contents
    assert "v" != key
    assert "Synchronous/Messages" == found["type"]
    assert {"body", "metadata"} == set(found["request"]["matchingRules"])
    assert {"metadata"} == set(found["response"][1]["generators"])


def test_a_v4_contract_may_contain_http_and_messages(pact, written):
    pact.upon_receiving("a call").with_request("GET", "/a").will_respond_with(200)
    with pact.intercept():
        requests.get("http://users.test/a", timeout=5)
        message = pact.expects_message("a message").with_contents("x")
        message.verify(accept)
        pact.expects_sync_message("an exchange").with_request("q").will_respond_with(
            "a"
        ).verify(accept)

    assert ["a call", "a message", "an exchange"] == [
        one["description"] for one in written()["interactions"]
    ]


def test_v3_cannot_contain_messages_and_http(make_pact):
    pact = make_pact(specification="3.0.0")
    pact.upon_receiving("a call").with_request("GET", "/a").will_respond_with(200)
    with pact.intercept():
        requests.get("http://users.test/a", timeout=5)
    message = pact.expects_message("a message").with_contents("x")
    with pytest.raises(pypact.NotExpressible, match="a message beside HTTP"):
        message.verify(accept)


def test_v4_members_apply_to_messages(pact, written):
    message = pact.expects_message("m").with_contents("x").pending().key("k1")
    message.comment("why").test_name("test_m").reference("Jira", "ticket", "A-1")
    message.verify(accept)
    [found] = written()["interactions"]

    assert (True, "k1") == (found["pending"], found["key"])
    assert {
        "text": ["why"],
        "testname": "test_m",
        "references": {"Jira": {"ticket": "A-1"}},
    } == found["comments"]


def test_an_incomplete_message_names_the_missing_calls(pact):
    with pytest.raises(pypact.InvalidExpectation, match=r"missing: with_contents\(\)"):
        pact.expects_message("m").verify(accept)
    with pytest.raises(
        pypact.InvalidExpectation, match=r"with_request\(\), will_respond_with\(\)"
    ):
        pact.expects_sync_message("m").verify(accept)


@pytest.mark.parametrize(
    "misuse",
    [
        lambda pact: pact.expects_message(" "),
        lambda pact: pact.expects_message(5),
        lambda pact: pact.expects_message("m").with_metadata("text"),
        lambda pact: pact.expects_message("m").with_metadata({"a": object()}),
        lambda pact: pact.expects_message("m").with_contents(object()),
        lambda pact: pact.expects_message("m").with_contents("").with_contents(""),
        lambda pact: pact.expects_sync_message("m").with_matching_rules({}),
    ],
)
def test_an_invalid_message_is_refused_with_its_line(pact, misuse):
    with pytest.raises(pypact.InvalidExpectation, match=r"test_messages\.py:\d+: "):
        misuse(pact)


def test_the_plugin_reports_an_unprocessed_message(pytester):
    pytester.makepyfile(
        """
        import pypact
        pact = pypact.Consumer("Web").has_pact_with("Users")
        def test_one():
            pact.expects_message("lost").with_contents("x")
        def test_two():
            pact.expects_message("kept").with_contents("x").verify(lambda *_: None)
        def test_three():
            pact.expects_message("failed").with_contents("x").verify(lambda *_: None)
            assert False
        """
    )
    result = run_session(pytester)

    result.stdout.fnmatch_lines(["*<message 'lost' at *message.verify(handler)*"])
    found = pypact.read_pact(pytester.path / "pacts" / "Web-Users.json")

    assert ["kept"] == [one.description for one in found.interactions]
