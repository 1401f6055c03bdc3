"""Changing the state of a running provider through a URL."""

import pytest
from state_url_provider import StateUrlProvider, serving

import pypact
from pypact.errors import InvalidExpectation
from pypact.hooks import claims

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def provider():
    with serving(StateUrlProvider()) as app:
        yield app


@pytest.fixture
def verify(provider, write_pact, build_interaction):
    def run(*states, path="/", **settings):
        more = {"generators": settings.pop("generators")} if path != "/" else {}
        verifier = pypact.Verifier(
            "Users",
            base_url=provider.url,
            pacts=write_pact(build_interaction(path, *states, **more)),
            state_url=f"{provider.url}/state",
            **settings,
        )
        [case] = verifier.select().cases
        result = verifier.examine(case)
        verifier.close()
        return result

    return run


def test_each_state_is_sent_once_with_its_params(provider, verify):
    result = verify("a", ("b", {"id": 1, "state": "x"}))

    assert result.is_ok, result
    assert [
        {"state": "a", "params": {}, "action": "setup"},
        {"state": "b", "params": {"id": 1, "state": "x"}, "action": "setup"},
    ] == provider.state_requests


def test_teardowns_are_sent_with_state_teardown(provider, verify):
    verify("a", "b", state_teardown=True)

    assert [("a", "setup"), ("b", "setup"), ("b", "teardown"), ("a", "teardown")] == [
        (sent["state"], sent["action"]) for sent in provider.state_requests
    ]


def test_an_interaction_without_states_sends_an_empty_name(provider, verify):
    verify()

    assert [{"state": "", "params": {}, "action": "setup"}] == provider.state_requests


def test_the_state_can_be_sent_as_a_query(provider, verify):
    verify(("a b", {"id": 1}), state_as_query=True)

    assert ["state=a+b&action=setup&id=1"] == provider.state_requests


def test_state_headers_are_sent(provider, verify):
    verify("a", state_headers={"Authorization": "Bearer x"})

    assert "Bearer x" == provider.environs[-1]["HTTP_AUTHORIZATION"]


def test_a_json_object_in_the_response_feeds_the_generators(provider, verify):
    provider.answer = ("200 OK", b'{"id": 9}')
    generators = {"path": {"type": "ProviderState", "expression": "/u/${id}"}}
    verify("a", path="/u/1", generators=generators)

    assert ["/u/9"] == provider.paths


def test_an_error_response_is_shown_and_not_retried(provider, verify):
    provider.answer = ("500 Oops", b"no such table: users")
    result = verify("a")

    assert 1 == len(provider.state_requests)
    assert [] == provider.paths
    assert "/state returned 500 Oops: no such table: users" in (
        result.failures[0].message
    )


def test_a_refused_connection_is_reported(write_pact, build_interaction, provider):
    verifier = pypact.Verifier(
        "Users",
        base_url=provider.url,
        pacts=write_pact(build_interaction("/", "a")),
        state_url="http://127.0.0.1:1/state",
    )
    result = verifier.examine(verifier.select().cases[0])

    assert "no server listens there" in result.failures[0].message


def test_requests_of_the_verifier_bypass_interception(provider, verify):
    def refuse(call):
        raise AssertionError(call)

    leave = claims.activate(
        claims.Claim(None, refuse, refuse=lambda call, error: None, name="all")
    )
    try:
        result = verify("a")
    finally:
        leave()

    assert result.is_ok, result


@pytest.mark.parametrize("url", ["state", "http://", "http://a/#b", "ftp://a/b"])
def test_an_invalid_url_is_refused(url):
    with pytest.raises(
        InvalidExpectation, match=r"state_url=.* is not a URL of the form"
    ):
        pypact.Verifier("Users", base_url="http://localhost", state_url=url)


def test_credentials_in_the_url_are_refused_with_the_option_to_use():
    with pytest.raises(InvalidExpectation) as caught:
        pypact.Verifier("U", base_url="http://a", state_url="http://ann:secret@a/b")

    assert "state_url with the host a contains user information" in str(caught.value)
    assert "with state_headers" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_tls_options_apply_to_the_state_url(tmp_path):
    file = str(tmp_path / "ca.pem")

    with pytest.raises(InvalidExpectation, match="cannot be read"):
        pypact.Verifier(
            "Users",
            base_url="http://localhost",
            state_url="https://localhost/state",
            verify=file,
        )
