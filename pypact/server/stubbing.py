"""How do existing contracts answer a consumer that does not test them?

On a port for other processes, or in this one for requests and urllib3.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any

from pypact.errors import PactError
from pypact.hooks import stack
from pypact.model.http import Request, Response
from pypact.registry import with_content_type
from pypact.server.contracts import Pacts, StubContracts
from pypact.server.cors import preflight, with_origin
from pypact.server.http import HttpServer
from pypact.server.wsgi import give, json_response, request_of

__all__ = ["STATE_HEADER", "StubApp", "StubServer", "stub"]

STATE_HEADER = "X-Pact-Provider-State"
"""The request header that selects the provider state."""


class StubApp:
    """A WSGI application that responds from contracts.

    The request header `state_header` selects the provider state, by default `state`.
    """

    def __init__(
        self,
        contracts: StubContracts,
        *,
        state: str | None = None,
        state_header: str = STATE_HEADER,
        cors: bool = False,
    ) -> None:
        self._contracts = contracts
        self._state = state
        self._state_header = state_header
        self._has_cors = cors

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Handle one request (PEP 3333)."""
        request = request_of(environ)
        try:
            response = self._respond(request)
        except Exception as error:  # noqa: BLE001 -- no request may stop the stub; the client gets the reason
            response = json_response({"message": str(error)}, 500)
        if self._has_cors:
            response = with_origin(response, request)
        return give(response, start_response)

    def _respond(self, request: Request) -> Response:
        state = request.headers.first(self._state_header) or self._state
        registry = self._contracts.registry(state)
        is_defined = request.method == "OPTIONS" and registry.candidates(request)
        if self._has_cors and request.method == "OPTIONS" and not is_defined:
            return preflight(request)
        return with_content_type(registry.answer(request).response)


class StubServer:
    """A server that responds from contracts, from its creation until `close`.

    `pacts` are files, directories, patterns, URLs or contracts; files are read again
    when they change. If several interactions match a request, the most specific one
    responds, then the one with the lowest status code. A provider state, given here or
    in the request header `X-Pact-Provider-State`, limits them to interactions of that
    state or of none.

    Raises: ServerError, when the port is already in use; InvalidPact, StoreError.
    """

    def __init__(
        self,
        pacts: Pacts,
        *,
        host: str = "localhost",
        port: int = 8080,
        state: str | None = None,
        state_header: str = STATE_HEADER,
        cors: bool = False,
    ) -> None:
        self.contracts = StubContracts(pacts)
        app = StubApp(self.contracts, state=state, state_header=state_header, cors=cors)
        self._server = HttpServer(app, host, port, is_daemon=True)

    @property
    def url(self) -> str:
        """The URL of the server for clients on this machine."""
        return self._server.url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._server.port

    def close(self) -> None:
        """Stop serving; running requests have a few seconds to finish."""
        self._server.close()

    def __enter__(self) -> StubServer:  # noqa: PYI034 -- 3.10 has no typing.Self
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


@contextlib.contextmanager
def stub(
    pacts: Pacts, *, base_url: str | None = None, state: str | None = None
) -> Iterator[StubContracts]:
    """Respond to the HTTP calls of this process from contracts, without a server.

    `with pypact.stub("pacts/"):` responds for every origin; with `base_url`, only for
    that one. Nothing is recorded, and interactions may stay unused; a request that no
    interaction matches raises UnexpectedRequest at the caller's line.
    """
    contracts = StubContracts(pacts)
    origin = None if base_url is None else stack.parse_origin(base_url)

    def respond(call: stack.Call) -> Response:
        __tracebackhide__ = True
        registry = contracts.registry(call.request.headers.first(STATE_HEADER) or state)
        answer = registry.answer(call.request, caller=call.caller)
        return with_content_type(answer.response)

    def refuse(_call: stack.Call, _error: PactError) -> None:
        """Ignore the error: a stub has no verdict at the end of its block."""

    leave = stack.enter(stack.Claim(origin, respond, refuse, "the stubbed contracts"))
    try:
        yield contracts
    finally:
        leave()
