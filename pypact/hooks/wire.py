"""Encode responses, and parse requests, in the form that HTTP/1.1 sends them.

A contract shows the example decoded; the codings of a declared Content-Encoding are
applied here, unless the bytes are encoded already.

Source: RFC 9112, sections 3, 6 and 7.
"""

from __future__ import annotations

import errno
import io
import re
import socket
import time
from collections.abc import Iterable
from http.client import responses
from urllib.parse import urlsplit

from pypact._dataclasses import dataclass, replace
from pypact._lazy import compile_later
from pypact.hooks.claims import FaultyResponse, HeaderLines
from pypact.model.codings import (
    apply_content_codings,
    encode_header_value,
    read_chunks,
    split_codings,
)
from pypact.model.http import Response, forbids_body


@dataclass(frozen=True, slots=True)
class WireResponse:
    """A response as it is sent: status, header lines and content.

    Values of header lines are latin-1 strings. `missing` is the number of bytes that
    the headers announce but that are not sent; `seconds` is the delay between head and
    content. `is_plain` is false if a client's own parser has to judge the response.
    `never_ends` is true if the headers of a response without content declare chunks:
    a client that reads them waits in vain.
    """

    status: int
    lines: HeaderLines
    content: bytes
    missing: int = 0
    seconds: float = 0.0
    is_chunked: bool = False
    is_plain: bool = True
    never_ends: bool = False

    @property
    def reason(self) -> str:
        return responses.get(self.status, "")

    @property
    def head(self) -> bytes:
        """The status line and header lines as bytes."""
        lines = [f"HTTP/1.1 {self.status} {self.reason}"]
        lines += [f"{name}: {value}" for name, value in self.lines]
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace")

    @property
    def payload(self) -> bytes:
        """The content as it is sent, in one chunk if the headers declare chunks."""
        if not self.is_chunked:
            return self.content
        chunk = b"%x\r\n%b\r\n" % (len(self.content), self.content)
        if self.missing:
            return chunk[: -2 - self.missing]
        return (chunk if self.content else b"") + b"0\r\n\r\n"


def build_wire_response(
    reply: Response | FaultyResponse,
    method: str | None,
    framed: dict[object, tuple[Response, WireResponse]] | None = None,
) -> WireResponse:
    """Return what a server sends for `reply`, to a request with `method`.

    `framed` keeps the results: the same response is sent to each request that an
    interaction matches.
    """
    if not isinstance(reply, FaultyResponse):
        if framed is None:
            return _frame_response(reply, method)
        found = framed.get((id(reply), method))
        if found is not None and found[0] is reply:
            return found[1]
        made = _frame_response(reply, method)
        if len(made.content) <= _MOST_KEPT_BYTES:
            if len(framed) >= _MOST_KEPT:
                framed.clear()
            framed[id(reply), method] = reply, made
        return made
    response = _frame_response(reply.response, method)
    if reply.kind == "slow_body":
        return replace(response, seconds=reply.seconds)
    return _truncate(response)


_MOST_KEPT = 64
_MOST_KEPT_BYTES = 16_384


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
    content = response.content if response.is_chunked else response.content[:half]
    return replace(
        response, lines=lines, content=content, missing=missing, is_plain=False
    )


def _frame_response(  # noqa: C901 # one pass over the headers of each response
    response: Response, method: str | None
) -> WireResponse:
    """Return the response to send; Content-Length is added if no header gives a length.

    Content longer than a declared Content-Length is for the client to cut off; shorter
    content is incomplete.
    """
    lines: list[tuple[str, str]] = []
    codings: list[str] = []
    declared: str | None = None
    is_chunked, is_plain = False, True
    for line in response.headers.lines():
        name, value = line
        if not (value.isascii() and value.isprintable()):
            is_plain = False
            line = name, encode_header_value(value)  # noqa: PLW2901 # it is the same line
        lines.append(line)
        name = name.lower()
        if name == "content-encoding":
            codings.append(value)
        elif name == "transfer-encoding":
            is_chunked, is_plain = "chunked" in value.lower(), False
        elif name == "content-length":
            is_plain = is_plain and declared is None and _is_length(value)
            declared = declared or value
        elif not _NAME.fullmatch(name):
            is_plain = False
    body = response.body
    content = body.content
    if content and codings:
        content = apply_content_codings(content, codings, body.is_text)
    status = response.status
    if declared is None:
        # A response to HEAD has the length that its content would have.
        if not is_chunked and not forbids_body(None if content else method, status):
            lines.append(("Content-Length", str(len(content))))
    elif content is not body.content and declared == str(len(body.content)):
        lines = _replace_length(lines, len(content))
        declared = None
    if forbids_body(method, status):
        return WireResponse(
            status, lines, b"", is_plain=is_plain, never_ends=is_chunked
        )
    missing = 0
    if declared is not None and not is_chunked and _is_length(declared):
        missing = max(0, int(declared) - len(content))
        is_plain = is_plain and int(declared) == len(content)
    return WireResponse(status, lines, content, missing, 0.0, is_chunked, is_plain)


def _is_length(value: str) -> bool:
    return value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS


def _replace_length(lines: HeaderLines, length: int) -> list[tuple[str, str]]:
    return [
        (name, str(length) if name.lower() == "content-length" else value)
        for name, value in lines
    ]


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
    """An incremental parser of the bytes that a client writes for a request.

    `invalid` is why a server refuses what was written, or None.
    """

    def __init__(self) -> None:
        self._data = b""
        self._head: WireRequest | None = None
        self.invalid: str | None = None

    def feed(self, data: bytes) -> None:
        self._data += data

    @property
    def waits_for_continue(self) -> bool:
        """Whether the client waits for a "100 Continue" (RFC 9110, section 10.1.1)."""
        head = self._read_head()
        return head is not None and head.header("expect").lower() == "100-continue"

    def describe_shortage(self) -> tuple[str, str, str] | None:
        """Return method, target and problem of an incomplete request; None without."""
        head = self._read_head()
        if head is None:
            return None
        return head.method, head.target, describe_shortage(head.headers, self._data)

    def take_request(self) -> WireRequest | None:
        """Return the request once it is complete or invalid, and None before."""
        head = self._read_head()
        if head is None:
            return None
        body: bytes | None = None
        try:
            body = read_framed_body(head.headers, self._data)
        except EOFError:
            return None
        except ValueError as error:
            self.invalid = str(error)
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


def read_framed_body(lines: HeaderLines, data: bytes) -> bytes | None:
    """Return the body that a server reads from what follows the headers of a request.

    None is the body of a request without framing headers.

    Raises: EOFError, while a server would wait for more; ValueError, with the reason
    why it refuses the request.
    """
    lengths: list[str] = []
    codings: list[str] = []
    for name, value in lines:
        if not _TOKEN.fullmatch(name):
            raise ValueError(f"{name!r} is not a valid header name")
        if len(name) == 14 and name.lower() == "content-length":
            lengths += split_codings([value])
        elif len(name) == 17 and name.lower() == "transfer-encoding":
            codings += split_codings([value])
    if codings:
        if codings[-1] != "chunked":
            raise ValueError(f"its Transfer-Encoding is not 'chunked': {codings[-1]!r}")
        try:
            return read_chunks(io.BytesIO(data))
        except ValueError as error:
            raise ValueError(
                f"its body is not chunked, but declared so: {error}"
            ) from None
    if not lengths:
        return None
    if len(set(lengths)) > 1 or not _is_length(lengths[0]):
        raise ValueError(f"its Content-Length is not a number: {', '.join(lengths)!r}")
    if len(data) < int(lengths[0]):
        raise EOFError
    return data[: int(lengths[0])]


def describe_shortage(lines: HeaderLines, data: bytes) -> str:
    """Describe a request of which a server would wait for more data."""
    framing = [f"{n}: {v}" for n, v in lines if n.lower() in _FRAMING]
    return (
        f"it is incomplete: it declares {' and '.join(framing)}, and {len(data)} bytes "
        "follow its headers; a server would wait for the rest"
    )


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


CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_MOST_DIGITS = 18
_FRAMING = ("content-length", "transfer-encoding")
_TOKEN = compile_later(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_NAME = compile_later(r"[a-z0-9-]+")  # in lower case
