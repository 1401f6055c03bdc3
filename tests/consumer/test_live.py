"""Live providers: responses of an app compared with declared interactions."""

import gc

import flask
import pytest
import requests

import pypact
from pypact import generate, match
from pypact.targets import ProviderResponse, Target

BASE = "https://users.example.com"


@pytest.fixture
def users():
    return {1: {"id": 1, "name": "Ann"}}


@pytest.fixture
def app(users):
    app = flask.Flask("users")

    @app.get("/users/<int:number>")
    def user(number):
        return users.get(number, ("", 404))

    @app.post("/users")
    def new():
        users[2] = {"id": 2, **flask.request.get_json()}
        return flask.redirect(flask.url_for("user", number=2, _external=True), 303)

    @app.get("/broken")
    def broken():
        raise LookupError("no database")

    return app


def define(pact, number=1, **body):
    return (
        pact.upon_receiving(f"user {number}")
        .with_request("GET", f"/users/{number}")
        .will_respond_with(200, body={"id": number, "name": match.like("John"), **body})
    )


def fetch(path="/users/1"):
    return requests.get(BASE + path, timeout=5)


def test_a_users_own_target_stays_open_after_the_block(pact):
    class Own:
        is_closed = False

        def send(self, request):
            body = b'{"id": 1, "name": "Ann"}'
            return ProviderResponse(200, "", (), body)

        def close(self):
            self.is_closed = True

    own = Own()
    define(pact)
    with pact.intercept(app=own):
        assert fetch().json() == {"id": 1, "name": "Ann"}

    assert not own.is_closed


class Own:
    async def asend(self, request):
        return self.send(request)

    def send(self, request):
        return ProviderResponse(200, body=b'{"id": 1, "name": "Ann"}')


class OwnSubclass(Own, Target):
    is_async = True


@pytest.mark.parametrize("target", [Own, OwnSubclass])
def test_the_loop_for_async_states_is_closed_with_the_block(pact, target):
    calls = []

    async def set_up():
        calls.append("set up")

    own = target()
    define(pact.given("a user"))
    with pact.intercept(app=own, states={"a user": set_up}):
        fetch()
    gc.collect()  # an event loop that was not closed would warn

    assert calls == ["set up"]


def test_the_app_responds_and_the_contract_has_the_declared_example(pact, app, written):
    define(pact)
    with pact.intercept(app=app) as calls:
        response = fetch()

    assert response.json() == {"id": 1, "name": "Ann"}
    assert b"Ann" in calls[0].response.body.content
    [interaction] = written()["interactions"]
    assert interaction["response"]["body"]["content"] == {"id": 1, "name": "John"}


def test_an_undeclared_response_raises_at_the_call_and_at_the_end(pact, app):
    define(pact, email="a@b.test")
    with (
        pytest.raises(pypact.VerificationFailed) as at_the_end,
        pact.intercept(app=app),
        pytest.raises(pypact.VerificationFailed) as at_the_call,
    ):
        fetch()

    for raised in (at_the_call, at_the_end):
        text = str(raised.value)
        assert ": the app's response is not as Web -> Users declares it" in text
        assert '"user 1"' in text
        assert "test_live.py:" in text
        assert "email" in text
    assert not (pact.pact_dir / "Web-Users.json").exists()


def test_secrets_of_the_request_are_hidden_in_the_failure(pact, app):
    (
        pact.upon_receiving("a login")
        .with_request("GET", "/users/1", query={"token": pypact.match.like("declared")})
        .will_respond_with(299)
    )
    with pytest.raises(pypact.VerificationFailed) as raised, pact.intercept(app=app):
        fetch("/users/1?token=geheim-1")
    text = str(raised.value)

    assert text.startswith("pypact: GET https://")
    assert "/users/1?token=[hidden]: the app's response" in text.splitlines()[0]
    assert "geheim" not in text


def test_several_undeclared_responses_are_counted(pact, app):
    define(pact, 7)
    with pytest.raises(pypact.VerificationFailed) as raised, pact.intercept(app=app):
        for _ in range(2):
            with pytest.raises(pypact.VerificationFailed):
                fetch("/users/7")

    assert "Web -> Users: 2 mismatched responses" in str(raised.value)


def test_a_request_that_is_not_declared_never_reaches_the_app(pact, app, users):
    with pytest.raises(pypact.UnexpectedRequest), pact.intercept(app=app):
        requests.post(f"{BASE}/users", json={}, timeout=5)

    assert list(users) == [1]


def test_the_exception_of_the_app_is_shown(pact, app):
    pact.upon_receiving("x").with_request("GET", "/broken").will_respond_with(200)
    with pytest.raises(pypact.VerificationFailed) as raised, pact.intercept(app=app):
        fetch("/broken")

    assert "LookupError: no database" in str(raised.value)


def test_a_redirect_of_the_app_returns_to_the_app(pact, app):
    (
        pact.upon_receiving("a new user")
        .with_request("POST", "/users", body={"name": "Bea"})
        .will_respond_with(303)
    )
    define(pact, 2)
    with pact.intercept(app=app) as calls:
        response = requests.post(f"{BASE}/users", json={"name": "Bea"}, timeout=5)

    assert response.url == f"{BASE}/users/2"
    assert response.json() == {"id": 2, "name": "Bea"}
    assert [call.status for call in calls] == [303, 200]


def test_the_app_is_mounted_at_the_prefix_of_the_pact(app, make_pact):
    pact = make_pact(base_url=f"{BASE}/api/v2")
    (
        pact.upon_receiving("a new user")
        .with_request("POST", "/users", body={"name": "Bea"})
        .will_respond_with(303)
    )
    define(pact, 2)
    with pact.intercept(app=app):
        response = requests.post(
            f"{BASE}/api/v2/users", json={"name": "Bea"}, timeout=5
        )

    assert response.url == f"{BASE}/api/v2/users/2"


def test_states_are_set_up_around_each_call(pact, app, users, written):
    log = []

    def there_is_a_user(id):
        users[id] = {"id": id, "name": "Zoe"}
        yield
        log.append(users.pop(id))

    define(pact.given("user 5 exists"), 5)
    states = {"user {id:int} exists": there_is_a_user}
    with pact.intercept(app=app, states=states):
        assert fetch("/users/5").json()["name"] == "Zoe"
        assert [user["id"] for user in log] == [5]

    assert written()["interactions"][0]["providerStates"]


def test_states_of_a_verifier_are_used_and_their_values_reach_the_app(pact, app, users):
    verifier = pypact.Verifier("Users", app=app)

    @verifier.state("a user exists")
    def _():
        users[77] = {"id": 77, "name": "Zoe"}
        return {"id": 77}

    (
        pact.given("a user exists")
        .upon_receiving("user")
        .with_request("GET", generate.from_provider_state("/users/${id}", "/users/5"))
        .will_respond_with(200, body={"id": match.integer(5)})
    )
    with pact.intercept(app=app, states=verifier):
        assert fetch("/users/5").json()["id"] == 77


def test_an_unknown_state_is_an_error_where_states_are_given(pact, app):
    define(pact.given("the moon is full"))
    states = {"other": lambda: None}
    with (
        pytest.raises(pypact.VerificationFailed) as raised,
        pact.intercept(app=app, states=states),
    ):
        fetch()

    assert 'no state function for "the moon is full"' in str(raised.value)


def test_without_states_no_state_is_set_up(pact, app):
    define(pact.given("the moon is full"))
    with pact.intercept(app=app):
        assert fetch().ok


def test_a_decorated_test_gets_the_responses_of_the_app(pact, app):
    @pact.intercept(app=app)
    def run():
        define(pact)
        return fetch().json()["name"]

    assert run() == "Ann"


def test_states_need_an_app_and_are_functions(pact, app):
    with pytest.raises(pypact.InvalidExpectation, match="give app="):
        pact.intercept(states={})
    with pytest.raises(pypact.InvalidExpectation, match="states= must be"):
        pact.intercept(app=app, states=7)
    with pytest.raises(pypact.InvalidExpectation, match="neither a WSGI"):
        pact.intercept(app=7)
