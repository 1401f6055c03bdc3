"""What of a request stands in its first line, and what length is declared?

Path and query are sent as the contract has them; only what cannot stand in a request
line is quoted.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from pypact.model.http import Request

__all__ = [
    "declared_length",
    "header_text",
    "sent_path",
    "sent_query",
    "sent_target",
    "wire_text",
]


def sent_path(request: Request) -> str:
    """Return the path as an ASCII string, percent-encoded where necessary."""
    return _quote_only(request.path, _NOT_IN_PATH)


def sent_query(request: Request) -> str:
    """Return the query as an ASCII string, in the order and form of the contract."""
    return _quote_only(request.query.encoded(), _NOT_IN_QUERY)


def sent_target(request: Request) -> str:
    """Return the request target: path and query, percent-encoded where necessary."""
    query = sent_query(request)
    return f"{sent_path(request)}?{query}" if query else sent_path(request)


def header_text(name: str, values: tuple[str, ...]) -> str:
    """Join the values of one header to a line of characters up to U+00FF."""
    if len(values) == 1:
        return wire_text(values[0])
    return wire_text(("; " if name.lower() == "cookie" else ", ").join(values))


def wire_text(text: str) -> str:
    """Return the bytes that a client would send for `text`, as latin-1 characters.

    They are those of latin-1 if it can encode `text`, else those of UTF-8.
    """
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8").decode("latin-1")
    return text


def declared_length(request: Request) -> str | None:
    """Return the value of `Content-Length`, or None to send no such header."""
    content = request.body.content
    encoding = request.headers.first("transfer-encoding")
    if encoding is not None and "chunked" in encoding.lower():
        return None
    if content:
        return str(len(content))
    if request.method in _METHODS_WITH_LENGTH or "content-length" in request.headers:
        return "0"
    return None


def _quote_only(text: str, not_allowed: re.Pattern[str]) -> str:
    """Percent-encode only the characters that a request line cannot contain."""
    if not_allowed.search(text) is None:
        return text
    return not_allowed.sub(lambda found: quote(found[0], safe=""), text)


_NOT_IN_PATH = re.compile(r"[^\x21-\x7e]+|[?#]+")
_NOT_IN_QUERY = re.compile(r"[^\x21-\x7e]+|#+")
_METHODS_WITH_LENGTH = ("POST", "PUT", "PATCH")
