"""Tests of a handler with other messages that the contract accepts."""

import asyncio
import json
import unittest
import warnings

import pytest
from hypothesis import given, settings

import pypact
from pypact import match
from pypact.rules.table import RuleKind, register
from tests.support.sessions import run_session


@pytest.fixture
def pact(tmp_path):
    return pypact.Consumer("Mailing").has_pact_with("Users", pact_dir=tmp_path)


def expect(pact, description="a user was created"):
    return (
        pact.expects_message(description)
        .given("a user")
        .with_contents({"id": match.integer(23), "name": match.string("Ann Lee")})
        .with_metadata({"topic": match.regex("users|orders", "users"), "kind": "x"})
    )


def expect_lookup(pact):
    return (
        pact.expects_sync_message("a lookup")
        .with_request({"id": match.integer(23)})
        .will_respond_with({"name": match.string("Ann")}, {"tries": match.integer(1)})
        .will_respond_with({"count": match.integer(2)})
    )


def split_name(contents, _metadata):
    _first, _last = contents.json()["name"].split(" ")


async def asplit_name(contents, metadata):
    await asyncio.sleep(0)
    split_name(contents, metadata)


def assert_example(contents, _metadata):
    assert contents.json()["name"] == "Ann Lee"


def list_written(folder):
    return [
        one["description"]
        for file in folder.glob("*.json")
        for one in json.loads(file.read_text("utf-8"))["interactions"]
    ]


def test_a_correct_handler_gets_other_messages(pact, tmp_path):
    seen = []

    def handle(contents, metadata):
        seen.append((contents.json()["name"], metadata["topic"], metadata["kind"]))
        return len(seen)

    assert expect(pact).verify(handle, examples=pypact.Examples(50, seed=1)) == 1

    assert 40 < len(seen) <= 51
    names, topics, kinds = map(set, zip(*seen, strict=True))
    assert "" in names
    assert topics == {"users", "orders"}
    assert kinds == {"x"}
    (file,) = tmp_path.glob("*.json")
    (written,) = json.loads(file.read_text("utf-8"))["interactions"]
    assert written["contents"]["content"] == {"id": 23, "name": "Ann Lee"}


NOTE = """\
failed with another message that the contract accepts:
  the message "a user was created" given 'a user'
    $.name = "" (the example: "Ann Lee")
example """


def test_a_fault_is_found_simplified_and_not_recorded(pact, tmp_path):
    with pytest.raises(ValueError, match="not enough values") as raised:
        expect(pact).verify(split_name, examples=50)
    assert raised.value.__notes__[0].startswith(NOTE)
    with pytest.raises(ValueError, match="not enough values") as raised:
        asyncio.run(expect(pact).averify(asplit_name, examples=50))
    assert raised.value.__notes__[0].startswith(NOTE)
    assert list_written(tmp_path) == []


def test_a_fault_of_the_metadata_is_found(pact):
    with pytest.raises(KeyError) as raised:
        expect(pact).verify(
            lambda _, metadata: {"users": 1}[metadata["topic"]], examples=30
        )
    note = raised.value.__notes__[0]
    assert """metadata 'topic' = "orders" (the example: "users")""" in note


def test_the_responses_of_a_synchronous_message_differ(pact):
    seen = set()
    message = expect_lookup(pact)

    def handle(request, responses):
        name, count = (one.contents.json() for one in responses)
        seen.add((request.contents.json()["id"], name["name"], count["count"]))

    message.verify(handle, examples=pypact.Examples(30, seed=1))
    numbers, names, counts = map(set, zip(*seen, strict=True))
    assert numbers == {23}
    assert len(names) > 3
    assert message.received[1].contents.json()["count"] in counts
    with pytest.raises(ZeroDivisionError) as raised:
        message.verify(
            lambda _, responses: 1 / responses[1].contents.json()["count"], examples=50
        )
    note = raised.value.__notes__[0]
    assert 'response 2 to "a lookup"\n    $.count = 0 (the example: 2)' in note


def test_each_variant_gets_other_examples(pact):
    seen = set()
    body = {"id": match.integer(1), "nickname": match.one_of(match.string("Al"), None)}
    message = pact.expects_message("it").with_contents(body)
    message.verify(
        lambda contents, _: seen.add((contents.json()["nickname"], contents)),
        examples=20,
    )
    for name in (None, "Al"):
        assert len([one for one in seen if one[0] == name]) > 3


def test_a_decorated_test_compares_with_what_was_received(pact):
    names = {}

    def handle(contents, _metadata):
        user = contents.json()
        names[user["id"]] = user["name"]

    @pact.intercept(examples=pypact.Examples(30, seed=1))
    def check():
        names.clear()
        message = expect(pact)
        assert message.received is None
        message.verify(handle)
        user = message.received.contents.json()
        assert names == {user["id"]: user["name"]}
        runs.append(user)

    runs = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check()
    assert len(runs) == 31
    assert len({user["id"] for user in runs}) > 5


def test_an_assertion_on_the_example_is_no_finding(pact):
    with pytest.warns(pypact.ExampleWarning, match="with `message.received`"):
        expect(pact).verify(assert_example, examples=20)


def test_an_assertion_in_the_code_of_the_consumer_is_a_finding(pact, tmp_path):
    file = tmp_path / "handlers.py"
    file.write_text(
        "def handle(contents, metadata):\n"
        "    assert contents.json()['name'] == 'Ann Lee'\n",
        "utf-8",
    )
    module = {}
    exec(compile(file.read_text("utf-8"), str(file), "exec"), module)
    with pytest.raises(AssertionError) as raised:
        expect(pact).verify(module["handle"], examples=20)
    assert "another message" in raised.value.__notes__[0]


def test_reruns_do_not_change_what_is_expected_and_recorded(pact, tmp_path):
    first, second = expect(pact, "one"), expect(pact, "two")

    @pact.intercept(examples=10)
    def check():
        first.verify(assert_example)

    with pytest.warns(pypact.ExampleWarning, match=r"asserts the example of \$\.name"):
        check()
    assert list_written(tmp_path) == []  # the second one is expected together with it
    second.verify(lambda *_: None)
    assert list_written(tmp_path) == ["one", "two"]


def test_methods_and_coroutines_run_again(pact):
    runs = []

    class Handlers(unittest.TestCase):
        @pact.intercept(examples=5)
        async def test_async(self):
            await expect(pact).averify(lambda *_: runs.append(1))

        @pact.intercept(examples=5)
        def test_both(self):
            expect(pact).verify(lambda *_: runs.append(1), examples=5)

    asyncio.run(Handlers("test_async").test_async())
    assert len(runs) == 6
    Handlers("test_both").test_both()
    assert len(runs) == 12


def test_messages_that_cannot_differ_are_stated(pact):
    message = pact.expects_message("it").with_contents(b"x", "text/plain")
    text = (
        r"the handler .*lambda> ran without other examples: the contract accepts only "
        'the example of the message "it"'
    )
    with pytest.warns(pypact.ExampleWarning, match=text):
        message.verify(lambda *_: None, examples=5)


def test_values_that_keep_their_example_are_stated(pact):
    def accept(_attributes):
        return lambda _expected, _actual: None

    undo = register(RuleKind("ipv9", accept, accept))
    message = pact.expects_message("it").with_contents({"id": 1})
    message.with_matching_rules({"body": {"$.id": {"matchers": [{"match": "ipv9"}]}}})
    text = (
        r"these values keep their example: the message \"it\": \$\.id: there are no "
        "other examples for the rule ipv9"
    )
    try:
        with pytest.warns(pypact.ExampleWarning, match=text):
            message.verify(lambda *_: None, examples=5)
    finally:
        undo()


def test_the_strategies_of_messages_are_for_users(pact):
    seen = []
    sync = expect_lookup(pact)

    @settings(max_examples=10, database=None)
    @given(expect(pact).strategy(), sync.strategy(), sync.strategy("request"))
    def check(message, response, request):
        assert message.metadata["kind"] == "x"
        assert isinstance(response.metadata["tries"], int)
        seen.append((message.contents, response.contents, request.contents))

    check()
    assert len({*seen}) > 3
    with pytest.raises(pypact.InvalidExpectation, match="an index below 2"):
        sync.strategy(index=2)
    with pytest.raises(pypact.InvalidExpectation, match="expected 'request' or"):
        sync.strategy("body")


def test_a_finding_keeps_the_message_out_of_the_contract(pytester):
    pytester.makepyfile(
        """
        import pypact
        from pypact import match

        pact = pypact.Consumer("Web").has_pact_with("Users")

        def expect(name):
            contents = {"n": match.integer(3)}
            return pact.expects_message(name).with_contents(contents)

        def handle(contents, metadata):
            1 / contents.json()["n"]

        @pact.intercept(examples=20)
        def test_finding():
            expect("a").verify(handle)

        @pact.intercept(examples=20)
        def test_correct():
            expect("b").verify(lambda contents, metadata: None)
        """
    )
    result = run_session(pytester)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*$.n = 0 (the example: 3)", "*::test_finding*"])
    assert list_written(pytester.path / "pacts") == ["b"]
