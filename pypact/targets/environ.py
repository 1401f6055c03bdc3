"""Which WSGI environ stands for a request?

Source: PEP 3333, "environ Variables" and "Unicode Issues": texts hold bytes as latin-1.
"""

from __future__ import annotations

import functools
import io
from typing import Any, TypeAlias
from urllib.parse import unquote_to_bytes

from pypact.model.http import Request
from pypact.targets.request_line import (
    declared_length,
    header_text,
    sent_path,
    sent_query,
)

__all__ = ["Environ", "base_environ", "environ_for"]

Environ: TypeAlias = dict[str, Any]
"""A WSGI environ; a plain dict, as PEP 3333 requires."""


def base_environ(*, host: str, mount: str, scheme: str = "http") -> Environ:
    """Build the part of the environ that is the same for every request of a target."""
    name, _, port = host.partition(":")
    return {
        "SCRIPT_NAME": mount.rstrip("/"),
        "SERVER_NAME": name,
        "SERVER_PORT": port or ("443" if scheme == "https" else "80"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": host,
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scheme,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }


def environ_for(base: Environ, request: Request, errors: io.StringIO) -> Environ:
    """Build the environ of one request; `errors` becomes its error stream."""
    environ = base.copy()
    path = sent_path(request)
    query = sent_query(request)
    environ["REQUEST_METHOD"] = request.method
    environ["PATH_INFO"] = _decode_path(path) if "%" in path else path
    environ["QUERY_STRING"] = query
    # Not in PEP 3333, but set by servers: the only variables that keep %2F.
    target = (
        f"{base['SCRIPT_NAME']}{path}?{query}" if query else base["SCRIPT_NAME"] + path
    )
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    for name, values in request.headers.items():
        if values:
            environ[_environ_key(name)] = header_text(name, values)
    _add_request_body(environ, request)
    environ["wsgi.errors"] = errors
    return environ


def _add_request_body(environ: Environ, request: Request) -> None:
    environ["wsgi.input"] = io.BytesIO(request.body.content)
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["wsgi.input_terminated"] = True
    length = declared_length(request)
    if length is None:
        environ.pop("CONTENT_LENGTH", None)
    else:
        environ["CONTENT_LENGTH"] = length


@functools.lru_cache(maxsize=512)
def _environ_key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _decode_path(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")
