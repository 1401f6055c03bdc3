"""Hold the default network policy for blocks without one of their own.

The pytest plugin sets the policy for a whole session. It lives in this small module, so
that sessions without a pact need not import more.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["allow", "allowed_hosts", "block"]

_network_policies: list[frozenset[str]] = []


def block(hosts: Iterable[str] = ()) -> None:
    """Block undeclared calls in every block, except calls to `hosts`.

    Each call adds a policy, which lasts until it is removed again.
    """
    _network_policies.append(frozenset(hosts))


def allow() -> None:
    """Remove the policy that was added last."""
    _network_policies.pop()


def allowed_hosts() -> frozenset[str] | None:
    """Return the hosts that undeclared calls may reach; None if all are allowed."""
    return _network_policies[-1] if _network_policies else None
