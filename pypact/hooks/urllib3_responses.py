"""How does a response look to urllib3, and to whoever uses it?

Built with its public constructor alone; what the object behind it must do was found by
failing checks, see the tests.
"""

from __future__ import annotations

import inspect
import time
from http.client import IncompleteRead
from typing import Any

from urllib3 import HTTPHeaderDict
from urllib3.response import HTTPResponse

from pypact.hooks.wire import Answer

__all__ = ["build_response"]


def build_response(
    response: Answer, *, read_timeout: float | None, **options: Any
) -> HTTPResponse:
    """Return a response of urllib3; `options` are passed to its constructor.

    `read_timeout` is the time in seconds that the client waits, None for no limit.
    """
    headers = HTTPHeaderDict(response.lines)
    original = _OriginalResponse(response, headers, read_timeout)
    return HTTPResponse(
        body=original,  # type: ignore[arg-type] # see _OriginalResponse
        headers=headers,
        status=response.status,
        version=11,
        reason=response.reason,
        original_response=original,  # type: ignore[arg-type] # see _OriginalResponse
        **_VERSION,
        **options,
    )


class _OriginalResponse:
    """A replacement for the response of http.client that urllib3 wraps.

    It closes itself after its last byte, so that urllib3 returns the connection to the
    pool. It has no `fp`, so that urllib3 does not parse chunks for a declared
    Transfer-Encoding. requests reads cookies from `msg`.
    """

    def __init__(
        self, response: Answer, msg: HTTPHeaderDict, read_timeout: float | None
    ) -> None:
        self._content = response.content
        self._position = 0
        self._missing = response.missing
        self._seconds = response.seconds
        self._read_timeout = read_timeout
        self.msg = msg
        self.closed = False

    def read(self, amount: int | None = None) -> bytes:
        """Read the whole content, or up to `amount` bytes, as http.client does.

        Raises: http.client.IncompleteRead when the whole content is read and shorter
        than its Content-Length.
        """
        if self.closed:
            return b""
        if self._seconds:
            self._wait()
        whole = amount is None or amount < 0
        end = len(self._content) if whole else self._position + (amount or 0)
        piece = self._content[self._position : end]
        self._position += len(piece)
        if whole and self._missing:
            self.close()
            raise IncompleteRead(piece, self._missing)
        if self._position == len(self._content) and not self._missing:
            self.close()
        return piece

    read1 = read

    def _wait(self) -> None:
        seconds, self._seconds = self._seconds, 0.0
        if self._read_timeout is not None and seconds > self._read_timeout:
            time.sleep(self._read_timeout)
            raise TimeoutError("timed out")
        time.sleep(seconds)

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


# urllib3 2.0 does not have this parameter yet.
_VERSION: dict[str, Any] = (
    {"version_string": "HTTP/1.1"}
    if "version_string" in inspect.signature(HTTPResponse).parameters
    else {}
)
