"""Which WSGI environ stands for a request?

Source: PEP 3333, "environ Variables" and "Unicode Issues": texts hold bytes as latin-1.
"""

from __future__ import annotations

import functools
import io
import re
from typing import Any, TypeAlias
from urllib.parse import quote, unquote_to_bytes

from pypact.model.http import Request

__all__ = ["Environ", "base_environ", "environ_for"]

Environ: TypeAlias = dict[str, Any]
"""A plain dict, as PEP 3333 demands."""


def base_environ(*, host: str, mount: str, scheme: str = "http") -> Environ:
    """Make what is the same for every request of one target."""
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
    """Make the environ of one request; what the application logs goes to `errors`."""
    environ = base.copy()
    path = _sendable(request.path, _NOT_IN_PATH)
    query = _sendable(request.query.encoded(), _NOT_IN_QUERY)
    environ["REQUEST_METHOD"] = request.method
    environ["PATH_INFO"] = _unquoted(path) if "%" in path else path
    environ["QUERY_STRING"] = query
    # Not in PEP 3333, but set by servers: the only place where %2F survives.
    target = (
        f"{base['SCRIPT_NAME']}{path}?{query}" if query else base["SCRIPT_NAME"] + path
    )
    environ["REQUEST_URI"] = environ["RAW_URI"] = target
    for name, values in request.headers.items():
        if values:
            key = _key(name)
            text = values[0] if len(values) == 1 else _separator(key).join(values)
            environ[key] = text if text.isascii() else _as_latin_1(text)
    _add_body(environ, request)
    environ["wsgi.errors"] = errors
    return environ


def _add_body(environ: Environ, request: Request) -> None:
    content = request.body.content
    environ["wsgi.input"] = io.BytesIO(content)
    if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower():
        environ["wsgi.input_terminated"] = True
        environ.pop("CONTENT_LENGTH", None)
    elif content:
        environ["CONTENT_LENGTH"] = str(len(content))
    elif request.method in _LENGTH_EXPECTED or "CONTENT_LENGTH" in environ:
        environ["CONTENT_LENGTH"] = "0"


@functools.lru_cache(maxsize=512)
def _key(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _separator(key: str) -> str:
    return "; " if key == "HTTP_COOKIE" else ", "


def _sendable(text: str, not_allowed: re.Pattern[str]) -> str:
    """Quote what cannot stand in a request line, and nothing else."""
    if not_allowed.search(text) is None:
        return text
    return not_allowed.sub(lambda found: quote(found[0], safe=""), text)


def _unquoted(path: str) -> str:
    return unquote_to_bytes(path).decode("latin-1")


def _as_latin_1(text: str) -> str:
    """Write `text` as the bytes a client would send, each as one character."""
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8").decode("latin-1")
    return text


_NOT_IN_PATH = re.compile(r"[^\x21-\x7e]+|[?#]+")
_NOT_IN_QUERY = re.compile(r"[^\x21-\x7e]+|#+")
_LENGTH_EXPECTED = ("POST", "PUT", "PATCH")
