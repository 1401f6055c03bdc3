"""What `pypact.compat` does beyond the old libraries: warnings, ports, failures."""

import json
import multiprocessing
import re
import urllib.request

import pytest
import requests
from broker import FakeBroker, called_as

from pypact.compat import pact as pact_python
from pypact.compat import pactman
from pypact.compat.pact import Format, Like, MessageConsumer, MessageProvider
from pypact.compat.pact.verify_wrapper import PactException
from pypact.compat.pactman.verifier.command_line import main
from pypact.errors import IgnoredOptionWarning, MissingRequests, UnexpectedRequest

PORT = 18224
URL = "https://broker.example.com"


def make_pact(folder, **options):
    consumer = pact_python.Consumer("Web", version="1.2.3", branch="main")
    provider = pact_python.Provider("Users")
    options = {"port": PORT, "pact_dir": folder, **options}
    return consumer.has_pact_with(provider, **options)


def define(pact, path="/users/1", **response):
    return (
        pact.given("a user")
        .upon_receiving(f"a request for {path}")
        .with_request("get", path)
        .will_respond_with(200, **response)
    )


@pytest.mark.parametrize("name", ["log_dir", "sslcert", "sslkey"])
def test_an_option_without_meaning_warns_and_is_named(tmp_path, name):
    consumer = pactman.Consumer("Web")

    with pytest.warns(IgnoredOptionWarning, match=f"{name}='x' at .*has no effect"):
        make_pact(tmp_path, **{name: "x"})
    with pytest.warns(IgnoredOptionWarning, match=f"{name}='x' at .*has no effect"):
        consumer.has_pact_with(pactman.Provider("Users"), **{name: "x"})


def test_options_of_messages_and_verifiers_without_meaning_warn(tmp_path):
    with pytest.warns(IgnoredOptionWarning, match="proxy_port=99"):
        MessageProvider({}, "Users", "Web", proxy_port=99)
    with pytest.warns(IgnoredOptionWarning, match="file_write_mode='overwrite'"):
        MessageConsumer("Web").has_pact_with(
            pact_python.Provider("Users"), file_write_mode="overwrite"
        )
    verifier = pact_python.Verifier("Users", "http://127.0.0.1:9")
    with (
        pytest.raises(PactException, match="give the contracts"),
        pytest.warns(IgnoredOptionWarning, match="log_level='DEBUG'"),
    ):
        verifier.verify_pacts(log_level="DEBUG")


def make_contract(path):
    contract = {
        "consumer": {"name": "Web"},
        "provider": {"name": "Users"},
        "interactions": [
            {
                "description": "a user",
                "request": {"method": "GET", "path": "/users/1"},
                "response": {"status": 200},
            }
        ],
        "metadata": {"pactSpecification": {"version": "2.0.0"}},
    }
    path.write_text(json.dumps(contract), encoding="utf-8")
    return contract


def test_https_is_intercepted(tmp_path):
    pact = make_pact(tmp_path, ssl=True)
    define(pact, body={"id": Like(1)})

    with pact:
        assert requests.get(pact.uri + "/users/1", timeout=5).json() == {"id": 1}


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_both_names_of_this_machine_are_intercepted(tmp_path, host):
    pact = make_pact(tmp_path)
    define(pact)

    with pact:
        url = f"http://{host}:{PORT}/users/1"
        assert requests.get(url, timeout=5).status_code == 200


def test_the_service_stops(tmp_path):
    pact = make_pact(tmp_path)
    pact.start_service()
    pact.stop_service()

    with pytest.raises(RuntimeError, match="was not started, or was stopped already"):
        pact.stop_service()


def test_a_service_that_starts_again_forgets_what_was_verified(tmp_path):
    pact = make_pact(tmp_path)
    for path in ("/users/1", "/users/2"):
        pact.start_service()
        define(pact, path)
        with pact:
            requests.get(pact.uri + path, timeout=5)
        pact.stop_service()

    contract = json.loads((tmp_path / "web-users.json").read_bytes())
    [only] = contract["interactions"]
    assert "a request for /users/2" == only["description"]


def test_a_failure_states_what_the_client_got(tmp_path):
    pact = make_pact(tmp_path)
    define(pact)

    with pytest.raises(UnexpectedRequest, match="status code 500"), pact:
        assert requests.get(pact.uri + "/others", timeout=5).status_code == 500


def test_a_missing_request_is_an_assertion_error(tmp_path):
    pact = make_pact(tmp_path)
    define(pact)

    with pytest.raises(AssertionError) as got, pact:
        pass

    assert isinstance(got.value, MissingRequests)


def test_an_error_of_the_block_has_the_problem_as_a_note(tmp_path):
    pact = make_pact(tmp_path)
    define(pact)

    with pytest.raises(ZeroDivisionError) as got, pact:
        requests.get(pact.uri + "/others", timeout=5)
        _ = 1 / 0

    assert "GET http://localhost:18224/others" in got.value.__notes__[0]


def fetch(url, results):
    with urllib.request.urlopen(url, timeout=5) as response:
        results.put(response.status)


@pytest.mark.enable_socket
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="needs fork"
)
@pytest.mark.parametrize("library", ["pact_python", "pactman"])
def test_a_forked_client_uses_the_port(tmp_path, library):
    context = multiprocessing.get_context("fork")
    options = {"pact_dir": tmp_path, "port": find_port()}
    if library == "pactman":
        consumer, provider = pactman.Consumer("Web"), pactman.Provider("Users")
        pact = consumer.has_pact_with(provider, **options)
    else:
        pact = make_pact(**options, folder=tmp_path)
    define(pact)

    results = context.SimpleQueue()
    with pact:
        child = context.Process(target=fetch, args=(pact.uri + "/users/1", results))
        child.start()
        child.join(20)

    assert 200 == results.get()


def find_port():
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.enable_socket
def test_a_server_can_be_requested(tmp_path, monkeypatch):
    monkeypatch.setenv("PACT_USE_MOCKING_SERVER", "yes")
    pact = make_pact(tmp_path, port=find_port())

    pact.start_service()
    try:
        assert pact._service.is_serving
    finally:
        pact.stop_service()


def test_a_contract_is_published(tmp_path):
    broker = FakeBroker()
    pact = make_pact(tmp_path, publish_to_broker=True, broker_base_url=URL)
    pact.start_service()
    define(pact)
    with pact:
        requests.get(pact.uri + "/users/1", timeout=5)

    with called_as(broker, URL):
        pact.stop_service()

    [published] = broker.pacts
    assert ("1.2.3", "main") == (published.version, published.branch)


def test_publishing_needs_a_url(tmp_path, monkeypatch):
    monkeypatch.delenv("PACT_BROKER_BASE_URL", raising=False)

    with pytest.raises(RuntimeError, match="PACT_BROKER_BASE_URL"):
        pact_python.Broker().publish("Web", "1", pact_dir=str(tmp_path))


@pytest.mark.enable_socket
def test_a_verifier_reads_from_a_broker(tmp_path, capsys):
    broker = FakeBroker()
    broker.add(make_contract(tmp_path / "x.json"), tags=("prod",))
    verifier = pact_python.Verifier("Users", "http://127.0.0.1:9")

    with called_as(broker, URL):
        result, logs = verifier.verify_with_broker(
            broker_url=URL, consumer_version_selectors=[{"mainBranch": True}]
        )

    assert 1 == result
    assert "a user" in logs


def test_the_command_needs_contracts(monkeypatch, capsys):
    monkeypatch.delenv("PACT_BROKER_URL", raising=False)

    assert 2 == main(["Users", "http://localhost:9", "http://localhost:9/_states"])
    assert "-l FILE, or -b URL" in capsys.readouterr().out


@pytest.mark.enable_socket
def test_the_command_fails_with_1(tmp_path, capsys):
    path = tmp_path / "pact.json"
    make_contract(path)
    url = "http://127.0.0.1:9"

    assert 1 == main(["Users", url, url + "/_states", "-l", str(path)])


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("date", "2020-12-31", "x"),
        ("timestamp", "2020-12-31T10:20:30.5Z", "2020-12-31T"),
        ("iso_8601_datetime", "2020-12-31T10:20:30+01:00", "2020-12-31"),
        ("iso_8601_datetime_ms", "2020-12-31T10:20:30.1Z", "2020-12-31T10:20:30Z"),
        ("ipv6_address", "::ffff:192.0.2.128", "1.2.3.4"),
        ("uuid", "fc763eba-0905-41c5-a27f-3934ab26786c", "fc763eba"),
        ("time_regex", "T10:20:30Z", "10"),
    ],
)
def test_the_patterns_of_formats(name, good, bad):
    pattern = Format.Regexes[name].value

    assert re.search(pattern, good)
    assert not re.search(pattern, bad)
