"""Recorded exchanges of official clients with a real broker 2.120."""

import copy
import json
import re

import pytest
from broker import FakeBroker, called_as
from transcripts import Replay, differences, exchanges

import pypact
from pypact import select
from pypact.errors import BrokerError, VerificationFailed

pytestmark = pytest.mark.spec

URL = "http://broker.test"
RECORDED = exchanges()
PROVIDER = "Bar API"


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"id": 10}']


def in_order(replay, method=None):
    return [(how, path) for how, path, _ in replay.received if method in (None, how)]


def verified(replay, broker, capsys):
    verifier = pypact.Verifier(PROVIDER, app=app, pacts=broker)

    @verifier.state("thing exists")
    def thing():
        pass

    with called_as(replay, URL):
        result = verifier.verify()
    return result, capsys.readouterr().out


def test_a_run_of_the_rust_verifier_is_repeated(capsys):
    replay = Replay(*(RECORDED[number] for number in (1, *range(25, 33), 37)))
    # The provider has no branch until its version exists.
    broker = pypact.Broker(
        URL,
        selectors=[
            select.main_branch(),
            select.branch("feat"),
            select.deployed_or_released(),
        ],
        pending=True,
        wip_since="2020-01-01",
        provider_branch="main",
        provider_version="2.0.0",
        provider_tags=["prod"],
        build_url="http://ci.example/2",
        publish=True,
    )

    result, shown = verified(replay, broker, capsys)

    assert (1, 1) == (len(result.passed), len(result.pending))
    sent = {(method, path): body for method, path, body in replay.received}
    for number in (25, 29, 31, 32, 37):
        recorded = RECORDED[number]
        own = sent[recorded.method, recorded.path]
        expected = recorded.request
        if number in (32, 37):
            assert "pypact" == own.pop("verifiedBy")["implementation"]
            expected = {**expected}
            del expected["verifiedBy"]
            own = without_texts(own)
            expected = without_texts(expected)
        assert expected == own
    assert "latest version from the main branch 'main' (1.0.0)" in shown
    assert "no longer in pending state for any version of Bar API" in shown
    order = [path for method, path in in_order(replay) if method != "GET"]
    assert [RECORDED[number].path for number in (25, 29, 31, 32, 37)] == order


def without_texts(results):
    """Return results without texts, and without pypact's descriptions of successes."""
    text = json.dumps(results, sort_keys=True)
    results = json.loads(text)
    for one in results["testResults"]:
        one.pop("interactionDescription", None)
        for mismatch in one.get("mismatches", ()):
            mismatch.pop("description")
    return results


def test_the_latest_pacts_are_read_without_pacts_for_verification(capsys):
    index = RECORDED[1]
    old = {
        name: link
        for name, link in index.answer["_links"].items()
        if "for-verification" not in name
    }
    index = type(index)("GET", "/", None, 200, index.content_type, {"_links": old})
    replay = Replay(index, RECORDED[83], RECORDED[84])
    broker = pypact.Broker(URL)

    with called_as(replay, URL):
        [found] = broker.pacts(PROVIDER)

    assert "Pact between Foo Web (1.1.0) and Bar API" == found.listed.name
    assert "37efe3abf6568f35bcb162403c681161c6e526a3" == (
        found.contract.interactions[0].id
    )
    path = "/consumer/Foo%20Web/pact-version/dd82e27937fff11808defb87bd3124c4205156c5/"
    assert path in found.results_url


def test_a_failure_is_published_as_a_failure(capsys):
    replay = Replay(RECORDED[84])
    broker = pypact.Broker(URL, pact_url=f"{URL}{RECORDED[84].path}")

    with pytest.raises(VerificationFailed, match="11"):
        verified(replay, broker, capsys)


@pytest.mark.parametrize(
    ("number", "message"),
    [
        (87, "No provider with name 'Nobody' found"),
        (108, "The requested document was not found on this server."),
        (109, "/pacticipantVersionNumber: is missing"),
        (110, "pacticipantVersionNumber: is missing"),
        (111, "consumerVersionSelectors: must specify a value for environment"),
        (116, "JSON::ParserError"),
        (44, "Environment with name 'nope' does not exist"),
    ],
)
def test_every_form_of_an_error_is_read(number, message):
    recorded = RECORDED[number]
    replay = Replay(
        type(recorded)(
            "GET", "/", None, recorded.status, recorded.content_type, recorded.answer
        )
    )

    with called_as(replay, URL), pytest.raises(BrokerError) as caught:
        pypact.Broker(URL).pacts(PROVIDER)

    assert message in str(caught.value)
    assert (recorded.status, recorded.answer) == (
        caught.value.status,
        caught.value.problem,
    )


@pytest.mark.parametrize("number", [1, 24, 25, 28, 29, 31, 32, 83, 84])
def test_the_fake_broker_responds_like_the_real_one(number):
    """Status, content type, and all its members and links are the same."""
    fake = FakeBroker()
    content = {
        key: value
        for key, value in copy.deepcopy(RECORDED[26].answer).items()
        if key not in ("_links", "createdAt")
    }
    del content["interactions"][0]["_id"]
    fake.add(content, version="1.1.0", branch="main")
    recorded = RECORDED[number]
    path = re.sub(
        r"pact-version/\w+", f"pact-version/{fake.pacts[0].sha}", recorded.path
    )
    import requests
    from broker import WsgiAdapter

    session = requests.Session()
    session.mount(URL, WsgiAdapter(fake))

    answer = session.request(recorded.method, f"{URL}{path}", json=recorded.request)

    assert recorded.status == answer.status_code
    assert recorded.content_type == answer.headers["Content-Type"]
    assert [] == differences(answer.json(), recorded.answer, "$")
