"""Undo the `Content-Encoding` of responses.

Contracts hold bodies decoded, so a response is decoded before it is compared, and only
for that.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from pypact.targets import Answer

__all__ = ["decoded"]


def decoded(response: Answer) -> tuple[Answer, str | None]:
    """Return the response with its `Content-Encoding` undone, and a remark.

    The remark names the codings that were undone, or the problem that prevented it;
    it is None if there was nothing to decode.
    """
    encodings = [
        part.strip().lower()
        for name, value in response.headers
        if name.lower() == "content-encoding"
        for part in value.split(",")
    ]
    if not encodings or not response.body:
        return response, None
    body = response.body
    for encoding in reversed(encodings):
        decode = _DECODERS.get(encoding)
        if decode is None:
            known = ", ".join(_DECODERS)
            return response, (
                f"the response's Content-Encoding {encoding!r} is not supported, so "
                f"its body was compared without decoding; supported: {known}"
            )
        try:
            body = decode(body)
        except (OSError, EOFError, zlib.error) as error:
            return response, f"the response body is not valid {encoding}: {error}"
    applied = ", ".join(encodings)
    return (
        response._replace(body=body),
        f"the response body was decoded from {applied}",
    )


def _inflate(body: bytes) -> bytes:
    # RFC 9110 defines "deflate" as the zlib format, but many servers send raw deflate
    # data.
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
