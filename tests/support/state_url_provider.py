"""A provider on a port that keeps the requests to its state URL."""

import contextlib
import json
import threading
from wsgiref.simple_server import WSGIRequestHandler, make_server


class StateUrlProvider:
    """An application with a state URL; other requests get the body `plain`.

    `state_requests` has the payload, or else the query string, of each request to the
    state URL, `environs` the environ; `paths` has the paths of all other requests.
    """

    def __init__(self, plain=b""):
        self.state_requests = []
        self.paths = []
        self.environs = []
        self.answer = ("200 OK", b"{}")
        self.plain = plain
        self.url = ""

    def __call__(self, environ, start_response):
        status, body = "200 OK", self.plain
        if environ["PATH_INFO"] == "/state":
            length = int(environ.get("CONTENT_LENGTH") or 0)
            sent = environ["wsgi.input"].read(length)
            self.state_requests.append(
                json.loads(sent) if sent else environ["QUERY_STRING"]
            )
            self.environs.append(environ)
            status, body = self.answer
        else:
            self.paths.append(environ["PATH_INFO"])
        start_response(status, [("Content-Length", str(len(body)))])
        return [body]


@contextlib.contextmanager
def serving(app):
    """Serve the application on a local port, in a thread."""
    server = make_server("127.0.0.1", 0, app, handler_class=_Quiet)
    app.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        """Write nothing."""
