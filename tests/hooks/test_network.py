"""Blocking of undeclared requests, for every client family."""

import asyncio
import contextlib
import contextvars
import http.client
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import aiohttp
import httpx
import pytest
import requests

import pypact
from pypact.hooks import claims

BASE = "http://users.example.com"
TYPO = "http://usres.example.com"


@pytest.fixture
def pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    expected = pact.upon_receiving("x").with_request("GET", "/")
    expected.will_respond_with(200, body="hi").optional()
    return pact


def is_refused(send, *args, **options):
    try:
        send(*args, **options)
    except pypact.NetworkBlocked:
        return True
    except Exception:  # noqa: BLE001 # sockets are forbidden in most tests
        return False
    return False


def test_an_undeclared_call_is_refused_at_its_caller(pact, client):
    """Sockets are forbidden in this test, so none is opened."""
    with pytest.raises(pypact.NetworkBlocked) as caught, pact.intercept():
        assert b"hi" == client.request("GET", f"{BASE}/").content
        client.request("GET", f"{TYPO}/x?y=1")

    first, *_ = text = str(caught.value).splitlines()
    assert f"GET {TYPO}/x?y=1 was refused: no block declares {TYPO}" in first
    assert f"             did you mean {BASE}?" in text
    assert "client_families.py:" in text[2] or "test_network.py:" in text[2]
    assert "intercept(allow_hosts=['usres.example.com'])" in text[-1]
    assert "--pypact-allow-hosts=usres.example.com" in text[-1]


def test_a_swallowed_refusal_fails_the_block_at_its_end(pact, client):
    with (
        pytest.raises(pypact.NetworkBlocked, match=r"GET http://usres\.example\.com/ "),
        pact.intercept(),
    ):
        client.request("GET", f"{BASE}/")
        with contextlib.suppress(pypact.NetworkBlocked):
            client.request("GET", f"{TYPO}/")


@pytest.mark.parametrize(
    ("url", "options", "passes"),
    [
        ("http://localhost:9", {}, True),
        ("http://LOCALHOST.:9", {}, True),
        ("http://a.localhost", {}, True),
        ("https://127.8.9.1", {}, True),
        ("http://[::1]:9", {}, True),
        ("http://[::ffff:127.0.0.1]", {}, True),
        ("http://localhost.example.com", {}, False),
        ("http://nolocalhost", {}, False),
        ("http://10.0.0.1", {}, False),
        ("http://[2001:db8::1]", {}, False),
        ("http://localhost:9", {"block_network": True}, False),
        ("http://localhost:9", {"block_network": True, "allow_hosts": "*"}, True),
        ("http://localhost:9", {"block_network": True, "allow_hosts": ["a.b"]}, False),
        (
            "http://localhost",
            {"block_network": True, "allow_hosts": ["localhost"]},
            True,
        ),
        (TYPO, {"block_network": False}, True),
        (TYPO, {"allow_hosts": "*"}, True),
        (TYPO, {"allow_hosts": ["USRES.example.com."]}, True),
        (TYPO, {"allow_hosts": ["usres.example.com:80"]}, True),
        (TYPO, {"allow_hosts": ["usres.example.com:81"]}, False),
        (TYPO, {"allow_hosts": ["*.example.com"]}, True),
        (TYPO, {"allow_hosts": ["*.usres.example.com"]}, False),
        ("http://bücher.test", {"allow_hosts": ["bücher.test"]}, True),
        ("http://[2001:DB8::1]:9", {"allow_hosts": ["2001:db8::1"]}, True),
        ("http://[2001:db8::1]:9", {"allow_hosts": ["[2001:db8::1]:9"]}, True),
    ],
)
def test_which_hosts_pass(pact, url, options, passes):
    with contextlib.suppress(pypact.NetworkBlocked), pact.intercept(**options):
        refused = is_refused(requests.get, url, timeout=1)

    assert refused is not passes


def test_a_block_with_an_app_or_a_fault_closes_the_network_too(pact):
    def app(environ, start_response):
        requests.get(TYPO, timeout=1)

    with (
        pytest.raises(pypact.PactError, match=f"GET {TYPO}/ was refused"),
        pact.intercept(app=app),
    ):
        requests.get(BASE, timeout=1)
    with (
        pytest.raises(pypact.NetworkBlocked),
        pact.intercept(fault=pypact.fault.read_timeout()),
    ):
        requests.get(TYPO, timeout=1)


def test_nested_blocks_add_what_they_allow(pact, tmp_path):
    other = pypact.Consumer("Web").has_pact_with("Other", pact_dir=tmp_path, port=1)

    for options, refused in (
        ({"allow_hosts": ["usres.example.com"]}, False),
        ({"block_network": False}, False),
        ({"block_network": True}, True),
    ):
        with (
            contextlib.suppress(pypact.NetworkBlocked),
            pact.intercept(),
            other.intercept(**options),
        ):
            assert is_refused(requests.get, TYPO, timeout=1) is refused


def test_calls_of_threads_that_were_started_before_the_block_pass(pact):
    with ThreadPoolExecutor(1) as older, ThreadPoolExecutor(1) as newer:
        older.submit(int).result()
        with contextlib.suppress(pypact.NetworkBlocked), pact.intercept():
            refused = [
                one.submit(is_refused, requests.get, TYPO, timeout=1).result()
                for one in (older, newer)
            ]
            own = contextvars.copy_context()
            of_test = older.submit(own.run, is_refused, requests.get, TYPO, timeout=1)
            refused.append(of_test.result())

    assert [False, True, True] == refused


def test_a_block_that_records_leaves_the_network_open(pact):
    with contextlib.suppress(pypact.PactError), pact.record(base_url="http://a.test"):
        assert not is_refused(requests.get, TYPO, timeout=1)


@pytest.mark.enable_socket
def test_a_connection_that_is_already_open_is_not_used(pact, client, server):
    """`localhost` is closed by `block_network=True`; before, it is open."""
    url = f"{server.base_url}/"
    client.request("GET", url)

    with (
        pytest.raises(pypact.NetworkBlocked),
        pact.intercept(block_network=True),
    ):
        client.request("GET", f"{BASE}/")
        client.request("GET", url)

    assert 1 == len(server.requests)


def test_a_connection_that_is_opened_first_is_refused_with_its_request(pact):
    connection = http.client.HTTPSConnection("usres.example.com")
    with (
        pytest.raises(
            pypact.NetworkBlocked, match=r"PUT https://usres\.example\.com/a\?b "
        ),
        pact.intercept(),
    ):
        connection.connect()
        connection.request("PUT", "/a?b")


@pytest.mark.enable_socket
def test_an_allowed_host_is_reached(pact, client, server):
    with pact.intercept(block_network=True, allow_hosts=["127.0.0.1"]):
        client.request("GET", f"{BASE}/")
        assert 404 == client.request("GET", f"{server.base_url}/").status


@pytest.mark.enable_socket
def test_this_machine_is_reached_by_default(pact, client, server):
    with pact.intercept():
        client.request("GET", f"{BASE}/")
        assert 404 == client.request("GET", f"{server.base_url}/").status


@pytest.mark.enable_socket
def test_a_client_is_intercepted_only_during_the_block(pact, client, server):
    """The same connection pool is used before, inside and after the block."""
    url = f"{server.base_url}/"
    mine = pypact.Consumer("Web").has_pact_with(
        "Loop", base_url=server.base_url, pact_dir=pact.pact_dir
    )
    mine.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")

    assert 404 == client.request("GET", url).status
    with mine.intercept():
        assert b"hi" == client.request("GET", url).content
        assert b"hi" == client.request("GET", url).content
    assert 404 == client.request("GET", url).status
    assert 2 == len(server.requests)


PROXY = "http://proxy.example.com:3128"


async def get_through_proxy(url):
    async with aiohttp.ClientSession() as session, session.get(url, proxy=PROXY):
        pass


THROUGH_PROXY = {
    "requests": lambda url: requests.get(
        url, proxies={"http": PROXY, "https": PROXY}, timeout=1
    ),
    "httpx": lambda url: httpx.get(url, proxy=PROXY, verify=False),
    "aiohttp": lambda url: asyncio.run(get_through_proxy(url)),
    "urllib": lambda url: urllib.request.build_opener(
        urllib.request.ProxyHandler({"http": PROXY, "https": PROXY})
    ).open(url, timeout=1),
}


@pytest.mark.parametrize("get", THROUGH_PROXY.values(), ids=THROUGH_PROXY)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_behind_a_proxy_the_host_of_the_url_decides(pact, get, scheme):
    url = f"{scheme}://usres.example.com/a"

    for hosts, passes in (
        (["usres.example.com"], True),
        (["proxy.example.com"], False),
    ):
        with (
            contextlib.suppress(pypact.NetworkBlocked),
            pact.intercept(allow_hosts=hosts),
        ):
            assert is_refused(get, url) is not passes


@pytest.mark.parametrize(
    "hosts",
    ["localhost", [""], ["http://a.b"], ["a.b/c"], ["a b"], ["a.*"], ["a:b"], [1], 5],
)
def test_what_is_not_a_host_cannot_be_allowed(pact, hosts):
    with pytest.raises(pypact.InvalidExpectation, match="allow_hosts"):
        pact.intercept(allow_hosts=hosts)


def test_only_booleans_block_the_network(pact):
    with pytest.raises(pypact.InvalidExpectation, match="block_network must be"):
        pact.intercept(block_network="no")


@pytest.fixture
def configure(pytester, monkeypatch):
    """Return a function that configures a session with only the plugin under test."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    return partial(pytester.parseconfigure, "-p", "pypact.pytest_plugin")


@pytest.mark.parametrize(
    ("options", "ini", "refused"),
    [
        ([], "", ["open.test", "shut.test"]),
        (["--pypact-allow-hosts=open.test,x.test"], "", ["shut.test"]),
        (["--pypact-allow-hosts=*"], "", []),
        (["--pypact-block-network"], "", ["open.test", "shut.test", "127.0.0.1"]),
        (["--pypact-block-network=false"], "pypact_block_network = true", []),
        ([], "pypact_block_network = false", []),
        (
            ["--pypact-allow-hosts=open.test"],
            "pypact_block_network = true",
            ["shut.test", "127.0.0.1"],
        ),
        ([], "pypact_allow_hosts = open.test shut.test", []),
    ],
)
def test_the_options_apply_to_every_block(
    pytester, configure, pact, options, ini, refused
):
    pytester.makeini(f"[pytest]\n{ini}")
    configure(*options)
    hosts = ["open.test", "shut.test", "127.0.0.1"]

    with pact.intercept():
        found = [host for host in hosts if claims.find_refusal("http", host, 1)]

    assert refused == found


def test_a_refusal_names_the_option(configure, pact):
    configure("--pypact-block-network")

    with (
        pytest.raises(
            pypact.NetworkBlocked, match=r"closed by .*, with --pypact-block-network"
        ),
        pact.intercept(),
    ):
        requests.get(TYPO, timeout=1)


def test_an_invalid_host_in_the_options_is_a_usage_error(configure):
    with pytest.raises(pytest.UsageError, match=r"'http://a\.test'"):
        configure("--pypact-allow-hosts=http://a.test")
