"""Selecting the interactions to verify, and counting those left out."""

import inspect

import pytest

import pypact
from pypact.errors import InvalidExpectation, VerificationFailed


@pytest.fixture
def verifier(write_pact, build_interaction, seen):
    write_pact(
        build_interaction("/mobile", description="a request of mobile"),
        consumer="mobile",
    )
    folder = write_pact(
        build_interaction("/one", "user 1 exists", description="a user"),
        build_interaction("/two", "no users", "and no orders", description="no users"),
        build_interaction("/three", description="health"),
    )
    return pypact.Verifier("Users", app=seen, pacts=folder)


@pytest.mark.parametrize(
    ("criteria", "chosen"),
    [
        ({}, ["no users", "a user", "health", "a request of mobile"]),
        ({"consumer": "mobile"}, ["a request of mobile"]),
        ({"consumer": ["mobile", "Other"]}, ["a request of mobile"]),
        ({"description": "^a user$|heal"}, ["a user", "health"]),
        ({"state": "user"}, ["a user", "no users"]),
        ({"state": "no orders$"}, ["no users"]),
        ({"no_state": True}, ["health", "a request of mobile"]),
        ({"state": ""}, ["health", "a request of mobile"]),
        ({"state": "1", "no_state": True}, ["a user", "health", "a request of mobile"]),
        ({"consumer": "Web", "description": "u", "state": "1"}, ["a user"]),
    ],
)
def test_criteria_select_by_consumer_description_and_state(verifier, criteria, chosen):
    selected = verifier.select(**criteria)

    assert set(chosen) == {case.interaction.description for case in selected.cases}
    assert 4 == len(selected.cases) + len(selected.left_out)


@pytest.mark.parametrize(
    ("variables", "chosen"),
    [
        ({"PACT_DESCRIPTION": "^a user"}, {"a user"}),
        ({"PACT_PROVIDER_STATE": "no users"}, {"no users"}),
        ({"PACT_PROVIDER_NO_STATE": "TRUE"}, {"health", "a request of mobile"}),
        (
            {"PACT_PROVIDER_STATE": "1", "PACT_PROVIDER_NO_STATE": "true"},
            {"a user", "health", "a request of mobile"},
        ),
        (
            {"PACT_DESCRIPTION": "", "PACT_PROVIDER_NO_STATE": "false"},
            {"a user", "no users", "health", "a request of mobile"},
        ),
    ],
)
def test_environment_variables_select(verifier, monkeypatch, variables, chosen):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert chosen == {case.interaction.description for case in verifier.select().cases}


def test_arguments_take_precedence_over_environment_variables(verifier, monkeypatch):
    monkeypatch.setenv("PACT_DESCRIPTION", "health")
    monkeypatch.setenv("PACT_PROVIDER_NO_STATE", "TRUE")
    [case] = verifier.select(description="^a user$", state="1").cases

    assert "a user" == case.interaction.description


def test_the_result_has_the_number_left_out_and_the_selection(verifier):
    result = verifier.verify(consumer="Web", description="user", reports=[])

    assert (2, 2) == (len(result.interactions), result.left_out)
    assert "consumer 'Web', description 'user'" == result.selection


def test_an_empty_selection_fails(verifier):
    with pytest.raises(VerificationFailed, match=r"left out all 4 interactions"):
        verifier.verify(description="nothing like that", reports=[])


def test_an_invalid_regular_expression_is_refused(verifier):
    with pytest.raises(InvalidExpectation, match=r"description='\(' is not a valid"):
        verifier.select(description="(")


def test_an_empty_state_selects_interactions_without_states(
    write_pact, build_interaction, seen
):
    folder = write_pact(
        build_interaction("/a", "a"), build_interaction("/b", description="other")
    )
    verifier = pypact.Verifier("Users", app=seen, pacts=folder)

    chosen = verifier.each(state="")(lambda interaction: None)

    assert ["other"] == [one.description for one in chosen.pypact_each.interactions()]


@pytest.mark.parametrize("name", ["verify", "averify", "select", "each", "cases"])
def test_signatures_show_the_criteria(verifier, name):
    shown = inspect.signature(getattr(verifier, name)).parameters

    assert {"consumer", "description", "state", "no_state"} <= set(shown)
    assert "criteria" not in shown


@pytest.mark.parametrize("name", ["verify", "select", "each"])
def test_an_unknown_criterion_is_refused(verifier, name):
    with pytest.raises(TypeError, match="unexpected keyword argument 'descripton'"):
        getattr(verifier, name)(descripton="x")
