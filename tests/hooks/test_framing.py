"""Bodies and their framing: Content-Length, chunks, and contradictions between them.

Responses run twice, the second time against a real server on loopback.
"""

import asyncio
import http.client
import time

import aiohttp
import h11
import httpcore
import httpx
import pytest
import requests
import urllib3
from client_families import Aiohttp, HttpClient, Requests, UrllibRequest

from pypact.errors import UnexpectedRequest
from pypact.hooks import claims
from pypact.hooks.claims import FaultyResponse
from pypact.hooks.wire import build_wire_response, read_framed_body
from pypact.model.http import Response

CHUNKED = ("Transfer-Encoding", "chunked")
CLOSE = ("Connection", "close")


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


@pytest.fixture
def send(provider, client):
    """Return a function that gets the reply to a request, for a response."""

    def send(response, method="GET"):
        provider.script = [response]
        return client.request(method, provider.base_url)

    return send


def test_the_response_to_head_has_no_chunks(send):
    reply = send(make_response(200, b"body", [CHUNKED]), "HEAD")

    assert (200, b"", ["chunked"]) == (
        reply.status,
        reply.content,
        reply.all("transfer-encoding"),
    )


def test_the_response_to_head_has_the_length_of_the_body(send):
    assert ["4"] == send(make_response(200, b"body"), "HEAD").all("content-length")


def test_chunks_win_over_a_length(send, client):
    if isinstance(client, Aiohttp):
        pytest.skip("aiohttp refuses both")
    lines = [("Content-Length", "2"), CHUNKED, CLOSE]

    assert b"0123456789" == send(make_response(200, b"0123456789", lines)).content


def test_unusual_header_names_arrive(send):
    reply = send(make_response(200, b"body", [("X_Underscore", "1")]))

    assert ["1"] == reply.all("x_underscore")


def test_content_after_the_declared_length_is_not_part_of_the_body(provider, client):
    if (
        isinstance(client.errors, dict)
        and aiohttp.ClientOSError in client.errors.values()
    ):
        pytest.skip("aiohttp refuses the response, see below")
    provider.script = [make_response(200, b"longer", [("Content-Length", "4"), CLOSE])]

    assert b"long" == client.request("GET", provider.base_url).content


def test_a_length_of_too_many_digits_is_left_to_the_client():
    lines = [("Content-Length", "9" * 5000)]
    framed = build_wire_response(make_response(200, b"body", lines), "GET")

    assert (0, False) == (framed.missing, framed.is_plain)
    with pytest.raises(ValueError, match="its Content-Length is not a number"):
        read_framed_body(lines, b"body")


def test_aiohttp_refuses_content_after_the_end(intercept):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as found:
            return await found.read()

    url = "http://users.test"
    response = make_response(200, b"longer", [("Content-Length", "4"), CLOSE])
    intercept(url).script = [response]

    with pytest.raises(aiohttp.ClientResponseError, match="Connection: close"):
        asyncio.run(get())


@pytest.mark.parametrize("lines", [[CHUNKED], [("Content-Length", "10")], []])
def test_a_truncated_body_breaks_off(intercept, client, lines):
    provider = intercept("http://users.test")
    response = make_response(200, b"0123456789", lines)
    provider.script = [FaultyResponse("truncated_body", response)]

    with pytest.raises(client.errors["truncated_body"]):
        client.request("GET", provider.base_url)


def test_slow_chunks_time_out(intercept, client):
    if isinstance(client, (Requests, UrllibRequest)):
        pytest.skip("the test of faults covers them")
    provider = intercept("http://users.test")
    client.timeout = 0.01
    provider.script = [
        FaultyResponse("slow_body", make_response(200, b"body", [CHUNKED]), 60)
    ]
    before = time.monotonic()

    with pytest.raises(client.errors["slow_body"]):
        client.request("GET", provider.base_url)

    assert time.monotonic() - before < 30


@pytest.mark.parametrize("status", [204, 304])
def test_chunks_that_must_not_come_are_waited_for(intercept, status):
    provider = intercept("http://users.test")
    provider.script = [make_response(status, b"", [CHUNKED])]

    with pytest.raises(requests.ConnectionError, match="Read timed out"):
        requests.get(provider.base_url, timeout=5)


def test_two_lengths_are_refused_by_clients_that_check(provider):
    lines = [("Content-Length", "4"), ("Content-Length", "5"), CLOSE]
    provider.script = [make_response(200, b"body", lines)]

    with pytest.raises(httpx.RemoteProtocolError, match="conflicting Content-Length"):
        httpx.get(provider.base_url, verify=False, timeout=5)


# Requests


@pytest.fixture(params=[Requests, HttpClient], ids=["requests", "http.client"])
def plain_client(request):
    with request.param() as client:
        yield client


def in_pieces():
    yield b"ab"
    yield b"cd"


def test_a_body_that_is_too_long_is_cut(provider, plain_client):
    if isinstance(plain_client, Requests):
        pytest.skip("requests replaces a wrong length")
    provider.script = [make_response(200, b"fine", [CLOSE])]
    lines = {"Content-Length": "2"}
    reply = plain_client.request("POST", provider.base_url, headers=lines, body=b"abcd")

    assert (b"fine", b"ab") == (reply.content, provider.requests[0].body.content)


def test_urllib3_cuts_a_body_that_is_too_long(provider):
    provider.script = [make_response(200, b"fine", [CLOSE])]
    lines = {"Content-Length": "2"}
    urllib3.request("POST", provider.base_url, body=b"abcd", headers=lines)

    assert b"ab" == provider.requests[0].body.content


@pytest.mark.parametrize(
    ("lines", "body", "declared"),
    [
        ({"Content-Length": "9"}, b"abcd", "Content-Length: 9"),
        ({"Content-Length": "3"}, None, "Content-Length: 3"),
        ({"Transfer-Encoding": "chunked", "Content-Length": "4"}, b"abcd", "chunked"),
    ],
)
def test_an_incomplete_request_times_out(intercept, lines, body, declared):
    provider = intercept("http://users.test")
    with pytest.raises(urllib3.exceptions.ReadTimeoutError):
        urllib3.request(
            "POST", provider.base_url, body=body, headers=lines, retries=False
        )
    connection = http.client.HTTPConnection("users.test")
    connection.request("POST", "/", body=body, headers=lines)
    with pytest.raises(TimeoutError):
        connection.getresponse()

    assert [] == provider.requests
    for _, error in provider.refused:
        assert "it is incomplete" in str(error)
        assert declared in str(error)
    assert 2 == len(provider.refused)


def test_requests_times_out_if_it_sends_both_framings(intercept):
    provider = intercept("http://users.test")
    lines = {"Content-Length": "4"}

    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.post(provider.base_url, data=in_pieces(), headers=lines, timeout=5)


INVALID = [
    ({"Transfer-Encoding": "chunked"}, b"zz\r\n", "its body is not chunked"),
    ({"Transfer-Encoding": "gzip"}, b"abcd", "its Transfer-Encoding is not 'chunked'"),
    ({"Content-Length": "four"}, b"abcd", "its Content-Length is not a number"),
    ({"Bad Name": "1"}, b"abcd", "'Bad Name' is not a valid header name"),
]


@pytest.mark.parametrize(("lines", "body", "problem"), INVALID)
def test_a_request_that_no_server_accepts_is_refused(intercept, lines, body, problem):
    provider = intercept("http://users.test")
    connection = http.client.HTTPConnection("users.test")

    with pytest.raises(UnexpectedRequest, match=problem):
        connection.request("POST", "/", body=body, headers=lines)

    assert [problem in str(error) for _, error in provider.refused] == [True]


@pytest.mark.parametrize(("lines", "body", "problem"), INVALID[1:])
def test_urllib3_refuses_it_too(intercept, lines, body, problem):
    provider = intercept("http://users.test")

    with pytest.raises(UnexpectedRequest, match=problem):
        urllib3.request("POST", provider.base_url, body=body, headers=lines)

    assert 1 == len(provider.refused)


def test_aiohttp_refuses_it_too(intercept):
    async def post():
        async with aiohttp.ClientSession() as session:
            await session.post(provider.base_url, headers={"Bad Name": "1"})

    provider = intercept("http://users.test")

    with pytest.raises(UnexpectedRequest, match="not a valid header name"):
        asyncio.run(post())


@pytest.mark.parametrize(
    ("lines", "body", "problem"),
    [
        ({"Content-Length": "9"}, b"abcd", "Too little data"),
        ({"Content-Length": "2"}, b"abcd", "Too much data"),
        ({"Bad Name": "1"}, b"", "Illegal header name"),
        ({"X": " 1"}, b"", "Illegal header value"),
    ],
)
def test_httpx_refuses_to_send_it(intercept, lines, body, problem):
    provider = intercept("http://users.test")

    # httpcore does not translate all errors of h11.
    with pytest.raises(
        (httpx.LocalProtocolError, h11.LocalProtocolError), match=problem
    ):
        httpx.post(provider.base_url, content=body, headers=lines, verify=False)

    assert [] == provider.requests


def test_httpx_reports_the_events_of_a_connection(provider):
    provider.script = [make_response(200, b"body")]
    names = []
    extensions = {"trace": lambda name, _: names.append(name)}
    with httpx.Client(verify=False) as client:
        found = client.get(provider.base_url, extensions=extensions)

    assert "body" == found.text
    assert [
        "connection.connect_tcp",
        "http11.send_request_headers",
        "http11.send_request_body",
        "http11.receive_response_headers",
        "http11.receive_response_body",
        "http11.response_closed",
    ] == [name.removesuffix(".started") for name in names if name.endswith("started")]


@pytest.mark.parametrize("lines", [[], [CHUNKED]], ids=["plain", "chunked"])
def test_httpx_has_a_network_stream(intercept, lines):
    intercept().script = [make_response(200, b"body", lines)]
    with httpx.Client(verify=False) as client:
        found = client.get("https://users.test")
        stream = found.extensions["network_stream"]

    assert isinstance(stream, httpcore.NetworkStream)
    assert 443 == stream.get_extra_info("server_addr")[1]
    assert 2 == len(stream.get_extra_info("client_addr"))
    assert "TLSv1.3" == stream.get_extra_info("ssl_object").version()
    assert stream.get_extra_info("socket") is stream.get_extra_info("ssl_object")
    assert stream.get_extra_info("unknown") is None


def test_aiohttp_has_a_peer(intercept):
    async def get():
        async with aiohttp.ClientSession() as session, session.get(url) as found:
            transport = found.connection.transport
            names = ("peername", "ssl_object", "unknown")
            return [transport.get_extra_info(name) for name in names]

    url = "https://users.test"
    response = make_response(200, b"0" * 100_000)
    intercept(url).script = [FaultyResponse("slow_body", response, 0.01)]
    peer, tls, unknown = asyncio.run(get())

    assert (443, "TLSv1.3", None) == (peer[1], tls.version(), unknown)


def test_a_claim_that_matches_no_prefix_records_an_invalid_request(intercept):
    provider = intercept("http://users.test/api")
    owner = claims.find_claimed_origin("http", "users.test", 80)
    error = owner.record_invalid("GET", "/other", "it is wrong", caller="here:1")

    assert "GET http://users.test/other is not a valid" in str(error)
    assert [error] == [error for _, error in provider.refused]
