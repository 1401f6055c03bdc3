"""The HTTP server, called by http.client and by raw bytes."""

import contextlib
import errno
import http.client
import json
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

import pypact
from pypact.model.http import Response
from pypact.server import http as http_server
from pypact.server.http import HttpServer
from pypact.server.parsing import Limits

pytestmark = pytest.mark.enable_socket


SLOW = 0.2  # seconds
RUNNING = threading.Event()
MEETING = threading.Barrier(100)


def echo(request, client):
    """Respond with the request as the app received it."""
    if request.path == "/slow":
        RUNNING.set()
        time.sleep(SLOW)
    if request.path == "/meet":
        MEETING.wait(60)
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


def test_the_host_of_a_target_replaces_the_host_header(server):
    got = raw(
        server,
        b"GET http://b.test:81/ HTTP/1.1\r\nhost: a\r\nConnection: close\r\n\r\n",
    )

    assert b'["host", "b.test:81"]' in got


def test_header_lines_of_one_name_reach_the_app_one_by_one(server):
    got = raw(
        server,
        b"GET / HTTP/1.1\r\nHost: a\r\nX-a: 1\r\nx-A: 2\r\nConnection: close\r\n\r\n",
    )

    assert b'["X-a", "1"], ["X-a", "2"]' in got


HOST = b"Host: a\r\n"
GET = b"GET / HTTP/1.1\r\nHost: a\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
LARGEST = 1000
"""The limit of the server in these tests."""


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        # Request line.
        (b"nonsense\r\n\r\n", 400),
        (b"\r\n" * 9 + GET + b"\r\n", 400),
        (b"GET /\r\n" + HOST + b"\r\n", 400),
        (b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n", 400),
        (b" GET / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /a b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GE(T / HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / http/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/1.10\r\n" + HOST + b"\r\n", 400),
        (b"GET / HTTP/2.0\r\n" + HOST + b"\r\n", 505),
        (b"GET /\0 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /\r HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET /" + b"a" * 70000 + b" HTTP/1.1\r\n\r\n", 414),
        (b"A" * 70000, 414),
        # Target.
        (b"GET a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET * HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET ?a=b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://[ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://[a/b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET ftp://a/b HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http:///a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://a:65536/ HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://[::::]/a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"GET http://b[@[::1]/a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"CONNECT /a HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        (b"CONNECT [1.2.3]:80 HTTP/1.1\r\n" + HOST + b"\r\n", 400),
        # Header lines.
        (GET + b"no colon\r\n\r\n", 400),
        (GET + b": no name\r\n\r\n", 400),
        (GET + b"A : b\r\n\r\n", 400),
        (GET + b"A b: c\r\n\r\n", 400),
        (GET + b"A\xff: c\r\n\r\n", 400),
        (GET + b"A: b\r\n folded\r\n\r\n", 400),
        (GET + b"A: b\r\n\tfolded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n Host: a\r\n\r\n", 400),
        (GET + b"A: b\rc\r\n\r\n", 400),
        (GET + b"A: b\r\r\n\r\n", 400),
        (GET + b"A: b\0c\r\n\r\n", 400),
        (GET + b"A\0: b\r\n\r\n", 400),
        (GET + b"A: b\x0bc\r\n\r\n", 400),
        (GET + b"A: b\x7fc\r\n\r\n", 400),
        (GET + b"A: " + b"a" * 70000 + b"\r\n\r\n", 431),
        (GET + b"A: b\r\n" * 100 + b"\r\n", 431),
        (GET + (b"A: " + b"a" * 60000 + b"\r\n") * 5 + b"\r\n", 431),
        # Host.
        (b"GET / HTTP/1.1\r\n\r\n", 400),
        (GET + HOST + b"\r\n", 400),
        (GET + b"host: b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:123456\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [:::]\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: ::1\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: \xe4\r\n\r\n", 400),
        (b"GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400),
        # Content-Length.
        (POST + b"Content-Length: x\r\n\r\n", 400),
        (POST + b"Content-Length:\r\n\r\n", 400),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length: +1\r\n\r\na", 400),
        (POST + b"Content-Length: 0x1\r\n\r\na", 400),
        (POST + b"Content-Length: 1_0\r\n\r\n", 400),
        (POST + b"Content-Length: 1, 1\r\n\r\na", 400),
        (POST + b"Content-Length: \xb2\r\n\r\nab", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Content-Length: 1001\r\n\r\n", 413),
        (POST + b"Content-Length: 100000000000000\r\n\r\n", 413),
        (POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n", 413),
        (
            POST + b"Content-Length: 1001\r\nExpect: 100-continue\r\n\r\n",
            413,
        ),
        # Transfer-Encoding.
        (POST + b"Transfer-Encoding: gzip\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: identity\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: xchunked\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: \xa0chunked\r\n\r\n0\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: chunked\x85\r\n\r\n0\r\n\r\n", 501),
        (POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n", 400),
        (
            POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
            501,
        ),
        (b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        # Chunks.
        (CHUNKED + b"zz\r\n", 400),
        (CHUNKED + b"\r\n", 400),
        (CHUNKED + b"-1\r\n", 400),
        (CHUNKED + b"+1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b" 1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"0x1\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\nab\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1\r\na0\r\n\r\n", 400),
        (CHUNKED + b"1;a\rb\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;a\0\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"1;" + b"a" * 9000 + b"\r\na\r\n0\r\n\r\n", 400),
        (CHUNKED + b"3e9\r\n", 413),
        (CHUNKED + b"3e8\r\n" + b"a" * 1000 + b"\r\n1\r\n", 413),
        (CHUNKED + b"ffffffffffffffff\r\n", 413),
        (CHUNKED + b"fffffffffffffffff\r\n", 400),
        (CHUNKED + b"f" * 5000 + b"\r\n", 400),
        (CHUNKED + b"0\r\n" + b"A: b\r\n" * 101 + b"\r\n", 400),
        (CHUNKED + b"0\r\nGET / HTTP/1.1\r\n\r\n", 400),
        (CHUNKED + b"0\r\nA : b\r\n\r\n", 400),
        (CHUNKED + b"0\r\nA: b\r\n folded\r\n\r\n", 400),
    ],
)
def test_an_invalid_request_is_refused_and_closes(sent, status, small, ask_small):
    got = raw(small, sent)

    head, _, body = got.partition(b"\r\n\r\n")
    assert f"HTTP/1.1 {status} ".encode() == head[:13]
    assert b"\r\nConnection: close" in head
    assert json.loads(body)["message"]
    assert 200 == ask_small(b"GET / HTTP/1.0\r\n\r\n")


@pytest.mark.parametrize(
    "sent",
    [
        b"\r\n\r\n" + GET + b"\r\n",
        b"GET / HTTP/1.1\nHost: a\n\n",
        b"GET / HTTP/1.1\r\nHost:\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: \t a.test:8080 \t\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: [fe80::1]:80\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: my_host\r\n\r\n",
        b"GET / HTTP/1.7\r\nHost: a\r\n\r\n",
        b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n",
        b"GET /a?b|c=\xe4 HTTP/1.1\r\nHost: a\r\n\r\n",
        GET + b"A:\r\nB:\t\r\n\r\n",
        GET + b"A: b\r\n" * 98 + b"\r\n",
        POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
        POST + b"Content-Length: 0003\r\n\r\nabc",
        POST + b"Content-Length: 1000\r\n\r\n" + b"a" * 1000,
        POST + b"Content-Length: 0\r\nExpect: 100-continue\r\n\r\n",
        CHUNKED + b"3e8\r\n" + b"a" * 1000 + b"\r\n0\r\n\r\n",
        CHUNKED + b"1 ;a=b\r\na\r\n000\r\nT: 1\r\n\r\n",
    ],
)
def test_valid_requests_are_served(sent, ask_small):
    sent = sent.replace(b"Host: a\r\n", b"Host: a\r\nConnection: close\r\n", 1)
    if b"close" not in sent:
        sent = sent.replace(b"Host:", b"Connection: close\nHost:", 1)

    assert 200 == ask_small(sent)


@pytest.fixture
def small():
    """Return a server with small limits."""
    limits = Limits(max_body=LARGEST, timeout=5)
    server = HttpServer(echo, "localhost", 0, is_daemon=True, limits=limits)
    yield server
    server.close()


@pytest.fixture
def ask_small(small):
    """Return a function that sends bytes, and returns the status code."""
    return lambda sent: int(raw(small, sent).split()[1])


def test_a_length_beside_chunks_is_ignored_and_closes_the_connection(server):
    got = raw(
        server,
        POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\na\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
    )

    assert 1 == got.count(b"HTTP/1.1 200 OK")
    assert b'"length": 1' in got
    assert b"\r\nConnection: close" in got
    assert b"smuggled" not in got


def test_pipelined_requests_are_served_in_their_order(server):
    got = raw(
        server,
        b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
        b"POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\na"
        b"GET /3 HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, Close\r\n\r\n",
    )

    targets = [one["target"] for one in map(json.loads, split_bodies(got))]
    assert ["/1", "/2", "/3"] == targets


def split_bodies(got):
    return [part.split(b"HTTP/1.1")[0] for part in got.split(b"\r\n\r\n")[1:]]


@pytest.fixture
def impatient():
    limits = Limits(timeout=0.3)
    server = HttpServer(echo, "localhost", 0, is_daemon=True, limits=limits)
    yield server
    server.close()


def drip(server, sent, byte):
    """Send bytes, then one more every 50 ms; return the response and the seconds."""
    begun = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=0.05) as one:
        one.sendall(sent)
        found = b""
        while time.monotonic() - begun < 30:
            try:
                piece = one.recv(65536)
            except TimeoutError:
                with contextlib.suppress(OSError):
                    one.sendall(byte)
                continue
            if not piece:
                break
            found += piece
    return found, time.monotonic() - begun


@pytest.mark.parametrize(
    ("sent", "byte"),
    [
        (b"G", b"E"),
        (b"GET / HTTP/1.1\r\n", b"A"),
        (b"GET / HTTP/1.1\r\n", b"A: b\r\n"),
        (POST + b"Content-Length: 1000\r\n\r\n", b"a"),
        (CHUNKED, b"1\r\na\r\n"),
        (POST + b"Content-Length: 1000\r\n\r\n", b""),
    ],
)
def test_a_slow_request_is_refused_in_time(impatient, sent, byte):
    got, seconds = drip(impatient, sent, byte)

    assert got.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"the request was not complete after 0.3 s" in got
    assert 0.2 < seconds < 20


@pytest.fixture
def patient():
    """A server whose limit is not reached by a busy machine."""
    limits = Limits(timeout=1.0)
    server = HttpServer(echo, "localhost", 0, is_daemon=True, limits=limits)
    yield server
    server.close()


def test_an_idle_connection_is_closed_without_a_response(impatient, patient):
    assert b"" == raw(impatient, b"")
    kept = raw(patient, GET + b"\r\n")
    assert 1 == kept.count(b"HTTP/1.1 200")
    assert b"408" not in kept


def test_a_slow_app_is_not_limited(patient, monkeypatch):
    monkeypatch.setitem(globals(), "SLOW", 1.2)

    assert b"200 OK" in raw(patient, b"GET /slow HTTP/1.0\r\n\r\n")


def test_a_client_that_reads_nothing_is_disconnected(monkeypatch):
    """A response that does not fit the buffers of the system is given up."""
    given_up = threading.Event()
    close = http_server._close_gracefully

    def close_after(connection):
        given_up.set()
        close(connection)

    monkeypatch.setattr(http_server, "_close_gracefully", close_after)

    def respond(_request, _client):
        return Response.from_http(200, (), b"x" * 50_000_000)

    limits = Limits(timeout=0.2)
    server = HttpServer(respond, "localhost", 0, is_daemon=True, limits=limits)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as one:
        one.sendall(GET + b"\r\n")
        assert given_up.wait(60)
        size = 0
        with contextlib.suppress(ConnectionError):
            while piece := one.recv(1 << 20):
                size += len(piece)
    server.close()

    assert size < 50_000_000


@pytest.mark.parametrize(
    "options", [{"max_body": 0}, {"max_body": "1"}, {"timeout": -1}, {"timeout": True}]
)
def test_invalid_limits_are_refused(options):
    (name,) = options
    with pytest.raises(pypact.ServerError, match=f"{name} must be a positive number"):
        pypact.MockServer(port=0, **options)


def test_each_server_has_the_limits_as_options(tmp_path):
    pact = pypact.Consumer("Web").has_pact_with("Users", pact_dir=tmp_path)
    interaction = {"description": "d", "request": {"path": "/a"}, "response": {}}
    contract = pypact.read_pact(
        {
            "consumer": {"name": "Web"},
            "provider": {"name": "Users"},
            "interactions": [interaction],
        }
    )
    pact.upon_receiving("d").with_request("GET", "/a").will_respond_with(200)
    for make in (
        lambda **options: pypact.MockServer(
            port=0, interactions=contract.interactions, **options
        ),
        lambda **options: pypact.StubServer(contract, port=0, **options),
        lambda **options: pact.serve(port=0, **options),
    ):
        with make(max_body=10, timeout=1.0) as server:
            got = raw(server, POST + b"Content-Length: 11\r\n\r\n")
            assert b"the body is larger than 10 bytes" in got
            assert b"408" in raw(server, b"GET")
            assert b"200 OK" in raw(server, b"GET /a HTTP/1.0\r\n\r\n")


def test_a_hundred_concurrent_connections_are_served(server):
    def ask(_number):
        client = http.client.HTTPConnection("localhost", server.port, timeout=60)
        client.request("GET", "/meet")  # all of them are there at once
        status = client.getresponse().status
        client.close()
        return status

    with ThreadPoolExecutor(100) as pool:
        assert [200] * 100 == list(pool.map(ask, range(100)))


def test_connections_beyond_the_largest_number_are_closed(server, monkeypatch):
    monkeypatch.setattr(http_server, "_MOST_CONNECTIONS", 1)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as first:
        first.sendall(GET)  # it waits for the rest

        assert b"" == raw(server, b"")
        first.sendall(b"\r\n")
        assert first.recv(65536).startswith(b"HTTP/1.1 200 OK")


def test_a_connection_without_a_thread_is_closed(server, monkeypatch):
    def start(_thread):
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        assert b"" == raw(server, b"")

    assert b"200 OK" in raw(server, b"GET / HTTP/1.0\r\n\r\n")


def test_a_server_without_file_descriptors_pauses(monkeypatch):
    pauses = []

    class Full:
        def accept(self):
            raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(http_server.time, "sleep", pauses.append)
    with contextlib.closing(HttpServer(echo, "localhost", 0, is_daemon=True)) as one:
        one._accept_connection(Full())

    assert len(pauses) == 1


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

    RUNNING.clear()
    thread = threading.Thread(target=ask)
    thread.start()
    assert RUNNING.wait(60)
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

    assert time.monotonic() - begun < 20
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
