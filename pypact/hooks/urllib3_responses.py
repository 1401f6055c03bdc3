"""How does a response look to urllib3, and to whoever uses it?

Built with its public constructor alone; what the object behind it must do was found by
failing checks, see the tests.
"""

from __future__ import annotations

import inspect
from http.client import IncompleteRead, responses
from typing import Any

from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

from pypact.hooks.encodings import encoded
from pypact.model.http import Response

__all__ = ["build_response"]


def build_response(
    response: Response, *, request_method: str | None, **options: Any
) -> HTTPResponse:
    """Make urllib3's response; `options` are its constructor's."""
    content, lines, missing = _on_the_wire(response, request_method)
    headers = HTTPHeaderDict(lines)
    original = _Original(content, headers, missing=missing)
    return HTTPResponse(
        body=original,  # type: ignore[arg-type] # see _Original
        headers=headers,
        status=response.status,
        version=11,
        reason=responses.get(response.status, ""),
        original_response=original,  # type: ignore[arg-type] # see _Original
        request_method=request_method,
        **_VERSION,
        **options,
    )


class _Original:
    """Stands where urllib3 keeps the response of http.client.

    It closes itself at its last byte, so that urllib3 puts the connection back. Without
    `fp` urllib3 does not look for chunks below a stubbed Transfer-Encoding. `msg` is
    where requests takes cookies from.
    """

    def __init__(self, content: bytes, msg: HTTPHeaderDict, *, missing: int) -> None:
        self._content = content
        self._position = 0
        self._missing = missing
        self.msg = msg
        self.closed = False

    def read(self, amount: int | None = None) -> bytes:
        """Read like http.client: all of it, or up to `amount` bytes.

        Raises: http.client.IncompleteRead when all is less than Content-Length says.
        """
        if self.closed:
            return b""
        whole = amount is None or amount < 0
        end = len(self._content) if whole else self._position + (amount or 0)
        piece = self._content[self._position : end]
        self._position += len(piece)
        if whole and self._missing:
            self.close()
            raise IncompleteRead(piece, self._missing)
        if self._position == len(self._content) and not self._missing:
            self.close()
        return piece

    read1 = read

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def _on_the_wire(
    response: Response, method: str | None
) -> tuple[bytes, list[tuple[str, str]], int]:
    """Content and header lines as they would be sent, and how many bytes are missing.

    A Content-Length is added where nothing says how long the content is. One that is
    declared rules: a server that says so would be cut off, or waited for in vain.
    """
    headers = response.headers
    if method == "HEAD" or response.status in (204, 304) or response.status < 200:
        return b"", list(headers.lines()), 0
    content = plain = response.body.content
    if content and (codings := headers.get("content-encoding")) is not None:
        content = encoded(plain, ",".join(codings))
    if "transfer-encoding" in headers:
        return content, list(headers.lines()), 0
    declared = headers.first("content-length")
    if declared is None:
        return content, [*headers.lines(), ("Content-Length", str(len(content)))], 0
    if declared == str(len(plain)) and content is not plain:
        headers = headers.replacing("content-length", str(len(content)))
        return content, list(headers.lines()), 0
    length = int(declared) if declared.isdecimal() else len(content)
    return content[:length], list(headers.lines()), max(0, length - len(content))


# urllib3 2.0 does not know it yet.
_VERSION: dict[str, Any] = (
    {"version_string": "HTTP/1.1"}
    if "version_string" in inspect.signature(HTTPResponse).parameters
    else {}
)
