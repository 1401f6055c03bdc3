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
    """Return sockets that listen on `host`, on a free port if `port` is 0.

    Raises: ServerError, with the reason and, if the port is taken, a remedy.
    """
    if isinstance(port, bool) or not isinstance(port, int) or not 0 <= port < 65536:
        raise ServerError(f"a port must be a number from 0 to 65535, got {port!r}")
    for _ in range(_ATTEMPTS):
        found: list[socket.socket] = []
        try:
            for family, address in _addresses(host):
                at = found[0].getsockname()[1] if found else port
                _add_socket(found, family, address, at)
        except OSError as error:
            for one in found:
                one.close()
            if found and not port and error.errno == errno.EADDRINUSE:
                continue  # free for one address family, taken for the other
            raise _listen_error(host, port, error) from error
        if found:
            return found
    raise ServerError(f"no free port found on {host}")


def url_of(host: str, port: int) -> str:
    """Return the URL of a server for clients on this machine."""
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 -- chosen by the user
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


def _add_socket(
    found: list[socket.socket], family: int, address: str, port: int
) -> None:
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


def _listen_error(host: str, port: int, error: OSError) -> ServerError:
    if error.errno == errno.EADDRINUSE:
        return ServerError(
            f"port {port} of {host} is already in use; "
            "stop the other server, or choose another port (port=0: any free one)"
        )
    reason = error.strerror or str(error)
    return ServerError(f"cannot listen on {host or 'every address'}:{port}: {reason}")


_ATTEMPTS = 10
_BACKLOG = 512
