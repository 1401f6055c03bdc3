"""Which breaches of HTTP would a server let pass or mend?

Source: RFC 9110, "Content-Length", "204 No Content", "304 Not Modified", "HEAD".
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["HEADER_NAME", "HEADER_VALUE", "body_warnings", "has_no_body"]


def has_no_body(method: str, status: int) -> bool:
    """Return whether a response to `method` with `status` is sent without a body."""
    return method == "HEAD" or status < 200 or status in (204, 304)


def body_warnings(
    method: str, status: int, headers: Iterable[tuple[str, str]], body: bytes
) -> tuple[str, ...]:
    """Return warnings about a body that contradicts its method, status or headers."""
    if method == "HEAD":
        return ()
    if has_no_body(method, status):
        warning = (
            f"a {status} response must not have a body, but it has {len(body)} bytes"
        )
        return (warning,) if body else ()
    return tuple(
        f"Content-Length is {value}, but the body has {len(body)} bytes"
        for name, value in headers
        if name.lower() == "content-length" and value != str(len(body))
    )


HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, "Tokens"
HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")
