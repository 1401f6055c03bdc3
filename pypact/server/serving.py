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
    """A WSGI application that answers from a claim."""

    def __init__(self, claim: Claim, *, cors: bool = False) -> None:
        self._claim = claim
        self._has_cors = cors

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request (PEP 3333)."""
        request = request_of(environ)
        if self._has_cors and request.method == "OPTIONS":
            return give(preflight(request), start_response)
        caller = environ.get("REMOTE_ADDR", "an unknown client")
        host = request.headers.first("host") or ""
        call = Call(request, f"http://{host}{request.path}", f"client {caller}")
        try:
            reply = self._claim.respond(call)
            # A block that serves has no faults: they are for clients in this process.
            response = reply.response if isinstance(reply, Faulty) else reply
        except Exception as error:  # noqa: BLE001 -- the verdict has it; the client sees it, too
            response = json_response({"message": str(error)}, 500)
        if self._has_cors:
            response = with_origin(response, request)
        return give(response, start_response)


def serve(claim: Claim, *, host: str, port: int, cors: bool) -> HttpServer:
    """Begin to serve a claim.

    Raises: ServerError, when the port is taken.
    """
    return HttpServer(ClaimApp(claim, cors=cors), host, port, is_daemon=True)
