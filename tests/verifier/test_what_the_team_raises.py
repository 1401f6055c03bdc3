"""An exit, an outcome of a test runner or a mistake is told, and all else goes on."""

import flask
import pytest

import pypact
from pypact.errors import InvalidExpectation


class Leaving(BaseException):
    """What a test runner raises to skip or fail."""


@pytest.fixture
def examine(write_pact, asking, seen):
    """Examine one interaction in the states "a" and "b"."""

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
    ("register", "said"),
    [
        (lambda one: one.state("a")(exiting), "set-up of state 'a'"),
        (lambda one: one.before_each(exiting), "before_each exiting raised SystemExit"),
        (lambda one: one.after_each(exiting), "after_each exiting raised SystemExit"),
        (lambda one: one.request_filter(exiting), "filter exiting raised SystemExit"),
    ],
)
def test_an_exit_fails_the_interaction(examine, register, said):
    def prepare(verifier):
        register(verifier)
        verifier.state("{any}")(lambda: None)

    assert said in examine(prepare).failures[0].message


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


def test_an_exit_of_a_teardown_does_not_keep_the_others_from_theirs(examine):
    torn = []

    result = examine(lambda one: states_of(one, torn, SystemExit(0)))

    assert ["a"] == torn
    assert "the teardown of state 'b'" in result.failures[0].message


def test_what_leaves_a_teardown_leaves_after_all_others(examine):
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
def test_what_would_not_run_is_refused(seen, register):
    def hook(request=None):
        yield

    verifier = pypact.Verifier("Users", app=seen, pacts=".")

    with pytest.raises(InvalidExpectation, match="hook has a `yield`"):
        getattr(verifier, register)(hook)


def test_an_error_of_the_fixture_itself_is_told(write_pact, asking, seen):
    def value_for(name):
        raise LookupError("no installed app")

    verifier = pypact.Verifier("Users", app=seen, pacts=write_pact(asking("/", "a")))
    verifier.state("a")(lambda repo: None)
    [case] = verifier.select().cases
    [failure] = verifier.examine(case, value_for=value_for).failures

    assert "raised LookupError: no installed app" in failure.message


def test_what_is_raised_after_a_right_answer_is_remarked(examine):
    async def app(scope, receive, send):
        if scope["type"] == "lifespan":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        raise ValueError("of the background task")

    result = examine(lambda one: one.state("{any}")(lambda: None), app=app)

    assert result.is_ok
    assert "the provider raised ValueError: of the background task" in result.remarks


def test_an_empty_state_selects_what_has_none(write_pact, asking, seen):
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
def test_what_a_filter_sets_is_hidden(examine, name, value, shown):
    def prepare(verifier):
        verifier.state("{any}")(lambda: None)
        verifier.request_filter(lambda request: setattr(request, name, value))

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b""]

    result = examine(prepare, app=app, body={"a": "kept"})

    assert shown in result.hidden
    assert "kept" not in result.hidden


def test_half_a_character_does_not_end_the_run(examine, capsys, write_pact, asking):
    def app(environ, start_response):
        start_response("500 Oh", [("Content-Type", "application/json")])
        return [b'{"a": "\\ud83d", "b": 1e999}']

    interaction = asking("/")
    interaction["response"]["body"] = {"a": "x", "b": 1}
    verifier = pypact.Verifier("Users", app=app, pacts=write_pact(interaction))

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify()

    assert r"\ud83d" in capsys.readouterr().out
    told = repr(caught.value.result.to_json())
    assert "inf" not in told.lower()


def test_an_unknown_state_is_an_error_where_that_is_said(write_pact, asking, seen):
    folder = write_pact(asking("/", "a"))
    results = []
    for unknown in (None, "error", "warn"):
        verifier = pypact.Verifier(
            "Users", app=seen, pacts=folder, unknown_states=unknown
        )
        [case] = verifier.select().cases
        results.append(verifier.examine(case).is_ok)

    assert [True, False, True] == results


def test_a_mistyped_option_is_told(seen):
    with pytest.raises(InvalidExpectation, match="did you mean 'follow_redirects'"):
        pypact.Verifier("Users", app=seen, follow_redirect=True)


def test_a_url_is_no_app():
    with pytest.raises(InvalidExpectation, match="is a URL; pass"):
        pypact.Verifier("Users", app="http://localhost:8000")


def test_a_filter_without_a_value_is_told_what_there_is(examine):
    def prepare(verifier):
        verifier.state("{any}")(lambda: {"user": 1})

        @verifier.request_filter
        def authorize(request, token):
            """Is not called."""

    [failure] = examine(prepare).failures

    assert failure.message.startswith(
        "the request filter authorize: nothing has a value for its parameter 'token'; "
    )


def test_what_is_to_paste_can_be_pasted(write_pact, asking, seen):
    folder = write_pact(asking("/", ("a", {"class": 1, "id": 2})))
    verifier = pypact.Verifier("Users", app=seen, pacts=folder, unknown_states="error")
    [case] = verifier.select().cases
    [failure] = verifier.examine(case).failures

    assert "def _(id): ..." in failure.message


def test_coverage_of_a_part_says_so(write_pact, asking):
    app = flask.Flask("users")
    app.get("/a", endpoint="a")(lambda: "a")
    app.get("/b", endpoint="b")(lambda: "b")
    folder = write_pact(asking("/a"), asking("/b", description="other"))
    verifier = pypact.Verifier("Users", app=app, pacts=folder)
    result = verifier.verify(description="other", reports=[])
    text = str(pypact.contract_coverage(app, result))

    assert "(interactions left out, not counted: 1)" in text
    assert "routes that no consumer uses in the verified interactions" in text
