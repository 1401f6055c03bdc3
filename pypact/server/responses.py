"""Build the responses of servers, with CORS headers, and encode them for HTTP.

Source: docs/internals/conventions.md, "Ruby mock service protocol"; Fetch, "CORS
protocol".
"""

from __future__ import annotations

from pypact._dataclasses import replace
from pypact.model.body import EMPTY_BODY
from pypact.model.codings import apply_content_codings, encode_header_value
from pypact.model.http import Headers, Request, Response, forbids_body, is_token
from pypact.model.json import Json, dump_json


def encode_response(response: Response) -> tuple[int, list[tuple[str, str]], bytes]:
    """Return status, header lines (latin-1) and content to send.

    `Content-Length` is always that of the content: a wrong one would keep the client
    waiting. A response that HTTP cannot carry is replaced by one of status 500.
    """
    if problem := _find_problem(response):
        response = make_json_response({"message": problem}, 500)
    content = response.body.content
    codings = response.headers.get("content-encoding")
    if content and codings is not None:
        content = apply_content_codings(content, codings, response.body.is_text)
    headers = response.headers.without("transfer-encoding")
    # A response to HEAD may declare the length of the body that GET would have.
    is_replaced = bool(content) or "content-length" not in headers
    if is_replaced:
        headers = headers.without("content-length")
    lines = [
        (_encode_header(name), _encode_header(value)) for name, value in headers.lines()
    ]
    if is_replaced and not forbids_body(None, response.status):
        lines.append(("Content-Length", str(len(content))))
    return response.status, lines, content


def make_text_response(text: str, status: int = 200) -> Response:
    """Return a text/plain response; a newline is appended."""
    content = f"{text}\n".encode("utf-8", "replace") if text else b""
    return Response.from_http(status, [("Content-Type", "text/plain")], content)


def make_json_response(value: Json, status: int = 200) -> Response:
    """Return a JSON response; a newline is appended."""
    content = f"{dump_json(value)}\n".encode("utf-8", "backslashreplace")
    return Response.from_http(status, [("Content-Type", "application/json")], content)


def add_missing_headers(response: Response, headers: dict[str, str]) -> Response:
    found = list(response.headers.items())
    found += [(n, (v,)) for n, v in headers.items() if n not in response.headers]
    return replace(response, headers=Headers(found))


def _find_problem(response: Response) -> str | None:
    if not 100 <= response.status <= 999:
        return f"{response.status} is not a valid HTTP status code"
    invalid = (name for name in response.headers if not is_token(name))
    return next((f"{name!r} is not a valid header name" for name in invalid), None)


def _encode_header(text: str) -> str:
    return encode_header_value(text.replace("\r", " ").replace("\n", " "))


def respond_to_preflight(request: Request) -> Response:
    """Allow all that a preflight request lists."""
    requested = request.headers.get("access-control-request-headers") or ()
    headers = {
        "Access-Control-Allow-Origin": _get_origin(request),
        "Access-Control-Allow-Headers": ", ".join(requested) or "*",
        "Access-Control-Allow-Methods": _METHODS,
    }
    if {"authorization", "cookie"} & {name.lower() for name in requested}:
        headers["Access-Control-Allow-Credentials"] = "true"
    lines = Headers((name, (value,)) for name, value in headers.items())
    return Response(200, lines, EMPTY_BODY)


def add_cors_headers(response: Response, request: Request) -> Response:
    """Add CORS headers to a response, unless it declares its own."""
    return add_missing_headers(
        response,
        {
            "Access-Control-Allow-Origin": _get_origin(request),
            "Access-Control-Allow-Credentials": "true",
        },
    )


def _get_origin(request: Request) -> str:
    return request.headers.first("origin") or "*"


_METHODS = "DELETE, POST, GET, HEAD, PUT, TRACE, CONNECT, PATCH"
