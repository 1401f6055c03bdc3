"""Requests of urllib3 while another tool has patched the methods of http.client.

Sentry and ddtrace do so: they add headers, and record the status of responses.
"""

import http.client

import pytest
import requests
import urllib3

from pypact.hooks.claims import FaultyResponse
from pypact.model.http import Response

URL = "https://users.test"


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


@pytest.fixture
def patch(monkeypatch):
    """Return a function that patches http.client, and the statuses that it records."""
    statuses = []

    def patch():
        putrequest = http.client.HTTPConnection.putrequest
        getresponse = http.client.HTTPConnection.getresponse

        def put(self, method, url, *args, **options):
            putrequest(self, method, url, *args, **options)
            self.putheader("X-Trace", "1")

        def get(self, *args, **options):
            found = getresponse(self, *args, **options)
            statuses.append(found.status)
            return found

        monkeypatch.setattr(http.client.HTTPConnection, "putrequest", put)
        monkeypatch.setattr(http.client.HTTPConnection, "getresponse", get)
        return statuses

    return patch


def read_traces(provider):
    return [request.headers.first("x-trace") for request in provider.requests]


def test_a_tool_that_patched_before_a_block_takes_part(patch, intercept):
    statuses = patch()
    provider = intercept(URL)
    provider.script = [make_response(200, b"body"), make_response(404)]
    session = requests.Session()
    found = [session.get(URL, timeout=5) for _ in range(2)]

    assert [(200, b"body"), (404, b"")] == [(r.status_code, r.content) for r in found]
    assert [200, 404] == statuses
    assert ["1", "1"] == read_traces(provider)


def test_a_tool_that_patches_in_a_block_takes_part(patch, intercept):
    provider = intercept(URL)
    urllib3.request("GET", URL)
    statuses = patch()
    urllib3.request("GET", URL)

    assert [404] == statuses
    assert [None, "1"] == read_traces(provider)


def test_a_body_is_read_after_a_continue(patch, intercept):
    patch()
    provider = intercept(URL)
    lines = {"Expect": "100-continue"}
    urllib3.request("PUT", URL, body=b"body", headers=lines)

    assert b"body" == provider.requests[0].body.content


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("connect_timeout", requests.exceptions.ConnectTimeout),
        ("name_not_found", requests.exceptions.ConnectionError),
        ("read_timeout", requests.exceptions.ReadTimeout),
        ("connection_reset", requests.exceptions.ConnectionError),
        ("truncated_body", requests.exceptions.ChunkedEncodingError),
    ],
)
def test_faults_are_the_same(patch, intercept, kind, error):
    patch()
    intercept(URL).script = [FaultyResponse(kind, make_response(200, b"0123456789"))]

    with pytest.raises(error):
        requests.get(URL, timeout=5)


def test_a_proxy_is_not_contacted(patch, intercept):
    patch()
    provider = intercept(URL)
    proxies = {"https": "http://proxy.test:3128"}
    found = requests.get(f"{URL}/users", proxies=proxies, timeout=5)

    assert (404, ["1"]) == (found.status_code, read_traces(provider))


@pytest.mark.enable_socket
def test_the_pool_opens_a_real_connection_after_the_block(patch, intercept, server):
    patch()
    provider = intercept(server.base_url)
    provider.script = [make_response(200, b"intercepted")]
    server.script = [make_response(200, b"real")]
    with urllib3.PoolManager() as pools:
        inside = pools.request("GET", server.base_url).data
        provider.leave()
        after = pools.request("GET", server.base_url).data

    assert (b"intercepted", b"real") == (inside, after)
