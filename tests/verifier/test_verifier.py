"""Verifying a provider: which contracts pass, and what failures report."""

import asyncio
import gc
import json

import flask
import pytest

import pypact
from pypact.targets import ProviderResponse, Target


def interaction(description="a user", path="/users/1", states=(), **more):
    response = {
        "status": 200,
        "body": {"id": 1, "name": "Ann"},
        "matchingRules": {"body": {"$.name": {"matchers": [{"match": "type"}]}}},
        **more.pop("response", {}),
    }
    return {
        "description": description,
        "providerStates": [{"name": name} for name in states],
        "request": {"method": "GET", "path": path, **more.pop("request", {})},
        "response": response,
        **more,
    }


@pytest.fixture
def pacts(tmp_path):
    """Return a function that writes a contract and returns its folder."""

    def write(*interactions, consumer="Web", provider="Users"):
        data = {
            "consumer": {"name": consumer},
            "provider": {"name": provider},
            "interactions": interactions,
            "metadata": {"pactSpecification": {"version": "3.0.0"}},
        }
        file = tmp_path / f"{consumer}-{provider}.json"
        file.write_text(json.dumps(data), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def users():
    return {1: {"id": 1, "name": "Grace"}}


@pytest.fixture
def app(users):
    made = flask.Flask("users")

    @made.get("/users/<int:user_id>")
    def show(user_id):
        return (users[user_id], 200) if user_id in users else ({"error": "none"}, 404)

    @made.get("/broken")
    def broken():
        raise KeyError("email")

    return made


def test_a_provider_that_honours_its_contract_passes(pacts, app, capsys):
    result = pypact.Verifier("Users", app=app, pacts=pacts(interaction())).verify()

    assert (True, 1, 0) == (result.is_ok, len(result.passed), len(result.failed))
    assert "Web -> Users  1 ok" in capsys.readouterr().out


def test_the_provider_can_be_an_object_with_a_name(pacts, app):
    verifier = pypact.Verifier(pypact.Provider("Users"), app=app, pacts=pacts())

    assert "Users" == verifier.provider


def test_a_failure_lists_all_mismatches_with_path_rule_expected_and_actual(
    pacts, app, users
):
    users[1] = {"id": "1", "name": 5}
    folder = pacts(
        interaction(response={"headers": {"X-Trace": "t"}}),
        interaction("nobody", "/users/9"),
    )

    with pytest.raises(pypact.VerificationFailed) as caught:
        pypact.Verifier("Users", app=app, pacts=folder).verify()

    text = str(caught.value)
    for part in (
        "Web -> Users",
        "a user: 3 mismatches",
        "X-Trace",
        "$.id",
        "equality",
        "$.name",
        "type",
        "nobody: ",
        "expected 200   got 404",
        "interaction 2",
    ):
        assert part in text, text
    assert 2 == len(caught.value.result.failed)


def test_an_exception_hidden_by_the_framework_is_shown(pacts, app):
    verifier = pypact.Verifier(
        "Users", app=app, pacts=pacts(interaction(path="/broken"))
    )

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify()

    assert "KeyError: 'email'" in str(caught.value)
    assert "test_verifier.py" in str(caught.value)
    assert "in broken" in str(caught.value)


def test_an_app_that_raises_fails_only_its_interaction(pacts):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/1":
            raise RuntimeError("no database")
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"id":1,"name":"A"}']

    folder = pacts(interaction("first", "/1"), interaction("second", "/2"))
    with pytest.raises(pypact.VerificationFailed, match="RuntimeError: no database"):
        pypact.Verifier("Users", app=app, pacts=folder).verify()


def test_states_are_set_up_and_torn_down_around_each_interaction(pacts, app, users):
    users.clear()
    steps = []
    verifier = pypact.Verifier(
        "Users",
        app=app,
        pacts=pacts(
            interaction(states=["user 1 exists"]),
            interaction(
                "another", "/users/2", ["user 2 exists"], response={"body": {}}
            ),
        ),
    )

    @verifier.state("user {id:int} exists")
    def user(id):
        users[id] = {"id": id, "name": "A"}
        steps.append(f"up {id}")
        yield
        users.clear()
        steps.append(f"down {id}")

    assert verifier.verify().is_ok
    assert ["up 1", "down 1", "up 2", "down 2"] == steps


def test_a_state_without_its_function_is_an_error_with_a_template(pacts, app):
    verifier = pypact.Verifier(
        "Users", app=app, pacts=pacts(interaction(states=["user 7 is locked"]))
    )

    @verifier.state("user {id:int} is looked")
    def user(id): ...

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify()

    text = str(caught.value)
    assert "user 7 is locked" in text
    assert "@verifier.state(" in text
    assert "user {id:int} is looked" in text


def test_without_any_state_function_an_unknown_state_is_only_a_remark(
    pacts, app, capsys
):
    folder = pacts(interaction(states=["anything"]))

    assert pypact.Verifier("Users", app=app, pacts=folder).verify().is_ok
    assert "no state function for 'anything'" in capsys.readouterr().out


def test_an_unknown_rule_fails_its_interaction(pacts, app):
    rules = {"body": {"$.name": {"matchers": [{"match": "telepathy"}]}}}
    folder = pacts(interaction(response={"matchingRules": rules}))

    with pytest.raises(pypact.VerificationFailed, match=r"telepathy.*is unknown"):
        pypact.Verifier("Users", app=app, pacts=folder).verify()


def test_a_contract_without_interactions_fails(pacts, app):
    with pytest.raises(pypact.VerificationFailed, match="no interactions"):
        pypact.Verifier("Users", app=app, pacts=pacts()).verify()


def test_allow_empty_accepts_contracts_without_interactions(pacts, app):
    verifier = pypact.Verifier("Users", app=app, pacts=pacts())

    assert verifier.verify(allow_empty=True).is_ok


def test_a_provider_without_contracts_is_an_error_that_names_the_others(pacts, app):
    with pytest.raises(pypact.PactError, match="Users"):
        pypact.Verifier("Orders", app=app, pacts=pacts(interaction())).verify()


def test_only_host_and_length_are_added_to_the_contracts_request(pacts):
    seen = []

    def app(environ, start_response):
        seen.append({key for key in environ if key.startswith(("HTTP_", "CONTENT"))})
        start_response("200 OK", [])
        return []

    response = {"status": 200, "body": None, "matchingRules": {}}
    folder = pacts(interaction(response=response))
    pypact.Verifier("Users", app=app, pacts=folder).verify()

    assert seen[0] <= {"HTTP_HOST", "CONTENT_LENGTH", "CONTENT_TYPE"}


def test_the_error_for_an_unknown_state_counts_its_uses(write_pact, build_interaction):
    write_pact(build_interaction("/a", "s"), build_interaction("/b", "s", "t"))
    folder = write_pact(build_interaction("/c", "s"), consumer="App")
    verifier = pypact.Verifier("Users", app=lambda environ, start: [], pacts=folder)
    verifier.state("another")(lambda: None)

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify(reports=[])

    assert 3 == str(caught.value).count("3 interactions in 2 pacts need it")


@pytest.mark.parametrize("name", ["state", "message"])
def test_a_decorator_without_parentheses_is_refused(pacts, app, name):
    register = getattr(pypact.Verifier("Users", app=app, pacts=pacts()), name)

    with pytest.raises(
        pypact.InvalidExpectation,
        match=f'with `@verifier.{name}\\("…"\\)`, expected a string, got <f',
    ):

        @register
        def a_state_of_the_user():
            pass


def test_a_lone_surrogate_does_not_stop_the_run(
    examine, capsys, write_pact, build_interaction
):
    def app(environ, start_response):
        start_response("500 Oh", [("Content-Type", "application/json")])
        return [b'{"a": "\\ud83d", "b": 1e999}']

    interaction = build_interaction("/")
    interaction["response"]["body"] = {"a": "x", "b": 1}
    verifier = pypact.Verifier("Users", app=app, pacts=write_pact(interaction))

    with pytest.raises(pypact.VerificationFailed) as caught:
        verifier.verify()

    assert r"\ud83d" in capsys.readouterr().out
    written = repr(caught.value.result.to_json())
    assert "inf" not in written.lower()


def test_a_mistyped_option_is_refused_with_a_suggestion(seen):
    with pytest.raises(
        pypact.InvalidExpectation, match="did you mean 'follow_redirects'"
    ):
        pypact.Verifier("Users", app=seen, follow_redirect=True)


def test_a_url_as_app_is_refused():
    with pytest.raises(pypact.InvalidExpectation, match="is a URL; pass"):
        pypact.Verifier("Users", app="http://localhost:8000")


class OwnTarget:
    """A target of the user that notes its calls."""

    def __init__(self):
        self.calls = []

    def send(self, request):
        self.calls.append("send")
        return ProviderResponse(200, body=b'{"id": 1, "name": "Ann"}')


class StartedTarget(OwnTarget):
    def start(self):
        self.calls.append("start")

    async def astart(self):
        self.calls.append("astart")


class StartedSubclass(OwnTarget, Target):
    def start(self):
        self.calls.append("start")


class FailingSubclass(OwnTarget, Target):
    def start(self):
        return RuntimeError("no database")


class SubclassWithLoop(OwnTarget, Target):
    is_async = True

    async def asend(self, request):
        return self.send(request)

    def close(self):
        self.calls.append("close")


class TargetWithRun(OwnTarget):
    def run(self, awaitable):
        self.calls.append("run")
        return asyncio.run(awaitable)


class StartsItself(OwnTarget):
    """A target whose `start` is no member of `Target`, because it has no `astart`."""

    def start(self):
        return self

    async def asend(self, request):
        return self.send(request)


class LateHost(OwnTarget):
    @property
    def host(self):
        assert self.calls, "the host is only known after the start"
        return "users.test"


@pytest.mark.parametrize(
    ("target", "calls"),
    [
        (StartedTarget, ["start", "hook", "send"]),
        (StartedSubclass, ["start", "hook", "send"]),
        (SubclassWithLoop, ["hook", "send", "close"]),
        (TargetWithRun, ["run", "hook", "send"]),
        (StartsItself, ["hook", "send"]),
        (LateHost, ["hook", "send"]),
    ],
)
def test_a_target_of_the_user_is_started_and_runs_async_hooks(target, calls, pacts):
    own = target()
    verifier = pypact.Verifier("Users", app=own, pacts=pacts(interaction()))

    @verifier.before_each
    async def note():
        own.calls.append("hook")

    verifier.verify(reports=[])
    gc.collect()  # an event loop that was not closed would warn

    assert own.calls == calls


def test_a_target_of_the_user_is_started_in_the_running_loop(pacts):
    own = StartedTarget()
    verifier = pypact.Verifier("Users", app=own, pacts=pacts(interaction()))

    asyncio.run(verifier.averify(reports=[]))

    assert own.calls == ["astart", "send"]


def test_a_target_of_the_user_that_does_not_start_fails_the_interaction(pacts):
    verifier = pypact.Verifier(
        "Users", app=FailingSubclass(), pacts=pacts(interaction())
    )

    with pytest.raises(pypact.VerificationFailed, match="no database"):
        verifier.verify(reports=[])
