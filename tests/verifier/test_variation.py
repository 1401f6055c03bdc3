"""Tests of a provider with other requests that the contracts accept."""

import asyncio
import json

import flask
import pytest

import pypact
from pypact.verifier.reports.files import result_to_dict
from pypact.verifier.reports.text import InteractionFailureText

MATCHERS = {
    "type": {"match": "type"},
    "digits": {"match": "regex", "regex": r"/users/\d+"},
}
INTERACTIONS = [
    {
        "type": "Synchronous/HTTP",
        "description": "a user",
        "providerStates": [{"name": "a user", "params": {"id": 23}}],
        "request": {
            "method": "GET",
            "path": "/users/23",
            "query": {"fields": ["name"]},
            "matchingRules": {
                "path": {"matchers": [MATCHERS["digits"]]},
                "query": {"fields": {"matchers": [MATCHERS["type"]]}},
            },
        },
        "response": {
            "status": 200,
            "body": {"content": {"name": "Al"}, "contentType": "application/json"},
        },
    },
    {
        "type": "Synchronous/HTTP",
        "description": "a new user",
        "request": {
            "method": "POST",
            "path": "/users",
            "body": {
                "content": {"name": "Al", "age": 3},
                "contentType": "application/json",
            },
            "matchingRules": {
                "body": {
                    "$.name": {"matchers": [MATCHERS["type"]]},
                    "$.age": {"matchers": [{"match": "integer"}]},
                }
            },
        },
        "response": {
            "status": 201,
            "body": {
                "content": {"name": "Al", "ok": True},
                "contentType": "application/json",
            },
        },
    },
]


def create_app(fault=""):
    app = flask.Flask("users")

    @app.get("/users/<int:number>")
    def show(number):
        if fault == "get" and number != 23:
            raise KeyError(number)
        if fault == "query" and flask.request.args["fields"] != "name":
            return {"name": "Bo"}
        return ({"name": "Al"}, 200) if number == 23 else ({"error": "none"}, 404)

    @app.post("/users")
    def create():
        user = flask.request.get_json()
        if fault == "post":
            user["name"][0]
        if fault == "strict" and user["age"] < 0:
            return {"error": "age"}, 422
        return {"name": user["name"], "ok": True}, 201

    return app


@pytest.fixture
def verify(tmp_path):
    contract = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": INTERACTIONS,
        "metadata": {"pactSpecification": {"version": "4.0"}},
    }
    (tmp_path / "pact.json").write_text(json.dumps(contract), "utf-8")

    def run(fault="", **options):
        app = create_app(fault)
        verifier = pypact.Verifier("Users", app=app, pacts=tmp_path)
        states = []
        verifier.state("a user")(lambda params: states.append(params["id"]))
        options = {"examples": pypact.Examples(30, seed=3), "reports": [], **options}
        try:
            return verifier.verify(**options), states
        except pypact.VerificationFailed as error:
            return error, states

    return run


def test_a_correct_provider_passes_and_each_request_has_its_own_state(verify):
    result, states = verify()
    assert result.passed
    assert len(result.interactions) == 2
    assert 20 < len(states) <= 31
    assert {*states} == {23}


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("get", 'path = "/users/'),
        ("post", '$.name = "" (the example: "Al")'),
        ("strict", "$.age = -1 (the example: 3)"),
    ],
)
def test_a_provider_that_serves_only_the_example_fails(verify, fault, change):
    assert verify(fault, examples=None)[0].passed

    error, _ = verify(fault)

    text = str(error)
    assert "another request that its rules accept fails" in text
    assert change in text
    assert "rerun with PYPACT_EXAMPLES_SEED=3" in text
    [failed] = error.result.failed
    again = InteractionFailureText(failed, "pytest test_it.py")
    assert "rerun      PYPACT_EXAMPLES_SEED=3 pytest test_it.py" in str(again)
    data = result_to_dict(failed, rerun="pypact verify")
    assert "PYPACT_EXAMPLES_SEED=3 pypact verify" == data["rerun"]


def test_responses_to_other_paths_are_judged_where_it_is_asked_for(verify):
    assert verify("query")[0].passed
    text = str(verify("query", examples_for=["fields"])[0])
    assert "query 'fields' = " in text
    assert '$.name   equality   expected "Al" (string)   got "Bo" (string)' in text


def test_the_asynchronous_verification_does_the_same(tmp_path, verify):
    verify()  # writes the contract

    async def run(fault):
        app = create_app(fault)
        verifier = pypact.Verifier("Users", app=app, pacts=tmp_path)
        verifier.state("a user")(lambda: None)
        await verifier.averify(examples=20, reports=[])

    asyncio.run(run(""))
    with pytest.raises(pypact.VerificationFailed, match="another request"):
        asyncio.run(run("post"))


def test_a_place_without_values_is_warned_of(verify):
    with pytest.warns(pypact.ExampleWarning, match=r"generated at \$\.nick, id: exp"):
        verify(examples_for=["$.nick", "id", "$.name", "query"])


def test_places_are_a_list(verify):
    with pytest.raises(pypact.InvalidExpectation, match="expected a list of places"):
        verify(examples_for="path")


def test_places_need_other_examples(tmp_path, verify):
    verifier = pypact.Verifier("Users", app=create_app(), pacts=tmp_path)
    options = {"examples_for": ["path"]}
    case = verifier.select().cases[0]
    refused = pytest.raises(pypact.InvalidExpectation, match="needs examples")
    with refused:
        verify(examples=None, **options)
    with refused:
        verifier.each(**options)
    with refused:
        verifier.examine(case, **options)
    with refused:
        asyncio.run(verifier.aexamine(case, **options))
