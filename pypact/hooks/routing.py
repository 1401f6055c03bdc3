"""Which of the active claims answers a request?

Design, decision 6: the longest origin and prefix wins, the caller's own block first; an
owned origin outside of every prefix is refused, and so is a caller who could mean two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn, TypeAlias

from pypact.errors import BlockMisuse, NetworkBlocked, PactError, UnexpectedRequest
from pypact.hooks.origins import Origin
from pypact.model.http import Request, Response

__all__ = [
    "Call",
    "Claim",
    "Faulty",
    "Headers",
    "Refuse",
    "Respond",
    "answer",
    "refuse_network",
]

Headers: TypeAlias = Sequence[tuple[str, str]]
"""Header lines as (name, value) pairs, in the order in which they are sent."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a claim receives it.

    `request.path` excludes the claim's path prefix; `url` is the full URL. `caller` is
    the "file:line" that made the request.
    """

    request: Request
    url: str
    caller: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A response with a fault.

    `kind` is the kind of a `pypact.fault`; `seconds` is the delay of a slow body.
    """

    kind: str
    response: Response
    seconds: float = 0.0

    @property
    def arrives(self) -> bool:
        """Whether the client receives the status line and headers of the response."""
        return self.kind in {"slow_body", "truncated_body"}


Respond: TypeAlias = Callable[[Call], Response | Faulty]
"""Return the response to a call, or raise the error that the caller gets."""

Refuse: TypeAlias = Callable[[Call, PactError], None]
"""Record a refused call, so that its block also fails when it ends."""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """The origin that a block owns.

    With `origin=None` the claim owns each origin that no other claim owns. `name`
    identifies the claim in errors. `allowed` are the hosts ("host" or "host:port") that
    requests to unclaimed origins may go to; None allows all.
    """

    origin: Origin | None
    respond: Respond
    refuse: Refuse
    name: str
    allowed: frozenset[str] | None = None


def answer(
    claims: Sequence[Claim],
    target: str,
    call: Callable[[str], Call],
    *,
    is_own: Callable[[Claim], bool],
) -> Response | Faulty:
    """Return the response of the best matching claim.

    All of `claims` own the request's origin. `call` builds the call from a target (path
    and query) without the prefix; `is_own` returns whether a claim was activated in the
    caller's context.

    Raises: UnexpectedRequest when the target is outside of every prefix; BlockMisuse
    when several claims match equally well.
    """
    __tracebackhide__ = True
    found = [
        (claim, rest)
        for claim in claims
        if (rest := _strip_prefix(claim, target)) is not None
    ]
    if not found:
        _refuse_outside_prefix(claims, call(target))
    if len(found) > 1:
        found = [pair for pair in found if is_own(pair[0])] or found
        longest = max(_prefix_length(claim) for claim, _ in found)
        found = [pair for pair in found if _prefix_length(pair[0]) == longest]
    if len(found) > 1:
        _refuse_ambiguous([claim for claim, _ in found], call(target))
    claim, rest = found[0]
    return claim.respond(call(rest))


def refuse_network(claims: Sequence[Claim], call: Call) -> NoReturn:
    """Refuse a call to an unclaimed origin that `claims` do not allow.

    Raises: NetworkBlocked.
    """
    host = call.url.partition("://")[2].partition("/")[0].partition("?")[0]
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = NetworkBlocked(
        f"{call.request.method} {call.url}, called at {call.caller}, would go to the "
        f"network, which is blocked by\n{names}\n"
        f"Declare the call in a pact, or allow its host with allow_hosts=[{host!r}]"
    )
    _record_and_raise(claims, call, error)


def _strip_prefix(claim: Claim, target: str) -> str | None:
    return target if claim.origin is None else claim.origin.rest_of(target)


def _prefix_length(claim: Claim) -> int:
    return -1 if claim.origin is None else len(claim.origin.prefix)


def _refuse_outside_prefix(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    owned = "\n".join(f"  {claim.origin} belongs to {claim.name}" for claim in claims)
    error = UnexpectedRequest(
        f"{call.request.method} {call.url}, called at {call.caller}, "
        f"is outside of the path prefixes that pacts own on this origin:\n{owned}"
    )
    _record_and_raise(claims, call, error)


def _refuse_ambiguous(claims: Sequence[Claim], call: Call) -> NoReturn:
    __tracebackhide__ = True
    names = "\n".join(f"  {claim.name}" for claim in claims)
    error = BlockMisuse(
        f"{call.request.method} {call.url}, called at {call.caller}, matches several "
        f"blocks, and the calling thread was started in none of them:\n{names}\n"
        "Start the calling thread in a copy of its test's context "
        "(contextvars.copy_context().run)"
    )
    _record_and_raise(claims, call, error)


def _record_and_raise(
    claims: Iterable[Claim], call: Call, error: PactError
) -> NoReturn:
    for claim in claims:
        claim.refuse(call, error)
    raise error
