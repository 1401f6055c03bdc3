"""What does a provider answer, and what answers?"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from pypact.model.body import Body
from pypact.model.headers import Headers
from pypact.model.http import Request, Response

__all__ = ["Answer", "Target"]


class Answer(NamedTuple):
    """A provider's response to one request, complete or not.

    `status` is None if there is no complete response; `exception` is then the reason.
    An exception together with a status was either turned into an error response by the
    provider, or raised after its response was complete. `headers` are (name, value)
    lines in the order received. `errors` is the string that the provider wrote to its
    error stream; `warnings` name violations of HTTP that a server would tolerate.

    A named tuple, because one is created for every request, and creating a frozen
    dataclass takes three times as long.
    """

    status: int | None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    errors: str = ""
    warnings: tuple[str, ...] = ()
    exception: BaseException | None = None

    def to_response(self) -> Response:
        """Convert to a model response, to compare it with the expected one.

        Raises: ValueError if there is no complete response.
        """
        if self.status is None:
            raise ValueError("there is no complete response")
        return Response(
            status=self.status,
            headers=Headers.from_lines(self.headers),
            body=Body.of(self.body),
        )


class Target(Protocol):
    """The interface to a provider that requests can be sent to."""

    def send(self, request: Request) -> Answer:
        """Send `request` unchanged and return the provider's response.

        An exception of the provider is not raised but returned in the response.
        """
        ...
