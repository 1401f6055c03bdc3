"""Serve the mock provider of an old library in this process, or on its port.

The requests of this process are intercepted. The port is opened when a client may need
it: before this process starts or forks another one, and at once if an HTTP client that
cannot be intercepted is imported, or the option for a server is given.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TypeAlias

from pypact._process import use_real_files
from pypact.errors import PactError
from pypact.hooks import claims
from pypact.hooks.claims import Call, Claim
from pypact.hooks.origins import parse_origin
from pypact.hooks.unhooked import list_imported_clients
from pypact.model.http import Request, Response
from pypact.server.http import HttpServer
from pypact.server.responses import make_text_response

ServiceApp: TypeAlias = Callable[[Request, str], Response]
"""A function that responds to a request, given the place that it came from."""


def is_server_requested() -> bool:
    """Return whether PACT_USE_MOCKING_SERVER requests servers on ports."""
    return os.environ.get("PACT_USE_MOCKING_SERVER", "no").lower() == "yes"


class MockService:
    """A mock provider at a host and port, whose requests are intercepted.

    `refuse` is called for requests that are not valid HTTP. With `opens_port`, the port
    is opened when the service starts, otherwise only when a client may need it. An
    https service has no port: it serves this process only.
    """

    def __init__(
        self,
        name: str,
        app: ServiceApp,
        refuse: Callable[[Request, PactError, str], None],
        *,
        scheme: str,
        host: str,
        port: int,
        opens_port: bool = False,
    ) -> None:
        self._name = name
        self._app = app
        self._refuse_request = refuse
        self._scheme, self._host, self._port = scheme, host, port
        self._opens_port = opens_port
        self._claimed = contextlib.ExitStack()
        self._server: HttpServer | None = None
        self._process: int | None = None

    @property
    def is_running(self) -> bool:
        """Whether the service was started, and not stopped since."""
        return self._process is not None

    @property
    def is_serving(self) -> bool:
        """Whether the port is open."""
        return self._server is not None

    def start(self) -> None:
        """Intercept requests to the host and port.

        Raises: BlockMisuse if another one intercepts them; ServerError if the port has
        to be opened and is already in use.
        """
        with use_real_files(), contextlib.ExitStack() as claimed:
            for host in _list_names(self._host):
                claim = Claim(
                    parse_origin(f"{self._scheme}://{host}:{self._port}"),
                    self._respond,
                    self._refuse,
                    self._name,
                    before_process=self.open_port,
                )
                claimed.callback(claims.activate(claim))
            if (
                self._opens_port or is_server_requested() or list_imported_clients()
            ) and self._scheme == "http":
                self.open_port()
                claimed.callback(self._close_port)
            self._claimed = claimed.pop_all()
        self._process = os.getpid()

    def stop(self) -> None:
        """Stop intercepting requests, and close the port if it is open."""
        # A forked child has neither the claims nor the threads of the server.
        if self._process == os.getpid():
            self._claimed.close()
            self._close_port()
        self._process = None

    def open_port(self) -> None:
        """Serve on the port as well, for clients in other processes."""
        if self._server is None and self._scheme == "http":
            self._server = HttpServer(
                self._serve, self._host, self._port, is_daemon=True
            )

    def _close_port(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    def _respond(self, call: Call) -> Response:
        __tracebackhide__ = True
        return self._app(call.request, call.caller)

    def _serve(self, request: Request, client: str) -> Response:
        try:
            return self._app(request, f"client {client}")
        except PactError as error:  # raised by `verify` as well
            return make_text_response(str(error), 500)

    def _refuse(self, call: Call, error: PactError) -> None:
        self._refuse_request(call.request, error, call.caller)


def _list_names(host: str) -> list[str]:
    """Return the names by which clients on this machine call a host."""
    return list(dict.fromkeys([host, *_LOCAL])) if host in _LOCAL else [host]


_LOCAL = ("localhost", "127.0.0.1", "0.0.0.0")  # noqa: S104 -- compared, not bound
