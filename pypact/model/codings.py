"""Encode and decode content codings, chunked bodies and the values of headers.

Source: RFC 9110, "Content Codings"; RFC 9112, "Chunked Transfer Coding".
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ContentCoding:
    """A content coding; `decode` raises one of `DECODING_ERRORS` for other content."""

    encode: Callable[[bytes], bytes]
    decode: Callable[[bytes], bytes]


DECODING_ERRORS = (OSError, EOFError, zlib.error)


def split_codings(values: Iterable[str]) -> list[str]:
    """Return the names of codings in the values of a header, in lower case."""
    return [part.strip().lower() for value in values for part in value.split(",")]


def apply_content_codings(content: bytes, values: Iterable[str]) -> bytes:
    """Apply the codings of a Content-Encoding header to a body, in their order.

    A coding is skipped if the body already has it, or if it is unsupported; a body with
    an unsupported coding must be given encoded.
    """
    for name in split_codings(values):
        coding = CONTENT_CODINGS.get(name)
        if coding is not None and not _is_encoded(content, coding):
            content = coding.encode(content)
    return content


class CodingError(ValueError):
    """A body that cannot be decoded from the coding `name`.

    `problem` is the reason, None if the coding is not supported.
    """

    def __init__(self, name: str, problem: str | None) -> None:
        super().__init__(name, problem)
        self.name = name
        self.problem = problem


def undo_content_codings(content: bytes, names: Sequence[str]) -> bytes:
    """Decode a body from the codings of a Content-Encoding header.

    Raises: CodingError.
    """
    for name in reversed(names):
        coding = CONTENT_CODINGS.get(name)
        if coding is None:
            raise CodingError(name, None)
        try:
            content = coding.decode(content)
        except DECODING_ERRORS as error:
            raise CodingError(name, str(error)) from None
    return content


def _is_encoded(content: bytes, coding: ContentCoding) -> bool:
    try:
        coding.decode(content)
    except DECODING_ERRORS:
        return False
    return True


def _gunzip(content: bytes) -> bytes:
    found = b""
    while content:  # a file of several members
        piece, content = _decompress(content, _GZIP_FORMAT, MAX_DECODED - len(found))
        found = found + piece if found else piece
        content = content.lstrip(b"\0")  # padding
    return found


def _inflate(content: bytes) -> bytes:
    # RFC 9110 defines "deflate" as the zlib format, but many servers send raw deflate
    # data, and clients accept both.
    try:
        return _decompress(content, zlib.MAX_WBITS, MAX_DECODED)[0]
    except zlib.error:
        return _decompress(content, -zlib.MAX_WBITS, MAX_DECODED)[0]


def _decompress(content: bytes, wbits: int, limit: int) -> tuple[bytes, bytes]:
    """Return the decoded content, and what follows it."""
    decoder = zlib.decompressobj(wbits)
    found = decoder.decompress(content, limit + 1)
    if len(found) > limit:
        raise OSError(f"it has more than {MAX_DECODED} bytes when decoded")
    if not decoder.eof:
        raise EOFError("its end is missing")
    return found, decoder.unused_data


_GZIP_FORMAT = 16 + zlib.MAX_WBITS
MAX_DECODED = 256 * 1024 * 1024  # bytes; 1 MB can decode to 1 GB

_GZIP = ContentCoding(partial(gzip.compress, mtime=0), _gunzip)

# In the order in which errors list them.
CONTENT_CODINGS: dict[str, ContentCoding] = {
    "gzip": _GZIP,
    "x-gzip": _GZIP,
    "deflate": ContentCoding(zlib.compress, _inflate),
    "identity": ContentCoding(bytes, bytes),
}


class BinaryReader(Protocol):
    """A binary file that chunks are read from."""

    def read(self, size: int, /) -> bytes:
        """Read `size` bytes, or fewer at the end of the file."""
        ...

    def readline(self, size: int, /) -> bytes:
        """Read one line of at most `size` bytes."""
        ...


class BodyTooLarge(Exception):
    """A body that is larger than the limit of its reader."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"the body is larger than {limit} bytes")


def read_chunks(file: BinaryReader, *, limit: int | None = None) -> bytes:
    """Read a chunked body of at most `limit` bytes; its trailers are ignored.

    Raises: EOFError, when the body is not complete; ValueError, when it is not valid;
    BodyTooLarge.
    """
    found = io.BytesIO()  # joining a list of chunks would need twice the memory
    while size := _parse_chunk_size(_read_line(file)):
        if limit is not None and found.tell() + size > limit:
            raise BodyTooLarge(limit)
        while size:
            piece = file.read(min(size, _PIECE_SIZE))
            if not piece:
                raise EOFError
            size -= found.write(piece)
        if _read_line(file):
            raise ValueError("a chunk is longer than its declared size")
    for _ in range(_MAX_TRAILERS):
        if not _read_line(file):
            return found.getvalue()
    raise ValueError(f"a chunked body has more than {_MAX_TRAILERS} trailers")


def _parse_chunk_size(line: bytes) -> int:
    found = _CHUNK_START.fullmatch(line)
    if found is None:
        raise ValueError("a chunk does not start with its size")
    return int(found[1], 16)


def _read_line(file: BinaryReader) -> bytes:
    line = file.readline(_MAX_LINE_LENGTH)
    if not line.endswith(b"\n"):
        if len(line) == _MAX_LINE_LENGTH:
            raise ValueError("a line of a chunked body is too long")
        raise EOFError
    if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
        raise ValueError("a line of a chunked body does not end with CR LF")
    return line[:-2]


_PIECE_SIZE = 1024 * 1024
_MAX_LINE_LENGTH = 8192
_MAX_TRAILERS = 100
# A size, and extensions. 16 digits are larger than any limit, but not too large to be
# compared with it.
_CHUNK_START = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(?:;[\t\x20-\x7e\x80-\xff]*)?")


def encode_header_value(text: str) -> str:
    """Return the bytes that a client sends for `text`, as latin-1 characters."""
    if text.isascii():
        return text
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "replace").decode("latin-1")
    return text


def decode_header_value(value: str) -> str:
    """Decode a value given as latin-1 characters as UTF-8, if its bytes are UTF-8."""
    if value.isascii():
        return value
    try:
        return value.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return value
