"""Blocking of undeclared requests, for every client family."""

import contextlib

import pytest
import urllib3

import pypact

BASE = "http://users.example.com"
OTHER = "http://other.example.com"


@pytest.fixture
def pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")
    return pact


def test_an_undeclared_call_is_refused_at_its_caller(pact, client):
    with (
        pytest.raises(pypact.NetworkBlocked) as caught,
        pact.intercept(block_network=True),
    ):
        assert b"hi" == client.request("GET", f"{BASE}/").content
        client.request("GET", f"{OTHER}/x?y=1")

    text = str(caught.value)
    assert f"GET {OTHER}/x?y=1" in text
    assert "client_families.py:" in text or "test_network.py:" in text
    assert "allow_hosts=['other.example.com']" in text


def test_a_swallowed_refusal_fails_the_block_at_its_end(pact, client):
    with (
        pytest.raises(pypact.UnexpectedRequest, match=r"other\.example\.com"),
        pact.intercept(block_network=True),
    ):
        client.request("GET", f"{BASE}/")
        with contextlib.suppress(pypact.NetworkBlocked):
            client.request("GET", f"{OTHER}/")


@pytest.mark.enable_socket
def test_an_allowed_host_is_reached(pact, client, server):
    with pact.intercept(block_network=True, allow_hosts=["127.0.0.1"]):
        client.request("GET", f"{BASE}/")
        assert 404 == client.request("GET", f"{server.base_url}/").status


@pytest.mark.enable_socket
def test_other_origins_pass_by_default(pact, client, server):
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


def test_no_proxy_is_contacted_for_a_refused_request(pact):
    with (
        pytest.raises(pypact.NetworkBlocked),
        pact.intercept(block_network=True),
        urllib3.ProxyManager("http://proxy.example.com:3128") as pools,
    ):
        pools.request("GET", "https://other.example.com/", retries=False)


def test_allowing_without_blocking_is_refused(pact):
    with pytest.raises(pypact.InvalidExpectation):
        pact.intercept(allow_hosts=["localhost"])


def test_a_single_string_is_not_a_list_of_hosts(pact):
    with pytest.raises(pypact.InvalidExpectation):
        pact.intercept(block_network=True, allow_hosts="localhost")


def test_the_option_blocks_in_every_block(pytester):
    pytester.makepyfile(
        """
        import pypact, pytest, requests

        pact = pypact.Consumer("Web").has_pact_with("Users", base_url="http://u.test")

        @pytest.mark.parametrize("host", ["open.test", "shut.test"])
        def test_one(host):
            pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200)
            with pact.intercept():
                requests.get("http://u.test", timeout=1)
                with pytest.raises(requests.ConnectionError):
                    requests.get(f"http://{host}:9", timeout=1)
        """
    )
    run = pytester.runpytest_subprocess(
        "--pypact-block-network", "--pypact-allow-hosts=open.test"
    )

    run.assert_outcomes(passed=1, failed=1)
    run.stdout.fnmatch_lines(["*http://shut.test:9/*would go to the network*"])
