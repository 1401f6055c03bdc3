"""Which body does a request carry on the wire?

Source: RFC 9112, 6, "Message Body", and 7.1, "Chunked Transfer Coding".
"""

from __future__ import annotations

import re
from http.client import HTTPMessage
from io import BufferedIOBase

__all__ = ["BadBody", "read_body"]


class BadBody(Exception):
    """The body cannot be read; `status` is the status code for the client."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def read_body(headers: HTTPMessage, file: BufferedIOBase) -> bytes | None:
    """Read the whole body; return None if the headers declare none.

    Raises: BadBody; ConnectionError, when the client disconnects early.
    """
    codings = headers.get_all("transfer-encoding", [])
    if codings:
        if [one.strip().lower() for one in codings] != ["chunked"]:
            raise BadBody(
                501, f"Transfer-Encoding {', '.join(codings)} is not supported"
            )
        return b"".join(_read_chunks(file))
    lengths = set(headers.get_all("content-length", []))
    if not lengths:
        return None
    length = lengths.pop().strip()
    if lengths or re.fullmatch(r"[0-9]{1,15}", length) is None:
        raise BadBody(400, "Content-Length is not a single number")
    return _read_exactly(file, int(length))


def _read_chunks(file: BufferedIOBase) -> list[bytes]:
    chunks = []
    while size := _parse_chunk_size(_read_line(file)):
        chunks.append(_read_exactly(file, size))
        if _read_line(file):
            raise BadBody(400, "a chunk is longer than its declared size")
    while _read_line(file):
        pass  # trailers are ignored
    return chunks


def _parse_chunk_size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits) is None:
        raise BadBody(400, "a chunk does not start with its size")
    return int(digits, 16)


def _read_line(file: BufferedIOBase) -> bytes:
    line = file.readline(_MAX_LINE_LENGTH)
    if not line.endswith(b"\n"):
        if len(line) == _MAX_LINE_LENGTH:
            raise BadBody(400, "a line of a chunked body is too long")
        raise ConnectionAbortedError(
            "the client disconnected in the middle of its body"
        )
    return line.rstrip(b"\r\n")


def _read_exactly(file: BufferedIOBase, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise ConnectionAbortedError(
            "the client disconnected in the middle of its body"
        )
    return content


_MAX_LINE_LENGTH = 65536
