"""Decide which requests may administer a mock server, and where clients may write.

A page in a browser on this machine can send requests to servers on this machine, and
with DNS rebinding it can even read their responses. Therefore administration requires
a Host that no other website can have, and refuses the origins of other websites.

Source: RFC 9110, "Host and :authority"; RFC 6454, "The Origin HTTP Header Field";
docs/internals/conventions.md, "Ruby mock service protocol".
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pypact._dataclasses import dataclass
from pypact.errors import PactError, ServerError
from pypact.model.http import Request
from pypact.server.parsing import extract_host_name


class AccessDenied(PactError):
    """A request that the options of the server do not permit."""


@dataclass(frozen=True, slots=True)
class AdminAccess:
    """The hosts and origins, in lower case, that may administer the server.

    Loopback hosts always may, and so does a page that the server itself responded with.
    """

    hosts: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()

    def check(self, request: Request) -> None:
        """Raise AccessDenied if the request must not administer the server."""
        hosts = request.headers.get("host") or ()
        if len(hosts) != 1 or not self._is_trusted(hosts[0]):
            shown = ", ".join(hosts) or "none"
            raise AccessDenied(
                "the mock server is administered by requests with a loopback Host, got "
                f"{shown}; to allow another name, start the server with allow_hosts= "
                "(--allow-host)"
            )
        own = _normalize_origin(f"http://{hosts[0]}")
        for origin in request.headers.get("origin") or ():
            found = _normalize_origin(origin)
            if found is None or found not in {own, *self.origins}:
                raise AccessDenied(
                    "the mock server is not administered by pages of other origins, "
                    f"got {origin}; to allow an origin, start the server with "
                    "allow_origins= (--allow-origin)"
                )

    def _is_trusted(self, host: str) -> bool:
        name = extract_host_name(host)
        return name is not None and (name in self.hosts or _is_loopback(name))


def allow_administration(
    host: str, hosts: Iterable[str], origins: Iterable[str]
) -> AdminAccess:
    """Check the options of a server that listens on `host`."""
    names = {_check_host(name) for name in _list_strings(hosts, "allow_hosts")}
    if own := extract_host_name(f"[{host}]" if ":" in host else host):
        names.add(own)
    listed = _list_strings(origins, "allow_origins")
    return AdminAccess(
        frozenset(names - _WILDCARDS), frozenset(map(_check_origin, listed))
    )


def find_allowed_directory(given: str, allowed: Iterable[str]) -> Path:
    """Return the absolute path of a directory that a client has given.

    Raises: AccessDenied, if it is not inside one of the allowed directories. Symbolic
    links and `..` are resolved on both sides.
    """
    try:
        found = Path(os.path.realpath(given))
        roots = [Path(os.path.realpath(root)) for root in allowed]
    except (OSError, ValueError) as error:
        raise AccessDenied(f"{given!r} is not a valid pact_dir: {error}") from error
    if not any(found.is_relative_to(root) for root in roots):
        shown = ", ".join(map(str, roots))
        raise AccessDenied(
            f"pact_dir {given!r} is not inside of {shown}; to allow another directory, "
            "start the server with allow_pact_dirs= (--allow-pact-dir)"
        )
    return found


def _is_loopback(name: str) -> bool:
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _normalize_origin(origin: str) -> str | None:
    """Return an origin in lower case, with its port; None if it is opaque."""
    try:
        parts = urlsplit(origin.strip().lower())
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    is_more = parts.path or parts.query or parts.fragment or "@" in parts.netloc
    if is_more or not parts.hostname:
        return None
    return f"{parts.scheme}://{parts.hostname}:{port}"


def _list_strings(given: Iterable[str], name: str) -> list[str]:
    listed = [given] if isinstance(given, str) else list(given)
    for one in listed:
        if not isinstance(one, str):
            raise ServerError(f"{name} must be a list of strings, got {one!r} in it")
    return listed


def _check_host(name: str) -> str:
    found = extract_host_name(f"[{name}]" if name.count(":") > 1 else name)
    if not found or found in _WILDCARDS or "*" in found or found != name.lower():
        raise ServerError(
            f"{name!r} is not a valid name for allow_hosts; expected a host name or an "
            "address without a port, such as 'build.internal'"
        )
    return found


def _check_origin(origin: str) -> str:
    found = _normalize_origin(origin)
    if found is None or "*" in found:
        raise ServerError(
            f"{origin!r} is not a valid origin for allow_origins; expected a scheme, a "
            "host and a port, such as 'http://localhost:9876'"
        )
    return found


_DEFAULT_PORTS = {"http": 80, "https": 443}
# A server that listens on every address has no name of its own.
_WILDCARDS = frozenset({"", "0.0.0.0", "::"})  # noqa: S104 -- names, not addresses to listen on
