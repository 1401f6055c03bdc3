"""Stubs that respond from existing contracts."""

import json
import time

import pytest
import requests

import pypact
from pypact.server.stubs import StubApp, StubContracts


def interaction(status, state=None, path="/user", **response):
    data = {
        "description": f"{status} {path}",
        "request": {"method": "GET", "path": path},
        "response": {"status": status, **response},
    }
    return data if state is None else {**data, "providerState": state}


def contract(*interactions, provider="Users"):
    return {
        "consumer": {"name": "Web"},
        "provider": {"name": provider},
        "interactions": list(interactions),
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }


@pytest.fixture
def folder(tmp_path):
    users = contract(
        interaction(404, "there is no user"),
        interaction(200, "there is a user", body={"name": "John"}),
        interaction(200, path="/health", body="fine"),
    )
    (tmp_path / "a.json").write_text(json.dumps(users))
    orders = contract(interaction(202, path="/orders"), provider="Orders")
    (tmp_path / "b.json").write_text(json.dumps(orders))
    return tmp_path


@pytest.fixture
def ask(folder, asking):
    return asking(StubApp(StubContracts(folder)))


def test_all_contracts_of_a_folder_are_used(ask):
    assert 202 == ask("GET", "/orders").status
    assert "fine" == ask("GET", "/health").text


def test_the_lowest_status_wins_every_time(ask):
    assert [200, 200] == [ask("GET", "/user").status for _ in range(2)]


def test_a_header_selects_the_state(ask):
    absent = {"X_Pact_Provider_State": "there is no user"}

    assert 404 == ask("GET", "/user", **absent).status
    assert 200 == ask("GET", "/user", X_Pact_Provider_State="there is a user").status
    assert "fine" == ask("GET", "/health", **absent).text  # it needs no state


def test_an_unknown_state_leaves_interactions_without_state(ask):
    got = ask("GET", "/user", X_Pact_Provider_State="other")

    assert 500 == got.status
    assert "matches no interaction of the stubbed contracts" in got.json()["message"]


def test_the_state_and_the_header_name_can_be_set(folder, asking):
    contracts = StubContracts(folder)
    ask = asking(StubApp(contracts, state="there is no user", state_header="State"))

    assert 404 == ask("GET", "/user").status
    assert 200 == ask("GET", "/user", State="there is a user").status


def test_browser_pages_are_allowed_with_cors(folder, asking):
    ask = asking(StubApp(StubContracts(folder), cors=True))

    assert 200 == ask("OPTIONS", "/user").status
    assert "*" == ask("GET", "/user").headers["Access-Control-Allow-Origin"]


def test_a_changed_contract_is_read_again(folder, ask):
    assert 202 == ask("GET", "/orders").status
    changed = contract(interaction(204, path="/orders"), provider="Orders")
    (folder / "b.json").write_text(json.dumps(changed))

    assert 204 == ask("GET", "/orders").status


def test_a_new_contract_is_found_and_a_removed_one_forgotten(folder, ask):
    (folder / "c.json").write_text(json.dumps(contract(interaction(200, path="/c"))))
    assert 200 == ask("GET", "/c").status
    (folder / "c.json").unlink()
    assert 500 == ask("GET", "/c").status


def test_the_old_contract_stays_in_use_while_a_file_is_incomplete(folder, ask, caplog):
    (folder / "b.json").write_text('{"consumer": ')

    assert 202 == ask("GET", "/orders").status
    assert "truncated JSON" in caplog.text


def test_requests_are_not_recorded(folder):
    contracts = StubContracts(folder)
    registry = contracts.get_registry(None)
    request = pypact.Request.from_http("GET", "/user")
    for _ in range(3):
        registry.respond_to(request)

    assert () == registry.exchanges


def test_files_patterns_and_contracts_are_sources(folder):
    sources = [
        folder / "a.json",
        str(folder / "b*.json"),
        pypact.read_pact(contract(interaction(200))),
    ]
    assert 5 == len(StubContracts(sources).interactions)


@pytest.mark.parametrize("pacts", ["absent.json", "absent/*.json", [], 7])
def test_invalid_contracts_are_refused_at_once(pacts):
    with pytest.raises(pypact.PactError):
        StubContracts(pacts)


def test_a_source_that_needs_a_provider_is_refused():
    broker = pypact.Broker("https://broker.test")

    with pytest.raises(pypact.InvalidExpectation, match="a stub reads paths"):
        StubContracts([broker])


def test_a_request_of_this_process_needs_no_server(folder):
    with pypact.stub(folder):
        got = requests.get("https://users.test/user", timeout=5)
        assert {"name": "John"} == got.json()
        absent = {"X-Pact-Provider-State": "there is no user"}
        got = requests.get("https://users.test/user", headers=absent, timeout=5)
        assert 404 == got.status_code


def test_an_unexpected_request_raises_at_the_callers_line(folder):
    with (
        pypact.stub(folder, base_url="https://users.test/api"),
        pytest.raises(pypact.UnexpectedRequest, match="/none matches no"),
    ):
        requests.get("https://users.test/api/none", timeout=5)


def test_nothing_is_stubbed_after_the_block(folder):
    with pypact.stub(folder, state="there is no user"):
        assert 404 == requests.get("http://u.test/user", timeout=5).status_code
    from pypact.hooks import claims

    assert claims.find_claimed_origin("http", "u.test", 80) is None


@pytest.mark.enable_socket
def test_a_stub_server_uses_a_port_and_contracts_of_urls(folder):
    with (
        pypact.StubServer(folder, port=0) as first,
        pypact.StubServer(folder / "a.json", port=0, state="there is no user") as other,
    ):
        assert 200 == requests.get(f"{first.url}/user", timeout=5).status_code
        assert 404 == requests.get(f"{other.url}/user", timeout=5).status_code
        pact = contract(interaction(200, path="/pact", body=contract(interaction(418))))
        (folder / "c.json").write_text(json.dumps(pact))
        with pypact.StubServer(f"{first.url}/pact", port=0) as third:
            assert 418 == requests.get(f"{third.url}/user", timeout=5).status_code


def with_own_url(**members):
    response = {
        "status": 200,
        "body": {"next": "http://localhost:1234/items/2"},
        "generators": {
            "body": {
                "$.next": {
                    "type": "MockServerURL",
                    "example": "http://localhost:1234/items/2",
                    "regex": r".*(/items/\d+)$",
                }
            }
        },
    }
    request = {"method": "GET", "path": "/items"}
    one = {"description": "a list", "request": request, "response": response}
    version = {"pactSpecification": {"version": "3.0.0"}}
    return pypact.read_pact({**contract({**one, **members}), "metadata": version})


@pytest.mark.enable_socket
def test_a_stub_server_generates_its_own_url():
    with pypact.StubServer(with_own_url(), port=0) as server:
        found = requests.get(f"{server.url}/items", timeout=5).json()

    assert {"next": f"{server.url}/items/2"} == found


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        (None, "http://items.test:81/items/2"),
        ("http://items.test:81", "http://items.test:81/items/2"),
        ("http://items.test:81/api/", "http://items.test:81/api/items/2"),
    ],
)
def test_a_stub_in_this_process_generates_the_url_of_the_request(base_url, expected):
    with pypact.stub(with_own_url(), base_url=base_url):
        url = base_url or "http://items.test:81"
        found = requests.get(f"{url.rstrip('/')}/items", timeout=5).json()

    assert {"next": expected} == found


CSV = {"csv": {"csvHeaders": False}}


def plugin_contract():
    other = {**interaction(204, path="/other"), "type": "Synchronous/HTTP"}
    csv = {**interaction(200), "type": "Synchronous/HTTP", "pluginConfiguration": CSV}
    unread = {"type": "Synchronous/HTTP", "description": "none", "request": 5}
    message = {"type": "Asynchronous/Messages", "description": "a message"}
    version = {"pactSpecification": {"version": "4.0"}}
    return {**contract(csv, unread, other, message), "metadata": version}


@pytest.mark.filterwarnings("ignore::pypact.errors.ToleranceWarning")
def test_an_interaction_that_needs_a_plugin_is_refused_by_name(asking, caplog):
    contracts = StubContracts(pypact.read_pact(plugin_contract()))
    ask = asking(StubApp(contracts))

    assert 204 == ask("GET", "/other").status
    refused = ask("GET", "/user")
    text = '"200 /user"    interaction 1: it needs the plugin csv; pypact does not'
    assert (500, True) == (refused.status, text in refused.json()["message"])
    assert '"none"    interaction 2: ' in refused.json()["message"]
    assert "a message" not in refused.json()["message"]
    assert '"200 /user"    interaction 1 does not respond: it needs' in caplog.text
    assert ["204 /other"] == [one.description for one in contracts.interactions]


def test_checking_for_changes_is_cheap(folder):
    contracts = StubContracts(folder)
    begun = time.process_time()
    for _ in range(100):
        contracts.get_registry(None)

    assert time.process_time() - begun < 1
