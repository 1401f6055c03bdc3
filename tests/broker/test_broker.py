"""The requests to a broker, and how its responses are read."""

import datetime as dt
import pickle

import pytest
from broker import FakeBroker, called_as

import pypact
from pypact import select
from pypact.errors import BrokerError, InvalidExpectation, InvalidPact

URL = "http://broker.test"


def pact(consumer="Web", provider="Users", path="/users/1"):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [
            {
                "description": "a user",
                "request": {"method": "GET", "path": path},
                "response": {"status": 200},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture(autouse=True)
def no_variables(monkeypatch):
    import os

    for name in os.environ:
        if name.startswith(("PACT_", "SSL_")):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    slept = []
    monkeypatch.setattr("pypact.web.time.sleep", slept.append)
    return slept


@pytest.fixture
def server():
    broker = FakeBroker()
    with called_as(broker, URL):
        yield broker


def names(pacts):
    return [found.listed.name for found in pacts]


def test_pacts_for_verification_have_a_description_and_a_results_url(server):
    server.add(pact())

    [found] = pypact.Broker(URL).pacts("Users")

    assert "Pact between Web (1.0.0) and Users" == found.listed.name
    assert "latest from main branch" == found.listed.description
    assert found.results_url.endswith("/verification-results")
    assert "/metadata/" in found.results_url
    assert found.contract.interactions[0].id


def test_the_request_has_all_given_settings(server):
    pypact.Broker(
        URL,
        selectors=[select.main_branch(), {"branch": "feat", "nobody": "knows"}],
        pending=True,
        wip_since=dt.date(2020, 1, 1),
        provider_branch="main",
        provider_tags=["prod"],
    ).pacts("Users")

    assert {
        "consumerVersionSelectors": [
            {"mainBranch": True},
            {"branch": "feat", "nobody": "knows"},
        ],
        "includePendingStatus": True,
        "includeWipPactsSince": "2020-01-01",
        "providerVersionBranch": "main",
        "providerVersionTags": ["prod"],
    } == server.calls[-1].body


def test_the_request_omits_settings_that_are_not_given(server):
    pypact.Broker(URL).pacts("Users")

    assert {"includePendingStatus": False} == server.calls[-1].body


def test_names_are_quoted_in_templates(server):
    pypact.Broker(URL).pacts("Bar API/2")

    path = "/pacts/provider/Bar%20API%2F2/for-verification"
    assert path == server.calls[-1].path


def test_a_broker_with_a_path_prefix_is_supported(server):
    def below(environ, start_response):
        environ["RAW_URI"] = environ["RAW_URI"].removeprefix("/pact")
        environ["HTTP_HOST"] += "/pact"
        return server(environ, start_response)

    server.add(pact())

    with called_as(below, f"{URL}/pact/"):
        assert 1 == len(pypact.Broker(f"{URL}/pact").pacts("Users"))


def test_a_broker_without_pacts_returns_none(server):
    assert [] == pypact.Broker(URL).pacts("Users")


def test_an_old_broker_returns_the_latest_pacts(server):
    server.is_old = True
    server.add(pact())
    server.add(pact(), version="1.1.0", branch="feat")
    server.add(pact("App"))

    found = pypact.Broker(URL).pacts("Users")

    assert [
        "Pact between Web (1.1.0) and Users",
        "Pact between App (1.0.0) and Users",
    ] == names(found)
    assert found[0].results_url.endswith("/verification-results")


def test_an_old_broker_returns_the_latest_pacts_of_each_tag(server):
    server.is_old = True
    server.add(pact(), tags=["prod"])
    server.add(pact(), version="1.1.0", tags=["dev"])
    server.add(pact(), version="1.2.0")
    broker = pypact.Broker(URL, selectors=[select.tag("prod"), select.tag("dev")])

    found = broker.pacts("Users")

    assert ["latest with tag prod", "latest with tag dev"] == [
        one.listed.description for one in found
    ]
    assert ["(1.0.0)", "(1.1.0)"] == [name.split()[3] for name in names(found)]


def test_a_selector_that_an_old_broker_lacks_is_refused(server):
    server.is_old = True

    with pytest.raises(BrokerError, match=r"too old for the selector.*mainBranch"):
        pypact.Broker(URL, selectors=[select.main_branch()]).pacts("Users")


def test_a_pact_url_selects_a_single_pact(server):
    server.add(pact())
    server.add(pact("App"))
    url = f"{URL}/pacts/provider/Users/consumer/App/version/1.0.0"

    [found] = pypact.Broker(pact_url=url).pacts("Users")

    assert "App" == found.contract.consumer
    assert found.results_url
    assert 1 == len(server.calls)


def test_a_pact_url_of_another_provider_is_refused(server):
    server.add(pact(provider="Orders"))
    url = f"{URL}/pacts/provider/Orders/consumer/Web/version/1.0.0"
    verifier = pypact.Verifier(
        "Users",
        app=lambda environ, start_response: [],
        pacts=pypact.Broker(pact_url=url),
    )

    with pytest.raises(InvalidPact, match="expected a contract with the provider"):
        verifier.select()


@pytest.mark.parametrize(
    ("given", "header"),
    [
        ({"token": "token-123"}, "Bearer token-123"),
        ({"username": "ann", "password": "s3cret"}, "Basic YW5uOnMzY3JldA=="),
        ({"username": "ann"}, "Basic YW5uOg=="),
        ({}, None),
    ],
)
def test_credentials_are_sent_with_each_request(server, given, header):
    server.authorization = header
    server.add(pact())

    pypact.Broker(URL, **given).pacts("Users")

    assert [header] * 3 == [call.headers.get("authorization") for call in server.calls]


@pytest.mark.parametrize(
    ("variables", "header"),
    [
        ({"PACT_BROKER_TOKEN": "token-123"}, "Bearer token-123"),
        (
            {"PACT_BROKER_USERNAME": "ann", "PACT_BROKER_PASSWORD": "s3cret"},
            "Basic YW5uOnMzY3JldA==",
        ),
        ({"PACT_BROKER_AUTH": "ann:s3cret"}, "Basic YW5uOnMzY3JldA=="),
    ],
)
def test_credentials_and_url_come_from_variables(
    server, monkeypatch, variables, header
):
    for name, value in {"PACT_BROKER_BASE_URL": URL, **variables}.items():
        monkeypatch.setenv(name, value)

    pypact.Broker().pacts("Users")

    assert header == server.calls[0].headers["authorization"]


def test_credentials_in_the_url_are_used_and_never_shown(server):
    server.failing = [401]
    broker = pypact.Broker("http://ann:s3cret%21@broker.test")

    with pytest.raises(BrokerError) as caught:
        broker.pacts("Users")

    assert "Basic YW5uOnMzY3JldCE=" == server.calls[0].headers["authorization"]
    assert "s3cret" not in f"{caught.value}{broker!r}{caught.value.__dict__}"
    assert "Broker('http://broker.test/')" == repr(broker)


def test_arguments_override_variables(server, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_TOKEN", "token-123")

    pypact.Broker(URL, username="ann", password="s3cret").pacts("Users")

    assert server.calls[0].headers["authorization"].startswith("Basic")


@pytest.mark.parametrize(
    "given",
    [
        {"token": "token-123", "username": "ann"},
        {"token": "token-123", "password": "s3cret"},
    ],
)
def test_a_token_beside_a_user_is_refused(given):
    with pytest.raises(InvalidExpectation, match="one of the two"):
        pypact.Broker(URL, **given)


def test_a_token_beside_a_user_in_variables_is_refused(monkeypatch):
    monkeypatch.setenv("PACT_BROKER_TOKEN", "token-123")
    monkeypatch.setenv("PACT_BROKER_USERNAME", "ann")

    with pytest.raises(InvalidExpectation, match="one of the two"):
        pypact.Broker(URL)


def test_credentials_do_not_leave_the_brokers_host(server):
    server.add(pact())
    elsewhere = FakeBroker(pacts=server.pacts)
    url = "http://elsewhere.test/pacts/provider/Users/consumer/Web/version/1.0.0"
    with called_as(elsewhere, "http://elsewhere.test"):
        pypact.Broker(URL, token="token-123", pact_url=url).pacts("Users")

    assert "authorization" not in elsewhere.calls[0].headers


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_temporary_failures_are_retried_with_growing_pauses(server, pauses, status):
    server.failing = [status, status, status]
    server.add(pact())

    assert 1 == len(pypact.Broker(URL).pacts("Users"))
    assert [0.1, 0.2, 0.4] == pauses


def test_a_persistent_failure_is_an_error(server, pauses):
    server.failing = [503] * 20

    with pytest.raises(
        BrokerError, match="responded 503 to GET for the index"
    ) as caught:
        pypact.Broker(URL, retries=2).pacts("Users")

    assert (503, "the index") == (caught.value.status, caught.value.relation)
    assert 2 == len(pauses)


def test_the_number_of_retries_comes_from_its_variable(server, monkeypatch):
    monkeypatch.setenv("PACT_BROKER_HTTP_RETRIES", "0")
    server.failing = [503]

    with pytest.raises(BrokerError):
        pypact.Broker(URL).pacts("Users")


def test_an_error_has_status_relation_and_problem(server):
    with pytest.raises(BrokerError) as caught:
        pypact.Broker(URL, selectors=[{"nope": 1}]).pacts("Users")

    error = pickle.loads(pickle.dumps(caught.value))
    assert 400 == error.status
    assert "pb:provider-pacts-for-verification" == error.relation
    assert ["consumerVersionSelectors"] == list(error.problem["errors"])
    assert "consumerVersionSelectors: must specify a value" in str(error)


def test_a_failed_login_explains_the_credentials(server):
    server.authorization = "Bearer right-one"

    with pytest.raises(BrokerError) as caught:
        pypact.Broker(URL, token="wrong-one").pacts("Users")

    assert "PACT_BROKER_TOKEN" in str(caught.value)
    assert "You must be logged in" in str(caught.value)
    assert "wrong-one" not in str(caught.value)


def test_a_server_that_is_not_a_broker_is_reported():
    def page(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/html")])
        return [b"<html>"]

    with (
        called_as(page, URL),
        pytest.raises(BrokerError, match=r"text/html that is not a JSON.*Pact Broker"),
    ):
        pypact.Broker(URL).pacts("Users")


def test_a_broker_that_cannot_be_reached_is_an_error(pauses):
    import requests

    def gone(environ, start_response):
        raise requests.ConnectionError("https://x/?token=s3cret gave up")

    with called_as(gone, URL), pytest.raises(BrokerError) as caught:
        pypact.Broker(URL, token="token-123").pacts("Users")

    assert (
        "could not be reached (GET for the index): no response from http://broker.test/"
        in str(caught.value)
    )
    assert None is caught.value.status
    assert "s3cret" not in str(caught.value)
    assert 2 == len(pauses)


@pytest.mark.parametrize("url", ["broker.test", "ftp://broker.test", "http://", "/x"])
def test_an_invalid_url_is_refused(url):
    with pytest.raises(InvalidExpectation, match="is not a valid URL"):
        pypact.Broker(url)


def test_a_missing_broker_url_is_refused():
    with pytest.raises(InvalidExpectation, match="PACT_BROKER_BASE_URL"):
        pypact.Broker()


@pytest.mark.parametrize(
    "given", [{"provider_tags": "prod"}, {"selectors": {"branch": "x"}}]
)
def test_a_single_value_instead_of_a_list_is_refused(given):
    with pytest.raises(InvalidExpectation, match="must be a list"):
        pypact.Broker(URL, **given)


@pytest.mark.parametrize(
    ("selector", "data"),
    [
        (select.main_branch(), {"mainBranch": True}),
        (
            select.matching_branch(consumer="A"),
            {"matchingBranch": True, "consumer": "A"},
        ),
        (select.branch("x", fallback="y"), {"branch": "x", "fallbackBranch": "y"}),
        (select.deployed(), {"deployed": True}),
        (select.deployed("prod"), {"deployed": True, "environment": "prod"}),
        (select.released("prod"), {"released": True, "environment": "prod"}),
        (select.deployed_or_released(), {"deployedOrReleased": True}),
        (select.environment("prod"), {"environment": "prod"}),
        (
            select.tag("v", fallback="w"),
            {"tag": "v", "latest": True, "fallbackTag": "w"},
        ),
        (select.tag("v", latest=False), {"tag": "v"}),
        (select.latest(), {"latest": True}),
    ],
)
def test_selectors_become_the_brokers_json(selector, data):
    assert data == selector


@pytest.mark.parametrize(
    ("variables", "verify"),
    [
        ({}, True),
        ({"SSL_CERT_FILE": "/etc/own.pem"}, "/etc/own.pem"),
        ({"PACT_DISABLE_SSL_VERIFICATION": "true"}, False),
        ({"PACT_BROKER_DISABLE_SSL_VERIFICATION": "TRUE"}, False),
        ({"PACT_DISABLE_SSL_VERIFICATION": "false"}, True),
    ],
)
def test_certificate_settings_come_from_variables(
    server, monkeypatch, variables, verify
):
    seen = []
    real = pypact.broker.broker.WebClient

    def web(*given, **options):
        seen.append(options["verify"])
        return real(*given, **options)

    monkeypatch.setattr("pypact.broker.broker.WebClient", web)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    pypact.Broker(URL).pacts("Users")

    assert {verify} == set(seen)


def test_an_invalid_number_of_retries_is_refused(monkeypatch):
    monkeypatch.setenv("PACT_BROKER_HTTP_RETRIES", "many")

    with pytest.raises(InvalidExpectation, match="is not a whole number"):
        pypact.Broker(URL)


def test_credentials_in_url_and_arguments_are_refused():
    with pytest.raises(InvalidExpectation, match="both in the broker's URL and as"):
        pypact.Broker("http://ann:s3cret@broker.test", token="t0ken-123")


def test_the_provider_is_found_in_the_index_if_a_pact_lacks_its_link(server):
    server.without = ("pb:provider",)
    server.add(pact())
    broker = pypact.Broker(URL, provider_version="2.0.0", provider_branch="main")
    [found] = broker.pacts("Users")

    broker.announce("Users", found.provider_url)

    assert [("Users", "main", "2.0.0")] == server.branches


def test_an_index_without_links_is_an_error(server):
    server.is_old = True
    server.without = ("pb:latest-provider-pacts",)

    with pytest.raises(BrokerError, match="no link pb:latest-provider-pacts"):
        pypact.Broker(URL).pacts("Users")


def test_a_template_with_unknown_placeholders_is_refused():
    from pypact.broker.hal import Document

    document = Document({"_links": {"pb:x": {"href": "/{who}/{what}"}}}, URL)

    assert None is document.find_link("pb:y")
    with pytest.raises(BrokerError, match="needs 'what', which is unknown"):
        document.find_link("pb:x", who="me")
