"""State functions: their arguments, their results and their teardowns."""

import asyncio
import contextlib
import logging

import pytest

import pypact
from pypact.errors import InvalidExpectation


@pytest.fixture
def verify(write_pact, build_interaction, seen):
    """Return a function that verifies one interaction in the given states."""

    def run(verifier_of, *states, path="/", value_for=None, **request):
        folder = write_pact(build_interaction(path, *states, **request))
        verifier = pypact.Verifier("Users", app=seen, pacts=folder)
        verifier = verifier_of(verifier) or verifier
        [case] = verifier.select().cases
        more = {} if value_for is None else {"value_for": value_for}
        result = verifier.examine(case, **more)
        verifier.close()
        return result

    return run


def registering(text, function, **more):
    return lambda verifier: verifier.state(text, **more)(function) and None


@pytest.fixture
def given():
    """Collect the arguments of a state function."""
    return []


def test_arguments_come_from_the_name_and_the_params(verify, given):
    def state(id, name):
        given.append((id, name))

    verify(
        registering("user {id:int} exists", state), ("user 4 exists", {"name": "Ann"})
    )

    assert [(4, "Ann")] == given


def test_params_has_all_values_and_kwargs_the_remaining_ones(verify, given):
    def state(params, a, interaction, state, consumer, **rest):
        given.append((params, a, interaction.description, state, consumer, rest))

    verify(registering("s {a:int}", state), ("s 1", {"b": 2.5, "c": [1]}))
    everything = {"a": 1, "b": 2.5, "c": [1]}

    assert [(everything, 1, "a request", "s 1", "Web", {"b": 2.5, "c": [1]})] == given


def test_a_parameter_with_a_default_needs_no_value(verify, given):
    verify(registering("s", lambda a=1: given.append(a)), "s")

    assert [1] == given


def test_other_arguments_come_from_value_for(verify, given):
    verify(
        registering("s", lambda session: given.extend([session])),
        "s",
        value_for={"session": "the fixture"}.__getitem__,
    )

    assert ["the fixture"] == given


@pytest.mark.parametrize("default", [False, True])
def test_expected_is_the_example_of_the_interaction(verify, given, default):
    def state(expected):
        given.append((expected.status, expected.content, expected.metadata))

    def state_with_default(expected=None):
        state(expected)

    verify(registering("s", state_with_default if default else state), "s")

    assert [(200, b"", {})] == given


@pytest.mark.parametrize("source", ["param", "placeholder", "fixture"])
def test_a_value_named_expected_takes_precedence_over_the_example(
    verify, given, source
):
    def state(expected):
        given.append(expected)

    name = "s {expected:int}" if source == "placeholder" else "s"
    used = {"param": ("s", {"expected": 1}), "placeholder": "s 1", "fixture": "s"}
    fixtures = {"expected": 1} if source == "fixture" else {}
    verify(registering(name, state), used[source], value_for=fixtures.__getitem__)

    assert [1] == given


def test_a_function_for_all_states_receives_the_example(verify, given):
    def states(state, expected):
        given.append((state, expected.status))

    verify(lambda verifier: verifier.states.add_all(states), "s")

    assert [("s", 200)] == given


def test_a_parameter_without_a_value_is_named(verify):
    result = verify(registering("s", lambda session: None), ("s", {"a": 1}))
    [failure] = result.failures

    assert "no value for its parameter 'session'" in failure.message
    assert failure.message.endswith("provide: a")


def test_an_error_inside_a_fixture_is_not_mistaken_for_a_missing_fixture(verify):
    def value_for(name):
        return {}["inner"]

    result = verify(registering("s", lambda session: None), "s", value_for=value_for)

    assert "raised KeyError: 'inner'" in result.failures[0].message


@pytest.mark.parametrize("way", ["return", "yield", "context", "class"])
def test_a_returned_mapping_feeds_the_generators(verify, seen, way):
    def returning():
        return {"user_id": 7}

    def yielding():
        yield {"user_id": 7}

    class Manager:
        def __enter__(self):
            return {"user_id": 7}

        def __exit__(self, *error):
            """Do nothing."""

    functions = {
        "return": returning,
        "yield": yielding,
        "context": contextlib.contextmanager(yielding),
        "class": Manager,
    }
    generators = {"path": {"type": "ProviderState", "expression": "/u/${user_id}"}}
    result = verify(
        registering("s", functions[way]), "s", path="/u/1", generators=generators
    )

    assert result.is_ok, result
    assert ["/u/7"] == seen.paths


def test_other_results_are_reported_as_ignored(verify):
    result = verify(registering("s", lambda: 7), "s")

    assert result.is_ok
    assert "returned 7, which is ignored" in result.remarks[0]


def stepping(log, name, *, fail=""):
    def state():
        log.append(f"{name} up")
        if fail == "up":
            raise ValueError(f"no {name}")
        yield
        log.append(f"{name} down")
        if fail == "down":
            raise ValueError(f"stuck {name}")

    return state


def both(log, **fail):
    def register(verifier):
        verifier.state("a")(stepping(log, "a", fail=fail.get("a", "")))
        verifier.state("b")(stepping(log, "b", fail=fail.get("b", "")))

    return register


def test_teardowns_run_in_reverse_order(verify, given):
    verify(both(given), "a", "b")

    assert ["a up", "b up", "b down", "a down"] == given


def test_teardowns_run_when_a_later_state_fails(verify, given, seen):
    result = verify(both(given, b="up"), "a", "b")

    assert ["a up", "b up", "a down"] == given
    assert [] == seen.environs
    assert [("a", "ok"), ("b", "failed")] == [
        (state.name, state.outcome) for state in result.states
    ]


def test_a_failing_teardown_does_not_stop_the_others(verify, given):
    result = verify(both(given, b="down"), "a", "b")

    assert ["a up", "b up", "b down", "a down"] == given
    assert "the teardown of state 'b'" in result.failures[0].message
    assert "raised ValueError: stuck b" in result.failures[0].message


def test_teardowns_run_when_a_test_is_skipped(verify, given):
    def skipping():
        pytest.skip("not here")

    def register(verifier):
        verifier.state("a")(stepping(given, "a"))
        verifier.state("b")(skipping)

    with pytest.raises(pytest.skip.Exception):
        verify(register, "a", "b")

    assert ["a up", "a down"] == given


def test_a_failed_setup_is_a_state_failure_with_its_traceback(verify):
    result = verify(registering("a", stepping([], "a", fail="up")), "a")
    [failure] = result.failures

    assert "state" == failure.kind.value
    assert () == result.mismatches
    assert "test_state_setup.py" in failure.traceback[-1] + failure.traceback[0]
    assert "in state  ->  raise ValueError" in "\n".join(failure.traceback)


def test_a_second_yield_is_an_error(verify):
    def state():
        yield
        yield

    result = verify(registering("a", state), "a")

    assert "the function yields more than once" in result.failures[0].message


def test_state_outcomes_have_a_place_and_a_duration(verify):
    [state] = verify(registering("a", lambda: None), "a").states

    assert ("a", "ok") == (state.name, state.outcome)
    assert "test_state_setup.py:" in state.place
    assert 0 < state.duration < 5


def test_a_function_for_one_consumer_takes_precedence(verify, given):
    def register(verifier):
        verifier.state("s")(lambda: given.append("all"))
        verifier.state("s", consumer="Web")(lambda: given.append("Web"))
        verifier.state("s", consumer="Other")(lambda: given.append("Other"))
        verifier.state("t {x}")(lambda x: given.extend([x]))

    verify(register, "s", "t 1")

    assert ["Web", "1"] == given


def test_the_empty_name_applies_to_interactions_without_states(verify, given):
    def register(verifier):
        verifier.state("")(stepping(given, "any"))
        verifier.state("a")(stepping(given, "a"))

    verify(register)
    verify(register, "a")

    assert ["any up", "any down", "a up", "a down"] == given


@pytest.mark.parametrize("mode", ["error", "warn", "ignore"])
def test_an_unknown_state_is_an_error_a_warning_or_nothing(
    write_pact, build_interaction, seen, mode
):
    verifier = pypact.Verifier(
        "Users",
        app=seen,
        pacts=write_pact(build_interaction("/", "b")),
        unknown_states=mode,
    )
    verifier.state("a")(lambda: None)
    result = verifier.examine(verifier.select().cases[0])

    assert (mode != "error") == result.is_ok
    assert (mode == "warn") == ("no state function for 'b'" in result.remarks)
    assert len(seen.environs) == (mode != "error")


def test_params_of_a_state_without_function_feed_the_generators(verify, seen):
    generators = {"path": {"type": "ProviderState", "expression": "/${id}"}}
    verify(lambda verifier: None, ("s", {"id": 5}), generators=generators)

    assert ["/5"] == seen.paths


def with_states(states, write_pact, build_interaction, seen, *names):
    verifier = pypact.Verifier(
        "Users",
        app=seen,
        pacts=write_pact(build_interaction("/", *names)),
        states=states,
    )
    return verifier.examine(verifier.select().cases[0])


def test_states_can_be_a_mapping(write_pact, build_interaction, seen, given):
    states = {
        "a": lambda: given.append("a"),
        "user {n:int}": lambda n: given.extend([n]),
    }

    assert with_states(states, write_pact, build_interaction, seen, "a", "user 3").is_ok
    assert ["a", 3] == given


@pytest.mark.parametrize("states", [["a"], {"a": 1}, 7])
def test_states_of_another_type_are_refused(states):
    with pytest.raises(InvalidExpectation, match="states="):
        pypact.Verifier("Users", app=lambda e, s: [], states=states)


def test_a_function_for_all_states_is_called_by_name(
    write_pact, build_interaction, seen, given
):
    def handle(action, state, params):
        given.append((action, state, params))

    with_states(handle, write_pact, build_interaction, seen, "a", ("b", {"x": 1}))

    assert [
        ("setup", "a", {}),
        ("setup", "b", {"x": 1}),
        ("teardown", "b", {"x": 1}),
        ("teardown", "a", {}),
    ] == given


def test_a_function_for_all_states_is_called_by_position(
    write_pact, build_interaction, seen, given
):
    def three(name, what, parameters_of_it):
        given.append((name, what, parameters_of_it))

    def two(name, values):
        given.append((name, values))

    def one(name):
        given.append(name)

    for handle in (three, two, one):
        assert with_states(
            handle, write_pact, build_interaction, seen, ("b", {"x": 1})
        ).is_ok
    assert [
        ("b", "setup", {"x": 1}),
        ("b", "teardown", {"x": 1}),
        ("b", {"x": 1}),
        "b",
    ] == given


def test_a_function_for_one_state_takes_precedence_over_the_one_for_all(
    write_pact, build_interaction, seen, given
):
    folder = write_pact(
        build_interaction("/", "a", "b"),
        build_interaction("/", description="stateless"),
    )
    verifier = pypact.Verifier(
        "Users", app=seen, pacts=folder, states=lambda state: given.extend([state])
    )
    verifier.state("a")(lambda: given.append("own a"))
    results = [verifier.examine(case) for case in verifier.select().cases]

    assert [True, True] == [result.is_ok for result in results]
    assert ["own a", "b"] == given


@pytest.mark.parametrize("kind", ["coroutine", "generator", "context"])
def test_state_functions_can_be_asynchronous(verify, given, seen, kind):
    async def coroutine():
        await asyncio.sleep(0)
        return {"id": 3}

    async def generator():
        await asyncio.sleep(0)
        yield {"id": 3}
        await asyncio.sleep(0)
        given.append("down")

    functions = {
        "coroutine": coroutine,
        "generator": generator,
        "context": contextlib.asynccontextmanager(generator),
    }
    generators = {"path": {"type": "ProviderState", "expression": "/${id}"}}
    result = verify(registering("s", functions[kind]), "s", generators=generators)

    assert result.is_ok, result
    assert ["/3"] == seen.paths
    assert ([] if kind == "coroutine" else ["down"]) == given


def test_an_asynchronous_state_runs_on_the_loop_of_an_asgi_application(
    write_pact, build_interaction
):
    loops = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            loops.append(asyncio.get_running_loop())
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

    verifier = pypact.Verifier(
        "Users", app=app, pacts=write_pact(build_interaction("/", "s"))
    )

    @verifier.state("s")
    async def state():
        loops.append(asyncio.get_running_loop())
        yield
        loops.append(asyncio.get_running_loop())

    verifier.verify(reports=[])

    assert 3 == len(loops)
    assert 1 == len(set(loops))


class Starting:
    """An ASGI application that responds with 204 once it is started and has its state.

    With a `problem` it fails to start.
    """

    def __init__(self, problem=None):
        self.problem = problem
        self.rows = None

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            await receive()
            if self.problem:
                logging.getLogger("users").warning("no database")
                message = {"type": "lifespan.startup.failed", "message": self.problem}
                await send(message)
                return
            self.rows = []
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
        else:
            status = 204 if self.rows == ["Ann"] else 404
            await send({"type": "http.response.start", "status": status})
            await send({"type": "http.response.body"})


def starting(app, write_pact, build_interaction):
    folder = write_pact(build_interaction("/", "Ann", status=204))
    verifier = pypact.Verifier("Users", app=app, pacts=folder)
    verifier.state("Ann")(lambda: app.rows.append("Ann"))
    return verifier


def test_an_asgi_application_is_started_before_its_states(
    write_pact, build_interaction
):
    assert starting(Starting(), write_pact, build_interaction).verify(reports=[]).is_ok


@pytest.mark.asyncio
async def test_an_asgi_application_is_started_before_its_states_in_a_running_loop(
    write_pact, build_interaction
):
    result = await starting(Starting(), write_pact, build_interaction).averify(
        reports=[]
    )

    assert result.is_ok


def test_no_state_is_set_up_if_the_application_does_not_start(
    write_pact, build_interaction
):
    verifier = starting(
        Starting("ValueError: no database"), write_pact, build_interaction
    )

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify(reports=[])

    [result] = caught.value.result.interactions
    assert ["the application did not start: ValueError: no database"] == [
        failure.message for failure in result.failures
    ]
    assert () == result.states
    assert ("WARNING users: no database",) == result.log


def test_a_plain_state_of_an_asgi_application_runs_outside_of_a_loop(
    write_pact, build_interaction
):
    """Django's database layer cannot be called inside a running loop."""
    found = []

    async def app(scope, receive, send):
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

    verifier = pypact.Verifier(
        "Users", app=app, pacts=write_pact(build_interaction("/", "s"))
    )

    @verifier.state("s")
    def state():
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        found.append(1)

    verifier.verify(reports=[])

    assert [1] == found


@pytest.mark.asyncio
async def test_inside_a_running_loop_everything_is_awaited_there(
    write_pact, build_interaction
):
    loops = set()

    async def app(scope, receive, send):
        if scope["type"] == "http":
            loops.add(asyncio.get_running_loop())
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body"})

    verifier = pypact.Verifier(
        "Users", app=app, pacts=write_pact(build_interaction("/", "s"))
    )

    @verifier.state("s")
    async def state():
        loops.add(asyncio.get_running_loop())

    result = await verifier.averify(reports=[])

    assert result.is_ok
    assert {asyncio.get_running_loop()} == loops


def test_unknown_states_error_applies_without_any_state_function(
    write_pact, build_interaction, seen
):
    folder = write_pact(build_interaction("/", "a"))
    results = []
    for unknown in (None, "error", "warn"):
        verifier = pypact.Verifier(
            "Users", app=seen, pacts=folder, unknown_states=unknown
        )
        [case] = verifier.select().cases
        results.append(verifier.examine(case).is_ok)

    assert [True, False, True] == results


def test_an_error_inside_a_fixture_is_reported(write_pact, build_interaction, seen):
    def value_for(name):
        raise LookupError("no installed app")

    verifier = pypact.Verifier(
        "Users", app=seen, pacts=write_pact(build_interaction("/", "a"))
    )
    verifier.state("a")(lambda repo: None)
    [case] = verifier.select().cases
    [failure] = verifier.examine(case, value_for=value_for).failures

    assert "raised LookupError: no installed app" in failure.message
