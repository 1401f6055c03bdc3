"""One of several shapes: a run and an interaction for each variant."""

import asyncio
import json
import unittest

import pytest
import requests

import pypact
from pypact import match
from pypact.consumer.writer import PACT_WRITER

BASE = "https://users.example.com"


def define(pact, **options):
    return (
        pact.given("a user exists", id=23)
        .upon_receiving("a user")
        .with_request("GET", "/users/23")
        .will_respond_with(
            200,
            body={
                "id": 23,
                "nickname": match.one_of(match.string("Al"), None, match.absent),
            },
        )
    )


def fetch():
    return requests.get(f"{BASE}/users/23", timeout=5).json()


def read(pact_dir):
    return json.loads((pact_dir / "Web-Users.json").read_text())["interactions"]


@pytest.mark.parametrize("is_outside", [False, True])
def test_a_decorated_function_runs_once_for_each_variant(pact, pact_dir, is_outside):
    bodies = []
    if is_outside:
        define(pact)

    @pact.intercept()
    def run():
        if not is_outside:
            define(pact)
        bodies.append(fetch())
        return len(bodies)

    assert 1 == run()
    assert bodies == [
        {"id": 23, "nickname": "Al"},
        {"id": 23, "nickname": None},
        {"id": 23},
    ]
    found = {
        one["description"]: one["providerStates"][0]["params"] for one in read(pact_dir)
    }
    assert found == {
        "a user (nickname Al)": {"id": 23, "nickname": "Al"},
        "a user (nickname null)": {"id": 23, "nickname": "null"},
        "a user (nickname absent)": {"id": 23, "nickname": "absent"},
    }


def test_a_coroutine_runs_once_for_each_variant(pact, pact_dir):
    @pact.intercept()
    async def run():
        define(pact)
        fetch()

    asyncio.run(run())
    assert 3 == len(read(pact_dir))


def test_a_failed_variant_is_named_and_nothing_is_written(pact, pact_dir):
    @pact.intercept()
    def run():
        define(pact)
        fetch()["nickname"].upper()

    with pytest.raises(AttributeError) as failure:
        run()
    assert failure.value.__notes__[-1].splitlines() == [
        "failed in the variant nickname=null",
        "also failed in the variant nickname=absent: KeyError: 'nickname'",
        "2 of 3 variants failed; nothing is recorded",
    ]
    assert not pact_dir.exists()


def test_a_loop_has_a_block_for_each_variant(pact, pact_dir):
    names = []
    define(pact)
    for calls in pact.each_variant():
        fetch()
        names.append(calls.variant)

    assert names == ["nickname=Al", "nickname=null", "nickname=absent"]
    assert 3 == len(read(pact_dir))


def test_a_loop_that_is_left_writes_nothing(pact, pact_dir):
    define(pact)
    for _ in pact.each_variant():
        fetch()
        break

    assert not pact_dir.exists()
    with pytest.warns(pypact.PactWarning, match="nickname=Al, .*nickname=absent did"):
        PACT_WRITER.warn_of_missing_variants()
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body={})
    with pact.intercept():
        assert {} == requests.get(f"{BASE}/", timeout=5).json()


def test_a_with_block_refuses_variants(pact):
    define(pact)
    with (
        pytest.raises(pypact.InvalidExpectation, match=r"each_variant\(\)"),
        pact.intercept(),
    ):
        fetch()


def build(pact, product=False):
    return (
        pact.upon_receiving("x")
        .with_variants(product=product, description="{description}: {variant}")
        .with_request(
            "POST",
            "/",
            query={"page": match.one_of("1", match.absent)},
            headers={"X-A": match.one_of("a", match.absent)},
            body=match.like({"a": match.one_of(1, [2])}),
        )
        .will_respond_with(200)
    )


def describe(builder):
    variants = [builder.select_variant(one) for one in builder.list_variants()]
    return [one.to_json()["description"] for one in variants]


def test_one_choice_varies_while_the_others_keep_their_first(pact):
    assert describe(build(pact)) == [
        "x: page 1, X-A a, a 1",
        "x: page absent, X-A a, a 1",
        "x: page 1, X-A absent, a 1",
        "x: page 1, X-A a, a array",
    ]


def test_all_combinations_on_request(pact):
    assert 8 == len(set(describe(build(pact, product=True))))


def test_whole_bodies_vary(pact):
    bodies = match.one_of(
        pypact.bodies.xml(pypact.bodies.Element("a")), "plain", match.absent
    )
    builder = (
        pact.upon_receiving("x")
        .with_request("POST", "/", body=bodies)
        .will_respond_with()
    )
    found = [
        builder.select_variant(one).to_interaction() for one in builder.list_variants()
    ]
    assert b"<a" in found[0].request.body.content
    assert [one.request.body.content for one in found[1:]] == [b"plain", b""]


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: match.one_of(1), "two options"),
        (lambda: match.one_of(1, match.one_of(2, 1)), "the option 1 twice"),
        (lambda: match.one_of({"a": 1}, {"a": 1}), "{'a': 1} twice"),
        (lambda: match.one_of(match.like("a"), match.like("a")), "'a' twice"),
        (lambda: match.one_of(1, match.absent, match.absent), "absent twice"),
        (lambda: match.one_of("a", "a"), "'a' twice"),
        (lambda: match.one_of(1, 2, name=5), "a non-empty string, got 5"),
        (lambda: match.example([match.absent]), "option of match.one_of"),
        (lambda: match.integer(match.absent), "option of match.one_of"),
    ],
)
def test_invalid_choices_are_refused(make, text):
    with pytest.raises(pypact.InvalidExpectation, match=text):
        make()


def test_a_message_is_passed_to_its_handler_in_each_variant(pact, pact_dir):
    contents = []
    message = (
        pact.expects_message("x")
        .given("s")
        .with_contents({"a": match.one_of(1, match.absent)})
    )
    message.verify(lambda value, metadata: contents.append(json.loads(value)))

    assert contents == [{"a": 1}, {}]
    assert [one["description"] for one in read(pact_dir)] == ["x (a 1)", "x (a absent)"]


def test_a_message_that_fails_in_one_variant_is_not_recorded(pact, pact_dir):
    message = pact.expects_sync_message("x").with_request({"a": match.one_of(1, None)})
    message.will_respond_with({"b": 1})
    with pytest.raises(TypeError) as failure:
        message.verify(lambda request, responses: json.loads(request.contents)["a"] + 1)

    assert failure.value.__notes__ == [
        "failed in the variant a=null\n1 of 2 variants failed; nothing is recorded"
    ]
    assert not pact_dir.exists()


@pytest.mark.parametrize("variant", ["nickname=absent", {"nickname": "absent"}])
def test_a_block_has_the_variant_that_it_is_given(pact, variant):
    user = define(pact)
    with pact.intercept(user, variant=variant) as calls:
        assert {"id": 23} == fetch()

    assert "nickname=absent" == calls.variant


def test_variants_of_blocks_are_written_when_the_last_one_has_passed(pact, pact_dir):
    user = define(pact)
    for variant in user.variants:
        assert not pact_dir.exists()
        with pact.intercept(user, variant=variant):
            fetch()

    assert 3 == len(read(pact_dir))


def test_missing_variants_are_reported_at_exit(pact, pact_dir):
    with pact.intercept(define(pact), variant="nickname=null"):
        fetch()
    with pytest.warns(pypact.PactWarning, match="nickname=Al, nickname=absent did not"):
        PACT_WRITER.warn_of_missing_variants()

    assert not pact_dir.exists()


@pytest.mark.enable_socket
def test_a_variant_can_be_served(pact):
    with pact.serve(define(pact), variant="nickname=null") as server:
        response = requests.get(f"{server.url}/users/23", timeout=5)

    assert None is response.json()["nickname"]


def test_an_interaction_can_be_used_in_several_blocks(pact):
    user = pact.upon_receiving("x").with_request("GET", "/users/23").will_respond_with()
    for _ in range(2):
        with pact.intercept(user) as calls:
            requests.get(f"{BASE}/users/23", timeout=5)
        assert 1 == len(calls)


@pytest.mark.parametrize("variant", ["nickname=nil", {"nickname": "nil"}, {"x": "y"}])
def test_an_unknown_variant_is_refused(pact, variant):
    user = define(pact)
    with pytest.raises(pypact.InvalidExpectation, match="expected one of nickname=Al"):
        pact.intercept(user, variant=variant)


@pytest.mark.parametrize("variant", [5, "", {}])
def test_what_is_not_a_variant_is_refused(pact, variant):
    with pytest.raises(pypact.InvalidExpectation, match="the name of a variant"):
        pact.intercept(variant=variant)


def test_a_variant_that_no_interaction_has_is_refused(pact):
    with (
        pytest.raises(pypact.InvalidExpectation, match=r"contains match\.one_of"),
        pact.intercept(variant="a=b"),
    ):
        pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200)
        requests.get(f"{BASE}/", timeout=5)


def test_only_interactions_of_the_pact_are_accepted(pact, pact_dir):
    other = pypact.Consumer("Web").has_pact_with("Books", pact_dir=pact_dir)
    with pytest.raises(pypact.InvalidExpectation, match="another pact than Web"):
        pact.intercept(define(other))
    with pytest.raises(pypact.InvalidExpectation, match="expected interactions"):
        pact.intercept({})


def test_interactions_of_a_fixture_are_for_its_tests_only(pact):
    pact.fixture(pact.upon_receiving("x").with_request("GET", "/").will_respond_with())
    with pact.intercept() as calls:
        pass

    assert 0 == len(calls)
    with pytest.raises(pypact.InvalidExpectation, match="expected interactions"):
        pact.fixture("x")


def test_a_fixture_varies_one_interaction(pact):
    with pytest.raises(pypact.InvalidExpectation, match="one interaction with"):
        pact.fixture(define(pact), define(pact))


def test_subtests_of_unittest_have_the_names_of_variants(pact):
    class Case(unittest.TestCase):
        @pact.intercept()
        def test_it(self):
            define(pact)
            assert "nickname" in fetch()

    result = unittest.TestResult()
    Case("test_it").run(result)

    assert ["[nickname=absent]"] == [
        case.id().rpartition(" ")[2] for case, _ in result.failures
    ]


def test_a_coroutine_handles_each_variant_of_a_message(pact, pact_dir):
    contents = []
    message = pact.expects_message("x").with_contents({"a": match.one_of(1, None)})

    async def handle(value, metadata):
        contents.append(json.loads(value))

    asyncio.run(message.averify(handle))

    assert contents == [{"a": 1}, {"a": None}]
    assert 2 == len(read(pact_dir))


def test_an_interaction_without_a_state_gets_one_if_it_has_a_format(pact):
    builder = (
        pact.upon_receiving("x")
        .with_variants(state="{state} user with {variant}")
        .with_request("GET", "/")
        .will_respond_with(200, body={"a": match.one_of(1, match.absent)})
    )
    variants = [builder.select_variant(one) for one in builder.list_variants()]

    assert [one.to_json()["providerStates"] for one in variants] == [
        [{"name": "user with a 1", "params": {"a": "1"}}],
        [{"name": "user with a absent", "params": {"a": "absent"}}],
    ]


def test_an_interaction_with_variants_has_no_single_form(pact):
    with pytest.raises(pypact.InvalidExpectation, match="nickname=null, nickname=abs"):
        define(pact).to_json()


def test_a_generator_function_refuses_variants(pact):
    with pytest.raises(pypact.InvalidExpectation, match=r"use `pact\.fixture\("):

        @pact.intercept(define(pact))
        def block():
            yield


def test_calls_of_an_interaction_include_all_variants(pact):
    user = define(pact)
    with pact.intercept(user, variant="nickname=null") as calls:
        fetch()

    assert 1 == len(calls.of(user))


def test_a_variant_that_is_used_again_needs_no_others(pact):
    user = define(pact)
    for variant in [*user.variants, "nickname=null"]:
        with pact.intercept(user, variant=variant):
            fetch()

    assert [] == PACT_WRITER.describe_missing_variants()


def test_each_variant_has_a_key_of_its_own(pact, pact_dir):
    @pact.intercept(define(pact).key("user"))
    def check():
        fetch()

    check()

    keys = {one["key"] for one in read(pact_dir)}
    assert {f"user (nickname {name})" for name in ("Al", "null", "absent")} == keys


def test_all_choices_that_are_requested_must_exist(pact):
    requested = {"nickname": "Al", "name": "Bo"}
    with (
        pytest.raises(pypact.InvalidExpectation, match=r"no variant .*'name': 'Bo'"),
        pact.intercept(define(pact), variant=requested),
    ):
        fetch()


def test_a_parameter_of_a_state_is_not_replaced(pact):
    builder = define(pact).given("a user", nickname="Bo")
    clash = "test_variants.py:.*'a user' already has the parameter 'nickname'"
    with pytest.raises(pypact.InvalidExpectation, match=clash):
        builder.select_variant(builder.list_variants()[0])
    builder.with_variants(params=False)

    (selected, *_) = map(builder.select_variant, builder.list_variants())
    assert {"nickname": "Bo"} == selected.to_interaction().states[1].params
