"""What would urllib3 have sent?

The headers that its connection adds (`HTTPConnection.request`, and `http.client` below
it) are added here, in the order in which they go out; the body is read whole.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from typing import Any

from urllib3 import __version__  # type: ignore[attr-defined] # it is documented
from urllib3.util import SKIP_HEADER
from urllib3.util.request import body_to_chunks

from pypact.hooks.routing import Headers

__all__ = ["read_request"]


def read_request(
    method: str,
    headers: Mapping[str, str],
    body: Any,
    *,
    host: str,
    chunked: bool,
    blocksize: int,
) -> tuple[Headers, bytes | None]:
    """Return the header lines and body that urllib3 would send.

    A body of None means that the request has no body, not even an empty one. `host` is
    the value of the Host header, unless `headers` has one.
    """
    lines = list(_read_lines(headers))
    names = {name.lower() for name, _ in lines}
    chunks, length = body_to_chunks(body, method, blocksize)
    added = []
    if "host" not in names:
        added.append(("Host", host))
    if "accept-encoding" not in names:
        added.append(("Accept-Encoding", "identity"))
    is_framed = "content-length" in names or "transfer-encoding" in names
    if chunked and "transfer-encoding" not in names:
        added.append(("Transfer-Encoding", "chunked"))
    elif not is_framed and length is not None:
        added.append(("Content-Length", str(length)))
    elif not is_framed and chunks is not None:
        added.append(("Transfer-Encoding", "chunked"))
    if "user-agent" not in names:
        added.append(("User-Agent", f"python-urllib3/{__version__}"))
    content = None if chunks is None else b"".join(map(_to_bytes, chunks))
    if content is None and (is_framed or chunked or length is not None):
        content = b""
    return [*added, *(line for line in lines if line[1] != SKIP_HEADER)], content


def _read_lines(headers: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    # http.client also accepts names as bytes, and values as bytes or numbers.
    for name, value in headers.items():
        string = value if isinstance(value, str) else _to_string(value)
        if not (string.isascii() and string.isprintable()):
            _check_value(string)
        yield _check_name(name), string


def _to_string(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


@functools.lru_cache(maxsize=1024)
def _check_name(name: str | bytes) -> str:
    """Return a header name as a string.

    Raises: ValueError, as http.client does, when the name is invalid.
    """
    string = name if isinstance(name, str) else _to_string(name)
    if not _LEGAL_NAME.fullmatch(string):
        raise ValueError(f"Invalid header name {string.encode('ascii')!r}")
    return string


def _check_value(value: str) -> None:
    """Check a header value.

    Raises: UnicodeEncodeError or ValueError, as http.client does, when it is invalid.
    """
    encoded = value.encode("latin-1")
    if _ILLEGAL_VALUE.search(encoded):
        raise ValueError(f"Invalid header value {encoded!r}")


def _to_bytes(chunk: bytes | str) -> bytes:
    return chunk.encode("utf-8") if isinstance(chunk, str) else bytes(chunk)


_LEGAL_NAME = re.compile(r"[^:\s][^:\r\n]*")
# RFC 9112, 5.2: a line break inside a value is legal only before a space or tab.
_ILLEGAL_VALUE = re.compile(rb"\n(?![ \t])|\r(?![ \t\n])")
