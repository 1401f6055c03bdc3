"""Simulate failing calls, to test how a consumer handles them.

`with pact.intercept(fault=pypact.fault.read_timeout()):` makes the calls in a block
fail; each client library raises its own exception. Interactions of such a block are not
written into the contract.
"""

from __future__ import annotations

from pypact._dataclasses import dataclass
from pypact.errors import InvalidExpectation
from pypact.model.http import Response

__all__ = [
    "Fault",
    "connect_timeout",
    "connection_reset",
    "name_not_found",
    "read_timeout",
    "slow_body",
    "truncated_body",
    "unavailable",
]


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault for the first `times` calls of a block, or for all calls if None."""

    kind: str
    times: int | None = None
    seconds: float = 0.0
    response: Response | None = None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise InvalidExpectation(f"times must be at least 1, got {self.times}")
        if self.seconds < 0:
            raise InvalidExpectation(
                f"seconds must not be negative, got {self.seconds}"
            )


def connect_timeout(*, times: int | None = None) -> Fault:
    """Simulate a timeout while connecting."""
    return Fault("connect_timeout", times)


def name_not_found(*, times: int | None = None) -> Fault:
    """Simulate a host name that cannot be resolved."""
    return Fault("name_not_found", times)


def connection_reset(*, times: int | None = None) -> Fault:
    """Simulate a connection that is reset after the request was sent."""
    return Fault("connection_reset", times)


def read_timeout(*, times: int | None = None) -> Fault:
    """Simulate a timeout while waiting for the response; no real time passes."""
    return Fault("read_timeout", times)


def truncated_body(*, times: int | None = None) -> Fault:
    """Simulate a connection that ends in the middle of the declared response body."""
    return Fault("truncated_body", times)


def slow_body(seconds: float = 1.0, *, times: int | None = None) -> Fault:
    """Send the status line and headers at once, but the body only after `seconds`.

    The delay is real time; a client with a shorter read timeout raises.
    """
    return Fault("slow_body", times, seconds=seconds)


def unavailable(retry_after: int | str = 1, *, times: int | None = None) -> Fault:
    """Respond with 503 and a Retry-After header in seconds, or as an HTTP date."""
    lines = [("Retry-After", str(retry_after)), ("Content-Type", "text/plain")]
    response = Response.from_http(503, lines, b"Service Unavailable")
    return Fault("unavailable", times, response=response)
