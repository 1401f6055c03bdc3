"""Finding the function for a state, and the error if there is none."""

import pytest

import pypact
from pypact.errors import InvalidExpectation, UnknownState
from pypact.model.interactions import ProviderState
from pypact.verifier.states import StateFunctions


def functions(*texts):
    found = StateFunctions()
    for text in texts:
        found.add(text, lambda: None)
    return found


def values(pattern, state):
    return functions(pattern).find(ProviderState(state)).values


@pytest.mark.parametrize(
    ("pattern", "state", "found"),
    [
        ("a user exists", "a user exists", {}),
        ("user {id:int} exists", "user 42 exists", {"id": 42}),
        ("user {id:int} exists", "user -1 exists", {"id": -1}),
        ("user {name} exists", "user Ann Lee exists", {"name": "Ann Lee"}),
        ("user {name:text} exists", "user 42 exists", {"name": "42"}),
        ("user {name:word} exists", "user Änn_1 exists", {"name": "Änn_1"}),
        ("price is {x:float}", "price is 1.5", {"x": 1.5}),
        ("price is {x:float}", "price is -2e3", {"x": -2000.0}),
        ("price is {x:float}", "price is 7", {"x": 7.0}),
        ("{a:int} of {b:int}", "1 of 20", {"a": 1, "b": 20}),
        ("{a} and {b}", "x and y and z", {"a": "x", "b": "y and z"}),
        ("a (new) user? {id:int}", "a (new) user? 1", {"id": 1}),
        ('json {"a": 1} of {id:int}', 'json {"a": 1} of 3', {"id": 3}),
        ("none {} or {1,2} of {id:int}", "none {} or {1,2} of 3", {"id": 3}),
        ("lines\nof {text}", "lines\nof a\nb", {"text": "a\nb"}),
        ("the text {id:int} itself", "the text {id:int} itself", {}),
    ],
)
def test_a_pattern_extracts_the_values_at_its_placeholders(pattern, state, found):
    assert found == values(pattern, state)


@pytest.mark.parametrize(
    ("pattern", "state"),
    [
        ("a user exists", "A user exists"),
        ("user {id:int} exists", "user x exists"),
        ("user {id:int} exists", "user 42 exists now"),
        ("user {id:int} exists", "the user 42 exists"),
        ("user {id:int} exists", "user ٤٢ exists"),
        ("user {name:word} exists", "user Ann Lee exists"),
        ("price is {x:float}", "price is ."),
        ("user {name}", "user "),
    ],
)
def test_a_pattern_must_match_the_whole_name(pattern, state):
    with pytest.raises(UnknownState):
        values(pattern, state)


def test_an_exact_name_takes_precedence_over_patterns():
    found = functions("user {id:int}", "user 1", "user {name}")

    assert {} == found.find(ProviderState("user 1")).values


def test_two_matching_patterns_are_an_error_that_names_both():
    found = functions("user {id:int}", "user {name}")

    with pytest.raises(InvalidExpectation) as error:
        found.find(ProviderState("user 1"))

    assert "state 'user 1' matches several patterns: 'user {id:int}' (" in (
        str(error.value)
    )
    assert "and 'user {name}' (" in str(error.value)
    assert "test_states.py:" in str(error.value)


def test_registering_a_name_twice_is_refused_with_both_places():
    with pytest.raises(InvalidExpectation, match=r"twice: .*test_states\.py:\d+ and "):
        functions("a user", "a user")


def test_an_unknown_placeholder_type_is_refused_with_the_known_ones():
    with pytest.raises(
        InvalidExpectation, match="the known types are text, int, float, word"
    ):
        functions("user {id:uuid}")


def test_using_a_placeholder_twice_is_refused():
    with pytest.raises(InvalidExpectation, match=r"the placeholder \{id\} twice"):
        functions("user {id:int} and {id:int}")


def test_an_unknown_state_is_an_error_with_similar_names_and_a_template():
    found = functions("user {id:int} exists", "no users")

    with pytest.raises(UnknownState) as error:
        found.find(ProviderState("user 43 is locked", {"since": "2020"}))

    assert (
        'no state function for "user 43 is locked"\n'
        'did you mean "user {id:int} exists"?\n'
        "add this function:\n"
        '    @verifier.state("user {id:int} is locked")\n'
        "    def _(id, since): ..."
    ) == str(error.value)


def test_the_template_escapes_the_name():
    with pytest.raises(UnknownState) as error:
        functions("x").find(ProviderState('say "hi"\nto 2 of 3.5'))

    assert '@verifier.state("say \\"hi\\"\\nto {id:int} of 3.5")' in str(error.value)


def test_the_template_matches_the_state():
    with pytest.raises(UnknownState) as error:
        functions("x").find(ProviderState("users 1 and 2"))
    text = str(error.value).split('"')[3]

    assert {"id": 1, "id2": 2} == values(text, "users 1 and 2")


def test_the_template_omits_keywords_as_parameters(write_pact, build_interaction, seen):
    folder = write_pact(build_interaction("/", ("a", {"class": 1, "id": 2})))
    verifier = pypact.Verifier("Users", app=seen, pacts=folder, unknown_states="error")
    [case] = verifier.select().cases
    [failure] = verifier.examine(case).failures

    assert "def _(id): ..." in failure.message


@pytest.mark.parametrize("states", [{}, {"other": lambda: None}])
def test_a_state_without_a_function_is_an_error_if_a_mapping_is_given(
    write_pact, build_interaction, states
):
    def app(_environ, start_response):
        start_response("200 OK", [])
        return [b""]

    contract = write_pact(build_interaction("/", "a state"))
    verifier = pypact.Verifier("Users", app=app, pacts=contract, states=states)
    [case] = verifier.select().cases

    assert not verifier.examine(case).is_ok
