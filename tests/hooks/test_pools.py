"""Bare httpcore, handshakes of WebSockets, and transports that were saved before."""

import asyncio

import aiohttp
import httpcore
import httpcore2
import httpx
import pytest
import vcr

import pypact

BASE = "https://users.example.com"
LIBRARIES = pytest.mark.parametrize("library", [httpcore, httpcore2])


@pytest.fixture
def pact(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request(
        "POST", "/a", query="b=1", headers={"X": "y"}, body=b"in"
    ).will_respond_with(201, headers={"Y": "z"}, body="hi")
    return pact


ARGUMENTS = {
    "method": "POST",
    "url": f"{BASE}/a?b=1",
    "headers": {"X": "y"},
    "content": b"in",
}


@LIBRARIES
def test_a_pool_is_answered(pact, library):
    with pact.intercept(), library.ConnectionPool() as pool:
        response = pool.request(**ARGUMENTS)

    assert (response.status, response.content) == (201, b"hi")
    assert (b"Y", b"z") in response.headers


@LIBRARIES
def test_an_asynchronous_pool_is_answered(pact, library):
    async def send():
        async with library.AsyncConnectionPool() as pool:
            return await pool.request(**ARGUMENTS)

    with pact.intercept():
        response = asyncio.run(send())

    assert (response.status, response.content) == (201, b"hi")


@LIBRARIES
@pytest.mark.parametrize(
    ("fault", "name"),
    [
        (pypact.fault.connect_timeout(), "ConnectTimeout"),
        (pypact.fault.connection_reset(), "ReadError"),
        (pypact.fault.truncated_body(), "RemoteProtocolError"),
    ],
)
def test_a_fault_is_the_error_of_the_library(pact, library, fault, name):
    with (
        pact.intercept(fault=fault),
        library.ConnectionPool() as pool,
        pytest.raises(getattr(library, name)),
    ):
        pool.request(**ARGUMENTS)


@LIBRARIES
def test_a_pool_with_a_unix_socket_is_another_server(pact, library):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"
    backend = library.MockBackend([head])

    with (
        pytest.raises(pypact.errors.MissingRequests),
        pact.intercept(),
        library.ConnectionPool(uds="x", network_backend=backend) as pool,
    ):
        response = pool.request(**ARGUMENTS)

    assert response.content == b"other"


OTHER_SERVER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"


@pytest.mark.parametrize("options", [{}, {"block_network": True}])
@pytest.mark.parametrize("host", ["users.example.com", "docker"])
def test_a_transport_with_a_unix_socket_is_another_server(tmp_path, host, options):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url="http://users.example.com", pact_dir=tmp_path
    )
    plain = httpx.HTTPTransport(uds="x")
    plain._pool._network_backend = httpcore.MockBackend([OTHER_SERVER])
    asynchronous = httpx.AsyncHTTPTransport(uds="x")
    asynchronous._pool._network_backend = httpcore.AsyncMockBackend([OTHER_SERVER])

    async def send():
        async with httpx.AsyncClient(transport=asynchronous) as client:
            return await client.get(f"http://{host}/")

    with pact.intercept(**options), httpx.Client(transport=plain) as client:
        assert client.get(f"http://{host}/").text == "other"
        assert asyncio.run(send()).text == "other"


def test_a_cassette_inside_of_a_block_records_what_the_pact_answers(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path / "pacts"
    )
    pact.upon_receiving("x").with_request("GET", "/").will_respond_with(200, body="hi")
    cassette = tmp_path / "one.yaml"

    with pact.intercept(), vcr.use_cassette(str(cassette)):
        text = httpx.get(f"{BASE}/", verify=False).text

    assert text == "hi"
    assert "users.example.com" in cassette.read_text(encoding="utf-8")


def test_the_handshake_of_a_websocket_is_answered(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with(
        "Users", base_url=BASE, pact_dir=tmp_path
    )
    pact.upon_receiving("x").with_request("GET", "/ws").will_respond_with(404)

    async def shake_hands():
        async with aiohttp.ClientSession() as session:
            await session.ws_connect(f"{BASE.replace('http', 'ws')}/ws")

    with pact.intercept(), pytest.raises(aiohttp.WSServerHandshakeError) as error:
        asyncio.run(shake_hands())

    assert error.value.status == 404


def test_an_unexpected_handshake_names_what_is_not_served(pact):
    async def shake_hands():
        async with aiohttp.ClientSession() as session:
            await session.ws_connect(f"{BASE.replace('http', 'ws')}/ws")

    with pytest.raises(pypact.errors.UnexpectedRequest) as error, pact.intercept():
        asyncio.run(shake_hands())

    assert "WebSocket frames are not served" in str(error.value)
