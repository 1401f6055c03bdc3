"""Publishing verification results to a broker, and showing its notices."""

import pickle
import platform

import pytest
from broker import FakeBroker, called_as

import pypact
from pypact.errors import BrokerError, VerificationFailed
from pypact.verifier.publishing import Publication

URL = "http://broker.test"


def interaction(number, status=200, **more):
    return {
        "description": f"user {number}",
        "request": {"method": "GET", "path": f"/users/{number}"},
        "response": {"status": status, **more},
    }


def pact(*interactions, consumer="Web"):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": "Users"},
        "interactions": interactions or [interaction(1), interaction(2)],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "application/json")])
    return [b'{"id": 1}']


@pytest.fixture
def server():
    broker = FakeBroker()
    with called_as(broker, URL):
        yield broker


def verifier(**options):
    given = {"publish": True, "provider_version": "2.0.0", "retries": 0, **options}
    return pypact.Verifier("Users", app=app, pacts=pypact.Broker(URL, **given))


def test_success_is_published_with_each_interaction(server):
    server.add(pact())

    verifier(build_url="http://ci.test/1").verify(reports=[])

    [results] = server.results
    ids = [one.pop("interactionId") for one in results["testResults"]]
    assert results.pop("verifiedBy") == {
        "implementation": "pypact",
        "version": "0.1.0",
        "clientLanguage": {
            "name": platform.python_implementation(),
            "version": platform.python_version(),
        },
    }
    assert {
        "success": True,
        "providerApplicationVersion": "2.0.0",
        "buildUrl": "http://ci.test/1",
        "testResults": [
            {"interactionDescription": "user 1", "success": True},
            {"interactionDescription": "user 2", "success": True},
        ],
    } == results
    assert [40, 40] == [len(one) for one in ids]


def test_failure_is_published_with_its_mismatches(server):
    server.add(pact(interaction(1, 404, headers={"X-A": "b"}, body={"id": 2})))

    with pytest.raises(VerificationFailed):
        verifier().verify(reports=[])

    [results] = server.results
    [one] = results["testResults"]
    assert (False, False) == (results["success"], one["success"])
    assert {
        ("status", None),
        ("header", "X-A"),
        ("body", "$.id"),
    } == {(found["attribute"], found.get("identifier")) for found in one["mismatches"]}
    assert all(found["description"] for found in one["mismatches"])


def test_failures_other_than_mismatches_are_published_as_exceptions(server):
    server.add(pact({**interaction(1), "providerState": "no database"}))
    of = verifier()

    @of.state("no database")
    def no_database():
        raise RuntimeError("cannot be reached")

    with pytest.raises(VerificationFailed):
        of.verify(reports=[])

    [one] = server.results[0]["testResults"]
    assert "cannot be reached" in one["exceptions"][0]["message"]


def test_branch_and_tags_are_published_before_the_results(server):
    server.add(pact())
    server.add(pact(consumer="App"))

    verifier(provider_branch="main", provider_tags=["prod", "eu"]).verify(reports=[])

    assert [("Users", "main", "2.0.0")] == server.branches
    assert [("Users", "2.0.0", "prod"), ("Users", "2.0.0", "eu")] == server.tags
    methods = [call.method for call in server.calls[4:]]
    assert ["GET", "PUT", "PUT", "PUT", "POST", "POST"] == methods


def test_nothing_is_published_by_default(server):
    server.add(pact())

    verifier(publish=False).verify(reports=[])

    assert [] == server.results


def test_the_environment_variable_enables_publishing(server, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_PUBLISH_VERIFICATION_RESULTS", "true")
    server.add(pact())

    verifier(publish=None).verify(reports=[])

    assert 1 == len(server.results)


def test_nothing_is_published_after_a_filtered_run(server, capsys):
    server.add(pact())
    server.add(pact(consumer="App"))

    verifier().verify(consumer="App")

    assert [] == server.results
    assert (
        "results were not published: the selection (consumer 'App') left out "
        "2 interactions"
    ) in capsys.readouterr().out


def test_two_selections_can_be_complete_together(server):
    server.add(pact())
    server.add(pact(consumer="App"))
    of, publication = verifier(), Publication()
    for consumer in ("Web", "App"):
        selected = of.select(consumer=consumer)
        publication.expect(selected)
        for case in selected.cases:
            publication.add(of.examine(case))

    publication.conclude()

    assert 2 == len(server.results)


def test_nothing_is_published_after_an_incomplete_run(server):
    server.add(pact())
    of = verifier()
    publication = Publication()
    selected = of.select()
    publication.expect(selected)
    publication.add(of.examine(selected.cases[0]))

    conclusion = publication.conclude()

    assert [] == server.results
    assert (
        "results were not published: 1 interaction of Pact between Web (1.0.0) and "
        "Users did not run"
    ) in conclusion.lines


def test_results_of_several_processes_are_published_once(server):
    server.add(pact())
    parts = []
    for number in (0, 1):
        of, worker = verifier(), Publication()
        selected = of.select()
        worker.expect(selected)
        worker.add(of.examine(selected.cases[number]))
        parts.append(worker.export())
    controller = Publication()
    for part in parts:
        controller.import_results(part)

    conclusion = controller.conclude()

    [results] = server.results
    assert ["user 1", "user 2"] == [
        one["interactionDescription"] for one in results["testResults"]
    ]
    assert None is conclusion.failure


def test_a_failure_is_not_replaced_by_a_later_success(server):
    server.add(pact(interaction(1, 404)))
    of = verifier()
    publication = Publication()
    [case] = of.select().cases
    publication.add(of.examine(case))
    server.pacts.clear()
    server.add(pact(interaction(1, 404)))
    good = pypact.Verifier("Users", app=not_found, pacts=pypact.Broker(URL))
    publication.add(good.examine(good.select().cases[0]))

    publication.conclude(publish=True)

    assert [False] == [results["success"] for results in server.results]


def not_found(environ, start_response):
    start_response("404 Not Found", [])
    return [b""]


def test_a_failed_pending_pact_is_published_as_failed(server):
    server.add(pact(interaction(1, 404)))

    result = verifier(pending=True).verify(reports=[])

    assert (0, 1) == (len(result.failed), len(result.pending))
    assert [False] == [results["success"] for results in server.results]


def test_notices_are_shown_before_and_after(server, capsys):
    server.add(pact())

    verifier(pending=True).verify()

    shown = capsys.readouterr().out
    before, _, after = shown.partition("user 1")
    assert "The pact is being verified: latest from main branch" in before
    assert "This pact is in pending state" in before
    assert "This pact is pending no longer" in after
    assert "not published" not in shown
    assert "published success of version 2.0.0: Pact between Web (1.0.0)" in after


@pytest.mark.parametrize(
    ("status", "publish", "notice"),
    [
        (200, False, "pending: not published"),
        (404, False, "pending: no success"),
        (200, True, "This pact is pending no longer"),
        (404, True, "pending: failure published"),
    ],
)
def test_the_notice_for_the_outcome_is_shown(server, capsys, status, publish, notice):
    server.add(pact(interaction(1, status)))

    verifier(pending=True, publish=publish).verify()

    shown = capsys.readouterr().out
    assert notice in shown
    assert 1 == sum(text in shown for when, text in _after())


def _after():
    from broker import _PENDING

    return _PENDING[1:]


def test_a_publishing_error_fails_a_successful_run(server, capsys):
    server.add(pact())
    of = verifier()
    selected = of.select()
    of.select = lambda **_: selected
    server.failing = [500] * 9

    with pytest.raises(BrokerError, match=r"500 to POST for pb:publish-verification"):
        of.verify()

    assert "were not published: the broker responded 500" in capsys.readouterr().out


def test_a_broker_without_the_branch_relation_is_an_error(server):
    server.without = ("pb:branch-version",)
    server.add(pact())

    with pytest.raises(BrokerError, match="does not accept the branch"):
        verifier(provider_branch="main").verify(reports=[])


def test_a_pact_that_accepts_no_results_is_named(server, capsys):
    server.without = ("pb:publish-verification-results",)
    server.add(pact())

    verifier().verify()

    assert "the broker accepts no results for this pact" in capsys.readouterr().out


def test_secrets_are_not_published(server):
    def echo(environ, start_response):
        start_response("200 OK", [("X-Echo", "Bearer s3cret-token")])
        return [b""]

    with_secret = interaction(1, headers={"X-Echo": "other"})
    with_secret["request"]["headers"] = {"Authorization": "Bearer s3cret-token"}
    server.add(pact(with_secret))
    broker = pypact.Broker(URL, publish=True, provider_version="1", token="t0ken-123")

    with pytest.raises(VerificationFailed):
        pypact.Verifier("Users", app=echo, pacts=broker).verify(reports=[])

    assert "s3cret-token" not in str(server.results)
    assert "[hidden]" in str(server.results)


def test_credentials_are_not_printed(server, capsys):
    server.add(pact())
    result = verifier(token="t0ken-123").verify()

    assert "t0ken-123" not in capsys.readouterr().out + str(result) + str(
        result.to_json()
    )


def test_results_of_contracts_from_elsewhere_are_not_published(server, capsys):
    contract = pypact.read_pact(pact())

    pypact.Verifier("Users", app=app, pacts=contract).verify()

    assert "published" not in capsys.readouterr().out
    assert [] == server.calls


def test_a_broker_can_be_pickled():
    broker = pickle.loads(pickle.dumps(pypact.Broker(URL, token="t0ken-123")))

    assert "http://broker.test/" == broker.url
