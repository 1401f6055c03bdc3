"""Which origin and path prefix does a URL name, and does a request belong to it?

Design, decision 6: an origin is owned as (scheme, host, port), with a path prefix.
"""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import re
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from pypact.errors import InvalidExpectation

__all__ = ["Authority", "Origin", "authority_of", "parse_origin", "url_of"]

Authority: TypeAlias = tuple[str, str, int]
"""Scheme, host and port in their normal form."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host (lower case, no brackets), port, and prefix ("" or "/like/this")."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    def __str__(self) -> str:
        return url_of(self.authority) + self.prefix

    @property
    def authority(self) -> Authority:
        return self.scheme, self.host, self.port

    def rest_of(self, target: str) -> str | None:
        """What follows the prefix in `target` (path and query), None when outside.

        >>> parse_origin("https://users.test/api").rest_of("/api/user?id=1")
        '/user?id=1'
        """
        path, mark, query = target.partition("?")
        rest = _rest_of_path(path, self.prefix)
        if rest is None and "%" in path:
            rest = _rest_of_path(_normal_escapes(path), self.prefix)
        return None if rest is None else (rest or "/") + mark + query


def parse_origin(base_url: str) -> Origin:
    """Read a base URL; userinfo is left out.

    Raises: InvalidExpectation, saying what is wrong with it.

    >>> str(parse_origin("HTTPS://me:secret@Users.Example.com.:443/api/"))
    'https://users.example.com/api'
    """
    parts = _split(base_url)
    if parts.scheme not in _DEFAULT_PORTS:
        raise _invalid(base_url, "it must begin with http:// or https://")
    if parts.query or parts.fragment or base_url.rstrip().endswith(("?", "#")):
        raise _invalid(base_url, "it must have neither a query nor a fragment")
    scheme, host, port = _authority(base_url, parts)
    return Origin(scheme, host, port, _prefix(base_url, parts.path))


@functools.lru_cache(maxsize=1024)
def authority_of(scheme: str, host: str, port: int | None) -> Authority:
    """Bring what a client calls scheme, host and port into the normal form."""
    with contextlib.suppress(ValueError):  # it may be the path of a Unix socket
        host = _normal_host(host)
    return scheme.lower(), host, port or _DEFAULT_PORTS.get(scheme.lower(), 0)


@functools.lru_cache(maxsize=1024)
def url_of(authority: Authority) -> str:
    """The URL of an origin, without a default port."""
    scheme, host, port = authority
    shown = f"[{host}]" if ":" in host else host
    port_part = "" if port == _DEFAULT_PORTS.get(scheme) else f":{port}"
    return f"{scheme}://{shown}{port_part}"


def _split(base_url: str) -> SplitResult:
    if not isinstance(base_url, str):
        raise InvalidExpectation(f"a base URL is a text, not {base_url!r}")
    if re.search(r"[\x00-\x20\x7f]", base_url):
        raise _invalid(base_url, "it contains blanks or control characters")
    try:
        return urlsplit(base_url)
    except ValueError as error:
        raise _invalid(base_url, str(error)) from None


def _authority(base_url: str, parts: SplitResult) -> Authority:
    try:
        port = parts.port
    except ValueError as error:
        raise _invalid(base_url, str(error)) from None
    if not parts.hostname or port == 0:
        missing = "host" if not parts.hostname else "usable port"
        raise _invalid(base_url, f"it has no {missing}")
    if "\\" in parts.netloc or "%" in parts.hostname.partition("%25")[0]:
        raise _invalid(base_url, f"{parts.hostname!r} is not a host name")
    try:
        host = _normal_host(parts.hostname)
    except ValueError as error:
        raise _invalid(
            base_url, f"{parts.hostname!r} is not a host name ({error})"
        ) from None
    return parts.scheme, host, port or _DEFAULT_PORTS[parts.scheme]


def _prefix(base_url: str, path: str) -> str:
    if any(segment in (".", "..") for segment in path.split("/")):
        raise _invalid(base_url, "its path contains '.' or '..'")
    return _normal_escapes(path).rstrip("/")


def _normal_host(host: str) -> str:
    host = host.lower().removeprefix("[").removesuffix("]").removesuffix(".")
    if ":" in host:
        address, percent, zone = host.partition("%")
        return ipaddress.IPv6Address(address).compressed + percent + zone
    if not host.isascii():
        # Only here, because hardly any host needs it; requests depends on it, too.
        import idna  # noqa: PLC0415 # the reason is above

        return idna.encode(host, uts46=True).decode("ascii")
    return host


def _rest_of_path(path: str, prefix: str) -> str | None:
    if not path.startswith(prefix):
        return None
    rest = path[len(prefix) :]
    return rest if not rest or rest[0] == "/" or not prefix else None


def _normal_escapes(path: str) -> str:
    """Escape what must be, unescape what need not be (RFC 3986, 6.2.2)."""
    raw = path.encode("utf-8").decode("latin-1")
    return _PIECE.sub(_normal_piece, raw)


def _normal_piece(found: re.Match[str]) -> str:
    piece = found.group()
    if len(piece) == 3 and chr(int(piece[1:], 16)) in _UNRESERVED:
        return chr(int(piece[1:], 16))
    return piece.upper() if len(piece) == 3 else f"%{ord(piece):02X}"


def _invalid(base_url: str, reason: str) -> InvalidExpectation:
    return InvalidExpectation(f"{base_url!r} is not a usable base URL: {reason}")


_DEFAULT_PORTS = {"http": 80, "https": 443}
_PIECE = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9._~!$&'()*+,;=:@/-]")
_UNRESERVED = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"
)
