"""May calls that nobody declared go out, where a block does not say so itself?

A test runner's plugin decides, for a whole session. It says so here, because it must
cost nothing where no test has a pact.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["allow", "allowed_hosts", "block"]

_allowed: list[frozenset[str]] = []


def block(hosts: Iterable[str] = ()) -> None:
    """Let every block refuse undeclared calls, except to `hosts`, until `allow()`."""
    _allowed.append(frozenset(hosts))


def allow() -> None:
    """Take back what the last `block` said."""
    _allowed.pop()


def allowed_hosts() -> frozenset[str] | None:
    """The hosts that calls may go to; None when nothing is refused."""
    return _allowed[-1] if _allowed else None
