"""Which body does a request carry on the wire?

Source: RFC 9112, 6, "Message Body", and 7.1, "Chunked Transfer Coding".
"""

from __future__ import annotations

import re
from http.client import HTTPMessage
from io import BufferedIOBase

__all__ = ["BadBody", "read_body"]


class BadBody(Exception):
    """The body cannot be read; `status` is what the client gets."""

    def __init__(self, status: int, problem: str) -> None:
        super().__init__(problem)
        self.status = status


def read_body(headers: HTTPMessage, file: BufferedIOBase) -> bytes | None:
    """Read the whole body; None where the headers announce none.

    Raises: BadBody, and ConnectionError where the client hung up.
    """
    codings = headers.get_all("transfer-encoding", [])
    if codings:
        if [one.strip().lower() for one in codings] != ["chunked"]:
            raise BadBody(501, f"Transfer-Encoding {', '.join(codings)} is not known")
        return b"".join(_chunks(file))
    lengths = set(headers.get_all("content-length", []))
    if not lengths:
        return None
    length = lengths.pop().strip()
    if lengths or re.fullmatch(r"[0-9]{1,15}", length) is None:
        raise BadBody(400, "Content-Length is not one number")
    return _exactly(file, int(length))


def _chunks(file: BufferedIOBase) -> list[bytes]:
    found = []
    while size := _size(_line(file)):
        found.append(_exactly(file, size))
        if _line(file):
            raise BadBody(400, "a chunk is longer than it says")
    while _line(file):
        pass  # trailers tell nothing here
    return found


def _size(line: bytes) -> int:
    digits = line.partition(b";")[0].strip()
    if re.fullmatch(rb"[0-9A-Fa-f]{1,15}", digits) is None:
        raise BadBody(400, "a chunk does not begin with its size")
    return int(digits, 16)


def _line(file: BufferedIOBase) -> bytes:
    line = file.readline(_LONGEST)
    if not line.endswith(b"\n"):
        if len(line) == _LONGEST:
            raise BadBody(400, "a line of a chunked body is too long")
        raise ConnectionAbortedError("the client hung up in the middle of its body")
    return line.rstrip(b"\r\n")


def _exactly(file: BufferedIOBase, length: int) -> bytes:
    content = file.read(length)
    if len(content) < length:
        raise ConnectionAbortedError("the client hung up in the middle of its body")
    return content


_LONGEST = 65536
