"""What does a browser have to be told, so that a page may read an answer?

Source: conventions, 4.6 (the Ruby mock service); Fetch, "CORS protocol".
"""

from __future__ import annotations

from pypact.model.body import EMPTY
from pypact.model.headers import Headers
from pypact.model.http import Request, Response
from pypact.server.wsgi import with_defaults

__all__ = ["preflight", "with_origin"]


def preflight(request: Request) -> Response:
    """Return the response to a preflight request, which allows all it lists."""
    requested = request.headers.get("access-control-request-headers") or ()
    headers = {
        "Access-Control-Allow-Origin": _origin(request),
        "Access-Control-Allow-Headers": ", ".join(requested) or "*",
        "Access-Control-Allow-Methods": _METHODS,
    }
    if {"authorization", "cookie"} & {name.lower() for name in requested}:
        headers["Access-Control-Allow-Credentials"] = "true"
    lines = Headers((name, (value,)) for name, value in headers.items())
    return Response(200, lines, EMPTY)


def with_origin(response: Response, request: Request) -> Response:
    """Add CORS headers to a response, unless it declares its own."""
    return with_defaults(
        response,
        {
            "Access-Control-Allow-Origin": _origin(request),
            "Access-Control-Allow-Credentials": "true",
        },
    )


def _origin(request: Request) -> str:
    return request.headers.first("origin") or "*"


_METHODS = "DELETE, POST, GET, HEAD, PUT, TRACE, CONNECT, PATCH"
