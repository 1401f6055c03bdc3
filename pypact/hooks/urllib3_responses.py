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
    answer: Answer, *, patience: float | None, **options: Any
) -> HTTPResponse:
    """Make urllib3's response; `options` are its constructor's.

    `patience` is how many seconds the client waits for what comes late.
    """
    headers = HTTPHeaderDict(answer.lines)
    original = _Original(answer, headers, patience)
    return HTTPResponse(
        body=original,  # type: ignore[arg-type] # see _Original
        headers=headers,
        status=answer.status,
        version=11,
        reason=answer.reason,
        original_response=original,  # type: ignore[arg-type] # see _Original
        **_VERSION,
        **options,
    )


class _Original:
    """Stands where urllib3 keeps the response of http.client.

    It closes itself at its last byte, so that urllib3 puts the connection back. Without
    `fp` urllib3 does not look for chunks below a stubbed Transfer-Encoding. `msg` is
    where requests takes cookies from.
    """

    def __init__(
        self, answer: Answer, msg: HTTPHeaderDict, patience: float | None
    ) -> None:
        self._content = answer.content
        self._position = 0
        self._missing = answer.missing
        self._seconds = answer.seconds
        self._patience = patience
        self.msg = msg
        self.closed = False

    def read(self, amount: int | None = None) -> bytes:
        """Read like http.client: all of it, or up to `amount` bytes.

        Raises: http.client.IncompleteRead when all is less than Content-Length says.
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
        if self._patience is not None and seconds > self._patience:
            time.sleep(self._patience)
            raise TimeoutError("timed out")
        time.sleep(seconds)

    def isclosed(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


# urllib3 2.0 does not know it yet.
_VERSION: dict[str, Any] = (
    {"version_string": "HTTP/1.1"}
    if "version_string" in inspect.signature(HTTPResponse).parameters
    else {}
)
