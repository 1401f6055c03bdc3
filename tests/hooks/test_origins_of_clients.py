"""Forms of an origin, and proxies, for every client family."""

import asyncio
import urllib.request
import warnings

import aiohttp
import httpx
import httpx2
import pytest
import requests
import urllib3

import pypact

PROXY = "http://proxy.test:3128"


@pytest.fixture
def make(tmp_path):
    def make(base_url):
        pact = pypact.Consumer("Web").has_pact_with(
            "Users", base_url=base_url, pact_dir=tmp_path
        )
        (
            pact.upon_receiving("x")
            .with_request("GET", "/user")
            .will_respond_with(200, body="hi")
        )
        return pact

    return make


@pytest.mark.parametrize(
    ("base_url", "url"),
    [
        ("http://users.test", "http://users.test:80/user"),
        ("http://users.test:80", "http://users.test/user"),
        ("http://users.test:8080/", "http://users.test:8080/user"),
        ("http://Users.TEST", "http://USERS.test/user"),
        ("http://users.test", "http://users.test./user"),
        ("http://[::1]:8080", "http://[::1]:8080/user"),
        ("http://[0:0::1]", "http://[::1]/user"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/user"),
        ("http://users.test/api/v1/", "http://users.test/api/v1/user"),
    ],
)
def test_an_origin_is_found(make, client, base_url, url):
    with make(base_url).intercept():
        assert b"hi" == client.request("GET", url).content


def test_a_request_outside_of_the_prefix_is_refused(make, client):
    with (
        pytest.raises(pypact.UnexpectedRequest),
        make("http://users.test/api").intercept(),
    ):
        client.request("GET", "http://users.test/user")


@pytest.fixture
def proxy_variables(monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, PROXY)
        monkeypatch.setenv(name.upper(), PROXY)


def by_aiohttp(url, **options):
    async def run():
        async with (
            aiohttp.ClientSession(trust_env=True) as session,
            session.get(url, **options) as found,
        ):
            return await found.text()

    return asyncio.run(run())


def by_httpx_async(url):
    async def run():
        async with httpx.AsyncClient(verify=False) as client:
            return (await client.get(url)).text

    return asyncio.run(run())


FROM_ENVIRONMENT = {
    "requests": lambda url: requests.get(url, timeout=5).text,
    "httpx": lambda url: httpx.get(url, verify=False).text,
    "httpx async": by_httpx_async,
    "httpx2": lambda url: httpx2.get(url, verify=False).text,
    "aiohttp": by_aiohttp,
    "urllib": lambda url: urllib.request.urlopen(url, timeout=5).read().decode(),
}
BY_HAND = {
    "requests": lambda url: requests.get(url, proxies={"all": PROXY}, timeout=5).text,
    "urllib3": lambda url: (
        urllib3.ProxyManager(PROXY).request("GET", url).data.decode()
    ),
    "httpx": lambda url: httpx.Client(proxy=PROXY, verify=False).get(url).text,
    "aiohttp": lambda url: by_aiohttp(url, proxy=PROXY),
    "urllib": lambda url: (
        urllib.request.build_opener(
            urllib.request.ProxyHandler({"http": PROXY, "https": PROXY})
        )
        .open(url, timeout=5)
        .read()
        .decode()
    ),
}


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", FROM_ENVIRONMENT)
def test_a_proxy_from_the_environment_is_not_contacted(
    make, proxy_variables, scheme, name
):
    with make(f"{scheme}://users.test/api").intercept():
        assert "hi" == FROM_ENVIRONMENT[name](f"{scheme}://users.test/api/user")


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("name", BY_HAND)
def test_a_proxy_passed_explicitly_is_not_contacted(make, scheme, name):
    with make(f"{scheme}://users.test/api").intercept():
        assert "hi" == BY_HAND[name](f"{scheme}://users.test/api/user")


def test_userinfo_is_sent_as_credentials(make):
    with make("https://me:secret@users.test").intercept() as calls:
        requests.get("https://me:secret@users.test/user", timeout=5)
        httpx.get("https://me:secret@users.test/user", verify=False)
        by_aiohttp("https://me:secret@users.test/user")

    found = {call.request.headers.first("authorization") for call in calls}
    assert {"Basic bWU6c2VjcmV0"} == found


def test_unverified_https_gives_no_warning(make):
    with warnings.catch_warnings(), make("https://users.test").intercept():
        warnings.simplefilter("error")
        requests.get("https://users.test/user", verify=False, timeout=5)
        httpx.get("https://users.test/user", verify=False)
        by_aiohttp("https://users.test/user", ssl=False)


def test_an_international_name_is_found(make):
    with make("https://müller.test").intercept() as calls:
        requests.get("https://müller.test/user", timeout=5)
        httpx.get("https://müller.test/user", verify=False)
        by_aiohttp("https://müller.test/user")

    assert 3 == len(calls)
