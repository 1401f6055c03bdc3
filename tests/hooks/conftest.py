"""Fixtures: an intercepted provider, and a real one on loopback.

The same assertions run against both: the real server shows that they are right.
"""

import contextlib
import gzip
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from client_families import FAMILIES

from pypact import _process
from pypact.errors import BlockMisuse
from pypact.hooks import claims
from pypact.hooks.origins import parse_origin
from pypact.model.http import Request, Response


class Provider:
    """A provider that responds with `respond`, or with the next item of `script`.

    It keeps the requests that it received.
    """

    def __init__(self, base_url):
        self.base_url = base_url
        self.requests = []
        self.calls = []
        self.refused = []
        self.script = [make_response(404)]
        self.respond = None
        self._lock = threading.Lock()

    def handle(self, request):
        with self._lock:
            self.requests.append(request)
            if self.respond is not None:
                return self.respond(request)
            found = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(found, Exception):
            raise found
        return found

    def handle_call(self, call):
        self.calls.append(call)
        return self.handle(call.request)

    def refuse(self, call, error):
        self.refused.append((call, error))

    def claim(self, name="Web and Users"):
        origin = None if self.base_url is None else parse_origin(self.base_url)
        return claims.Claim(origin, self.handle_call, refuse=self.refuse, name=name)


def make_response(status=200, body=b"", headers=()):
    return Response.from_http(status, headers, body)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def handle_any(self):
        body = self.body()
        # Not `self.path`: the server reduces several slashes at its start to one.
        target = self.requestline.split()[1]
        request = Request.from_http(self.command, target, self.headers.items(), body)
        response = self.server.provider.handle(request)
        content = response.body.content
        if response.headers.first("content-encoding") == "gzip":
            content = gzip.compress(content)
        self.send_response(response.status)
        for line in response.headers.lines():
            self.send_header(*line)
        chunked = "transfer-encoding" in response.headers
        if "content-length" not in response.headers and not chunked:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD" or response.status in (204, 304):
            return
        if chunked:
            content = b"%x\r\n%b\r\n0\r\n\r\n" % (len(content), content)
        self.wfile.write(content)

    def body(self):
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline(), 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        if "Content-Length" in self.headers:
            return self.rfile.read(int(self.headers["Content-Length"]))
        return None

    def log_message(self, *args):
        pass


for _method in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
    setattr(Handler, f"do_{_method}", Handler.handle_any)


@pytest.fixture(autouse=True)
def write_at_once(monkeypatch):
    """Write contracts when a block ends, not when the session of these tests ends."""
    monkeypatch.setattr(_process.STATE, "deferring_sessions", 0)


@pytest.fixture(params=FAMILIES, ids=[family.__name__ for family in FAMILIES])
def client(request):
    with request.param() as client:
        yield client


@pytest.fixture
def server():
    """Run a real provider on loopback; its tests need the mark enable_socket."""
    httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    httpd.daemon_threads = True
    httpd.provider = Provider(f"http://127.0.0.1:{httpd.server_port}")
    thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
    thread.start()
    yield httpd.provider
    httpd.shutdown()
    thread.join()
    httpd.server_close()


@pytest.fixture
def intercept():
    """Return a function that activates an intercepted provider for the test."""
    releases = []

    def make(base_url="https://users.test", name="Web and Users"):
        provider = Provider(base_url)
        provider.leave = claims.activate(provider.claim(name))
        releases.append(provider.leave)
        return provider

    yield make
    for leave in releases:
        with contextlib.suppress(BlockMisuse):  # the test has released it
            leave()


@pytest.fixture(
    params=["intercepted", pytest.param("loopback", marks=pytest.mark.enable_socket)]
)
def provider(request):
    """Provide an intercepted provider first, and a real server then."""
    if request.param == "loopback":
        return request.getfixturevalue("server")
    return request.getfixturevalue("intercept")("http://users.test")
