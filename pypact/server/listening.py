"""On which sockets does a server listen?

`localhost` means both loopback addresses: some clients try only one of them.
"""

from __future__ import annotations

import errno
import os
import socket

from pypact.errors import ServerError

__all__ = ["listen", "url_of"]


def listen(host: str, port: int) -> list[socket.socket]:
    """Listen on `host`, on a free port if `port` is 0.

    Raises: ServerError, naming what is in the way.
    """
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ServerError(f"a port is a number from 0 to 65535, not {port!r}")
    for _ in range(_ATTEMPTS):
        found: list[socket.socket] = []
        try:
            for family, address in _addresses(host):
                at = found[0].getsockname()[1] if found else port
                _add(found, family, address, at)
        except OSError as error:
            for one in found:
                one.close()
            if found and not port and error.errno == errno.EADDRINUSE:
                continue  # the free port of one family is taken in the other
            raise _failure(host, port, error) from error
        if found:
            return found
    raise ServerError(f"no port of {host} is free")


def url_of(host: str, port: int) -> str:
    """The URL under which a client on this machine finds a server."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 -- asked for by the user
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _addresses(host: str) -> list[tuple[int, str]]:
    if host == "localhost":
        return [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")]
    try:
        found = socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise OSError(errno.EINVAL, str(error)) from error
    family, *_, address = found[0]
    return [(family, str(address[0]))]


def _add(found: list[socket.socket], family: int, address: str, port: int) -> None:
    try:
        one = socket.socket(family, socket.SOCK_STREAM)
    except OSError:
        if found:
            return  # a machine without IPv6
        raise
    try:
        if os.name == "posix":  # elsewhere it would share the port with another server
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        one.bind((address, port))
        one.listen(_BACKLOG)
    except OSError as error:
        one.close()
        if found and error.errno != errno.EADDRINUSE:
            return  # a machine without IPv6
        raise
    one.setblocking(False)
    found.append(one)


def _failure(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"port {port} of {host} is taken by another server; "
            "stop that one, or choose another port (port=0 takes a free one)"
        )
    reason = error.strerror or str(error)
    return ServerError(f"cannot listen on {host or 'every address'}:{port}: {reason}")


_ATTEMPTS = 10
_BACKLOG = 512
