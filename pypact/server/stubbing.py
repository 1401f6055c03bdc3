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
"""The header by which a request chooses the provider state."""


class StubApp:
    """A WSGI application that answers from contracts."""

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
        """Answer one request (PEP 3333)."""
        request = request_of(environ)
        try:
            response = self._respond(request)
        except Exception as error:  # noqa: BLE001 -- the stub lives on; the client sees why
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
    """Answers from contracts on a port, from the moment when it is made until `close`.

    `pacts` are files, directories, patterns, URLs or contracts; files are read again
    when they change. Of several matching interactions the most specific answers, then
    that with the lowest status; a provider state, given here or in the header
    `X-Pact-Provider-State`, chooses among them.

    Raises: ServerError, when the port is taken; InvalidPact, StoreError.
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
        """Where clients on this machine find the server."""
        return self._server.url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._server.port

    def close(self) -> None:
        """Stop serving; requests that are being answered have some seconds to end."""
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
    """Answer this process' own calls from contracts, without a server.

    `with pypact.stub("pacts/"):` answers for every origin, with `base_url` for that one
    alone. Nothing is recorded and nothing must be asked for; a request that no
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
        """Nothing is judged at the end."""

    leave = stack.enter(stack.Claim(origin, respond, refuse, "the stubbed contracts"))
    try:
        yield contracts
    finally:
        leave()
