"""Convert between WSGI and requests and responses; respond to CORS requests.

Source: PEP 3333, "environ Variables" and "Unicode Issues": strings hold bytes as
latin-1. Source: docs/internals/conventions.md, "Ruby mock service protocol"; Fetch,
"CORS protocol".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from http.client import responses
from typing import Any
from urllib.parse import quote

from pypact.model.body import EMPTY_BODY
from pypact.model.codings import apply_content_codings
from pypact.model.http import Headers, Request, Response, forbids_body, is_token
from pypact.model.json import Json, dump_json
from pypact.server.http import HEADER_LINES


def read_request(environ: dict[str, Any]) -> Request:
    """Read the request; its body is missing if no length was declared."""
    if HEADER_LINES in environ:
        lines, target = environ[HEADER_LINES], environ["REQUEST_URI"]
    else:
        lines, target = _read_header_lines(environ), _read_target(environ)
    decoded = [(name, _decode_header(value)) for name, value in lines]
    body = _read_environ_body(environ)
    return Request.from_http(environ["REQUEST_METHOD"], target, decoded, body)


def send_response(
    response: Response, start_response: Callable[..., Any]
) -> Iterable[bytes]:
    """Send a response through `start_response`.

    `Content-Length` is always that of the content: a wrong one from a contract would
    keep the client waiting. Content is compressed as its `Content-Encoding` declares. A
    response that HTTP cannot carry is replaced by one of status 500 with the reason.
    """
    if problem := _find_problem(response):
        response = json_response({"message": problem}, 500)
    content = response.body.content
    codings = response.headers.get("content-encoding")
    if content and codings is not None:
        content = apply_content_codings(content, codings)
    headers = response.headers.without("transfer-encoding")
    if content or "content-length" not in headers:
        headers = headers.without("content-length")
        length = [("Content-Length", str(len(content)))]
    else:
        length = []
    if forbids_body(None, response.status):
        length = []
    reason = responses.get(response.status, "Unknown")
    lines = [
        (_encode_header(name), _encode_header(value)) for name, value in headers.lines()
    ]
    start_response(f"{response.status} {reason}", [*lines, *length])
    return [content]


def text_response(text: str, status: int = 200) -> Response:
    """Return a text/plain response; a newline is appended."""
    content = f"{text}\n".encode("utf-8", "replace") if text else b""
    return Response.from_http(status, [("Content-Type", "text/plain")], content)


def json_response(value: Json, status: int = 200) -> Response:
    """Return a JSON response; a newline is appended."""
    content = f"{dump_json(value)}\n".encode("utf-8", "backslashreplace")
    return Response.from_http(status, [("Content-Type", "application/json")], content)


def add_missing_headers(response: Response, headers: dict[str, str]) -> Response:
    """Add those headers that the response does not have yet."""
    found = list(response.headers.items())
    found += [(n, (v,)) for n, v in headers.items() if n not in response.headers]
    return replace(response, headers=Headers(found))


def _read_environ_body(environ: dict[str, Any]) -> bytes | None:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return bytes(environ["wsgi.input"].read(int(length)))
    if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return None


def _read_header_lines(environ: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (key.removeprefix("HTTP_").replace("_", "-").title(), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in _UNPREFIXED and value)
    ]


def _read_target(environ: dict[str, Any]) -> str:
    path = (
        quote(environ.get("PATH_INFO", "").encode("latin-1"), safe=_SAFE_IN_PATH) or "/"
    )
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def _decode_header(value: str) -> str:
    """Decode a header value as UTF-8 if its bytes are valid UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _find_problem(response: Response) -> str | None:
    if not 100 <= response.status <= 999:
        return f"{response.status} is not a valid HTTP status code"
    for name in response.headers:
        if not is_token(name):
            return f"{name!r} is not a valid header name"
    return None


def _encode_header(text: str) -> str:
    """Return a string that a header line can carry: latin-1, without line breaks.

    A string that does not fit is replaced by its UTF-8 bytes, read as latin-1.
    """
    text = text.replace("\r", " ").replace("\n", " ")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


_UNPREFIXED = ("CONTENT_TYPE", "CONTENT_LENGTH")
_SAFE_IN_PATH = "/!$&'()*+,;=:@-._~"


def respond_to_preflight(request: Request) -> Response:
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
    return Response(200, lines, EMPTY_BODY)


def add_cors_headers(response: Response, request: Request) -> Response:
    """Add CORS headers to a response, unless it declares its own."""
    return add_missing_headers(
        response,
        {
            "Access-Control-Allow-Origin": _origin(request),
            "Access-Control-Allow-Credentials": "true",
        },
    )


def _origin(request: Request) -> str:
    return request.headers.first("origin") or "*"


_METHODS = "DELETE, POST, GET, HEAD, PUT, TRACE, CONNECT, PATCH"
