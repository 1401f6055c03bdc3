"""What does a provider answer, and what answers?"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from pypact.model.body import Body
from pypact.model.headers import Headers
from pypact.model.http import Request, Response

__all__ = ["Answer", "Target"]


class Answer(NamedTuple):
    """What came back from a provider.

    `status` is None when there is no whole answer; then `exception` says why. An
    exception beside a status is one that the provider met and made an answer of, or met
    after its answer was complete. `headers` are lines in their order. `errors` is what
    the provider wrote to its error stream; `warnings` are breaches of HTTP that a
    server would let pass.

    A named tuple, because one is made for every call and a frozen dataclass takes three
    times as long to make.
    """

    status: int | None
    reason: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    errors: str = ""
    warnings: tuple[str, ...] = ()
    exception: BaseException | None = None

    def to_response(self) -> Response:
        """The answer as the actual side of a comparison.

        Raises: ValueError when there is no whole answer.
        """
        if self.status is None:
            raise ValueError("there is no whole answer")
        return Response(
            status=self.status,
            headers=Headers.from_lines(self.headers),
            body=Body.of(self.body),
        )


class Target(Protocol):
    """Where a request can be sent."""

    def send(self, request: Request) -> Answer:
        """Send `request` as it is and give back what was answered.

        Raises nothing on account of the provider: what it did stands in the answer.
        """
        ...
