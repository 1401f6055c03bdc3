"""Which request does a WSGI environ hold, and how is a response given back?

Source: PEP 3333, "environ Variables" and "Unicode Issues": texts hold bytes as latin-1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from http.client import responses
from typing import Any
from urllib.parse import quote

from pypact.hooks.encodings import encoded
from pypact.model.headers import Headers
from pypact.model.http import Request, Response
from pypact.model.json_text import Json, compact
from pypact.server.http import HEADER_LINES

__all__ = ["give", "json_response", "request_of", "text_response", "with_defaults"]


def request_of(environ: dict[str, Any]) -> Request:
    """Read the request; the body is Missing where no length was announced."""
    if HEADER_LINES in environ:
        lines, target = environ[HEADER_LINES], environ["REQUEST_URI"]
    else:
        lines, target = _lines(environ), _target(environ)
    decoded = [(name, _text(value)) for name, value in lines]
    body = _body(environ)
    return Request.from_http(environ["REQUEST_METHOD"], target, decoded, body)


def give(response: Response, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer with a response.

    The length is always that of the content: a wrong one of a contract would keep a
    client waiting. What is declared as compressed is compressed. What HTTP cannot carry
    is told in an answer of status 500.
    """
    if problem := _unsendable(response):
        response = json_response({"message": problem}, 500)
    content = response.body.content
    codings = response.headers.get("content-encoding")
    if content and codings is not None:
        content = encoded(content, ",".join(codings))
    headers = response.headers.without("transfer-encoding")
    if content or "content-length" not in headers:
        headers = headers.without("content-length")
        length = [("Content-Length", str(len(content)))]
    else:
        length = []
    if response.status < 200 or response.status in (204, 304):
        length = []
    reason = responses.get(response.status, "Unknown")
    lines = [(_sendable(name), _sendable(value)) for name, value in headers.lines()]
    start_response(f"{response.status} {reason}", [*lines, *length])
    return [content]


def text_response(text: str, status: int = 200) -> Response:
    """Answer with a text; it ends with a newline."""
    content = f"{text}\n".encode("utf-8", "replace") if text else b""
    return Response.from_http(status, [("Content-Type", "text/plain")], content)


def json_response(value: Json, status: int = 200) -> Response:
    """Answer with JSON; it ends with a newline."""
    content = f"{compact(value)}\n".encode("utf-8", "backslashreplace")
    return Response.from_http(status, [("Content-Type", "application/json")], content)


def with_defaults(response: Response, headers: dict[str, str]) -> Response:
    """Add headers that a response does not have itself."""
    found = list(response.headers.items())
    found += [(n, (v,)) for n, v in headers.items() if n not in response.headers]
    return replace(response, headers=Headers(found))


def _body(environ: dict[str, Any]) -> bytes | None:
    length = environ.get("CONTENT_LENGTH")
    if length:
        return bytes(environ["wsgi.input"].read(int(length)))
    if "HTTP_TRANSFER_ENCODING" in environ and environ.get("wsgi.input_terminated"):
        return bytes(environ["wsgi.input"].read())
    return None


def _lines(environ: dict[str, Any]) -> list[tuple[str, str]]:
    return [
        (key.removeprefix("HTTP_").replace("_", "-").title(), value)
        for key, value in environ.items()
        if key.startswith("HTTP_") or (key in _BARE and value)
    ]


def _target(environ: dict[str, Any]) -> str:
    path = quote(environ.get("PATH_INFO", "").encode("latin-1"), safe=_IN_PATH) or "/"
    query = environ.get("QUERY_STRING")
    return f"{path}?{query}" if query else path


def _text(value: str) -> str:
    """Read a header's bytes as UTF-8 where they are that."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value


def _unsendable(response: Response) -> str | None:
    if not 100 <= response.status <= 999:
        return f"no answer of HTTP has the status {response.status}"
    for name in response.headers:
        if _NAME.fullmatch(name) is None:
            return f"{name!r} is no name of a header of HTTP"
    return None


def _sendable(text: str) -> str:
    """Write what latin-1 cannot hold as the bytes of its UTF-8; no line breaks."""
    text = text.replace("\r", " ").replace("\n", " ")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, "Tokens"
_BARE = ("CONTENT_TYPE", "CONTENT_LENGTH")
_IN_PATH = "/!$&'()*+,;=:@-._~"
