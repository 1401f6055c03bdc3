"""Tests of a provider with other requests: of messages, of multipart, one by one."""

import asyncio
import json
import unittest

import flask
import pytest

import pypact
from pypact import bodies, match
from tests.support.sessions import run_session

INTEGER = {"matchers": [{"match": "integer"}]}
TYPE = {"matchers": [{"match": "type"}]}
ORDER = {
    "type": "Synchronous/Messages",
    "description": "an order",
    "request": {
        "contents": {
            "content": {"item": "tea", "count": 3},
            "contentType": "application/json",
        },
        "metadata": {"tries": 1},
        "matchingRules": {
            "body": {"$.item": TYPE, "$.count": INTEGER},
            "metadata": {"tries": INTEGER},
        },
    },
    "response": [
        {
            "contents": {"content": {"ok": True}, "contentType": "application/json"},
        }
    ],
}
EVENT = {
    "type": "Asynchronous/Messages",
    "description": "an event",
    "contents": {"content": {"id": 3}, "contentType": "application/json"},
    "matchingRules": {"body": {"$.id": INTEGER}},
}


def write(folder, *interactions):
    contract = {
        "consumer": {"name": "Shop"},
        "provider": {"name": "Orders"},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    folder.mkdir(exist_ok=True)
    (folder / "pact.json").write_text(json.dumps(contract), "utf-8")
    return pypact.Verifier("Orders", pacts=folder)


def take_order(request, fault=""):
    order = request.contents.json()
    if fault == "crash":
        order["item"][0]
    if fault == "tries" and request.metadata["tries"] < 0:
        raise ValueError(request.metadata["tries"])
    if fault == "refuse" and order["count"] < 0:
        return {"ok": False}
    return {"ok": True}


FAULTS = {
    "crash": '$.item = "" (the example: "tea")',
    "tries": "metadata 'tries' = -1 (the example: 1)",
    "refuse": "$.count = -1 (the example: 3)",
}


@pytest.mark.parametrize("fault", ["", *FAULTS])
def test_the_request_of_a_synchronous_message_differs(tmp_path, fault):
    verifier = write(tmp_path, ORDER)
    seen = []

    @verifier.message("an order")
    def order(request):
        seen.append(request.contents)
        return take_order(request, fault)

    verifier.verify(reports=[])
    if not fault:
        assert verifier.verify(reports=[], examples=30).passed
        assert len({*seen}) > 10
        return
    with pytest.raises(pypact.VerificationFailed) as raised:
        verifier.verify(reports=[], examples=pypact.Examples(50, seed=3))
    assert "another request that its rules accept fails" in str(raised.value)
    assert FAULTS[fault] in str(raised.value)


def test_contents_that_a_state_may_refer_to_are_judged_where_it_is_requested(tmp_path):
    verifier = write(tmp_path, {**ORDER, "providerStates": [{"name": "there is tea"}]})
    verifier.state("there is tea")(lambda: None)

    @verifier.message("an order")
    def order(request):
        return {"ok": request.contents.json()["item"] == "tea"}

    assert verifier.verify(reports=[], examples=20).passed
    for place in ("$.item", "$", "$.*", "body"):
        with pytest.raises(pypact.VerificationFailed, match=r"\$\.item = "):
            verifier.verify(reports=[], examples=20, examples_for=[place])
    for place in ("$.count", "metadata", "tries"):
        verifier.verify(reports=[], examples=20, examples_for=[place])
    for place in ("$.item.x", "$[*]"):
        with pytest.warns(pypact.ExampleWarning, match="no other value"):
            verifier.verify(reports=[], examples=20, examples_for=[place])
    with pytest.raises(pypact.InvalidExpectation, match="is not a valid path"):
        verifier.verify(reports=[], examples=20, examples_for=["$.."])


def test_a_wrong_number_of_responses_is_a_failure(tmp_path):
    verifier = write(tmp_path, ORDER)

    @verifier.message("an order")
    def order(request):
        return [{"ok": True}] * (2 if request.contents.json()["count"] < 0 else 1)

    with pytest.raises(pypact.VerificationFailed, match="returned 2 messages"):
        verifier.verify(reports=[], examples=20)


def test_what_was_not_tried_with_other_examples_is_stated(tmp_path):
    plain = {**ORDER, "description": "plain", "request": {}}
    verifier = write(tmp_path, EVENT, plain, {**ORDER, "description": "late"})
    verifier.message("an event")(lambda: {"id": 3})
    verifier.message("{any}")(lambda: {"ok": True})
    examples = pypact.Examples(20, seconds=1e-9)
    result = verifier.verify(reports=[], examples=examples)
    assert [one.remarks for one in result.interactions] == [
        ("without other examples: it has no request",),
        ("without other examples: the contract accepts no other request",),
        ("only 0 of 20 other examples were tried in time",),
    ]


def test_a_failing_state_of_another_example_is_a_failure(tmp_path):
    verifier = write(tmp_path, {**ORDER, "providerStates": [{"name": "once"}]})
    calls = []

    @verifier.state("once")
    def once():
        calls.append(1)
        if len(calls) > 1:
            raise LookupError("twice")

    verifier.message("an order")(take_order)
    with pytest.raises(pypact.VerificationFailed, match="twice"):
        verifier.verify(reports=[], examples=5)


def test_the_parts_of_a_multipart_request_differ(tmp_path):
    pact = pypact.Consumer("Shop").has_pact_with("Orders")
    meta = bodies.file("m.json", {"count": match.integer(3)}, "application/json")
    upload = (
        pact.upon_receiving("an upload")
        .with_request(
            "POST", "/", body=bodies.multipart({"t": match.like("A"), "meta": meta})
        )
        .will_respond_with(201)
    )
    app = flask.Flask("orders")

    @app.post("/")
    def take():
        count = json.load(flask.request.files["meta"])["count"]
        return ("", 201) if count >= 0 else ("", 422)

    write(tmp_path, upload.to_json("4"))
    verifier = pypact.Verifier("Orders", app=app, pacts=tmp_path)
    with pytest.raises(pypact.VerificationFailed, match=r"\$\.meta\.count = -1 "):
        verifier.verify(reports=[], examples=50)


def test_tests_of_single_interactions_try_other_examples(tmp_path):
    verifier = write(tmp_path, ORDER)
    verifier.message("an order")(lambda request: take_order(request, "crash"))
    (case,) = verifier.select().cases
    options = {"examples": 30, "examples_for": iter(["$.item"])}
    assert verifier.examine(case).is_ok
    assert not verifier.examine(case, **options).is_ok
    assert not asyncio.run(verifier.aexamine(case, **options)).is_ok

    @verifier.cases
    class Plain(unittest.TestCase):
        pass

    varied = verifier.cases(unittest.TestCase, examples=30)
    for kind, count in ((Plain, 0), (varied, 1)):
        result = unittest.TestResult()
        unittest.defaultTestLoader.loadTestsFromTestCase(kind).run(result)
        assert len(result.failures) == count
    with pytest.raises(pypact.InvalidExpectation, match="a list of places"):
        verifier.each(examples=3, examples_for="path")


def test_pytest_items_try_other_examples(pytester):
    write(pytester.path / "pacts", ORDER)
    pytester.makepyfile(
        """
        import pypact

        verifier = pypact.Verifier("Orders", pacts="pacts")

        @verifier.message("an order")
        def order(request):
            return {"ok": request.contents.json()["item"] != ""}

        @verifier.each()
        def test_plain(interaction):
            interaction.verify()

        @verifier.each(examples=30)
        def test_varied(interaction):
            interaction.verify()

        @verifier.each(examples=30)
        async def test_async(interaction):
            await interaction.averify()
        """
    )
    pytester.makeini("[pytest]\nasyncio_mode = auto")
    result = run_session(pytester)
    result.assert_outcomes(passed=1, failed=2)
    result.stdout.fnmatch_lines(['*$.item = "" (the example: "tea")*'])


def test_responses_are_compared_although_the_path_differs_as_well(tmp_path):
    pact = pypact.Consumer("Shop").has_pact_with("Orders")
    path = match.regex(r"/orders/\d{1,5}", "/orders/23")
    change = (
        pact.upon_receiving("a change")
        .with_request("PUT", path, body={"count": match.integer(3)})
        .will_respond_with(204)
    )
    write(tmp_path, change.to_json("4"))
    app = flask.Flask("orders")

    @app.put("/orders/<int:number>")
    def change_order(number):
        if number != 23:
            return "", 404
        return "", 204 if flask.request.get_json()["count"] >= 0 else 422

    verifier = pypact.Verifier("Orders", app=app, pacts=tmp_path)
    with pytest.raises(pypact.VerificationFailed, match=r"\$\.count = -1 "):
        verifier.verify(reports=[], examples=pypact.Examples(20, seed=3))
