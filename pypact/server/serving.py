"""How does one block of a pact answer on a port?

The block's claim is asked as the hooks would ask it; only the first and the last hop
differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pypact.hooks.routing import Call, Claim, Faulty
from pypact.server.cors import preflight, with_origin
from pypact.server.http import HttpServer
from pypact.server.wsgi import give, json_response, request_of

__all__ = ["ClaimApp", "serve"]


class ClaimApp:
    """A WSGI application that responds from the claim of a block."""

    def __init__(self, claim: Claim, *, cors: bool = False) -> None:
        self._claim = claim
        self._has_cors = cors

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Handle one request (PEP 3333)."""
        request = request_of(environ)
        if self._has_cors and request.method == "OPTIONS":
            return give(preflight(request), start_response)
        caller = environ.get("REMOTE_ADDR", "an unknown client")
        host = request.headers.first("host") or ""
        call = Call(request, f"http://{host}{request.path}", f"client {caller}")
        try:
            reply = self._claim.respond(call)
            # Faults are for clients in this process only; a served block ignores them.
            response = reply.response if isinstance(reply, Faulty) else reply
        except Exception as error:  # noqa: BLE001 -- also part of the verdict; the client gets it as well
            response = json_response({"message": str(error)}, 500)
        if self._has_cors:
            response = with_origin(response, request)
        return give(response, start_response)


def serve(claim: Claim, *, host: str, port: int, cors: bool) -> HttpServer:
    """Start a server for the claim of a block.

    Raises: ServerError, when the port is already in use.
    """
    return HttpServer(ClaimApp(claim, cors=cors), host, port, is_daemon=True)
