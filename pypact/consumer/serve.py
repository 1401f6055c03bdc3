"""Serve the declared responses of one block on a port.

The claim handles a request as it does for the hooks; only transport differs.
"""

from __future__ import annotations

from collections.abc import Callable

from pypact.consumer.block import Block, Calls
from pypact.errors import BlockMisuse
from pypact.hooks.claims import Call, Claim, FaultyResponse, Release
from pypact.model.http import Request, Response
from pypact.server.http import HttpServer
from pypact.server.parsing import Limits
from pypact.server.responses import (
    add_cors_headers,
    make_json_response,
    respond_to_preflight,
)


class ClaimApp:
    """An application that responds from the claim of a block."""

    def __init__(self, claim: Claim, *, cors: bool = False) -> None:
        self._claim = claim
        self._has_cors = cors

    def __call__(self, request: Request, client: str) -> Response:
        if self._has_cors and request.method == "OPTIONS":
            return respond_to_preflight(request)
        host = request.headers.first("host") or ""
        call = Call(request, f"http://{host}{request.path}", f"client {client}")
        try:
            reply = self._claim.respond(call)
            # Faults are for clients in this process only; a served block ignores them.
            response = reply.response if isinstance(reply, FaultyResponse) else reply
        except Exception as error:  # noqa: BLE001 -- also part of the verdict; the client gets it as well
            response = make_json_response({"message": str(error)}, 500)
        return add_cors_headers(response, request) if self._has_cors else response


class PactServer:
    """A server for a block of a pact, as returned by `Pact.serve`; entered once.

    `make_block` returns the block, given the function that starts the server.
    """

    def __init__(
        self,
        make_block: Callable[..., Block],
        *,
        host: str,
        port: int,
        cors: bool,
        limits: Limits,
    ) -> None:
        self._block = make_block(enter=self._start)
        self._host = host
        self._port = port
        self._has_cors = cors
        self._limits = limits
        self._server: HttpServer | None = None
        self._calls: Calls | None = None

    @property
    def url(self) -> str:
        """The URL of the server, for clients on this machine."""
        return self._require_server().url

    @property
    def port(self) -> int:
        """The port that the server listens on."""
        return self._require_server().port

    @property
    def calls(self) -> Calls:
        """The calls of the block, in their order."""
        if self._calls is None:
            raise BlockMisuse("this block was never entered")
        return self._calls

    def __enter__(self) -> PactServer:  # noqa: PYI034 -- 3.10 has no typing.Self
        """Start the server."""
        self._calls = self._block.__enter__()
        return self

    def __exit__(
        self, kind: object, error: BaseException | None, traceback: object
    ) -> None:
        """Stop the server; stage the interactions, or raise an error."""
        __tracebackhide__ = True
        self._block.__exit__(kind, error, traceback)

    def _start(self, claim: Claim) -> Release:
        app = ClaimApp(claim, cors=self._has_cors)
        self._server = HttpServer(
            app, self._host, self._port, is_daemon=True, limits=self._limits
        )
        self._block.set_base_url(self._server.url)
        return self._stop

    def _stop(self) -> None:
        # Its threads run in the parent of a forked child.
        if self._server is not None and not self._block.is_in_child:
            self._server.close()

    def _require_server(self) -> HttpServer:
        if self._server is None:
            raise BlockMisuse("this block was never entered")
        return self._server
