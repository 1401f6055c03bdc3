"""Which body was meant by an answer that came compressed?

Contracts hold bodies decoded, so an answer is decoded before it is compared, and only
for that.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from pypact.targets import Answer

__all__ = ["decoded"]


def decoded(answer: Answer) -> tuple[Answer, str | None]:
    """Undo the `Content-Encoding` of an answer; say what was done, or failed."""
    encodings = [
        part.strip().lower()
        for name, value in answer.headers
        if name.lower() == "content-encoding"
        for part in value.split(",")
    ]
    if not encodings or not answer.body:
        return answer, None
    body = answer.body
    for encoding in reversed(encodings):
        decode = _DECODERS.get(encoding)
        if decode is None:
            known = ", ".join(_DECODERS)
            return answer, (
                f"the answer's Content-Encoding {encoding!r} is not known, its body "
                f"was compared as it came; known are {known}"
            )
        try:
            body = decode(body)
        except (OSError, EOFError, zlib.error) as error:
            return answer, f"the answer's body is not {encoding}: {error}"
    applied = ", ".join(encodings)
    return answer._replace(body=body), f"the answer was decoded from {applied}"


def _inflate(body: bytes) -> bytes:
    # RFC 9110 means zlib's format, but many servers send raw deflate data.
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "x-gzip": gzip.decompress,
    "deflate": _inflate,
    "identity": bytes,
}
