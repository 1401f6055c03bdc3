"""Requests to a provider at a base URL, and its responses."""

import contextlib
import select
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest
import trustme

from pypact.errors import InvalidExpectation, ProviderProtocolError
from pypact.model.http import Request
from pypact.targets import HttpTarget

pytestmark = pytest.mark.enable_socket

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """A server that keeps the bytes of each request and responds with `responses`.

    The last response is repeated; an exception closes the connection.
    """

    def __init__(self, listening, *responses, tls=None, closing=False):
        self.listening = listening
        self.responses = list(responses) or [OK]
        self.tls = tls
        self.closing = closing
        self.requests = []
        self.connections = 0
        self.port = listening.getsockname()[1]

    def serve(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.listening.accept()
                self.connections += 1
                with contextlib.suppress(OSError):
                    self.talk(connection)
                connection.close()

    def talk(self, connection):
        connection.settimeout(5)
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        with connection:
            while request := self.read(connection):
                self.requests.append(request)
                more = len(self.responses) > 1
                connection.sendall(self.responses.pop(0) if more else self.responses[0])
                if self.closing:
                    return

    def read(self, connection):
        data = b""
        while b"\r\n\r\n" not in data:
            if not (piece := connection.recv(65536)):
                return data
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.lower().split(b"\r\n")
        length = [int(one[15:]) for one in lines if one.startswith(b"content-length:")]
        while (length and len(body) < length[0]) or (
            b"transfer-encoding: chunked" in lines and not body.endswith(b"0\r\n\r\n")
        ):
            body += connection.recv(65536)
        return head + b"\r\n\r\n" + body


@pytest.fixture
def serve():
    """Start a server on the loopback interface, in a thread."""
    started = []

    def make(*responses, kind=Server, **settings):
        listening = socket.create_server(("127.0.0.1", 0))
        server = kind(listening, *responses, **settings)
        thread = threading.Thread(target=server.serve)
        thread.start()
        started.append((listening, thread))
        return server

    yield make
    for listening, thread in started:
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(6)


@pytest.fixture
def target():
    """Create a target for a server; it is closed after the test."""
    made = []

    def make(server, path="", **settings):
        made.append(HttpTarget(f"http://127.0.0.1:{server.port}{path}", **settings))
        return made[-1]

    yield make
    for one in made:
        one.close()


def request(method="GET", target="/", headers=(), body=None):
    return Request.from_http(method, target, headers, body)


def test_nothing_is_added_but_the_host(serve, target):
    server = serve()
    target(server).send(request(target="/users"))

    assert [
        f"GET /users HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    ] == (server.requests)


def test_a_body_is_sent_with_its_length(serve, target):
    server = serve()
    target(server).send(request("POST", "/", [("Content-Type", "text/plain")], b"abc"))
    [sent] = server.requests

    assert b"Content-Type: text/plain\r\nContent-Length: 3\r\n\r\nabc" in sent


def test_a_chunked_body_is_sent_in_chunks(serve, target):
    server = serve()
    headers = [("Transfer-Encoding", "chunked")]
    driven = target(server)
    driven.send(request("POST", "/", headers, b"abc"))
    driven.send(request("POST", "/", headers))
    full, empty = server.requests

    assert full.endswith(b"\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    assert empty.endswith(b"\r\n\r\n0\r\n\r\n")
    assert b"Content-Length" not in full + empty


def test_the_path_of_the_base_url_comes_first(serve, target):
    server = serve()
    target(server, "/api/").send(request(target="//a%2Fb/../é?x=a+b&y=%20"))

    assert server.requests[0].startswith(b"GET /api//a%2Fb/../%C3%A9?x=a+b&y=%20 HTTP")


def test_characters_that_strict_servers_refuse_are_encoded(serve, target):
    server = serve()
    target(server).send(request(target="/{id}/a|b?f=<1>"))

    assert server.requests[0].startswith(b"GET /%7Bid%7D/a%7Cb?f=%3C1%3E HTTP")


def test_the_host_of_the_contract_replaces_the_default(serve, target):
    server = serve()
    target(server).send(request(headers=[("Host", "shop")]))

    assert b"GET / HTTP/1.1\r\nHost: shop\r\n\r\n" == server.requests[0]


def test_the_complete_response_is_returned(serve, target):
    server = serve(
        b"HTTP/1.1 201 Made It\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n"
    )
    response = target(server).send(request())

    assert (201, "Made It", b"abc") == (response.status, response.reason, response.body)
    assert (("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")) == response.headers[:2]


def test_one_connection_is_kept(serve, target):
    server = serve()
    driven = target(server)
    responses = [driven.send(request()) for _ in range(3)]

    assert [b"ok"] * 3 == [response.body for response in responses]
    assert 1 == server.connections


def test_a_connection_closed_by_the_provider_is_replaced(serve, target):
    server = serve(closing=True)
    driven = target(server)
    for _ in range(3):
        assert b"ok" == driven.send(request()).body
        time.sleep(0.05)

    assert 3 == server.connections


def test_a_redirect_is_not_followed(serve, target):
    server = serve(b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n")

    assert 302 == target(server).send(request()).status
    assert 1 == len(server.requests)


def test_compressed_bodies_are_not_decoded(serve, target):
    server = serve(
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: 2\r\n\r\n\x1f\x8b"
    )

    assert b"\x1f\x8b" == target(server).send(request()).body


def test_a_missing_response_is_reported(serve, target):
    response = target(serve(b""), timeout=0.1).send(request(target="/slow"))

    assert response.status is None
    assert isinstance(response.exception, ProviderProtocolError)
    assert "/slow: no response within 0.1 s" in str(response.exception)


@pytest.mark.parametrize(
    ("sent", "repeated"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"HTTP/1.1 200 OK\r\nA: ", b"b"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    ],
)
def test_a_head_that_never_ends_is_given_up(sent, repeated):
    listening = socket.create_server(("127.0.0.1", 0))

    def drip():
        connection, _ = listening.accept()
        with listening, connection, contextlib.suppress(OSError):
            connection.sendall(sent)
            for _ in range(600):
                connection.sendall(repeated)
                time.sleep(0.05)

    thread = threading.Thread(target=drip)
    thread.start()
    begun = time.monotonic()
    port = listening.getsockname()[1]
    response = HttpTarget(f"http://127.0.0.1:{port}", timeout=0.3).send(request())
    seconds = time.monotonic() - begun
    thread.join()

    assert "no response within 0.3 s" in str(response.exception)
    assert seconds < 20


def test_an_endless_stream_is_cut_off_after_the_timeout(serve, target):
    server = serve(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n")
    response = target(server, timeout=1.0).send(request())

    assert (200, b"ab") == (response.status, response.body)
    assert ("the response was cut off after 1 s; it had 2 bytes",) == response.warnings


def test_a_long_response_is_cut_off_after_the_maximum_size(serve, target):
    server = serve(b"HTTP/1.1 200 OK\r\nContent-Length: 900000\r\n\r\n" + b"x" * 900000)
    response = target(server, max_body=1000).send(request())

    assert 200 == response.status
    assert "the response was cut off after 1000 bytes" in response.warnings[0]


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok",
            "ended early, after 2 bytes",
        ),
        (b"nonsense\r\n\r\n", "BadStatusLine: nonsense"),
        (OK + b"!", "Content-Length is 2, but more bytes follow the body"),
        (OK.replace(b"2\r", b"x\r"), "Content-Length is 'x', not a number"),
        (OK.replace(b"2\r", b"-1\r"), "Content-Length is '-1', not a number"),
        (
            OK.replace(b"2\r", b"2\r\nContent-Length: 3\r"),
            "Content-Length is 3, but the body has 2 bytes",
        ),
        (OK.replace(b"2\r", b"2\r\nno colon\r"), "'no colon' is not a valid header"),
        (OK.replace(b"Con", b"A : b\r\nCon"), "'A : b' is not a valid header line"),
    ],
)
def test_a_malformed_response_is_reported(serve, target, sent, message):
    response = target(serve(sent, closing=True)).send(request())

    assert response.status is None
    assert message in str(response.exception)


def test_bytes_that_follow_a_response_with_tls_are_reported(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    own = ssl.create_default_context()
    authority.configure_trust(own)
    server = serve(OK, OK + b"!", tls=context)
    driven = HttpTarget(f"https://127.0.0.1:{server.port}", tls=own)

    assert b"ok" == driven.send(request()).body
    assert "more bytes follow the body" in str(driven.send(request()).exception)
    driven.close()


def test_a_length_beside_chunks_is_ignored(serve, target):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n"

    assert b"ok" == target(serve(head + b"2\r\nok\r\n0\r\n\r\n")).send(request()).body


def test_a_refused_connection_is_reported_at_once(serve, target):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    response = HttpTarget(f"http://127.0.0.1:{port}").send(request(target="/a"))

    assert response.status is None
    assert f"GET http://127.0.0.1:{port}/a: no server listens there" in str(
        response.exception
    )


def test_connecting_to_a_starting_provider_is_retried():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = taken.getsockname()
    servers = []

    def start():
        server = Server(socket.create_server(address), closing=True)
        servers.append(server)
        server.serve()

    timer = threading.Timer(0.3, start)
    timer.start()
    driven = HttpTarget(f"http://127.0.0.1:{address[1]}", wait_for=5)

    assert b"ok" == driven.send(request()).body

    driven.close()
    servers[0].listening.shutdown(socket.SHUT_RDWR)
    servers[0].listening.close()
    timer.join()


def test_proxies_of_the_environment_are_not_used(serve, target, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")

    assert b"ok" == target(serve()).send(request()).body


def test_a_proxy_is_used_when_given(serve):
    proxy = serve()
    driven = HttpTarget("http://users.test/api", proxy=f"http://127.0.0.1:{proxy.port}")
    response = driven.send(request(target="/a"))
    driven.close()

    assert b"ok" == response.body
    assert proxy.requests[0].startswith(
        b"GET http://users.test/api/a HTTP/1.1\r\nHost: users.test\r\n"
    )


class Tunnel(Server):
    """A proxy that forwards data to the host of a CONNECT request."""

    def talk(self, connection):
        self.requests.append(self.read(connection))
        host, _, port = self.requests[0].split()[1].decode().rpartition(":")
        with connection, socket.create_connection((host, int(port))) as provider:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            to = {connection: provider, provider: connection}
            while True:
                for end in select.select(list(to), [], [])[0]:
                    if not (data := end.recv(65536)):
                        return
                    to[end].sendall(data)


def test_a_proxy_tunnels_to_a_provider_with_tls(serve, secure, authority):
    proxy = serve(kind=Tunnel)
    own = ssl.create_default_context()
    authority.configure_trust(own)
    driven = HttpTarget(
        f"https://127.0.0.1:{secure.port}",
        tls=own,
        proxy=f"http://127.0.0.1:{proxy.port}",
    )
    response = driven.send(request(target="/a"))
    driven.close()

    assert b"ok" == response.body
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:%d " % secure.port)
    assert secure.requests[0].startswith(b"GET /a HTTP/1.1\r\nHost: 127.0.0.1:")


def test_a_refusal_of_the_proxy_is_reported(serve):
    proxy = serve(b"HTTP/1.1 403 Not Here\r\nContent-Length: 0\r\n\r\n", closing=True)
    driven = HttpTarget("https://users.test", proxy=f"http://127.0.0.1:{proxy.port}")

    assert "403 Not Here" in str(driven.send(request()).exception)


@pytest.fixture
def authority():
    return trustme.CA()


@pytest.fixture
def secure(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return serve(tls=context)


def test_a_certificate_is_checked(secure, authority, tmp_path):
    url = f"https://127.0.0.1:{secure.port}"
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    own = ssl.create_default_context()
    authority.configure_trust(own)
    responses = []
    for settings in (
        {},
        {"verify": str(tmp_path / "ca.pem")},
        {"verify": False},
        {"tls": own},
    ):
        driven = HttpTarget(url, **settings)
        responses.append(driven.send(request()))
        driven.close()

    assert [None, 200, 200, 200] == [response.status for response in responses]
    assert (
        f"GET {url}/: the server's certificate is not trusted: unable to get local "
        "issuer certificate; name a file with its authority in verify= (--ca-file)"
    ) == str(responses[0].exception)


def test_a_certificate_of_another_host_is_reported(serve, authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("users.test").configure_cert(context)
    own = ssl.create_default_context()
    authority.configure_trust(own)
    driven = HttpTarget(f"https://127.0.0.1:{serve(tls=context).port}", tls=own)

    text = str(driven.send(request()).exception)

    assert "the server's certificate is not trusted: IP address mismatch" in text
    assert text.endswith("not valid for '127.0.0.1'.")


@pytest.fixture
def careful(serve, authority):
    """Serve only clients with a certificate of the authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    authority.configure_trust(context)
    context.verify_mode = ssl.CERT_REQUIRED
    context.maximum_version = (
        ssl.TLSVersion.TLSv1_2
    )  # rejects clients during the handshake
    return serve(tls=context)


@pytest.mark.parametrize("is_pair", [True, False])
def test_a_client_certificate_is_sent_if_the_provider_requires_one(
    careful, authority, tmp_path, is_pair
):
    shown = authority.issue_cert("client")
    both, key = tmp_path / "both.pem", tmp_path / "key.pem"
    shown.private_key_and_cert_chain_pem.write_to_path(both)
    shown.private_key_pem.write_to_path(key)
    cert = (str(both), str(key)) if is_pair else str(both)
    url = f"https://127.0.0.1:{careful.port}"
    responses = []
    for given in (cert, None):
        driven = HttpTarget(url, verify=False, cert=given)
        responses.append(driven.send(request()))
        driven.close()

    assert [200, None] == [response.status for response in responses]


@pytest.mark.parametrize(
    ("option", "expected"),
    [("verify", "certificates to trust"), ("cert", "a certificate and its key")],
)
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_a_certificate_is_named(tmp_path, option, expected, content):
    file = tmp_path / "a.pem"
    if content is not None:
        file.write_text(content)

    with pytest.raises(InvalidExpectation) as caught:
        HttpTarget("https://a", **{option: str(file)})

    assert f"{option}={str(file)!r} cannot be read: " in str(caught.value)
    assert f"expected {expected}, in PEM" in str(caught.value)


def test_a_folder_of_authorities_is_trusted(secure, authority, tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which names the files of such a folder, is not here")
    url = f"https://127.0.0.1:{secure.port}"
    empty, full = tmp_path / "empty", tmp_path / "full"
    empty.mkdir()
    full.mkdir()
    authority.cert_pem.write_to_path(full / "ca.pem")
    subprocess.run([openssl, "rehash", full], check=True)
    responses = []
    for folder in (empty, full):
        driven = HttpTarget(url, verify=str(folder))
        responses.append(driven.send(request()))
        driven.close()

    assert [None, 200] == [response.status for response in responses]
    assert "the server's certificate is not trusted" in str(responses[0].exception)


def test_an_invalid_header_is_reported(serve, target):
    bad = Request.from_http("GET", "/", [("X-A", "1\r\nX-B: 2")])

    assert "Invalid header value" in str(target(serve()).send(bad).exception)


@pytest.mark.parametrize(
    "url", ["users", "ftp://a", "http://", "http://a:x", "http://a:0/", "http://a/?b=c"]
)
def test_an_invalid_base_url_is_rejected(url):
    with pytest.raises(
        InvalidExpectation, match="is not a URL of the form http://host"
    ):
        HttpTarget(url)


def test_user_information_in_the_base_url_is_rejected_without_showing_the_password():
    with pytest.raises(InvalidExpectation, match="contains user information") as caught:
        HttpTarget("http://ann:secret@users.test")

    assert "secret" not in str(caught.value)
