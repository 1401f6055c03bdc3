"""Parse and normalise origins with their path prefixes.

A pact owns an origin (scheme, host and port) and optionally a path prefix.

Source: docs/internals/design.md, "Decision 6: Owned origins".
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import re
import string
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from pypact._dataclasses import dataclass
from pypact._lazy import compile_later
from pypact.errors import InvalidExpectation

Authority: TypeAlias = tuple[str, str, int]
"""Scheme, host and port in their normal form; port 0 where the scheme has none."""


@dataclass(frozen=True, slots=True)
class Origin:
    """A scheme, lower-case host and port, with a prefix like "/this" or ""."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    def __str__(self) -> str:
        return format_origin(self.authority) + self.prefix

    @property
    def authority(self) -> Authority:
        return self.scheme, self.host, self.port

    def strip_prefix(self, target: str) -> str | None:
        """Return `target` (path and query) without the prefix; None if outside of it.

        >>> parse_origin("https://users.test/api").strip_prefix("/api/user?id=1")
        '/user?id=1'
        """
        path, mark, query = target.partition("?")
        rest = _strip_path_prefix(path, self.prefix)
        if rest is None and "%" in path:
            rest = _strip_path_prefix(_normalize_escapes(path), self.prefix)
        return None if rest is None else (rest or "/") + mark + query


def parse_origin(base_url: str) -> Origin:
    """Parse a base URL; its userinfo is dropped.

    >>> str(parse_origin("HTTPS://me:secret@Users.Example.com.:443/api/"))
    'https://users.example.com/api'
    """
    parts = _split_url(base_url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise _make_url_error(base_url, "it must start with http:// or https://")
    if parts.query or parts.fragment or base_url.rstrip().endswith(("?", "#")):
        raise _make_url_error(base_url, "it must have neither a query nor a fragment")
    scheme, host, port = _parse_authority(base_url, parts)
    return Origin(scheme, host, port, _parse_prefix(base_url, parts.path))


@functools.lru_cache(maxsize=1024)
def normalize_authority(scheme: str, host: str, port: int | None) -> Authority:
    """Return the normal form of a client's scheme, host and port."""
    with contextlib.suppress(ValueError):  # it may be the path of a Unix socket
        host = _normalize_host(host)
    scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
    return scheme, host, port or _DEFAULT_PORTS.get(scheme, 0)


@functools.lru_cache(maxsize=1024)
def format_origin(authority: Authority) -> str:
    """Return the URL of an origin, without a default port."""
    scheme, host, port = authority
    host_part = f"[{host}]" if ":" in host else host
    port_part = "" if port == _DEFAULT_PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{host_part}{port_part}"


def _split_url(base_url: str) -> SplitResult:
    if not isinstance(base_url, str):
        raise InvalidExpectation(f"a base URL must be a string, got {base_url!r}")
    if re.search(r"[\x00-\x20\x7f]", base_url):
        raise _make_url_error(base_url, "it contains spaces or control characters")
    try:
        return urlsplit(base_url)
    except ValueError as error:
        raise _make_url_error(base_url, str(error)) from None


def _parse_authority(base_url: str, parts: SplitResult) -> Authority:
    try:
        port = parts.port
    except ValueError as error:
        raise _make_url_error(base_url, str(error)) from None
    if not parts.hostname or port == 0:
        missing = "host" if not parts.hostname else "usable port"
        raise _make_url_error(base_url, f"it has no {missing}")
    if "\\" in parts.netloc or "%" in parts.hostname.partition("%25")[0]:
        raise _make_url_error(base_url, f"{parts.hostname!r} is not a valid host name")
    try:
        host = _normalize_host(parts.hostname)
    except ValueError as error:
        raise _make_url_error(
            base_url, f"{parts.hostname!r} is not a valid host name ({error})"
        ) from None
    return parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme]


def _parse_prefix(base_url: str, path: str) -> str:
    if any(segment in (".", "..") for segment in path.split("/")):
        raise _make_url_error(base_url, "its path contains '.' or '..'")
    return _normalize_escapes(path).rstrip("/")


def _normalize_host(host: str) -> str:
    host = host.lower().removeprefix("[").removesuffix("]").removesuffix(".")
    if ":" in host:
        address, percent, zone = host.partition("%")
        return ipaddress.IPv6Address(address).compressed + percent + zone
    if not host.isascii():
        # Imported here because hardly any host needs it.
        import idna  # noqa: PLC0415 # the reason is above

        return idna.encode(host, uts46=True).decode("ascii")
    return host


def _strip_path_prefix(path: str, prefix: str) -> str | None:
    if not path.startswith(prefix):
        return None
    rest = path[len(prefix) :]
    return rest if not rest or rest[0] == "/" or not prefix else None


def _normalize_escapes(path: str) -> str:
    """Normalize the percent-encoding of a path (RFC 3986, section 6.2.2)."""
    raw = path.encode("utf-8").decode("latin-1")
    return _ESCAPE_OR_UNSAFE.sub(_normalize_escape, raw)


def _normalize_escape(found: re.Match[str]) -> str:
    piece = found.group()
    if len(piece) == 3 and chr(int(piece[1:], 16)) in _UNRESERVED:
        return chr(int(piece[1:], 16))
    return piece.upper() if len(piece) == 3 else f"%{ord(piece):02X}"


def _make_url_error(base_url: str, reason: str) -> InvalidExpectation:
    return InvalidExpectation(f"{base_url!r} is not a usable base URL: {reason}")


# The handshake of a WebSocket is a request of HTTP (RFC 6455, section 1.3).
_SCHEMES = {"ws": "http", "wss": "https"}
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPE_OR_UNSAFE = compile_later(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_UNRESERVED = frozenset(f"{string.ascii_letters}{string.digits}-._~")
