"""Record what requests-mock and vcrpy answer above the hooks of the clients.

A block that records then contains what the client got. Other blocks are not affected.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from pypact.hooks import Undo, claims
from pypact.hooks.patching import wrap_methods
from pypact.model.http import Response


def install(library: ModuleType) -> Undo:
    """Wrap the method that returns the mock's or cassette's response."""
    if library.__name__ == "vcr.cassette":
        return wrap_methods([(library.Cassette, "play_response", _play_response)])
    return wrap_methods([(library.Adapter, "send", _send)])


def _send(wrapped: Any, _adapter: object, args: Any, kwargs: Any) -> Any:
    response = wrapped(*args, **kwargs)
    request = kwargs["request"] if "request" in kwargs else args[0]
    if (owner := _find_recorded(request.url)) is not None:
        lines = response.headers.items()
        recorded = Response.from_http(
            response.status_code, lines, response.content or None
        )
        _observe(owner, request, request.url, recorded)
    return response


def _play_response(wrapped: Any, _cassette: object, args: Any, kwargs: Any) -> Any:
    played = wrapped(*args, **kwargs)
    request = kwargs["request"] if "request" in kwargs else args[0]
    if (owner := _find_recorded(request.uri)) is not None:
        lines = [
            (name, value)
            for name, values in (played.get("headers") or {}).items()
            for value in ([values] if isinstance(values, str) else values)
        ]
        content = _to_bytes((played.get("body") or {}).get("string"))
        recorded = Response.from_http(played["status"]["code"], lines, content or None)
        _observe(owner, request, request.uri, recorded)
    return played


def _find_recorded(url: str) -> claims.ClaimedOrigin | None:
    parts = urlsplit(url)
    owner = claims.find_claimed_origin(parts.scheme, parts.hostname or "", parts.port)
    return owner if owner is not None and owner.is_recorded else None


def _observe(
    owner: claims.ClaimedOrigin, request: Any, url: str, response: Response
) -> None:
    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    sent = [(str(name), _to_string(value)) for name, value in request.headers.items()]
    body = None if request.body is None else _to_bytes(request.body)
    owner.observe(request.method, target, sent, body, response)


def _to_bytes(body: Any) -> bytes:
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    return body.encode() if isinstance(body, str) else b""  # a stream was read before


def _to_string(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)
