"""Encode responses, and parse requests, in the form that HTTP/1.1 sends them.

A contract shows the example decoded; the codings of a declared Content-Encoding are
applied here, unless the bytes are encoded already.

Source: RFC 9112, sections 3, 6 and 7.
"""

from __future__ import annotations

import errno
import io
import socket
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from http.client import responses
from urllib.parse import urlsplit

from pypact.hooks.claims import FaultyResponse, HeaderLines
from pypact.model.codings import apply_content_codings, encode_header_value, read_chunks
from pypact.model.http import Response, forbids_body


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it is sent: status, header lines and content.

    `missing` is the number of bytes that the headers announce but that are not sent;
    `seconds` is the delay between head and content.
    """

    status: int
    lines: HeaderLines
    content: bytes
    missing: int = 0
    seconds: float = 0.0

    @property
    def reason(self) -> str:
        return responses.get(self.status, "")

    @property
    def is_chunked(self) -> bool:
        return any(name.lower() == "transfer-encoding" for name, _ in self.lines)

    @property
    def head(self) -> bytes:
        """The status line and header lines as bytes."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}".encode("ascii")]
        lines += [
            f"{name}: {encode_header_value(value)}".encode("latin-1")
            for name, value in self.lines
        ]
        return b"\r\n".join([*lines, b"", b""])

    @property
    def payload(self) -> bytes:
        """The content as bytes, chunked if there is a Transfer-Encoding."""
        if not self.is_chunked:
            return self.content
        chunk = b"%x\r\n%b\r\n" % (len(self.content), self.content)
        if self.missing:
            return chunk[: -2 - self.missing]
        return (chunk if self.content else b"") + b"0\r\n\r\n"


def build_wire_response(
    reply: Response | FaultyResponse, method: str | None
) -> WireResponse:
    """Return what a server sends for `reply`, to a request with `method`."""
    if not isinstance(reply, FaultyResponse):
        return _frame_response(reply, method)
    response = _frame_response(reply.response, method)
    if reply.kind == "slow_body":
        return replace(response, seconds=reply.seconds)
    return _truncate(response)


def wait_for_content(seconds: float, timeout: float | None) -> None:
    """Sleep; raise TimeoutError as soon as the timeout of the client is over."""
    if timeout is not None and seconds > timeout:
        time.sleep(timeout)
        raise TimeoutError("timed out")
    time.sleep(seconds)


def make_socket_error(kind: str) -> OSError:
    """Return the exception that a real socket raises for this kind of fault."""
    if kind == "name_not_found":
        return make_resolution_error()
    if kind == "connection_reset":
        return ConnectionResetError(errno.ECONNRESET, "Connection reset by peer")
    return TimeoutError("timed out")


def make_resolution_error() -> socket.gaierror:
    """Return the exception that is raised for an unknown host name."""
    return socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _truncate(response: WireResponse) -> WireResponse:
    half = len(response.content) // 2
    missing = max(1, len(response.content) - half)
    lines = [line for line in response.lines if line[0].lower() != "content-length"]
    if len(lines) < len(response.lines):
        lines.append(("Content-Length", str(half + missing)))
    if response.is_chunked:
        return replace(response, lines=lines, missing=missing)
    return replace(
        response, lines=lines, content=response.content[:half], missing=missing
    )


def _frame_response(response: Response, method: str | None) -> WireResponse:
    """Return the response to send; Content-Length is added if no header gives a length.

    As on a real connection, content longer than a declared Content-Length is cut off,
    and shorter content is incomplete.
    """
    status, headers = response.status, response.headers
    if forbids_body(method, status):
        return WireResponse(status, list(headers.lines()), b"")
    content = plain = response.body.content
    if content and (codings := headers.get("content-encoding")) is not None:
        content = apply_content_codings(plain, codings)
    missing = 0
    lines = list(headers.lines())
    if "transfer-encoding" in headers:
        return WireResponse(status, lines, content)
    if (declared := headers.first("content-length")) is None:
        lines.append(("Content-Length", str(len(content))))
    elif declared == str(len(plain)) and content is not plain:
        lines = list(headers.replacing("content-length", str(len(content))).lines())
    else:
        length = int(declared) if declared.isdecimal() else len(content)
        missing = max(0, length - len(content))
        content = content[:length]
    return WireResponse(status, lines, content, missing)


@dataclass(frozen=True, slots=True)
class WireRequest:
    """A request as it was sent; `body` is None if the request has no body."""

    method: str
    target: str
    headers: HeaderLines
    body: bytes | None = None

    def header(self, name: str) -> str:
        """Return the value of the first header with this lower-case name, or ""."""
        return next((value for key, value in self.headers if key.lower() == name), "")


class RequestReader:
    """An incremental parser of the bytes that a client writes for a request."""

    def __init__(self) -> None:
        self._data = b""
        self._head: WireRequest | None = None

    def feed(self, data: bytes) -> None:
        self._data += data

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client waits for a "100 Continue" (RFC 9110, section 10.1.1)."""
        head = self._read_head()
        return head is not None and head.header("expect").lower() == "100-continue"

    def take_request(self) -> WireRequest | None:
        """Return the request once it is complete, and None before."""
        head, body = self._read_head(), None
        if head is None:
            return None
        if "chunked" in head.header("transfer-encoding").lower():
            try:
                body = read_chunks(io.BytesIO(self._data))
            except EOFError:
                return None
        elif length := head.header("content-length"):
            if len(self._data) < int(length):
                return None
            body = self._data[: int(length)]
        self._data, self._head = b"", None
        return replace(head, body=body)

    def _read_head(self) -> WireRequest | None:
        if self._head is None:
            head, mark, rest = self._data.partition(b"\r\n\r\n")
            if not mark:
                return None
            first, *lines = head.decode("latin-1").split("\r\n")
            method, _, target = first.rpartition(" ")[0].partition(" ")
            self._head = WireRequest(method, target, list(_parse_header_lines(lines)))
            self._data = rest
        return self._head


def extract_target(url: str) -> str:
    """Return path and query of the target in a request line, which may be a URL."""
    if url.startswith("/"):
        return url
    parts = urlsplit(url)
    if not parts.hostname:  # OPTIONS *
        return url
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _parse_header_lines(lines: Iterable[str]) -> Iterable[tuple[str, str]]:
    unfolded: list[str] = []
    for line in lines:
        if line[:1] in (" ", "\t") and unfolded:
            unfolded[-1] += f" {line.strip()}"
        else:
            unfolded.append(line)
    for line in unfolded:
        name, _, value = line.partition(":")
        yield name, value.strip(" \t")
