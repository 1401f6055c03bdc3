"""How can a call fail, so that a consumer's handling of it is tested?

`with pact.intercept(fault=pypact.fault.read_timeout()):` lets the calls of a block
fail; each client raises its own exception. Nothing of such a block goes into the
contract.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    """A way to fail: what happens to the first `times` calls, with None to all."""

    kind: str
    times: int | None = None
    seconds: float = 0.0
    response: Response | None = None

    def __post_init__(self) -> None:
        if self.times is not None and self.times < 1:
            raise InvalidExpectation(f"a fault happens at least once, not {self.times}")
        if self.seconds < 0:
            raise InvalidExpectation(f"nothing takes {self.seconds} seconds")


def connect_timeout(*, times: int | None = None) -> Fault:
    """No connection comes about in time."""
    return Fault("connect_timeout", times)


def name_not_found(*, times: int | None = None) -> Fault:
    """The name of the host is unknown."""
    return Fault("name_not_found", times)


def connection_reset(*, times: int | None = None) -> Fault:
    """The connection is reset once the request was sent."""
    return Fault("connection_reset", times)


def read_timeout(*, times: int | None = None) -> Fault:
    """The request was sent, but no answer comes in time; nobody has to wait for it."""
    return Fault("read_timeout", times)


def truncated_body(*, times: int | None = None) -> Fault:
    """The connection ends in the middle of the body that the contract declares."""
    return Fault("truncated_body", times)


def slow_body(seconds: float = 1.0, *, times: int | None = None) -> Fault:
    """The head comes at once, the body after `seconds`: a shorter read timeout ends it.

    The time passes in reality.
    """
    return Fault("slow_body", times, seconds=seconds)


def unavailable(retry_after: int | str = 1, *, times: int | None = None) -> Fault:
    """The answer is 503 with a Retry-After of seconds, or of a date as HTTP has it."""
    lines = [("Retry-After", str(retry_after)), ("Content-Type", "text/plain")]
    response = Response.from_http(503, lines, b"Service Unavailable")
    return Fault("unavailable", times, response=response)
