"""What does a declared Content-Encoding make of a body that is written decoded?

A contract shows the example as a reader sees it; a client that is told `gzip` unpacks
it. So what is declared is applied, unless the bytes are already so.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

__all__ = ["encoded"]


def encoded(content: bytes, declared: str) -> bytes:
    """Apply the codings of a Content-Encoding header to a body, in their order.

    A coding is skipped if the body already has it, or if it is unsupported; a body with
    an unsupported coding must be given encoded.
    """
    for name in declared.split(","):
        coding = _CODINGS.get(name.strip().lower())
        if coding is not None and not _is_encoded(content, coding[1]):
            content = coding[0](content)
    return content


def _is_encoded(content: bytes, decode: Callable[[bytes], bytes]) -> bool:
    try:
        decode(content)
    except (OSError, EOFError, zlib.error):
        return False
    return True


def _gzip(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _inflate(content: bytes) -> bytes:
    # Some servers send "deflate" without the zlib header; clients accept both.
    try:
        return zlib.decompress(content)
    except zlib.error:
        return zlib.decompress(content, -zlib.MAX_WBITS)


# Name of the coding → (encode, decode).
_CODINGS: dict[str, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    "deflate": (zlib.compress, _inflate),
    "gzip": (_gzip, gzip.decompress),
    "x-gzip": (_gzip, gzip.decompress),
}
