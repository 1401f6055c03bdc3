"""Decide which undeclared origins a block may call, and explain refusals.

Source: docs/internals/design.md, "Decision 6: Owned origins".
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence

from pypact._dataclasses import dataclass, replace
from pypact.errors import InvalidExpectation
from pypact.hooks.origins import (
    Authority,
    Origin,
    format_origin,
    parse_origin,
)


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """The undeclared origins that the calls of a block may go to.

    With `closes` None, those on this machine and the allowed ones; with True, only the
    allowed ones; with False, all. `allowed` are hosts, "host:port" or "*"; `option` is
    the option of pytest that closes the network, if one does.
    """

    closes: bool | None = None
    allowed: frozenset[str] = frozenset()
    option: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every call passes."""
        return self.closes is False or "*" in self.allowed

    @property
    def is_strict(self) -> bool:
        """Whether calls to this machine need permission as well."""
        return self.closes is True

    def names(self, authority: Authority) -> bool:
        """Return whether the policy allows an origin explicitly."""
        _, host, port = authority
        if self.is_open or not self.allowed.isdisjoint((host, f"{host}:{port}")):
            return True
        parents = _list_parents(host)
        return not self.allowed.isdisjoint(f"*.{parent}" for parent in parents)

    def refuses(self, authority: Authority) -> bool:
        """Return whether the policy does not allow an origin."""
        is_allowed = not self.is_strict and is_on_this_machine(authority[1])
        return not is_allowed and not self.names(authority)

    def allowing(self, hosts: frozenset[str]) -> NetworkPolicy:
        """Return the policy with further allowed hosts."""
        return replace(self, allowed=self.allowed | hosts)


def parse_hosts(hosts: Iterable[str] | str) -> frozenset[str]:
    """Return allowed hosts in their normal form.

    Each is "host", "host:port", "*.host" for its subdomains, or "*" for all hosts.

    Raises: InvalidExpectation.
    """
    if hosts == "*":
        return frozenset("*")
    if isinstance(hosts, (str, bytes)) or not isinstance(hosts, Iterable):
        raise InvalidExpectation(
            f"allow_hosts must be a list of hosts or '*', got {hosts!r}"
        )
    return frozenset(map(_parse_host, hosts))


def _parse_host(host: str) -> str:
    if not isinstance(host, str) or not host or re.search(r"[\s/?#@,]", host):
        raise _make_host_error(host)
    if host == "*":
        return host
    wildcard, rest = ("*.", host[2:]) if host.startswith("*.") else ("", host)
    if "*" in rest:
        raise _make_host_error(host)
    if rest.count(":") > 1 and not rest.startswith("["):
        rest = f"[{rest}]"  # an IPv6 address without a port
    try:
        origin = parse_origin(f"http://{rest}")
    except InvalidExpectation:
        raise _make_host_error(host) from None
    has_port = rest.rpartition("]")[2].count(":") == 1
    return wildcard + origin.host + (f":{origin.port}" if has_port else "")


def _make_host_error(host: object) -> InvalidExpectation:
    return InvalidExpectation(
        f"{host!r} is not a valid host in allow_hosts: expected a host such as "
        "'api.example.com', 'api.example.com:8080', '*.example.com' or '*'"
    )


def is_on_this_machine(host: str) -> bool:
    """Return whether a host is this machine, without resolving names.

    These are `localhost` and its subdomains, loopback addresses, and paths of Unix
    sockets, which some clients have in place of a host.
    """
    if host == "localhost" or host.endswith(".localhost"):
        return True
    if host.startswith(("/", "%2f")):
        return True
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return address.is_loopback if mapped is None else mapped.is_loopback


def explain_refusal(
    sent: str,
    caller: str,
    authority: Authority,
    refusing: Sequence[tuple[str, NetworkPolicy]],
    declared: Sequence[tuple[Origin, str]],
) -> str:
    """Return the text of a refused call.

    `sent` are its method and URL. `refusing` are the names of the blocks that refuse
    it, with their policies; `declared` are the origins of the active blocks, each with
    the name of its block.
    """
    url, host = format_origin(authority), authority[1]
    closed = "the network is closed"
    if is_on_this_machine(host):
        closed = "calls to this machine are closed as well"
        host = url.partition("://")[2]
    lines = [
        f"pypact: {sent} was refused: no block declares {url}, and {closed}",
        "",
        f"  called at  {caller}",
        *_describe_nearest(url, declared),
    ]
    for name, policy in refusing:
        reason = policy.option or ("block_network=True" if policy.is_strict else "")
        lines.append(f"  closed by  {name}{reason and f', with {reason}'}")
    hint = f"  to open    intercept(allow_hosts=[{host!r}])"
    if all(policy.option or not policy.is_strict for _, policy in refusing):
        hint += f", or the option of pytest --pypact-allow-hosts={host}"
    return "\n".join([*lines, hint])


def _describe_nearest(url: str, declared: Sequence[tuple[Origin, str]]) -> list[str]:
    if not declared:
        return []
    import difflib  # noqa: PLC0415 -- needed only for a failure

    scores = [
        difflib.SequenceMatcher(None, format_origin(origin.authority), url).ratio()
        for origin, _ in declared
    ]
    best = max(scores)
    origin, name = declared[scores.index(best)]
    lines = [f"  nearest    {origin} of {name}"]
    if best >= _LEAST_SIMILAR:
        lines.append(f"             did you mean {origin}?")
    return lines


def _list_parents(host: str) -> list[str]:
    labels = host.split(".")
    return [".".join(labels[index:]) for index in range(1, len(labels))]


_LEAST_SIMILAR = 0.6
