"""The HTTP server, called by http.client and by raw bytes."""

import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pypact
from pypact.model.http import Response
from pypact.server.http import HttpServer

pytestmark = pytest.mark.enable_socket


def echo(request, client):
    """Respond with the request as the app received it."""
    if request.path == "/slow":
        time.sleep(0.5)
    query = request.query.encoded()
    received = {
        "method": request.method,
        "target": request.path + (f"?{query}" if query else ""),
        "length": len(request.body.content),
        "lines": list(request.headers.lines()),
        "client": client,
    }
    lines = [("Content-Type", "application/json")]
    return Response.from_http(200, lines, json.dumps(received).encode())


@pytest.fixture
def server():
    server = HttpServer(echo, "localhost", 0, is_daemon=True)
    yield server
    server.close()


def raw(server, data, *, wait=5.0):
    """Send bytes, and read until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=wait) as one:
        one.sendall(data)
        found = b""
        while piece := one.recv(65536):
            found += piece
    return found


def test_a_connection_is_kept_for_the_next_request(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    for number in range(3):
        client.request("POST", f"/{number}", body=b"x" * number)
        answer = client.getresponse()
        assert number == json.loads(answer.read())["length"]
        sock = client.sock
        assert sock is not None
    client.close()


def test_both_loopback_addresses_are_served_and_no_other(server):
    for address in ("127.0.0.1", "::1"):
        with socket.create_connection((address, server.port), timeout=5):
            pass
    own = socket.gethostbyname(socket.gethostname())
    if not own.startswith("127."):
        with pytest.raises(OSError):
            socket.create_connection((own, server.port), timeout=5)


def test_the_chunks_of_a_body_are_joined(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    client.request("POST", "/", body=iter([b"abc", b"defg"]), encode_chunked=True)

    assert 7 == json.loads(client.getresponse().read())["length"]
    client.request("GET", "/next")
    assert "/next" == json.loads(client.getresponse().read())["target"]
    client.close()


def test_trailers_and_chunk_extensions_are_ignored(server):
    got = raw(
        server,
        b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
        b"Connection: close\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    )

    assert b'"length": 3' in got


def test_a_head_response_has_headers_and_no_body(server):
    got = raw(server, b"HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    head, _, body = got.partition(b"\r\n\r\n")
    assert b"" == body
    assert b"Content-Length: " in head
    assert b"Content-Length: 0" not in head


def test_any_method_is_accepted(server):
    got = raw(server, b"M-SEARCH / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert b'"method": "M-SEARCH"' in got


def test_an_expecting_client_gets_100_continue(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        one.sendall(
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
            b"Expect: 100-continue\r\nConnection: close\r\n\r\n"
        )
        assert one.recv(65536).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        one.sendall(b"ab")
        assert b"200 OK" in one.recv(65536)


def test_an_http_1_0_client_gets_a_response_and_a_closed_connection(server):
    got = raw(server, b"GET / HTTP/1.0\r\n\r\n")

    assert got.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"Connection: close" in got


@pytest.mark.parametrize(
    ("line", "target"),
    [
        (b"GET //a//b?x=%2F HTTP/1.1", "//a//b?x=%2F"),
        (b"GET http://elsewhere.test/a?b HTTP/1.1", "/a?b"),
        (b"OPTIONS * HTTP/1.1", "*"),
    ],
)
def test_the_target_reaches_the_app_as_it_was_sent(server, line, target):
    got = raw(server, line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")

    assert f'"target": "{target}"'.encode() in got


def test_header_lines_of_one_name_reach_the_app_one_by_one(server):
    got = raw(
        server,
        b"GET / HTTP/1.1\r\nHost: a\r\nX-a: 1\r\nx-A: 2\r\nConnection: close\r\n\r\n",
    )

    assert b'["X-a", "1"], ["X-a", "2"]' in got


@pytest.mark.parametrize(
    ("head", "status"),
    [
        (b"nonsense\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n", b"501"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n", b"414"),
        (b"GET / HTTP/1.1\r\nA: " + b"a" * 70000 + b"\r\n", b"431"),
    ],
)
def test_invalid_http_is_refused_and_the_server_keeps_running(server, head, status):
    assert status in raw(server, head + b"\r\n").split(b"\r\n")[0]
    assert b"200 OK" in raw(server, b"GET / HTTP/1.0\r\n\r\n")


def test_a_hundred_concurrent_connections_are_served(server):
    def ask(_number):
        client = http.client.HTTPConnection("localhost", server.port, timeout=30)
        client.request("GET", "/slow")
        status = client.getresponse().status
        client.close()
        return status

    begun = time.monotonic()
    with ThreadPoolExecutor(100) as pool:
        assert [200] * 100 == list(pool.map(ask, range(100)))
    assert time.monotonic() - begun < 20  # one after the other would take 50 s


def test_silent_clients_do_not_block_others(server):
    silent = [
        socket.create_connection(("127.0.0.1", server.port), timeout=5)
        for _ in range(50)
    ]
    assert b"200 OK" in raw(server, b"GET / HTTP/1.0\r\n\r\n")
    for one in silent:
        one.close()


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"POST / HT",
        b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\nabc",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"GET /slow HTTP/1.1\r\n\r\n",
    ],
)
def test_a_client_that_disconnects_does_not_stop_the_server(server, sent):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        one.sendall(sent)

    assert b"200 OK" in raw(server, b"GET / HTTP/1.0\r\n\r\n")


def test_closing_waits_for_a_running_request(server):
    answers = []

    def ask():
        answers.append(raw(server, b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n"))

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.2)
    server.close()
    thread.join()

    assert b"200 OK" in answers[0]
    assert b"Connection: close" in answers[0]


def test_closing_does_not_wait_for_idle_connections(server):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=5)
    client.request("GET", "/")
    client.getresponse().read()
    begun = time.monotonic()
    server.close()

    assert time.monotonic() - begun < 2
    client.close()
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", server.port), timeout=1)


def test_closing_twice_is_allowed(server):
    server.close()
    server.close()


def test_a_port_in_use_is_an_error():
    with pypact.MockServer(port=0) as first:
        problem = f"port {first.port} of localhost is already in use"
        with pytest.raises(pypact.ServerError, match=problem):
            pypact.MockServer(port=first.port)


@pytest.mark.parametrize("port", [-1, 65536, "8080", True])
def test_an_invalid_port_is_refused(port):
    with pytest.raises(pypact.ServerError, match="a port must be a number"):
        pypact.MockServer(port=port)


def test_an_unknown_host_is_an_error():
    with pytest.raises(pypact.ServerError, match="cannot listen on 203"):
        pypact.MockServer("203.0.113.1", 0)
