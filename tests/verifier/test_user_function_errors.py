"""Errors in users' functions and options are reported, and do not stop the run."""

import flask
import pytest

import pypact
from pypact.errors import InvalidExpectation


class Leaving(BaseException):
    """An exception that a test runner raises to skip or fail."""


@pytest.fixture
def examine(write_pact, asking, seen):
    """Return a function that verifies one interaction with the states "a" and "b"."""

    def run(prepare, app=None, **request):
        folder = write_pact(asking("/", "a", "b", **request))
        verifier = pypact.Verifier("Users", app=app or seen, pacts=folder)
        prepare(verifier)
        [case] = verifier.select().cases
        return verifier.examine(case)

    return run


def exiting(*_, **__):
    raise SystemExit(0)


@pytest.mark.parametrize(
    ("register", "expected"),
    [
        (lambda one: one.state("a")(exiting), "setup of state 'a'"),
        (lambda one: one.before_each(exiting), "before_each exiting raised SystemExit"),
        (lambda one: one.after_each(exiting), "after_each exiting raised SystemExit"),
        (lambda one: one.request_filter(exiting), "filter exiting raised SystemExit"),
    ],
)
def test_an_exit_fails_the_interaction(examine, register, expected):
    def prepare(verifier):
        register(verifier)
        verifier.state("{any}")(lambda: None)

    assert expected in examine(prepare).failures[0].message


def states_of(verifier, torn, raised):
    """Register two states, the second of which raises in its teardown."""

    @verifier.state("a")
    def first():
        yield
        torn.append("a")

    @verifier.state("b")
    def second():
        yield
        raise raised


def test_an_exit_in_a_teardown_does_not_stop_the_others(examine):
    torn = []

    result = examine(lambda one: states_of(one, torn, SystemExit(0)))

    assert ["a"] == torn
    assert "the teardown of state 'b'" in result.failures[0].message


def test_a_runners_exception_in_a_teardown_is_raised_after_all_others(examine):
    torn = []

    def prepare(verifier):
        states_of(verifier, torn, Leaving())

        @verifier.after_each
        def after():
            torn.append("after")

    with pytest.raises(Leaving):
        examine(prepare)

    assert ["a", "after"] == torn


@pytest.mark.parametrize("register", ["before_each", "after_each", "request_filter"])
def test_generator_functions_are_refused_as_hooks_and_filters(seen, register):
    def hook(request=None):
        yield

    verifier = pypact.Verifier("Users", app=seen, pacts=".")

    with pytest.raises(InvalidExpectation, match="hook has a `yield`"):
        getattr(verifier, register)(hook)


def test_an_error_inside_a_fixture_is_reported(write_pact, asking, seen):
    def value_for(name):
        raise LookupError("no installed app")

    verifier = pypact.Verifier("Users", app=seen, pacts=write_pact(asking("/", "a")))
    verifier.state("a")(lambda repo: None)
    [case] = verifier.select().cases
    [failure] = verifier.examine(case, value_for=value_for).failures

    assert "raised LookupError: no installed app" in failure.message


def test_an_exception_after_a_matching_response_is_a_remark(examine):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        raise ValueError("of the background task")

    result = examine(lambda one: one.state("{any}")(lambda: None), app=app)

    assert result.is_ok
    assert "the provider raised ValueError: of the background task" in result.remarks


def test_an_empty_state_selects_interactions_without_states(write_pact, asking, seen):
    folder = write_pact(asking("/a", "a"), asking("/b", description="other"))
    verifier = pypact.Verifier("Users", app=seen, pacts=folder)

    chosen = verifier.each(state="")(lambda interaction: None)

    assert ["other"] == [one.description for one in chosen.pypact_each.interactions()]


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("query", "key=" + "t0p-secret", "t0p-secret"),
        ("body", b'{"a":"kept","token":"t0p-secret"}', "t0p-secret"),
        ("body", b"token=t0p-secret", "t0p-secret"),
        ("body", b"t0p-secret", "t0p-secret"),
    ],
)
def test_values_set_by_a_filter_are_secret(examine, name, value, shown):
    def prepare(verifier):
        verifier.state("{any}")(lambda: None)
        verifier.request_filter(lambda request: setattr(request, name, value))

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    result = examine(prepare, app=app, body={"a": "kept"})

    assert shown in result.hidden
    assert "kept" not in result.hidden


def test_a_lone_surrogate_does_not_stop_the_run(examine, capsys, write_pact, asking):
    def app(environ, start_response):
        start_response("500 Oh", [("Content-Type", "application/json")])
        return [b'{"a": "\\ud83d", "b": 1e999}']

    interaction = asking("/")
    interaction["response"]["body"] = {"a": "x", "b": 1}
    verifier = pypact.Verifier("Users", app=app, pacts=write_pact(interaction))

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify()

    assert r"\ud83d" in capsys.readouterr().out
    written = repr(caught.value.result.to_json())
    assert "inf" not in written.lower()


def test_unknown_states_error_applies_without_any_state_function(
    write_pact, asking, seen
):
    folder = write_pact(asking("/", "a"))
    results = []
    for unknown in (None, "error", "warn"):
        verifier = pypact.Verifier(
            "Users", app=seen, pacts=folder, unknown_states=unknown
        )
        [case] = verifier.select().cases
        results.append(verifier.examine(case).is_ok)

    assert [True, False, True] == results


def test_a_mistyped_option_is_refused_with_a_suggestion(seen):
    with pytest.raises(InvalidExpectation, match="did you mean 'follow_redirects'"):
        pypact.Verifier("Users", app=seen, follow_redirect=True)


def test_a_url_as_app_is_refused():
    with pytest.raises(InvalidExpectation, match="is a URL; pass"):
        pypact.Verifier("Users", app="http://localhost:8000")


def test_a_filter_parameter_without_a_value_is_named(examine):
    def prepare(verifier):
        verifier.state("{any}")(lambda: {"user": 1})

        @verifier.request_filter
        def authorize(request, token):
            """Never called."""

    [failure] = examine(prepare).failures

    assert failure.message.startswith(
        "the request filter authorize: no value for its parameter 'token'; "
    )


def test_the_template_omits_keywords_as_parameters(write_pact, asking, seen):
    folder = write_pact(asking("/", ("a", {"class": 1, "id": 2})))
    verifier = pypact.Verifier("Users", app=seen, pacts=folder, unknown_states="error")
    [case] = verifier.select().cases
    [failure] = verifier.examine(case).failures

    assert "def _(id): ..." in failure.message


def test_coverage_of_a_selection_is_marked_as_such(write_pact, asking):
    app = flask.Flask("users")
    app.get("/a", endpoint="a")(lambda: "a")
    app.get("/b", endpoint="b")(lambda: "b")
    folder = write_pact(asking("/a"), asking("/b", description="other"))
    verifier = pypact.Verifier("Users", app=app, pacts=folder)
    result = verifier.verify(description="other", reports=[])
    text = str(pypact.contract_coverage(app, result))

    assert "(interactions left out, not counted: 1)" in text
    assert "routes that no consumer uses in the verified interactions" in text
