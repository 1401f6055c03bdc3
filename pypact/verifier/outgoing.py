"""Which request is sent for an interaction?

Source: semantics section 13.3, "Request".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pypact.generators import apply_to_request
from pypact.model.body import Body, BodyState
from pypact.model.headers import Headers
from pypact.model.http import Request
from pypact.model.json_text import Json

__all__ = ["outgoing"]


def outgoing(request: Request, values: Mapping[str, Json]) -> Request:
    """Return the request to send for an interaction.

    Generators are applied, with the `values` of the provider states; the method is in
    upper case and the path starts with "/".
    """
    if request.generators:
        request = apply_to_request(request, "provider", values)
    method = request.method.upper()
    path = request.path if request.path.startswith("/") else f"/{request.path}"
    headers, body = _headers_to_send(request), _body_to_send(request.body)
    if (method, path) == (request.method, request.path) and (
        headers is request.headers and body is request.body
    ):
        return request
    return replace(request, method=method, path=path, headers=headers, body=body)


def _headers_to_send(request: Request) -> Headers:
    headers = request.headers
    host = headers.first("host")
    if host is not None and _is_mock_server(host):
        headers = headers.without("host")
    content_type = request.body.content_type
    if (
        content_type is not None
        and request.body.state in (BodyState.PRESENT, BodyState.NULL)
        and "content-type" not in headers
    ):
        headers = headers.replacing("Content-Type", str(content_type))
    return headers


def _is_mock_server(host: str) -> bool:
    """Return whether a Host header is the address of the consumer's mock server."""
    name, _, port = host.rpartition(":")
    return port.isdecimal() and name in ("localhost", "127.0.0.1", "[::1]")


def _body_to_send(body: Body) -> Body:
    return Body.of(b"null") if body.state is BodyState.NULL else body
