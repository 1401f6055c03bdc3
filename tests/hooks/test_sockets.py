"""What clients read from the connections, sockets and files behind a response.

Most tests run twice, the second time against a real server on loopback.
"""

import http.client
import select
import socket
import ssl
from urllib.parse import urlsplit

import pytest
import requests
import urllib3

from pypact.hooks.sockets import PEER_ADDRESS
from pypact.model.http import Response


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


CHUNKED = [("Transfer-Encoding", "chunked")]


@pytest.fixture
def pools():
    with urllib3.PoolManager() as pools:
        yield pools


@pytest.fixture
def fetch(provider, pools):
    """Return a function that requests a response and leaves its content unread."""

    def fetch(body=b"0123456789", headers=(), status=200, method="GET"):
        provider.script = [make_response(status, body, headers)]
        return pools.request(method, provider.base_url, preload_content=False)

    return fetch


@pytest.fixture
def connection(provider):
    parts = urlsplit(provider.base_url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=2)
    provider.script = [make_response(200, b"0123456789")]
    yield connection
    connection.close()


def test_urllib3_wraps_a_response_of_http_client(fetch):
    found = fetch(headers=[("X-One", "1")])
    original = found._original_response

    assert isinstance(original, http.client.HTTPResponse)
    assert (200, 200, "OK", 11) == (
        original.status,
        original.code,
        original.reason,
        original.version,
    )
    assert (10, False, False) == (
        original.length,
        original.chunked,
        original.isclosed(),
    )
    assert "1" == original.getheader("x-one") == original.headers["X-One"]
    assert isinstance(original.msg, http.client.HTTPMessage)
    assert b"0123456789" == original.read()
    assert (0, True) == (original.length, original.isclosed())
    found.close()


def test_read_chunked_yields_the_chunks(fetch):
    found = fetch(headers=CHUNKED)

    assert found.supports_chunked_reads()
    assert [b"0123", b"4567", b"89"] == list(found.read_chunked(4))


def test_the_rest_of_a_chunk_is_read_as_docker_reads_it(fetch):
    found = fetch(headers=CHUNKED)
    first = found.read(1)
    rest = found.read(found._fp.chunk_left)

    assert (b"0", b"123456789", b"") == (first, rest, found.read(1))


def test_a_watch_streams_what_is_sent(fetch):
    found = fetch(b'{"a":1}\n{"b":2}\n', CHUNKED)
    pieces = found.stream(amt=None, decode_content=False)

    assert b'{"a":1}\n{"b":2}\n' == b"".join(pieces)


def test_the_descriptor_of_a_response_is_readable(intercept):
    raw = open_stream(intercept, "http://users.test")
    readable, _, _ = select.select([raw], [], [], 1)

    assert [raw] == readable
    assert raw.fileno() == raw._fp.fp.fileno() == raw._fp.fp.raw.fileno()


def test_the_raw_file_continues_the_response(fetch):
    found = fetch()
    raw = found._fp.fp.raw
    found._fp.fp.readline(4)

    assert isinstance(raw, socket.SocketIO)
    assert (True, False, "rb") == (raw.readable(), raw.writable(), raw.mode)
    assert b"45" == found._fp.fp.peek(2)[:2]
    found.close()


@pytest.mark.skipif(
    not hasattr(urllib3.HTTPResponse, "shutdown"),
    reason="urllib3 2.3 has introduced it",
)
def test_shutdown_ends_a_response(fetch):
    found = fetch()
    found.shutdown()

    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        found._fp.fp.read()
        found.read()


def test_the_socket_of_a_response_has_a_peer_and_options(fetch, provider):
    found = fetch()
    sock = found.connection.sock
    port = urlsplit(provider.base_url).port or 80

    assert port == sock.getpeername()[1]
    assert 2 == len(sock.getsockname())
    assert socket.AF_INET == sock.family
    assert 0 != sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert 0 == sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    assert b"\1\0\0\0" == sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 4)
    sock.settimeout(3)
    assert (3, 3, True) == (sock.gettimeout(), sock.timeout, sock.getblocking())
    assert not hasattr(sock, "getpeercert")
    found.close()


def test_a_response_that_was_released_unread_leaves_the_pool(fetch):
    fetch().release_conn()

    assert b"next" == fetch(b"next").data


def test_reading_a_response_detaches_its_socket(intercept, pools):
    intercept("http://users.test").script = [make_response(200, b"body")]
    found = pools.request("GET", "http://users.test", preload_content=False)
    connection = found.connection
    found.read()

    assert connection.sock is None


def test_a_socket_of_http_client_is_there_before_and_after(connection):
    connection.connect()
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    connection.request("GET", "/")
    found = connection.getresponse()
    peer = connection.sock.getpeername()

    assert b"0123456789" == found.read()
    assert peer == connection.sock.getpeername()


@pytest.mark.enable_socket
def test_a_connection_used_in_a_block_serves_a_request_after_it(
    intercept, server, connection_to
):
    provider = intercept(server.base_url)
    provider.script = [make_response(200, b"intercepted")]
    server.script = [make_response(200, b"real")]
    connection = connection_to(server.base_url)
    connection.request("GET", "/")
    inside = connection.getresponse().read()
    provider.leave()
    connection.request("GET", "/")
    after = connection.getresponse().read()

    assert (b"intercepted", b"real") == (inside, after)


@pytest.fixture
def connection_to():
    opened = []

    def connect(base_url):
        parts = urlsplit(base_url)
        opened.append(http.client.HTTPConnection(parts.hostname, parts.port, timeout=2))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


def open_stream(intercept, base_url):
    intercept(base_url).script = [make_response(200, b"body")]
    return requests.get(base_url, stream=True, timeout=5).raw


def test_a_response_over_https_has_a_tls_session(intercept):
    raw = open_stream(intercept, "https://users.test")
    sock = raw.connection.sock
    certificate = sock.getpeercert()

    assert "TLSv1.3" == sock.version()
    assert ("TLS_AES_256_GCM_SHA384", "TLSv1.3", 256) == sock.cipher()
    assert ("http/1.1", "users.test") == (
        sock.selected_alpn_protocol(),
        sock.server_hostname,
    )
    assert (("DNS", "users.test"),) == certificate["subjectAltName"]
    assert ssl.cert_time_to_seconds(certificate["notAfter"]) > 0
    assert ssl.DER_cert_to_PEM_cert(sock.getpeercert(binary_form=True))
    assert isinstance(sock.context, ssl.SSLContext)
    assert (PEER_ADDRESS, 443) == sock.getpeername()


def test_the_certificate_is_found_behind_the_raw_file(intercept):
    raw = open_stream(intercept, "https://users.test")

    assert raw._fp.fp.raw._sock.getpeercert(True).startswith(b"0\x82")


@pytest.mark.parametrize(
    ("host", "peer"),
    [
        ("localhost", ("127.0.0.1", 80)),
        ("10.0.0.7:8080", ("10.0.0.7", 8080)),
        ("[::1]", ("::1", 80, 0, 0)),
    ],
)
def test_the_peer_of_an_address_is_that_address(intercept, host, peer):
    raw = open_stream(intercept, f"http://{host}")
    sock = raw.connection.sock

    assert peer == sock.getpeername()
