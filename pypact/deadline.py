"""Read from a socket until a deadline.

The timeout of a socket begins anew with each byte: a peer that sends one byte now and
then could occupy a thread for hours.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from typing_extensions import Buffer


class DeadlineReader(io.RawIOBase):
    """A raw file of what a socket receives; it raises TimeoutError at a deadline.

    All must be received within `seconds`, extended by one second for each `rate` bytes
    received, and each piece within `wait` seconds.
    """

    def __init__(
        self,
        sock: socket.socket,
        seconds: float,
        *,
        rate: float = float("inf"),
        wait: float = float("inf"),
    ) -> None:
        self._sock = sock
        # It keeps the socket open for a response that outlives its connection.
        self._raw = sock.makefile("rb", buffering=0)
        self._rate = rate
        self._wait = wait
        self.restart(seconds)

    def restart(self, seconds: float) -> None:
        """Move the deadline to `seconds` from now."""
        self._end = time.monotonic() + seconds
        self._received = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Buffer, /) -> int | None:
        left = self._end + self._received / self._rate - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline has passed")
        self._sock.settimeout(min(left, self._wait))
        size = self._raw.readinto(buffer)
        self._received += size or 0
        return size

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedResponse(HTTPResponse):
    """A response whose head and body must be received within `seconds`."""

    def __init__(
        self,
        sock: socket.socket,
        *args: Any,
        seconds: float,
        wait: float = float("inf"),
        **options: Any,
    ) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(DeadlineReader(sock, seconds, wait=wait))
