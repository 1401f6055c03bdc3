"""Which ASGI connection scope stands for a request?

Source: ASGI HTTP & WebSocket specification 2.5, "HTTP Connection Scope".
"""

from __future__ import annotations

from typing import Any, TypeAlias
from urllib.parse import unquote

from pypact.model.http import Request
from pypact.targets.request_line import (
    declared_length,
    header_text,
    sent_path,
    sent_query,
)

__all__ = ["Scope", "base_scope", "scope_for"]

Scope: TypeAlias = dict[str, Any]
"""An ASGI connection scope; a plain dict, as the specification requires."""


def base_scope(*, host: str, mount: str, scheme: str = "http") -> Scope:
    """Build the part of the scope that is the same for every request of a target."""
    name, _, port = host.partition(":")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "scheme": scheme,
        "root_path": mount.rstrip("/"),
        "client": ("127.0.0.1", 50000),
        "server": (name, int(port or ("443" if scheme == "https" else "80"))),
    }


def scope_for(base: Scope, request: Request, host: str) -> Scope:
    """Build the scope of one request; `host` is used if it has no `Host` header."""
    path = base["root_path"] + sent_path(request)
    return {
        **base,
        "asgi": dict(base["asgi"]),
        "extensions": {},
        "method": request.method,
        "path": unquote(path) if "%" in path else path,
        "raw_path": path.encode("ascii"),
        "query_string": sent_query(request).encode("ascii"),
        "headers": _scope_headers(request, host),
    }


def _scope_headers(request: Request, host: str) -> list[tuple[bytes, bytes]]:
    lines = [
        (_encode_latin1(name.lower()), _encode_latin1(header_text(name, values)))
        for name, values in request.headers.items()
        if values and name.lower() != "content-length"
    ]
    if "host" not in request.headers:
        lines.insert(0, (b"host", _encode_latin1(host)))
    length = declared_length(request)
    if length is not None:
        lines.append((b"content-length", length.encode("ascii")))
    return lines


def _encode_latin1(text: str) -> bytes:
    return text.encode("latin-1")
