"""Responses to pypact's own requests are limited in size and duration."""

import contextlib
import gzip
import socket
import threading
import time
import zlib

import pytest

from pypact import transport
from pypact.web import NoResponse, WebClient

pytestmark = pytest.mark.enable_socket


class Server:
    """A server that sends each of `responses` on a connection of its own.

    `repeated` is sent after each of them, every 50 ms until the client disconnects.
    """

    def __init__(self, *responses, repeated=b""):
        self.responses = responses
        self.repeated = repeated
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listening.getsockname()[1]}"
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        for response in self.responses:
            connection, _ = self.listening.accept()
            with connection, contextlib.suppress(OSError):
                connection.recv(65536)
                connection.sendall(response)
                while self.repeated:
                    connection.sendall(self.repeated)
                    time.sleep(0.05)

    def close(self):
        self.thread.join(10)
        self.listening.close()


@pytest.fixture
def serve():
    servers = []

    def start(*responses, **options):
        servers.append(Server(*responses, **options))
        return servers[-1].url

    yield start
    for server in servers:
        server.close()


def respond(content, *lines, status="200 OK"):
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(content)}", *lines, "", ""]
    return "\r\n".join(head).encode() + content


def get(url, **options):
    options = {"retries": 0, "timeout": 5, **options}
    return WebClient(url, **options).send("GET", url)


def test_a_response_is_read(serve):
    found = get(serve(respond(b"users", "Content-Type: text/plain")))

    assert (200, "text/plain", b"users") == (
        found.status,
        found.content_type,
        found.content,
    )


def test_the_given_certificates_precede_those_of_the_environment(tmp_path, monkeypatch):
    bundle, absent = tmp_path / "bundle.pem", tmp_path / "absent.pem"
    bundle.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    used = []

    def send(*_, verify, **__):
        used.append(verify)
        raise OSError("not sent")

    with pytest.raises(NoResponse, match=r"TLS CA certificate bundle.*absent\.pem"):
        get("https://127.0.0.1:1", verify=str(absent))
    monkeypatch.setattr(transport._LimitedAdapter, "send", send)
    for verify in (True, False, str(absent)):
        with pytest.raises(NoResponse, match="not sent"):
            get("https://127.0.0.1:1", verify=verify)
    assert [str(bundle), False, str(absent)] == used


@pytest.mark.parametrize(
    ("content", "codings"),
    [
        (b"users", "identity"),
        (gzip.compress(b"users", mtime=0), "GZIP"),
        (zlib.compress(b"users"), "deflate"),
        (gzip.compress(zlib.compress(b"users"), mtime=0), "deflate, gzip"),
        (b"", "br"),
    ],
)
def test_a_response_is_decoded(serve, content, codings):
    found = get(serve(respond(content, f"Content-Encoding: {codings}")))

    assert (b"users" if content else b"") == found.content


@pytest.mark.parametrize(
    ("content", "codings", "problem"),
    [
        (b"users", "compress", "the Content-Encoding 'compress' is not supported"),
        (b"users", "gzip", "the response is not valid gzip"),
        (
            gzip.compress(b"a" * 2000, mtime=0),
            "gzip",
            "more than 1000 bytes when decoded",
        ),
        (
            gzip.compress(gzip.compress(b"a" * 2000, mtime=0), mtime=0),
            "gzip, gzip",
            "more than 1000 bytes when decoded",
        ),
    ],
)
def test_an_invalid_coding_is_refused(serve, monkeypatch, content, codings, problem):
    monkeypatch.setattr("pypact.model.codings.MAX_DECODED", 1000)
    url = serve(respond(content, f"Content-Encoding: {codings}"))

    with pytest.raises(NoResponse, match=problem):
        get(url)


def test_a_large_response_is_refused(serve, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BODY", 1000)

    assert 1000 == len(get(serve(respond(b"a" * 1000))).content)
    with pytest.raises(NoResponse, match="is larger than 1000 bytes"):
        get(serve(respond(b"a" * 1001)))
    with pytest.raises(NoResponse, match="is larger than 1000 bytes"):
        get(serve(b"HTTP/1.1 200 OK\r\n\r\n", repeated=b"a" * 2000))


def test_the_body_of_a_redirect_is_limited_as_well(serve, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BODY", 1000)
    url = serve(
        respond(b"a", "Location: /b", status="302 Found"),
        respond(b"a" * 1001, "Location: /c", status="302 Found"),
    )

    with pytest.raises(NoResponse, match="is larger than 1000 bytes"):
        get(url)


@pytest.mark.parametrize(
    ("sent", "repeated"),
    [
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"A: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\n\r\n", b"a"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
    ],
)
def test_a_response_that_never_ends_is_given_up(serve, sent, repeated):
    url = serve(sent, repeated=repeated)
    begun = time.monotonic()

    with pytest.raises(NoResponse, match=r"(?i)no response from .*time"):
        get(url, timeout=0.15)

    assert 0.5 < time.monotonic() - begun < 20


def test_an_incomplete_response_is_refused(serve):
    with pytest.raises(NoResponse, match="no response from"):
        get(serve(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"))


def test_responses_through_a_proxy_are_limited(serve, monkeypatch):
    monkeypatch.setattr(transport, "MAX_BODY", 1000)
    monkeypatch.setenv("http_proxy", serve(respond(b"a" * 1001)))

    with pytest.raises(NoResponse, match="is larger than 1000 bytes"):
        get("http://pacts.test/a")
