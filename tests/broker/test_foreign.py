"""The official client and verifier against the fake broker, over loopback.

What they make of it shows that it is like a real one; what pypact makes of it can then
be compared with theirs.
"""

import json

import pytest
from broker import FakeBroker
from foreign import pact_cli, run_foreign, served

import pypact
from pypact.errors import VerificationFailed

pytestmark = pytest.mark.enable_socket


def pact(expected_id=10):
    return {
        "consumer": {"name": "Foo Web"},
        "provider": {"name": "Bar API"},
        "interactions": [
            {
                "description": "get thing",
                "request": {"method": "GET", "path": "/things/1"},
                "response": {"status": 200, "body": {"id": expected_id}},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


def provider(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"id": 10}']


@pytest.fixture
def server():
    broker = FakeBroker()
    with served(broker) as port:
        broker.url = f"http://127.0.0.1:{port}"
        yield broker


def verify(broker, **more):
    options = {"publish": True, "provider_version": "2.0.0", "pending": True, **more}
    verifier = pypact.Verifier(
        "Bar API", app=provider, pacts=pypact.Broker(broker.url, **options)
    )
    return verifier.verify(reports=[])


def test_a_broker_is_reached_over_sockets(server):
    server.add(pact())

    verify(server)

    assert [True] == [results["success"] for results in server.results]


def test_an_unreachable_broker_is_named(server, monkeypatch):
    monkeypatch.setattr("pypact.web.time.sleep", lambda _: None)
    with served(server) as port:
        pass

    with pytest.raises(pypact.BrokerError) as caught:
        pypact.Broker(f"http://127.0.0.1:{port}", token="t0ken-123").pacts("Bar API")

    text = str(caught.value)
    assert f"no response from http://127.0.0.1:{port}/: ConnectionRefusedError" in text


def test_requests_to_a_broker_are_never_intercepted(server):
    server.add(pact())
    everything = pypact.Consumer("Any").has_pact_with(pypact.Provider("Thing"))

    with everything.intercept():
        assert 1 == len(pypact.Broker(server.url).pacts("Bar API"))


@pytest.mark.foreign
def test_a_pact_published_by_the_official_client_is_verified(server, tmp_path):
    path = tmp_path / "foo-bar.json"
    path.write_text(json.dumps(pact()))

    run = run_foreign(
        *(pact_cli(), "broker", "publish", path, "-a", "1.0.0"),
        *("--branch", "main", "--broker-base-url", server.url, "--retries", "0"),
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert 1 == len(verify(server).passed)


@pytest.mark.foreign
@pytest.mark.parametrize("expected_id", [10, 11])
def test_the_official_verifier_and_pypact_publish_the_same(server, expected_id):
    server.add(pact(expected_id))
    with served(provider) as port:
        run = run_foreign(
            *(pact_cli(), "verifier", "--no-colour"),
            *("--provider-name", "Bar API", "--hostname", "127.0.0.1", "--port", port),
            *("--broker-url", server.url, "--enable-pending", "--retries", "0"),
            *("--consumer-version-selectors", '{"mainBranch": true}'),
            *("--publish", "--provider-version", "2.0.0", "--provider-branch", "main"),
            *("--provider-tags", "prod", "--build-url", "http://ci.example/2"),
        )
    assert 0 == run.returncode, run.stdout + run.stderr
    theirs = calls(server)

    verify(
        server,
        selectors=[pypact.select.main_branch()],
        provider_branch="main",
        provider_tags=["prod"],
        build_url="http://ci.example/2",
    )

    assert theirs == calls(server)
    own, other = server.results[1], server.results[0]
    assert without_texts(other) == without_texts(own)


@pytest.mark.foreign
@pytest.mark.parametrize("token", ["t0ken-123", "wr0ng-one"])
def test_the_official_verifier_and_pypact_log_in_alike(server, token):
    server.authorization = "Bearer t0ken-123"
    server.add(pact())
    with served(provider) as port:
        run = run_foreign(
            *(pact_cli(), "verifier", "--no-colour"),
            *("--provider-name", "Bar API", "--hostname", "127.0.0.1", "--port", port),
            *("--broker-url", server.url, "--token", token, "--retries", "0"),
            *("--consumer-version-selectors", '{"mainBranch": true}'),
        )
    own = 0
    try:
        verify(server, token=token)
    except (pypact.BrokerError, VerificationFailed):
        own = 1

    assert (run.returncode == 0) == (own == 0), run.stdout + run.stderr


def calls(broker):
    """Return the writing requests that the broker received, in order."""
    received = [
        (str(call), call.body if call.method == "PUT" else None)
        for call in broker.calls
        if call.method in ("POST", "PUT")
    ]
    broker.calls.clear()
    return received


def without_texts(results):
    """Return results without the verifier's name and the texts of mismatches."""
    shown = {key: value for key, value in results.items() if key != "verifiedBy"}
    shown["testResults"] = [
        {
            **{key: one[key] for key in ("interactionId", "success")},
            "mismatches": [
                {key: mismatch[key] for key in ("attribute", "identifier")}
                for mismatch in one.get("mismatches", ())
            ],
        }
        for one in results["testResults"]
    ]
    return shown
